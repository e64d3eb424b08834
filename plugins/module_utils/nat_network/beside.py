# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Other firewalls on the host: what they would drop of a network, and what they have to be told, each in its own way.

A packet passes when every base chain lets it pass, so an accept in our tables is not enough. Docker, ufw and firewalld have a place for
rules of others, which they keep over a reload; what anybody else drops is named, with the rules to add.

Everything here is pure, but for :func:`read`.
"""

from __future__ import annotations

import os
import typing as t
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ansible_collections.netdev.linux.plugins.module_utils.nat_network import files, firewall, iptables, process
from ansible_collections.netdev.linux.plugins.module_utils.nat_network.model import Network
from ansible_collections.netdev.linux.plugins.module_utils.nat_network.paths import Paths
from ansible_collections.netdev.linux.plugins.module_utils.nat_network.rulesets import (
    ACCEPT,
    DROP,
    Chain,
    Key,
    Match,
    Packet,
    Rule,
    Ruleset,
    of_iptables,
    of_nft,
)

DOCKER_USER = "DOCKER-USER"
ZONE = "nat_network"  # ours, where firewalld runs and no other is given
FIREWALLD_TABLE = "firewalld"
FIREWALLD_FOLDERS = ("/etc/firewalld", "/usr/lib/firewalld")
UFW_RULES = ("/etc/ufw/user.rules", "/etc/ufw/user6.rules")

_VERSIONS = {"ip": (4,), "ip6": (6,), "inet": (4, 6), "bridge": (4, 6)}
_NAMES = {"ip": "/proc/net/ip_tables_names", "ip6": "/proc/net/ip6_tables_names"}
# Of module br_netfilter, which Docker loads, and which is on when it is loaded.
_BRIDGED = {4: "/proc/sys/net/bridge/bridge-nf-call-iptables", 6: "/proc/sys/net/bridge/bridge-nf-call-ip6tables"}


def comment(name: str) -> str:
    """What marks the rules of a network among those of others."""
    return f"nat_network {name}"


# ---- what there is


@dataclass
class Host:
    """The filters of the host, what could not be read of them, firewalld's zones, and the IP versions whose filters see what is bridged."""

    ruleset: Ruleset = field(default_factory=Ruleset)
    unread: list[str] = field(default_factory=list)
    zones: frozenset[str] = frozenset()
    bridged: frozenset[int] = frozenset()

    @property
    def firewalld(self) -> bool:
        return any(key[2] == FIREWALLD_TABLE for key in self.ruleset.chains)

    @property
    def ufw(self) -> bool:
        return any(name == "ufw-user-input" for _lister, _family, _table, name in self.ruleset.chains)

    def zone(self, bridge: str) -> str:
        """The zone that firewalld has a bridge in now, by the rule that leads there."""
        link, lead = Match("iifname", (bridge,)), "filter_IN_"
        rules = [rule for key, chain in self.ruleset.chains.items() if key[2] == FIREWALLD_TABLE for rule in chain.rules]
        found = [rule.target[len(lead) :] for rule in rules if link in rule.matches and rule.target.startswith(lead)]
        return next((zone for zone in found if zone in self.zones), "")

    def docker(self) -> list[Chain]:
        return [chain for key, chain in self.ruleset.chains.items() if key[2:] == ("filter", DOCKER_USER) and key[1] in iptables.PROGRAMS]


def read() -> Host:
    """The filters of the namespace that we are in. Changes nothing, and loads no module of the kernel."""
    host = Host(bridged=frozenset(version for version, path in _BRIDGED.items() if (files.read(path) or "0").strip() != "0"))
    nft = process.find("nft")
    if nft:
        _read_nft(host, nft)
    for family, names in _NAMES.items():
        try:
            tables = (files.read(names) or "").split()
        except PermissionError as error:
            # A network namespace that was made together with its user namespace, and the host has the module loaded: the file is the
            # host's root's then (net/netfilter/x_tables.c, xt_proto_init).
            host.unread.append(f"{names}: {error.strerror}")
            continue
        if "filter" in tables:
            _read_iptables(host, family, "legacy")
    if host.firewalld:
        folders = [f"{folder}/zones" for folder in FIREWALLD_FOLDERS]
        host.zones = frozenset(os.path.splitext(name)[0] for folder in folders if os.path.isdir(folder) for name in os.listdir(folder))
    return host


