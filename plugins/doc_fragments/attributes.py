# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every module says of check mode, diff mode, platform and action group."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options: {}
attributes:
  check_mode:
    description: Can run in check mode and return changed status prediction without modifying the target.
    support: full
    details:
      - Check mode writes nothing and returns in RV(ignore:commands) the very operations that a normal run makes.
      - Namespaces and masters that do not exist are taken as made by an earlier task, with a warning.
  diff_mode:
    description: Returns details on what has changed (or possibly needs changing in check mode), when in diff mode.
    support: full
    details:
      - Holds exactly the keys that change.
  idempotent:
    description:
      - When run twice in a row outside check mode, with the same arguments, the second invocation indicates no change.
    support: full
  platform:
    description: Target OS/families that can be operated against.
    support: full
    platforms: linux
requirements:
  - Linux, and CAP_NET_ADMIN in the network namespace (root, or root of an unprivileged user namespace that owns it).
  - Python >= 3.9 on the managed host.
  - pyroute2 >= 0.7.2 on the managed host, needed where there is something to change; role P(netdev.linux.prepare#role)
    installs it.
"""

    # Goes before the fragment of all modules, whose texts it replaces.
    READ_ONLY = r"""
options: {}
attributes:
  check_mode:
    support: full
    details: It changes nothing.
  diff_mode:
    support: N/A
    details: It changes nothing.
"""

    ACTIONGROUP_DEVICES = r"""
options: {}
attributes:
  action_group:
    description: Use C(group/netdev.linux.devices) in C(module_defaults) to set defaults for this module.
    support: full
    membership:
      - netdev.linux.devices
"""
