#!/usr/bin/python
# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: files
short_description: Write a set of small text files, all of them or none
version_added: 0.1.0
description:
  - The one step of role C(netdev.linux.persist), which is what you want to use. Any number of files in one task, each replaced in one step.
  - With O(render), the files are rendered on the controller, from a topology, before anything is sent to the host.
  - Files are validated on the host before the first of them goes live. If something fails half way, those that were written are put back.
  - It touches files only. Nothing is restarted, no link is brought up or down.
options:
  render:
    description:
      - What to render, on the controller, in place of O(files), O(head), O(places), O(check) and what belongs to it, and O(read_by). A
        dictionary with C(topology), C(owner), C(format), C(ifcfg_reader), C(missing) and C(state), the variables of the same names of role
        C(netdev.linux.persist).
    type: dict
  files:
    description: The files, each with C(path), C(content), and C(mode) as a number.
    type: list
    elements: dict
    default: []
  head:
    description:
      - The first line of files of ours. A file that is there without it is an error unless O(adopt=true), and one with it that is in
        O(places) and not among O(files) is removed.
    type: str
    default: ""
  kin:
    description: What the heads of other owners begin with; their files are never taken over.
    type: str
    default: ""
  places:
    description: Patterns of the paths where files of ours may be.
    type: list
    elements: str
    default: []
  check:
    description:
      - A command that validates one file, as a list; C({}) stands for its path. Without that the command reads the file from its standard
        input. Where there is no such program a warning says so.
    type: list
    elements: str
    default: []
  check_of:
    description: A pattern of the paths of those files that O(check) is for.
    type: str
    default: "*"
  check_usage:
    description: With what status the command of O(check) says that it does not know its options; then a warning says so, as without it.
    type: int
  read_by:
    description: A file that has to have a line which matches a pattern, or nobody will read O(files); else a warning says so.
    type: dict
  root:
    description: The folder that the host's root is, to write into an image or a container's tree.
    type: path
    default: /
  backup:
    description: Whether a file is kept, under a name that no network service reads, when it is changed or removed.
    type: bool
    default: false
  adopt:
    description: Whether files of the same names that others wrote are replaced. They are kept as with O(backup).
    type: bool
    default: false
author:
  - netdev.linux contributors (@netdev-linux)
extends_documentation_fragment:
  - netdev.linux.attributes
attributes:
  check_mode:
    support: full
    details: It validates, and writes nothing.
  diff_mode:
    support: full
    details:
      - Holds the text of each file that changes.
      - With O(render), and a format that can be read back (C(ifupdown), C(ifcfg)), above it stands the topology that the files make at
        boot, so that an edit by hand shows as what it changes.
seealso:
  - module: netdev.linux.topology
"""

EXAMPLES = r"""
- name: Have a tap at the next boot
  netdev.linux.files:
    render:
      format: ifupdown
      owner: lab
      topology:
        links:
          - name: tap0
            kind: tuntap
            admin_state: up
            options: {mode: tap, user: nobody}
"""

RETURN = r"""
actions:
  description: What was done, or in check mode would be.
  returned: success
  type: list
  elements: str
  sample: ["write /etc/network/interfaces.d/50-netdev-lab"]
files:
  description: The paths of the files that there are.
  returned: success
  type: list
  elements: str
  sample: ["/etc/network/interfaces.d/50-netdev-lab"]
backups:
  description: Where the files are kept that were changed or removed.
  returned: success
  type: list
  elements: str
  sample: []
topology:
  description:
    - What the files of ours make at boot, C(before) and C(after), in the input format of M(netdev.linux.topology).
    - What a new link has anyway is left out.
  returned: with O(render), if a text changes and the format can be read back
  type: dict
  sample: {"before": {"links": [{"name": "br0", "kind": "bridge", "mtu": 1400}]}, "after": {"links": [{"name": "br0", "kind": "bridge"}]}}
not_understood:
  description: What is not in RV(topology), for role C(netdev.linux.persist) would not write it; each line with path and number.
  returned: as RV(topology)
  type: list
  elements: str
  sample: ["/etc/network/interfaces.d/50-netdev-lab:9: address 192.0.2.9 is nothing that this role writes"]
format:
  description: The format that was rendered.
  returned: with O(render)
  type: str
  sample: ifupdown
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.netdev.linux.plugins.module_utils.errors import NetdevError
from ansible_collections.netdev.linux.plugins.module_utils.file_set import FileSet


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "render": {"type": "dict"},
            "files": {"type": "list", "elements": "dict", "default": []},
            "head": {"type": "str", "default": ""},
            "kin": {"type": "str", "default": ""},
            "places": {"type": "list", "elements": "str", "default": []},
            "check": {"type": "list", "elements": "str", "default": []},
            "check_of": {"type": "str", "default": "*"},
            "check_usage": {"type": "int"},
            "read_by": {"type": "dict"},
            "root": {"type": "path", "default": "/"},
            "backup": {"type": "bool", "default": False},
            "adopt": {"type": "bool", "default": False},
        },
        supports_check_mode=True,
    )
    given = dict(module.params)
    if given.pop("render"):
        module.fail_json(msg="render: the action plugin of this module does that, on the controller; it did not run")
    try:
        result = FileSet(**given).apply(module.check_mode, module.warn)
    except NetdevError as error:
        module.fail_json(msg=str(error), **error.details)
    module.exit_json(**result)


if __name__ == "__main__":
    main()