def _read_nft(host: Host, nft: str) -> None:
    code, output, errors = process.run([nft, "--json", "list", "ruleset"])
    try:
        found = of_nft(output)
    except (AttributeError, KeyError, TypeError, ValueError):
        host.unread.append(f"nft --json list ruleset: {errors or f'return code {code}'}")
        return
    host.ruleset.chains.update(found.chains)
    for family in iptables.PROGRAMS:
        # nft shows little of what iptables has put there.
        if ("nft", family, "filter", "FORWARD") in found.chains or ("nft", family, "filter", "INPUT") in found.chains:
            _read_iptables(host, family, "nft")


def _read_iptables(host: Host, family: str, lister: str) -> None:
    program = process.find(f"{iptables.PROGRAMS[family]}-{lister}-save")
    if not program:
        if lister == "legacy":
            host.unread.append(f"the kernel has rules of {iptables.PROGRAMS[family]}-legacy, which is not installed")
        return
    code, output, errors = process.run([program, "-t", "filter"])
    if code:
        host.unread.append(f"{os.path.basename(program)}: {errors}")
    else:
        host.ruleset.chains.update(_of_others(of_iptables(output, lister, family).chains))


def _of_others(chains: Mapping[Key, Chain]) -> dict[Key, Chain]:
    """Without what is ours."""
    found = {key: chain for key, chain in chains.items() if not iptables.is_own(key[3])}
    for chain in found.values():
        chain.rules = [rule for rule in chain.rules if not iptables.is_own(rule.target)]
    return found


def command_of(chain: Chain) -> str:
    """The program that changes a chain of iptables."""
    lister, family = chain.key[:2]
    return f"{iptables.PROGRAMS[family]}-{lister}"


# ---- what a network needs


@dataclass(frozen=True)
class Probe:
    """A packet that has to pass. ``bridged``: from port to port of the bridge, so the filters of IP see it only where they are called."""

    what: str
    hook: str
    version: int
    packet: Packet
    bridged: bool = False

    def meets(self, chain: Chain, host: Host) -> bool:
        """Whether it comes to a base chain."""
        if chain.hook != self.hook or self.version not in _VERSIONS.get(chain.family, ()):
            return False
        if chain.family == "bridge":
            # What is routed is not forwarded there.
            return self.bridged or self.hook != "forward"
        return not self.bridged or self.version in host.bridged


def probes(network: Network, uplinks: Mapping[int, str]) -> Iterator[Probe]:
    """``uplinks``: by IP version, the link that leads out, where there is one."""
    for version in (4, 6):
        for subnet in network.subnets(version):
            yield from _asks(network, version, str(subnet.interface.network), str(subnet.interface.ip))
            if network.forwards(version):
                yield from _forwarded(network, version, str(subnet.interface.network), network.forward.dev or uplinks.get(version, ""))
            yield _between(network, version, {"saddr": str(subnet.interface.network), "daddr": str(subnet.interface.network)})
    if network.ipv6 and not network.subnets(6):
        yield _between(network, 6, {})


def _asks(network: Network, version: int, subnet: str, own: str) -> Iterator[Probe]:
    nfproto = f"ipv{version}"
    start = {"nfproto": nfproto, "iifname": network.bridge, "ct_state": "new", "ct_status": "none", "l4proto": "udp"}
    back = {"nfproto": nfproto, "oifname": network.bridge, "ct_status": "none", "l4proto": "udp"}
    for protocol, port in network.ports():
        name = {53: "DNS", 67: "DHCP", 69: "TFTP", 547: "DHCPv6"}[port]
        if port == 67 and version == 4:
            answer = {**back, "sport": "67", "dport": "68", "ct_state": "new"}
            ask = {"sport": "68", "dport": "67", "saddr": "0.0.0.0", "daddr": "255.255.255.255", "dst_type": "broadcast"}  # noqa: S104
        elif port == 547 and version == 6:
            answer = {**back, "sport": "547", "dport": "546", "ct_state": "new"}
            ask = {"sport": "546", "dport": "547", "saddr": "fe80::/64", "daddr": "ff02::1:2", "dst_type": "multicast"}
        elif port in (53, 69):
            answer = {**back, "l4proto": protocol, "sport": str(port), "daddr": subnet, "saddr": own, "ct_state": "established"}
            ask = {"dport": str(port), "saddr": subnet, "daddr": own, "dst_type": "local", "l4proto": protocol}
        else:
            continue
        yield Probe(name, "input", version, {**start, **ask})
        yield Probe(f"answers to {name}", "output", version, answer)
    if version == 6:
        for what, kind in (("neighbour discovery", "nd-neighbor-solicit"), ("router solicitations", "nd-router-solicit")):
            icmpv6 = {"l4proto": "ipv6-icmp", "icmpv6_type": kind, "hop_limit": "255", "ct_state": "untracked"}
            yield Probe(what, "input", 6, {**start, **icmpv6})


