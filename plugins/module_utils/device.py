# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The line from a task's options to its result, the same for every module: options -> model -> plan -> apply -> result."""

from __future__ import annotations

import contextlib
import dataclasses
import gc
import grp
import pwd
import typing as t

from ansible.module_utils.basic import AnsibleModule

# First, for it is about how the others are imported.
import ansible_collections.netdev.linux.plugins.module_utils.loading  # noqa: F401  # pylint: disable=unused-import
from ansible_collections.netdev.linux.plugins.module_utils import kinds, result
from ansible_collections.netdev.linux.plugins.module_utils.errors import HeldDevice, NetdevError
from ansible_collections.netdev.linux.plugins.module_utils.host import Namespaces, describe
from ansible_collections.netdev.linux.plugins.module_utils.model import HERE, WHOLE, Link, Topology, World
from ansible_collections.netdev.linux.plugins.module_utils.observe import Observer
from ansible_collections.netdev.linux.plugins.module_utils.plan import Plan, plan
from ansible_collections.netdev.linux.plugins.module_utils.values import Account
from ansible_collections.netdev.linux.plugins.module_utils.walker import EXISTING, STATES, Walker, join

_DATABASES: dict[str, t.Callable[[str], int]] = {
    "user": lambda name: pwd.getpwnam(name).pw_uid,
    "group": lambda name: grp.getgrnam(name).gr_gid,
}


_STATE = {"type": "str", "choices": list(STATES), "default": STATES[0]}
# How to go about it; in a topology once for all links, and on each.
_HOW: dict[str, t.Any] = {
    "purge": {"type": "list", "elements": "str"},
    "wait": {"type": "dict"},
    "allow_flap": {"type": "bool", "default": False},
    "recreate": {"type": "bool", "default": False},
    "force": {"type": "bool", "default": False},
}


def argument_spec(kind: kinds.Kind) -> dict[str, t.Any]:
    """The argument specification of a kind's module, from the kinds table.

    Types only: the walker checks the rest, and reports all problems at once.
    """
    spec: dict[str, t.Any] = {
        "name": {"type": "str", "required": True},
        "state": _STATE,
        "netns": {"type": "str"},
        "addresses": {"type": "list", "elements": "raw"},
        "altnames": {"type": "list", "elements": "str"},
        "sysctls": {"type": "dict"},
        **_HOW,
    }
    for attribute in (*kinds.COMMON, *kind.attributes):
        spec[attribute.name] = {"type": attribute.type.ansible}
    if kind.has_ports:
        spec["ports"] = {"type": "list", "elements": "str"}
    if kind.has_vlans:
        spec["vlans"] = {"type": "list", "elements": "raw"}
    if kind.has_peer:
        spec["peer"] = {"type": "dict"}
    return spec


def run_module(kind: kinds.Kind) -> None:
    """The whole of a device module: a topology of one link."""

    def read(walker: Walker, parameters: dict[str, t.Any]) -> Topology:
        link = walker.link(parameters, kind)
        _look_up_accounts(link, walker)
        return Topology(links=[link])

    _run(argument_spec(kind), read)


def run_bridge_port_module() -> None:
    """Module bridge_port: a topology of one link that is there, as a port."""
    spec: dict[str, t.Any] = {
        "name": {"type": "str", "required": True},
        "bridge": {"type": "str"},
        "netns": {"type": "str"},
        "state": _STATE,
        "vlans": {"type": "list", "elements": "raw"},
        "fdb": {"type": "list", "elements": "raw"},
        "purge": {"type": "list", "elements": "str"},
    }
    spec.update({attribute.name: {"type": attribute.type.ansible} for attribute in kinds.BRIDGE_PORT})
    _run(spec, lambda walker, parameters: Topology(links=[walker.bridge_port(parameters)]))


