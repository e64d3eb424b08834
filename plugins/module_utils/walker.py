# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a task's options to the model: checks everything at once, and tells each problem with the path of its value.

Ansible's own check of nested options hides unknown keys behind type errors and gives no index, so nested options are
declared without sub-specifications and walked here, by the kinds table.
"""

from __future__ import annotations

import ipaddress
import re
import typing as t

from ansible_collections.netdev.linux.plugins.module_utils import bridging, kinds, values
from ansible_collections.netdev.linux.plugins.module_utils.errors import InvalidInput, did_you_mean
from ansible_collections.netdev.linux.plugins.module_utils.model import (
    FOREVER,
    HERE,
    IPV6_MIN_MTU,
    NO_HOPS,
    ROUTE_TABLES,
    ROUTE_TYPES,
    SCOPES,
    Address,
    Hop,
    Link,
    Namespace,
    Route,
    Topology,
    Wait,
    is_secret,
    mark,
)

# What stands for the kind of a link that is taken as it is, such as a physical one.
EXISTING = kinds.Kind("", "", "", "")

STATES = ("present", "absent")

# What a link can have as a port, whatever its master is.
_PORT_KEYS = tuple(option for master in kinds.PORTS for option in kinds.port_options(master))

# What every link takes beside the kinds table's common attributes.
_LINK_KEYS = ("name", "state", "netns", "addresses", "altnames", "sysctls", "purge", "wait", "allow_flap", "recreate", "force")
# The other end of a pair is the same link as far as these go.
_PEER_KEYS = (*(key for key in _LINK_KEYS if key not in ("state", "allow_flap", "recreate", "force")), "port")
_ADDRESS_KEYS = (
    "address",
    "peer",
    "broadcast",
    "scope",
    "label",
    "nodad",
    "noprefixroute",
    "metric",
    "valid_lifetime",
    "preferred_lifetime",
)
_ROUTE_KEYS = (
    "destination",
    "gateway",
    "dev",
    "table",
    "metric",
    "type",
    "scope",
    "src",
    "onlink",
    "mtu",
    "nexthops",
    "netns",
    "state",
)
_WAIT_KEYS = ("carrier", "dad", "timeout", "lend_carrier")

_FLAG = values.Flag()
_NAME = values.Name()
_ALTNAME = values.Name(values.ALTIFNAMSIZ - 1)
_NETNS = values.NetnsName()
_SYSCTL_FAMILIES = ("ipv4", "ipv6", "mpls")


def suggestion(word: t.Any, allowed: t.Iterable[str]) -> str:
    """``, did you mean X?``, or what is allowed where nothing is close."""
    choices = sorted(allowed)
    return did_you_mean(str(word), choices) or "; allowed: %s" % ", ".join(choices)


def join(path: str, key: str) -> str:
    """The path of a key of a dictionary."""
    return "%s.%s" % (path, key) if path else key


class Walker:
    """Collects problems while it builds the model. Call :meth:`finish` before using what it built."""

    def __init__(self) -> None:
        self.problems: list[tuple[str, str]] = []

    def problem(self, path: str, message: str) -> None:
        self.problems.append((path, message))

    def finish(self) -> None:
        """Raise InvalidInput with every problem found, if there are any."""
        if self.problems:
            raise InvalidInput(self.problems)

    # ---- pieces

    def parse(self, kind: values.Type, raw: t.Any, path: str) -> t.Any:
        """A value of a type, or None after a problem."""
        try:
            return kind.parse(raw)
        except ValueError as error:
            self.problem(path, str(error))
            return None

    def keys(self, raw: dict[str, t.Any], allowed: t.Iterable[str], path: str) -> None:
        """No other keys than these."""
        names = set(allowed)
        for key in raw:
            if key not in names:
                self.problem(join(path, str(key)), "unknown%s" % suggestion(key, names))

    def dictionary(self, raw: t.Any, allowed: t.Iterable[str], path: str) -> dict[str, t.Any]:
        """A dictionary with these keys; a key whose value is null counts as not given."""
        if not isinstance(raw, dict):
            self.problem(path, "%r is not a dictionary; allowed keys: %s" % (raw, ", ".join(sorted(allowed))))
            return {}
        self.keys(raw, allowed, path)
        return {key: value for key, value in raw.items() if value is not None}

    def listing(self, raw: t.Any, path: str) -> list[t.Any]:
        if isinstance(raw, (list, tuple)):
            return list(raw)
        self.problem(path, "%r is not a list" % (raw,))
        return []

    def flag(self, raw: dict[str, t.Any], key: str, path: str) -> bool:
        return bool(self.parse(_FLAG, raw[key], join(path, key))) if key in raw else False

    def whole(self, raw: dict[str, t.Any], key: str, path: str, low: int, high: int) -> int | None:
        if key not in raw:
            return None
        return t.cast("int | None", self.parse(values.Unsigned(low, high), raw[key], join(path, key)))

    # ---- links

    def link(self, raw: dict[str, t.Any], kind: kinds.Kind, path: str = "") -> Link:
        """A link from a dictionary in which the kind's own options stand beside the common ones."""
        given = self.dictionary(raw, [*self.link_keys(kind), *kind.by_option], path)
        return self.whole_link(given, given, kind, path, path)

    def nested_link(self, raw: t.Any, path: str, defaults: dict[str, t.Any]) -> Link | None:
        """A link as a topology has it: with its ``kind``, and the kind's own attributes under ``options``."""
        if not isinstance(raw, dict):
            self.problem(path, "%r is not a dictionary with name, kind, ..." % (raw,))
            return None
        word = raw.get("kind")
        if word is None:
            kind = EXISTING
        elif isinstance(word, str) and word in kinds.KINDS:
            kind = kinds.KINDS[word]
        else:
            self.problem(join(path, "kind"), "%r is not a kind of link%s" % (word, suggestion(word, kinds.KINDS)))
            return None
        given = self.dictionary(raw, ["kind", "options", *self.link_keys(kind)], path)
        given = {**defaults, **given}
        where = join(path, "options")
        options = self.dictionary(given.get("options", {}), kind.by_option, where)
        link = self.whole_link(given, options, kind, path, where)
        if kind is EXISTING:
            link.kind = None
            if link.state == "absent":
                self.problem(join(path, "kind"), "missing; a link is deleted only if it is of the kind given")
        return link

    @staticmethod
    def link_keys(kind: kinds.Kind) -> list[str]:
        """The keys that a link of this kind takes beside its kind's own attributes."""
        keys = [*_LINK_KEYS, *kinds.COMMON_BY_OPTION, "port"]
        keys += ["ports"] if kind.has_ports else []
        keys += ["vlans"] if kind.has_vlans else []
        keys += ["peer"] if kind.has_peer else []
        return keys + (["parent", "parent_netns"] if kind.has_parent else [])

    def whole_link(self, given: dict[str, t.Any], options: dict[str, t.Any], kind: kinds.Kind, path: str, options_path: str) -> Link:
        link = self.end(given, path, kind)
        link.state = self.choice(given.get("state", "present"), STATES, join(path, "state"))
        for option in ("allow_flap", "recreate", "force"):
            setattr(link, option, self.flag(given, option, path))
        link.options_path = options_path
        link.options = self.by_table(options, kind.by_option, options_path)
        if "parent" in given:
            link.parent = self.parse(_NAME, given["parent"], join(path, "parent")) or ""
        if "parent_netns" in given:
            link.parent_netns = self.netns(given, "parent_netns", path)
        if kind.has_ports and "ports" in given:
            link.ports = self.names(given["ports"], _NAME, join(path, "ports"))
            if link.name in link.ports:
                self.problem(join(path, "ports"), "%s can't be a port of itself" % link.name)
        if kind.has_peer and "peer" in given:
            link.peer = self.peer(given["peer"], link, kind, join(path, "peer"))
        self.cross_rules(link, path)
        return link

    def peer(self, raw: t.Any, link: Link, kind: kinds.Kind, path: str) -> Link:
        given = self.dictionary(raw, [*_PEER_KEYS, *kinds.COMMON_BY_OPTION], path)
        given.setdefault("netns", link.netns)
        peer = self.end(given, path, kind)
        if peer.where == link.where:
            self.problem(join(path, "name"), "both ends of the pair would be %s" % link.label())
        self.cross_rules(peer, path)
        return peer

    def end(self, given: dict[str, t.Any], path: str, kind: kinds.Kind) -> Link:
        """What both ends of a pair, and every other link, have."""
        link = Link("", kind=kind.name, path=path)
        if "name" in given:
            link.name = self.parse(_NAME, given["name"], join(path, "name")) or ""
        else:
            self.problem(join(path, "name"), "missing; a link needs a name of " + _NAME.allowed)
        link.netns = self.netns(given, "netns", path)
        link.common = self.by_table(
            {key: value for key, value in given.items() if (key, value) != ("master", "")}, kinds.COMMON_BY_OPTION, path
        )
        if given.get("master") == "":
            link.common["master"] = ""
        if "addresses" in given:
            link.addresses = self.addresses(given["addresses"], link, join(path, "addresses"))
        if "altnames" in given:
            link.altnames = self.names(given["altnames"], _ALTNAME, join(path, "altnames"))
        if "port" in given:
            where = join(path, "port")
            self.port(self.dictionary(given["port"], _PORT_KEYS, where), link, where)
        if kind.has_vlans and "vlans" in given:
            link.port_path = path
            link.vlans = self.vlans(given["vlans"], join(path, "vlans"))
        if "sysctls" in given:
            link.sysctls = self.link_sysctls(given["sysctls"], join(path, "sysctls"))
        if "purge" in given:
            lists = ["addresses", "altnames", "vlans", "fdb"] + (["ports"] if kind.has_ports else [])
            items = self.listing(given["purge"], join(path, "purge"))
            link.purge = frozenset(self.choice(item, lists, join(path, "purge[%d]" % position)) for position, item in enumerate(items))
        if "wait" in given:
            link.wait = self.wait(given["wait"], join(path, "wait"))
        return link

    # ---- ports

    def bridge_port(self, raw: dict[str, t.Any]) -> Link:
        """A link as a port of a bridge, from the options of module bridge_port."""
        given = self.dictionary(raw, ["name", "bridge", "netns", "state", "purge", *kinds.port_options(kinds.BRIDGE.name)], "")
        link = self.end({key: given[key] for key in ("name", "netns", "purge") if key in given}, "", EXISTING)
        link.kind, link.as_port = None, True
        link.state = self.choice(given.get("state", "present"), STATES, "state")
        if "bridge" in given:
            link.common["master"] = self.parse(_NAME, given["bridge"], "bridge") or ""
            if link.common["master"] == link.name:
                self.problem("bridge", "%s can't be a port of itself" % link.name)
        self.port(given, link, "")
        return link

    def port(self, given: dict[str, t.Any], link: Link, path: str) -> None:
        """What a link is as a port of its master."""
        link.port_path = path
        link.port = self.by_table(given, kinds.PORT_BY_OPTION, path)
        if "vlans" in given:
            link.vlans = self.vlans(given["vlans"], join(path, "vlans"))
        if "fdb" in given:
            link.fdb = self.fdb(given["fdb"], join(path, "fdb"))

    def vlans(self, raw: t.Any, path: str) -> bridging.Vlans:
        """Each item a VLAN id, a range FIRST-LAST, or a dictionary with ``vid``, ``pvid`` and ``untagged``."""
        found: bridging.Vlans = {}
        for position, item in enumerate(self.listing(raw, path)):
            here = "%s[%d]" % (path, position)
            given = self.dictionary(item, ("vid", "pvid", "untagged"), here) if isinstance(item, dict) else {"vid": item}
            where = join(here, "vid") if isinstance(item, dict) else here
            vids = self.vids(given, where)
            vlan = bridging.Vlan(self.flag(given, "pvid", here), self.flag(given, "untagged", here))
            if vlan.pvid and len(vids) > 1:
                self.problem(join(here, "pvid"), "only one VLAN can be the one of untagged frames, not a range")
            if vlan.pvid and any(other.pvid for other in found.values()):
                self.problem(join(here, "pvid"), "another VLAN of the list is that already; there is only one")
            twice = [vid for vid in vids if vid in found]
            if twice:
                self.problem(where, "VLAN %d is listed twice" % twice[0])
            found.update(dict.fromkeys(vids, vlan))
        return found

    def vids(self, given: dict[str, t.Any], path: str) -> range:
        """The VLANs of one item; none after a problem."""
        if "vid" not in given:
            self.problem(path, "missing; a VLAN id, such as vid: 10, or a range, such as vid: 10-20")
            return range(0)
        ends = re.fullmatch(r"\s*(\d{1,4})(?:\s*-\s*(\d{1,4}))?\s*", str(given["vid"]))
        first, last = (int(ends[1]), int(ends[2] or ends[1])) if ends and not isinstance(given["vid"], bool) else (0, 0)
        if not bridging.VID_MIN <= first <= last <= bridging.VID_MAX:
            allowed = "a VLAN id from %d to %d, or a range of them such as 10-20" % (bridging.VID_MIN, bridging.VID_MAX)
            self.problem(path, "%r is not %s" % (given["vid"], allowed))
            return range(0)
        return range(first, last + 1)

    def fdb(self, raw: t.Any, path: str) -> bridging.Fdb:
        """Each item a dictionary with ``mac``, and ``vlan``, ``static`` and ``sticky`` where they are not as usual."""
        found: bridging.Fdb = {}
        for position, item in enumerate(self.listing(raw, path)):
            here = "%s[%d]" % (path, position)
            given = self.dictionary(item, ("mac", "vlan", "static", "sticky"), here)
            if "mac" not in given:
                self.problem(join(here, "mac"), "missing; an entry needs the MAC that is behind the port")
                continue
            mac = self.parse(values.Mac(), given["mac"], join(here, "mac"))
            vlan = self.whole(given, "vlan", here, bridging.VID_MIN, bridging.VID_MAX) or bridging.NO_VLAN
            entry = bridging.FdbEntry(self.flag(given, "static", here) if "static" in given else True, self.flag(given, "sticky", here))
            if not entry.static and not entry.sticky:
                self.problem(join(here, "static"), "an entry that is neither static nor sticky is one that the bridge learns by itself")
            if (mac, vlan) in found:
                self.problem(here, "%s is listed twice" % mac)
            if mac is not None:
                found[mac, vlan] = entry
        return found

    def netns(self, given: dict[str, t.Any], key: str, path: str) -> str:
        """The name of a namespace; empty, or not given, for the module's own."""
        if given.get(key, HERE) == HERE:
            return HERE
        return self.parse(_NETNS, given[key], join(path, key)) or HERE

    def by_table(self, given: dict[str, t.Any], table: dict[str, kinds.Attribute], path: str) -> dict[str, t.Any]:
        """The values of a table's attributes that are given, canonical."""
        parsed = {name: self.parse(table[name].type, given[name], join(path, name)) for name in table if name in given}
        return {name: value for name, value in parsed.items() if value is not None}

    def cross_rules(self, link: Link, path: str) -> None:
        """What options of one link say against each other."""
        if link.state == "absent":
            return
        six = [address.cidr for address in link.addresses or [] if address.version == 6]
        if six and link.common.get("mtu", IPV6_MIN_MTU) < IPV6_MIN_MTU:
            self.problem(join(path, "mtu"), "IPv6 needs at least %d, and %s has the address %s" % (IPV6_MIN_MTU, link.name, six[0]))
        if link.common.get("mtu", IPV6_MIN_MTU) < IPV6_MIN_MTU:
            needs = [key for key in link.sysctls if key.startswith("ipv6.")]
            needs += ["ipv6_addr_gen_mode"] if "ipv6_addr_gen_mode" in link.common else []
            if needs:
                self.problem(join(path, "mtu"), "below %d the kernel has no IPv6 on %s, and so no %s" % (IPV6_MIN_MTU, link.name, needs[0]))
        if six and link.sysctls.get("ipv6.disable_ipv6") == "1":
            self.problem(join(path, "sysctls"), "ipv6.disable_ipv6 is 1, and %s has the address %s" % (link.name, six[0]))
        if link.common.get("master") and link.common["master"] == link.name:
            self.problem(join(path, "master"), "%s can't be a port of itself" % link.name)
        if link.wait.lend_carrier and link.kind != kinds.BRIDGE.name:
            self.problem(join(path, "wait.lend_carrier"), "only a bridge can be lent carrier")
        if link.wait.lend_carrier and "mac" not in link.common:
            self.problem(
                join(path, "wait.lend_carrier"),
                "needs mac: without one of its own the bridge would take the MAC of the tap that lends the carrier",
            )
        if link.wait.wanted and link.common.get("admin_state") == kinds.DOWN:
            self.problem(join(path, "wait"), "nothing to wait for on a link whose admin_state is down")

    def choice(self, raw: t.Any, allowed: t.Sequence[str], path: str) -> str:
        if raw not in allowed:
            self.problem(path, "%r is not one of them%s" % (raw, suggestion(raw, allowed)))
            return allowed[0]
        return str(raw)

    def names(self, raw: t.Any, kind: values.Type, path: str) -> list[str]:
        parsed = [self.parse(kind, item, "%s[%d]" % (path, position)) for position, item in enumerate(self.listing(raw, path))]
        return list(dict.fromkeys(name for name in parsed if name))

    def link_sysctls(self, raw: t.Any, path: str) -> dict[str, str]:
        if not isinstance(raw, dict):
            self.problem(path, "%r is not a dictionary, such as {ipv6.accept_ra: 0}" % (raw,))
            return {}
        found = {}
        for key, value in raw.items():
            if not re.fullmatch(r"(%s)(\.[a-z0-9_]+)+" % "|".join(_SYSCTL_FAMILIES), str(key)):
                self.problem(
                    join(path, str(key)),
                    "not a key of a link: FAMILY.KEY such as ipv6.accept_ra, for net.ipv6.conf.LINK.accept_ra (FAMILY one of %s)"
                    % ", ".join(_SYSCTL_FAMILIES),
                )
            else:
                found[str(key)] = self.sysctl_value(value, join(path, str(key)))
        return found

    def sysctl_value(self, raw: t.Any, path: str) -> str:
        if is_secret(path):
            try:
                return ipaddress.IPv6Address(str(raw)).exploded  # as the kernel tells it
            except ValueError:
                self.problem(path, "not an IPv6 address, as which the kernel takes a secret")
                return ""
        if isinstance(raw, bool):
            return str(int(raw))
        if isinstance(raw, (int, str)) and "\n" not in str(raw):
            return " ".join(str(raw).split())
        self.problem(path, "%r is not a value for a sysctl, allowed is a number or one line of text" % (raw,))
        return ""

    def wait(self, raw: t.Any, path: str) -> Wait:
        given = self.dictionary(raw, _WAIT_KEYS, path)
        wait = Wait()
        for key in ("carrier", "dad", "lend_carrier"):
            setattr(wait, key, self.flag(given, key, path))
        if "timeout" in given:
            ticks = self.parse(values.Seconds(0.01, 3600), given["timeout"], join(path, "timeout"))
            wait.timeout = (ticks or 0) / values.USER_HZ
        if wait.lend_carrier and not wait.dad:
            self.problem(join(path, "lend_carrier"), "is for wait.dad, which is not set")
        return wait

    # ---- addresses

    def addresses(self, raw: t.Any, link: Link, path: str) -> list[Address]:
        found: dict[tuple[t.Any, ...], Address] = {}
        for position, item in enumerate(self.listing(raw, path)):
            here = "%s[%d]" % (path, position)
            address = self.address(item, link, here)
            if address is None:
                continue
            if address.key in found:
                self.problem(here, "%s is listed twice" % address.cidr)
            found[address.key] = address
        return list(found.values())

    def address(self, raw: t.Any, link: Link, path: str) -> Address | None:
        given = self.dictionary(raw, _ADDRESS_KEYS, path) if isinstance(raw, dict) else {"address": raw}
        if "address" not in given:
            self.problem(path, "has no address, such as address: 192.0.2.1/24")
            return None
        where = join(path, "address") if isinstance(raw, dict) else path
        try:
            ip, length = values.parse_prefix(given["address"])
            values.check_host(ip)
        except ValueError as error:
            self.problem(where, str(error))
            return None
        version = 6 if ":" in ip else 4
        self.of_the_other_family(given, version, path)
        fields: dict[str, t.Any] = {"metric": self.whole(given, "metric", path, 1, 0xFFFFFFFF)}
        for key in ("peer", "broadcast") if version == 4 else ("peer",):
            if key in given:
                fields[key] = self.other_address(given[key], version, join(path, key))
        if "scope" in given:
            fields["scope"] = SCOPES[self.choice(given["scope"], tuple(SCOPES), join(path, "scope"))]
        if "label" in given:
            fields["label"] = self.address_label(given["label"], link, join(path, "label"))
        for key in ("nodad", "noprefixroute"):
            if key in given:
                fields[key] = self.flag(given, key, path)
        fields.update(self.lifetimes(given, version, path))
        return Address(ip, length, **fields)

    def of_the_other_family(self, given: dict[str, t.Any], version: int, path: str) -> None:
        """Refuse what an address of this family has not."""
        reasons = {
            4: {"nodad": "is for IPv6; the kernel does no duplicate address detection for IPv4"},
            6: {
                "broadcast": "IPv6 has no broadcast addresses",
                "label": "IPv6 addresses have no label",
                "scope": "the kernel derives the scope of an IPv6 address from the address itself",
            },
        }
        for key, reason in reasons[version].items():
            if given.get(key) not in (None, False):
                self.problem(join(path, key), reason)

    def lifetimes(self, given: dict[str, t.Any], version: int, path: str) -> dict[str, int | None]:
        """Both in seconds, None where not given; the preferred one is the valid one unless it is given."""
        fields: dict[str, int | None] = {}
        for key, low in (("valid_lifetime", 1), ("preferred_lifetime", 0)):
            forever = str(given.get(key)) == "forever"
            fields[key] = FOREVER if forever else self.whole(given, key, path, low, FOREVER)
        valid, preferred = fields["valid_lifetime"], fields["preferred_lifetime"]
        if preferred is None:
            fields["preferred_lifetime"] = valid
        elif preferred > (FOREVER if valid is None else valid):
            self.problem(join(path, "preferred_lifetime"), "%d s is longer than valid_lifetime, %d s" % (preferred, valid or 0))
        elif version == 4 and valid in (None, FOREVER) and 0 < preferred < FOREVER:
            why = "the kernel counts nothing down for an IPv4 address that is valid forever; give valid_lifetime too, or 0"
            self.problem(join(path, "preferred_lifetime"), why)
        elif valid is None:
            fields["valid_lifetime"] = FOREVER
        return fields

    def other_address(self, raw: t.Any, version: int | None, path: str) -> str | None:
        try:
            text = values.parse_ip(raw)
        except ValueError as error:
            self.problem(path, str(error))
            return None
        if path.endswith("peer"):
            try:
                values.check_host(text)
            except ValueError as error:
                self.problem(path, str(error))
        if version and (6 if ":" in text else 4) != version:
            self.problem(path, "%s is not of the address's family, IPv%d" % (text, version))
            return None
        return text

    def address_label(self, raw: t.Any, link: Link, path: str) -> str | None:
        label = self.parse(values.Text(values.IFNAMSIZ - 1), raw, path)
        # The kernel takes the name of the link where none is given.
        return None if label == link.name else t.cast("str | None", label)

    # ---- routes

    def route(self, raw: t.Any, path: str = "") -> Route | None:
        """A route from the options of module route, or an item of a topology's routes."""
        given = self.dictionary(raw, _ROUTE_KEYS, path)
        destination = self.destination(given, path)
        version = (6 if ":" in destination else 4) if destination else None
        kind = self.choice(given.get("type", "unicast"), tuple(ROUTE_TYPES), join(path, "type"))
        state = self.choice(given.get("state", "present"), STATES, join(path, "state"))
        if "nexthops" in given:
            hops = self.hops(given, path)
        else:
            hop = self.hop(given, path)
            hops = (hop,) if hop.gateway or hop.link else ()
        if kind in NO_HOPS and hops:
            self.problem(join(path, "type"), "a route of type %s has no gateway, dev or nexthops" % kind)
        if kind not in NO_HOPS and not hops and state == "present":
            self.problem(path or "gateway", "a route of type %s needs gateway, dev or nexthops" % kind)
        route = Route(
            self.netns(given, "netns", path),
            destination or "",
            hops,
            table=self.table(given, path),
            metric=self.whole(given, "metric", path, 0, 0xFFFFFFFF),
            type=kind,
            scope=SCOPES[self.choice(given["scope"], tuple(SCOPES), join(path, "scope"))] if "scope" in given else None,
            source=self.other_address(given["src"], version, join(path, "src")) if "src" in given else None,
            mtu=self.whole(given, "mtu", path, 68, 0xFFFFFFFF),
            state=state,
            path=path,
        )
        if version == 6:
            for position, hop in enumerate(hops):
                if hop.gateway and ":" not in hop.gateway:
                    where = join(path, "nexthops[%d].gateway" % position if "nexthops" in given else "gateway")
                    self.problem(where, "%s is not IPv6; the kernel has no IPv6 routes through IPv4 gateways" % hop.gateway)
        return route if destination else None

    def destination(self, given: dict[str, t.Any], path: str) -> str | None:
        where = join(path, "destination")
        raw = given.get("destination")
        if raw is None:
            self.problem(where, "missing; a route needs a destination, such as 198.51.100.0/24 or default")
            return None
        if raw == "default":
            hops = given.get("nexthops")
            hops = [given, *(hops if isinstance(hops, list) else [])]
            others = [hop.get("gateway") for hop in hops if isinstance(hop, dict)]
            return "::/0" if any(":" in str(other) for other in others) else "0.0.0.0/0"
        try:
            address, length = values.parse_prefix(raw)
            network = ipaddress.ip_network("%s/%d" % (address, length), strict=False)
        except ValueError as error:
            self.problem(where, str(error))
            return None
        if str(network.network_address) != address:
            self.problem(where, "%s has bits set behind its prefix length; the network is %s" % (raw, network))
        return str(network)

    def table(self, given: dict[str, t.Any], path: str) -> int:
        raw = given.get("table", "main")
        if isinstance(raw, str) and raw in ROUTE_TABLES:
            return ROUTE_TABLES[raw]
        return self.parse(values.Unsigned(1), raw, join(path, "table")) or ROUTE_TABLES["main"]

    def hop(self, given: dict[str, t.Any], path: str) -> Hop:
        gateway = None
        if "gateway" in given:
            try:
                gateway = values.parse_ip(given["gateway"])
            except ValueError as error:
                self.problem(join(path, "gateway"), str(error))
        link = self.parse(_NAME, given["dev"], join(path, "dev")) if "dev" in given else ""
        onlink = self.flag(given, "onlink", path)
        if onlink and not link:
            self.problem(join(path, "onlink"), "needs dev: it says on which link the gateway is")
        return Hop(gateway, link or "", self.whole(given, "weight", path, 1, 256) or 1, onlink)

    def hops(self, given: dict[str, t.Any], path: str) -> tuple[Hop, ...]:
        where = join(path, "nexthops")
        for key in ("gateway", "dev", "onlink"):
            if key in given:
                self.problem(join(path, key), "stands beside nexthops; it belongs into one of them")
        found = []
        for position, item in enumerate(self.listing(given["nexthops"], where)):
            here = "%s[%d]" % (where, position)
            hop = self.hop(self.dictionary(item, ("gateway", "dev", "weight", "onlink"), here), here)
            if not hop.gateway and not hop.link:
                self.problem(here, "needs gateway, dev or both")
            found.append(hop)
        return tuple(found)

    # ---- topologies

    def topology(self, raw: dict[str, t.Any]) -> Topology:
        """Namespaces, links and routes of one task. What stands once for all is each link's default."""
        topology = Topology(
            owner=self.owner(raw.get("owner", ""), "owner"),
            adopt=bool(raw.get("adopt")),
            purge_links=bool(raw.get("purge_links")),
            max_deletes=raw.get("max_deletes"),
            force=bool(raw.get("force")),
        )
        if topology.purge_links and not topology.owner:
            self.problem("purge_links", "needs owner, whose mark tells what may be deleted")
        defaults: dict[str, t.Any] = {key: raw[key] for key in ("netns", "purge", "wait", "allow_flap", "recreate", "force") if key in raw}
        defaults_of_a_route = {"netns": raw["netns"]} if "netns" in raw else {}
        for position, item in enumerate(raw.get("namespaces", [])):
            topology.namespaces.append(self.namespace(item, "namespaces[%d]" % position))
        for position, item in enumerate(raw.get("links", [])):
            link = self.nested_link(item, "links[%d]" % position, defaults)
            if link:
                topology.links.append(link)
        for position, item in enumerate(raw.get("routes", [])):
            route = self.route({**defaults_of_a_route, **item} if isinstance(item, dict) else item, "routes[%d]" % position)
            if route:
                topology.routes.append(route)
        self.twice([(end.where, end.path) for end in topology.all_links()])
        self.twice([(("", namespace.name), "namespaces[%d]" % n) for n, namespace in enumerate(topology.namespaces)])
        self.routes_twice(topology.routes)
        self.macs_twice(topology)
        self.ports_of_others(topology)
        self.needs_what_goes(topology)
        if topology.owner:
            for end in topology.all_links():
                if end.kind is not None and end.state == "present":
                    end.marks = [mark(topology.owner, end.name)]
        return topology

    def owner(self, raw: t.Any, path: str) -> str:
        if raw and not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", str(raw)):
            self.problem(path, "%r is not a name for an owner, allowed are 1 to 64 letters, digits, dashes and underscores" % (raw,))
        return str(raw)

    def twice(self, places: list[tuple[tuple[str, str], str]]) -> None:
        """Nothing is described twice."""
        first: dict[tuple[str, str], str] = {}
        for where, path in places:
            if where in first and where[1]:
                self.problem(join(path, "name"), "%s is described already, at %s" % (where[1], first[where]))
            first.setdefault(where, path)

    def needs_what_goes(self, topology: Topology) -> None:
        """Nothing that shall be there needs what the same task removes: it would go, and the task fail afterwards."""
        namespaces = {each.name: "namespaces[%d]" % n for n, each in enumerate(topology.namespaces) if each.name and each.state == "absent"}
        links = {link.where: link.path for link in topology.links if link.state == "absent"}

        def check_namespace(path: str, netns: str) -> None:
            if netns in namespaces:
                self.problem(path, "the task needs namespace %s here, and removes it at %s" % (netns, namespaces[netns]))

        def check(path: str, netns: str, *names: str) -> None:
            for name in names:
                if (netns, name) in links:
                    self.problem(path, "the task needs %s here, and removes it at %s" % (name, links[netns, name]))

        for link in topology.links:
            for end in link.ends if link.state == "present" else ():
                check_namespace(join(end.path, "netns"), end.netns)
                check(join(end.path, "master"), end.netns, end.common.get("master", ""))
                check(join(end.path, "ports"), end.netns, *(end.ports or []))
                if end.parent_netns:
                    check_namespace(join(end.path, "parent_netns"), end.parent_netns)
                check(join(end.path, "parent"), *end.wanted_parent)
        for route in topology.routes:
            if route.state == "present":
                check_namespace(route.path, route.netns)
                check(route.path, route.netns, *sorted(route.links))

    def routes_twice(self, routes: list[Route]) -> None:
        """The kernel has one route to a destination in a table with a metric; the second would replace the first, on every run."""
        first: dict[tuple[t.Any, ...], str] = {}
        for route in routes:
            if route.state == "present":
                if route.key in first:
                    what = "%s is described already, at %s; give it another metric, or one route nexthops" % (
                        route.destination,
                        first[route.key],
                    )
                    self.problem(join(route.path, "destination"), what)
                first.setdefault(route.key, route.path)

    def macs_twice(self, topology: Topology) -> None:
        """A bridge has a MAC behind one of its ports; on every run each of two would take it from the other."""
        first: dict[tuple[t.Any, ...], str] = {}
        for end in topology.all_links():
            for position, (mac, vlan) in enumerate(end.fdb or {}):
                key, path = (end.netns, end.common.get("master"), mac, vlan), join(end.port_path, "fdb[%d].mac" % position)
                if end.common.get("master") and key in first:
                    self.problem(path, "%s is behind another port of %s already, at %s" % (mac, end.common["master"], first[key]))
                first.setdefault(key, path)

    def ports_of_others(self, topology: Topology) -> None:
        """A port has what the kind of its master gives it; where the same task describes the master, that is known already."""
        masters = {end.where: end for end in topology.all_links()}
        for end in topology.all_links():
            master = masters.get((end.netns, end.common.get("master", "")))
            for option in end.port_options if master and master.kind else ():
                why = kinds.why_not_of_a_port(option, master.kind, master.name) if master and master.kind else ""
                if why:
                    self.problem(join(end.port_path, option), why)

    # ---- namespaces

    def namespace(self, raw: t.Any, path: str = "") -> Namespace:
        given = self.dictionary(raw, ("name", "state", "nsid", "sysctls", "loopback", "force"), path)
        namespace = Namespace("")
        if "name" in given:
            namespace.name = self.parse(_NETNS, given["name"], join(path, "name")) or ""
        else:
            self.problem(join(path, "name"), "missing; a namespace needs a name")
        namespace.state = self.choice(given.get("state", "present"), STATES, join(path, "state"))
        if "loopback" in given:
            namespace.loopback = self.choice(given["loopback"], (kinds.UP, kinds.DOWN), join(path, "loopback"))
        namespace.nsid = self.whole(given, "nsid", path, 0, 0x7FFFFFFF)
        namespace.force = self.flag(given, "force", path)
        sysctls = given.get("sysctls", {})
        if not isinstance(sysctls, dict):
            self.problem(join(path, "sysctls"), "%r is not a dictionary, such as {ipv4.ip_forward: 1}" % (sysctls,))
            sysctls = {}
        for key, value in sysctls.items():
            here = join(join(path, "sysctls"), str(key))
            if str(key).startswith("net."):
                self.problem(here, "keys are below net. already: write %s" % str(key)[4:])
            elif not re.fullmatch(r"[a-z0-9_]+(\.[^./\s][^.\s]*)+", str(key)):
                self.problem(here, "not a key below net., such as ipv4.ip_forward")
            else:
                namespace.sysctls[str(key)] = self.sysctl_value(value, here)
        return namespace