def _forwarded(network: Network, version: int, subnet: str, uplink: str) -> Iterator[Probe]:
    common = {"nfproto": f"ipv{version}", "l4proto": "tcp", "ct_status": "none", "dst_type": "unicast"}
    out = {**common, "iifname": network.bridge, "saddr": subnet, "ct_state": "new"}
    back = {**common, "oifname": network.bridge, "daddr": subnet, "ct_state": "established"}
    yield Probe("what guests send out", "forward", version, {**out, "oifname": uplink} if uplink else out)
    yield Probe("replies to guests", "forward", version, {**back, "iifname": uplink} if uplink else back)


def _between(network: Network, version: int, addresses: Packet) -> Probe:
    links = {"iifname": network.bridge, "oifname": network.bridge}
    common = {"nfproto": f"ipv{version}", "l4proto": "tcp", "ct_status": "none", "ct_state": "new", "dst_type": "unicast"}
    return Probe("what guests send to each other", "forward", version, {**common, **links, **addresses}, bridged=True)


# ---- what others drop of it


@dataclass(frozen=True)
class Finding:
    """A base chain that drops some of a network's packets, for certain or perhaps."""

    chain: Chain
    what: tuple[str, ...]
    certain: bool

    def text(self, network: Network) -> str:
        verb = "drops" if self.certain else "may drop"
        return f"{self.chain} {verb} {', '.join(self.what)} of this network; if so, add to it: " + "; ".join(self.remedy(network))

    def remedy(self, network: Network) -> list[str]:
        """The rules to add, as commands."""
        _lister, family, table, name = self.chain.key
        if name.isupper() and table == "filter" and family in iptables.PROGRAMS:
            return [f"{command_of(self.chain)} -I {name} {rule} -j ACCEPT" for rule in self._for_iptables(network)]
        return [f"nft insert rule {family} {table} {name} {rule} accept" for rule in self._for_nft(network)]

    def _for_iptables(self, network: Network) -> list[str]:
        if self.chain.hook != "input":
            return _ways(network, self.chain.hook, f"-i {network.bridge}", f"-o {network.bridge}")
        icmpv6 = [f"-i {network.bridge} -p ipv6-icmp"] if self.chain.family == "ip6" else []
        asked = [(protocol, ",".join(numbers)) for protocol, numbers in _by_protocol(network).items()]
        return [f"-i {network.bridge} -p {protocol} -m multiport --dports {numbers}" for protocol, numbers in asked] + icmpv6

    def _for_nft(self, network: Network) -> list[str]:
        bridged = self.chain.family == "bridge"
        inward, outward = ("meta ibrname", "meta obrname") if bridged else ("iifname", "oifname")
        if self.chain.hook != "input":
            return _ways(network, self.chain.hook, f'{inward} "{network.bridge}"', f'{outward} "{network.bridge}"')
        icmpv6 = [f'{inward} "{network.bridge}" meta l4proto ipv6-icmp'] if network.subnets(6) and self.chain.family != "ip" else []
        asked = [(protocol, ", ".join(numbers)) for protocol, numbers in _by_protocol(network).items()]
        return [f'{inward} "{network.bridge}" {protocol} dport {{ {numbers} }}' for protocol, numbers in asked] + icmpv6


def _ways(network: Network, hook: str, inward: str, outward: str) -> list[str]:
    """What has to be let through as a whole: guests of an isolated network have nothing but each other."""
    if hook == "forward":
        return [f"{inward} {outward}"] if network.forward.mode == "isolated" else [inward, outward]
    return [outward]