def run_link_module() -> None:
    """Module link: a topology of one link of any kind, its kind's own attributes under ``options``."""
    spec = dict(
        argument_spec(EXISTING),
        kind={"type": "str"},
        options={"type": "dict"},
        port={"type": "dict"},
        peer={"type": "dict"},
        ports={"type": "list", "elements": "str"},
        vlans={"type": "list", "elements": "raw"},
        parent={"type": "str"},
        parent_netns={"type": "str"},
    )

    def read(walker: Walker, parameters: dict[str, t.Any]) -> Topology:
        link = walker.nested_link(parameters, "", {})
        if link is None:
            return Topology()
        _look_up_accounts(link, walker)
        return Topology(links=[link])

    _run(spec, read)


def run_netns_module() -> None:
    """Module netns: a topology of one namespace."""
    spec: dict[str, t.Any] = {
        "name": {"type": "str", "required": True},
        "state": _STATE,
        "nsid": {"type": "int"},
        "sysctls": {"type": "dict"},
        "loopback": {"type": "str", "choices": ["up", "down"]},
        "force": {"type": "bool", "default": False},
    }
    _run(spec, lambda walker, parameters: Topology(namespaces=[walker.namespace(parameters)]))


def run_route_module() -> None:
    """Module route: a topology of one route."""
    spec: dict[str, t.Any] = {
        "destination": {"type": "str", "required": True},
        "state": _STATE,
        "netns": {"type": "str"},
        "gateway": {"type": "str"},
        "dev": {"type": "str"},
        "table": {"type": "str"},
        "metric": {"type": "int"},
        "type": {"type": "str"},
        "scope": {"type": "str"},
        "src": {"type": "str"},
        "onlink": {"type": "bool"},
        "mtu": {"type": "int"},
        "nexthops": {"type": "list", "elements": "raw"},
    }

    def read(walker: Walker, parameters: dict[str, t.Any]) -> Topology:
        route = walker.route(parameters)
        return Topology(routes=[route] if route else [])

    _run(spec, read)


def run_topology_module() -> None:
    """Module topology: namespaces, links and routes in one task."""
    spec: dict[str, t.Any] = {
        "netns": {"type": "str"},
        "namespaces": {"type": "list", "elements": "raw"},
        "links": {"type": "list", "elements": "raw"},
        "routes": {"type": "list", "elements": "raw"},
        "owner": {"type": "str", "default": ""},
        "adopt": {"type": "bool", "default": False},
        "purge_links": {"type": "bool", "default": False},
        "max_deletes": {"type": "int"},
        **_HOW,
    }

    def read(walker: Walker, parameters: dict[str, t.Any]) -> Topology:
        topology = walker.topology(parameters)
        for link in topology.links:
            _look_up_accounts(link, walker)
        return topology

    _run(spec, read)


def run_topology_info_module() -> None:
    """Module topology_info: reads only."""
    from ansible_collections.netdev.linux.plugins.module_utils.export import export  # noqa: PLC0415  # other modules do without

    spec: dict[str, t.Any] = {
        "namespaces": {"type": "list", "elements": "str"},
        "owner": {"type": "str", "default": ""},
        "capabilities": {"type": "bool", "default": False},
    }
    module = AnsibleModule(argument_spec=spec, supports_check_mode=True)
    namespaces = Namespaces()
    try:
        names = module.params["namespaces"]
        if names is None:
            names = [HERE, *(name for name in namespaces.sound() if namespaces.canonical(name) != HERE)]
        missing = [name for name in names if not namespaces.exists(name)]
        if missing and not module.check_mode:
            raise NetdevError("namespaces: there is no network namespace %s" % missing[0])
        for name in missing:
            module.warn("There is no network namespace %s yet; taken as made by an earlier task." % name)
        names = [name for name in names if name not in missing]
        world = Observer(namespaces).read_all([namespaces.canonical(name) for name in names])
        topology, left_out = export(world, module.params["owner"])
        facts: dict[str, t.Any] = {"topology": topology, "left_out": left_out}
        if module.params["capabilities"]:
            from ansible_collections.netdev.linux.plugins.module_utils.rtnetlink import Kernel  # noqa: PLC0415

            facts["capabilities"] = Kernel(namespaces).capabilities()
        module.exit_json(changed=False, **facts)
    except NetdevError as error:
        module.fail_json(msg=str(error), changed=False)
    finally:
        namespaces.close()