def _by_protocol(network: Network) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for protocol, port in network.ports():
        found.setdefault(protocol, []).append(str(port))
    return found


def findings(network: Network, host: Host, uplinks: Mapping[int, str]) -> list[Finding]:
    """What would drop packets of the network after the others have been told what :func:`told` gives."""
    ruleset = _with_accepts(network, host)
    dropped: dict[tuple[str, ...], list[tuple[str, bool]]] = {}
    for probe in probes(network, uplinks):
        for chain in ruleset.base():
            if probe.meets(chain, host) and not _is_exempt(chain, network):
                packet = probe.packet
                if chain.family == "bridge":
                    packet = {name: value for name, value in packet.items() if name not in ("iifname", "oifname", "ct_state")}
                fate = ruleset.fate(chain, packet)
                if fate == {DROP} or (DROP in fate and ruleset.likely(chain, packet) == DROP):
                    dropped.setdefault(chain.key, []).append((probe.what, fate == {DROP}))
    return [
        Finding(
            ruleset.chains[t.cast(t.Any, key)],
            tuple(dict.fromkeys(what for what, _certain in found)),
            any(certain for _what, certain in found),
        )
        for key, found in dropped.items()
    ]


def _is_exempt(chain: Chain, network: Network) -> bool:
    """What we make ourselves, and what firewalld makes of the zone."""
    _lister, _family, table, _name = chain.key
    if table == FIREWALLD_TABLE:
        return True
    if firewall.choose(network) == "iptables" and table == "filter" and chain.hook in ("input", "forward"):
        return True  # our rules come first in these, and what they accept is accepted
    return table.startswith(Paths("").table)


def _with_accepts(network: Network, host: Host) -> Ruleset:
    """The filters as they will be."""
    chains = {key: Chain(key, chain.hook, chain.policy, list(chain.rules)) for key, chain in host.ruleset.chains.items()}
    ruleset = Ruleset(chains)
    inward = Rule((Match("iifname", (network.bridge,)),), ACCEPT)
    outward = Rule((Match("oifname", (network.bridge,)),), ACCEPT)
    for chain in chains.values():
        name = chain.key[3]
        if name == DOCKER_USER or name in ("ufw-user-forward", "ufw6-user-forward"):
            chain.rules[:0] = [inward, outward]
        elif name in ("ufw-user-input", "ufw6-user-input"):
            allowed = [
                (Match("iifname", (network.bridge,)), Match("l4proto", (proto,)), Match("dport", (str(port),)))
                for proto, port in network.ports()
            ]
            chain.rules[:0] = [Rule(matches, ACCEPT) for matches in allowed]
    return ruleset


def problems(network: Network, host: Host, uplinks: Mapping[int, str]) -> tuple[list[tuple[str, str]], list[str]]:
    """What keeps the network from working, with its path, and what may. Who wants no rules of us takes care of others' too."""
    path = f"{network.path}.firewall"
    if network.zone and host.firewalld and network.zone not in host.zones | {ZONE}:
        zones = ", ".join(sorted(host.zones))
        return [(f"{network.path}.zone", f"firewalld has no zone {network.zone}; there are {zones}")], []
    found = findings(network, host, uplinks)
    certain = [(path, finding.text(network).replace("if so, ", "")) for finding in found if finding.certain and network.has_rules]
    rest = [finding for finding in found if not (finding.certain and network.has_rules)]
    return certain, [f"{path}: {finding.text(network)}" for finding in rest]


# ---- what others are told


def told(network: Network, host: Host) -> dict[str, t.Any]:
    """What each of the others on this host has to be told for a network; empty lists, too: what it was told before may have to go."""
    wanted: dict[str, t.Any] = {}
    telling = network.has_rules
    if host.docker():
        # Docker puts its chains in front again when it starts. Then an accept there would come before our own rules of iptables.
        rules = docker_rules(network) if telling and firewall.choose(network) != "iptables" else []
        wanted["docker"] = {"rules": rules, "boot": docker_commands(rules, host)}
    if host.ufw:
        wanted["ufw"] = ufw_rules(network) if telling else []
    if host.firewalld:
        zone = network.zone or (ZONE if telling else "")
        wanted["firewalld"] = {"zone": zone, "bridge": network.bridge} if zone else {}
    return wanted


def docker_rules(network: Network) -> list[list[str]]:
    """For DOCKER-USER, as iptables-save lists them. Our own tables say what may pass; here it must just not end."""
    mark = ["-m", "comment", "--comment", comment(network.name), "-j", "ACCEPT"]
    bridge = network.bridge
    if network.forward.mode == "isolated":
        return [["-i", bridge, "-o", bridge, *mark]]
    return [["-i", bridge, *mark], ["-o", bridge, *mark]]


def ufw_rules(network: Network) -> list[str]:
    """In the words of ufw, without the comment."""
    found = [f"allow in on {network.bridge} to any port {port} proto {protocol}" for protocol, port in network.ports()]
    if network.forward.mode == "isolated":
        return [*found, f"route allow in on {network.bridge} out on {network.bridge}"]
    return [*found, f"route allow in on {network.bridge}", f"route allow out on {network.bridge}"]


@dataclass(frozen=True)
class Step:
    """One command to another firewall, and the one that takes it back."""

    text: str
    command: Sequence[str]
    back: Sequence[str]


def docker_steps(name: str, wanted: Sequence[Sequence[str]], host: Host) -> Iterator[Step]:
    """Ours are known by their comment, and are the first: what Docker or somebody else put there may end with a RETURN or DROP."""
    for chain in host.docker():
        there = [list(rule.words) for rule in chain.rules if rule.comment == comment(name)]
        change = [command_of(chain), "-w"]
        where = f"{DOCKER_USER} of {command_of(chain)}"
        for rule in wanted:
            if list(rule) not in there:
                yield Step(f"add {' '.join(rule)} to {where}", [*change, "-I", DOCKER_USER, *rule], [*change, "-D", DOCKER_USER, *rule])
        for rule in there:
            if rule not in [list(other) for other in wanted]:
                yield Step(
                    f"delete {' '.join(rule)} from {where}", [*change, "-D", DOCKER_USER, *rule], [*change, "-I", DOCKER_USER, *rule]
                )


def docker_commands(wanted: Sequence[Sequence[str]], host: Host) -> list[str]:
    """Shell commands that add the rules at boot, when Docker has made its chain anew."""
    found = []
    for chain in host.docker():
        for rule in wanted:
            words = " ".join(f'"{word}"' if " " in word else word for word in rule)
            program = process.find(command_of(chain)) or command_of(chain)
            found.append(f"{program} -w -C {DOCKER_USER} {words} || {program} -w -I {DOCKER_USER} {words}")
    return found


def ufw_steps(name: str, wanted: Sequence[str], texts: Sequence[str]) -> Iterator[Step]:
    """``texts`` are ufw's own files of rules, one for each IP version."""
    there = list(dict.fromkeys(rule for text in texts for rule in _ufw_parse(text, comment(name))))
    mark = ["comment", comment(name)]
    for rule in wanted:
        if rule not in there:
            yield Step(f"ufw {rule}", ["ufw", *rule.split(), *mark], _ufw_delete(rule))
    for rule in there:
        if rule not in wanted:
            yield Step(f"ufw delete {rule}", _ufw_delete(rule), ["ufw", *rule.split(), *mark])


def _ufw_delete(rule: str) -> list[str]:
    words = rule.split()
    return ["ufw", "route", "delete", *words[1:]] if words[0] == "route" else ["ufw", "delete", *words]


def _ufw_parse(text: str, mark: str) -> Iterator[str]:
    """Rules with a comment, from lines such as ``### tuple ### allow udp 67 0.0.0.0/0 any 0.0.0.0/0 in_virbr0 comment=6e61...``."""
    for line in text.splitlines():
        head, _word, written = line.partition(" comment=")
        words = head.split()
        if words[:3] != ["###", "tuple", "###"] or len(words) != 10 or written.strip() != mark.encode().hex():
            continue
        action, protocol, port, interface = words[3], words[4], words[5], words[9]
        # in_virbr0, or in_virbr0!out_virbr0
        links = " ".join(
            f"{direction} on {link}" for direction, _underscore, link in (part.partition("_") for part in interface.split("!"))
        )
        start = f"route {action.partition(':')[2]}" if action.startswith("route:") else action
        yield f"{start} {links}" + (f" to any port {port} proto {protocol}" if port != "any" else "")