def _look_up_accounts(link: Link, walker: Walker) -> None:
    """Names of users and groups become numbers, on the managed host."""
    for attribute in link.table.attributes if link.table else ():
        value = link.options.get(attribute.name)
        if isinstance(attribute.type, Account) and isinstance(value, str):
            try:
                link.options[attribute.name] = _DATABASES[attribute.name](value)
            except KeyError:
                walker.problem(join(link.options_path, attribute.name), "there is no %s %r on the managed host" % (attribute.name, value))


def _run(spec: dict[str, t.Any], read: t.Callable[[Walker, dict[str, t.Any]], Topology]) -> None:
    gc.disable()  # the process ends with the task; to look for cycles in thousands of links would take a tenth of its time
    module = AnsibleModule(argument_spec=spec, supports_check_mode=True)
    namespaces = Namespaces()
    try:
        walker = Walker()
        wanted = read(walker, {key: value for key, value in module.params.items() if value is not None})
        walker.finish()
        module.exit_json(**carry_out(namespaces, wanted, module.check_mode, module.warn))
    except HeldDevice as error:
        holders = namespaces.holders(error.netns, error.name)
        module.fail_json(msg=str(error) % (describe(holders) or "a process that can't be seen from here"), changed=False)
    except NetdevError as error:
        module.fail_json(msg=str(error), **dict({"changed": False}, **error.details))
    finally:
        namespaces.close()


def carry_out(namespaces: Namespaces, wanted: Topology, check_mode: bool, warn: t.Callable[[str], None]) -> dict[str, t.Any]:
    """Observe, plan, apply unless in check mode, and describe. Raises NetdevError."""
    _name_places(namespaces, wanted)
    with contextlib.nullcontext() if check_mode else namespaces.alone():
        planned, after = _change(namespaces, wanted, check_mode, warn)
    return _result(planned, after)


def _change(namespaces: Namespaces, wanted: Topology, check_mode: bool, warn: t.Callable[[str], None]) -> tuple[Plan, World]:
    """The plan, and the world after it."""
    observer = Observer(namespaces)
    observed = observer.world(wanted, wanted.depth)
    planned = plan(wanted, observed, check_mode=check_mode)
    if planned.clobbers:
        # What a change takes along is never all named. Reading all of it, routes by the hundred thousand, is worth its time only then.
        observed = observer.world(wanted, WHOLE, observed)
        planned = plan(wanted, observed, check_mode=check_mode)
    for warning in planned.warnings:
        warn(warning)
    after = planned.after
    if planned.operations and not check_mode:
        # Only now, for a task that has nothing to do does not pay for it.
        from ansible_collections.netdev.linux.plugins.module_utils.apply import apply  # noqa: PLC0415
        from ansible_collections.netdev.linux.plugins.module_utils.rtnetlink import Kernel  # noqa: PLC0415

        after = apply(Kernel(namespaces), observer, wanted, planned)
    return planned, after


def _name_places(namespaces: Namespaces, wanted: Topology) -> None:
    """The namespace that the module runs in has one name only, whatever the task calls it."""
    for link in wanted.all_links():
        link.netns = namespaces.canonical(link.netns)
        if link.parent_netns is not None:
            link.parent_netns = namespaces.canonical(link.parent_netns)
    wanted.routes = [dataclasses.replace(route, netns=namespaces.canonical(route.netns)) for route in wanted.routes]


def _result(planned: Plan, after: World) -> dict[str, t.Any]:
    links = [after.link(where) for where in dict.fromkeys([*planned.subjects, *planned.touched])]
    return {
        "changed": planned.changed,
        "diff": result.diff(planned.before, planned.after, planned.touched),
        "commands": planned.commands,
        "flapped": [{"netns": netns, "name": name} for netns, name in dict.fromkeys(planned.flapped)],
        "recreated": [{"netns": netns, "name": name} for netns, name in dict.fromkeys(planned.recreated)],
        "links": [result.show(link) for link in links if link],
    }
