# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From lines of shell, as format ifupdown writes them, back to the operations that they are the commands of.

The words are those of the kinds table: a value is what the table's type would spell so. What is not exactly of this form is refused
with :class:`NotUnderstood`; nothing is guessed.
"""

from __future__ import annotations

import base64
import dataclasses
import functools
import re
import typing as t

from ansible_collections.netdev.linux.plugins.module_utils import bridging, kinds, values
from ansible_collections.netdev.linux.plugins.module_utils import operations as ops
from ansible_collections.netdev.linux.plugins.module_utils.model import (
    FOREVER,
    HERE,
    ROUTE_TABLES,
    ROUTE_TYPES,
    SCOPES,
    Address,
    Hop,
    Route,
    Where,
)
from ansible_collections.netdev.linux.plugins.plugin_utils.persist.shell import OWN_PROCESS

Say = t.Callable[[kinds.Attribute, t.Any], list[str]]


class NotUnderstood(Exception):
    """The text says why."""


# ---- values --------------------------------------------------------------------------------------------------------


@functools.singledispatch
def candidates(kind: values.Type, words: list[str]) -> t.Iterator[t.Any]:
    """Values of a type that the first of these words may stand for; of each the type's spelling is compared with them."""
    yield kind.parse(words[0])


@candidates.register(values.Flag)
@candidates.register(values.Bit)
@candidates.register(values.Presence)
def _switch(_kind: values.Type, _words: list[str]) -> t.Iterator[t.Any]:
    yield from (True, False)


@candidates.register
def _choice(kind: values.Choice, _words: list[str]) -> t.Iterator[t.Any]:
    yield from kind.numbers


@candidates.register
def _unsigned(kind: values.Unsigned, words: list[str]) -> t.Iterator[t.Any]:
    yield kind.parse(int(words[0], 0))


@candidates.register(values.Worded)
@candidates.register(values.OrWord)
def _named_number(kind: values.Worded | values.OrWord, words: list[str]) -> t.Iterator[t.Any]:
    yield kind.parse(words[0] if words[0] == kind.name else int(words[0], 0))


@candidates.register
def _seconds(_kind: values.Seconds, words: list[str]) -> t.Iterator[t.Any]:
    yield int(words[0])
    yield int(words[0]) * values.USER_HZ


@candidates.register(values.Key)
@candidates.register(values.PortName)
def _or_none(kind: values.Type, words: list[str]) -> t.Iterator[t.Any]:
    yield ""
    yield kind.parse(words[0])


@candidates.register
def _list(kind: values.IpList, words: list[str]) -> t.Iterator[t.Any]:
    yield kind.parse(words[0].split(",") if words[0] else [])


@candidates.register
def _macs(kind: values.Macs, words: list[str]) -> t.Iterator[t.Any]:
    yield ()
    yield kind.parse([word for word in words[1:] if word])


@candidates.register
def _pairs(kind: values.QosMap, words: list[str]) -> t.Iterator[t.Any]:
    count = next((number for number, word in enumerate(words) if not re.fullmatch(r"\d+:\d+", word)), len(words))
    yield kind.parse(words[:count])
    yield kind.parse(words[0].split(","))


@candidates.register
def _range(kind: values.PortRange, words: list[str]) -> t.Iterator[t.Any]:
    yield kind.parse("-".join(words[:2]))


@candidates.register
def _address(kind: values.Ip, words: list[str]) -> t.Iterator[t.Any]:
    yield kind.parse("" if words[0] == "any" and not kind.version else words[0])


def spelled(attribute: kinds.Attribute, value: t.Any) -> list[str]:
    """How iproute2 says an option of a kind."""
    return attribute.type.phrase(attribute.ip, value)


def spelled_of_every_link(attribute: kinds.Attribute, value: t.Any) -> list[str]:
    """How iproute2 says what every link has: one word, blanks and all."""
    return [attribute.ip, attribute.type.word(value)] if attribute.ip else [attribute.type.word(value)]


def meant(attribute: kinds.Attribute, words: list[str], say: Say) -> tuple[t.Any, int] | None:
    """The value that words begin to say, and how many of them do; None if they say something else."""
    rest = words[1:] if attribute.ip and words[:1] == [attribute.ip] else words
    found = []
    try:
        for value in candidates(attribute.type, [*rest, ""]):
            phrase = say(attribute, value)
            if phrase and words[: len(phrase)] == phrase:
                found.append((value, len(phrase)))
    except ValueError:
        pass  # they say something else
    return max(found, key=lambda each: each[1], default=None)


def heard(attributes: t.Iterable[kinds.Attribute], words: list[str], say: Say = spelled) -> tuple[dict[str, t.Any], list[str]]:
    """The values that words say, by option, and the words behind them."""
    table = list(attributes)
    said: dict[str, t.Any] = {}
    while words:
        for attribute in table:
            result = meant(attribute, words, say) if attribute.name not in said else None
            if result:
                said[attribute.name] = result[0]
                words = words[result[1] :]
                break
        else:
            break
    return said, words


# ---- lines of shell ------------------------------------------------------------------------------------------------

_WORD = re.compile(r"[A-Za-z0-9_@%+=:,./{}\[\]!-]+")
_ENCODED = re.compile(r'"\$\(echo ([A-Za-z0-9+/]+=*) \| base64 -d\)"')
_OPERATOR = re.compile(r"\|\||&&|>/dev/null|2>&1|;")
_OWN_PROCESS, _OWN_PATH = '"$$"', '"$PATH"'
_QUIET = (">/dev/null", "2>&1", ";")


@dataclasses.dataclass(frozen=True)
class Operator:
    """What the shell sees in a line beside words."""

    text: str


OR, AND = Operator("||"), Operator("&&")
Token = t.Union[str, Operator]


def literal(text: str) -> str:
    """A value as a shell assigns it. Raises NotUnderstood unless it is one word, in which the shell replaces nothing."""
    tokens = split(text, expanded=False)
    if len(tokens) > 1 or any(isinstance(token, Operator) for token in tokens):
        raise NotUnderstood("%s is more than one word" % text)
    return "".join(map(str, tokens))


def split(line: str, expanded: bool = True) -> list[Token]:
    """Words and operators of a line, of which the shell would run nothing but commands that are to be seen in it.

    What :mod:`.shell` has it replace by something else is so replaced, unless nothing is to be ``expanded``.
    """
    found: list[Token] = []
    position, word = 0, None
    while position < len(line):
        rest = line[position:]
        operator = _OPERATOR.match(rest) if word is None else None
        if word is not None and rest[0] in " \t;":
            found.append(word)
            word = None
        elif rest[0] in " \t":
            position += 1
        elif operator:
            found.append(Operator(operator[0]))
            position += len(operator[0])
        else:
            text, length = _piece(rest, expanded)
            word = text if word is None else word + text
            position += length
    return found if word is None else [*found, word]


def _piece(rest: str, expanded: bool) -> tuple[str, int]:
    """The next piece of a word: its text, and how long it is in the line."""
    plain, encoded = _WORD.match(rest), _ENCODED.match(rest)
    if plain:
        return plain[0], len(plain[0])
    if encoded and expanded:
        return base64.b64decode(encoded[1]).decode(), len(encoded[0])
    if expanded and rest.startswith(_OWN_PROCESS):
        return OWN_PROCESS, len(_OWN_PROCESS)
    if expanded and rest.startswith(_OWN_PATH):
        return "$PATH", len(_OWN_PATH)
    quoted = re.match(r"'([^']*)'|\"([^\"$`\\]*)\"", rest)
    if quoted:
        return quoted[1] if quoted[1] is not None else quoted[2], len(quoted[0])
    raise NotUnderstood("%s is nothing that this role writes" % rest.split(maxsplit=1)[0])


def commands(line: str) -> list[list[str]]:
    """The commands by which a line makes something so; what it only asks for, whether it is so already, is left out."""
    tokens = split(line)
    if tokens[:1] == ["!"]:
        tokens = _behind(tokens[1:])
    elif tokens[-2:] == [OR, "true"]:  # well whether it could or not
        tokens = tokens[:-2]
    elif OR in tokens:
        tokens = _behind(tokens)
    if tokens[:1] == ["{"] and tokens[-1:] == ["}"]:
        tokens = tokens[1:-1]
    found: list[list[str]] = [[]]
    for token in tokens:
        if isinstance(token, str):
            found[-1].append(token)
        elif token == AND:
            found.append([])
        elif token.text not in _QUIET:
            raise NotUnderstood("%s is nothing that this role writes there" % token.text)
    return [command for command in found if command]


def _behind(tokens: list[Token]) -> list[Token]:
    """What follows a test that this role writes."""
    at = tokens.index(OR) if OR in tokens else len(tokens)
    test = [token for token in tokens[:at] if isinstance(token, str)]
    shape = [test[0], *test[3:]] if test[:2] == ["ip", "-n"] else test
    is_file = shape[:2] == ["[", "-e"] and shape[3:] == ["]"]
    if not is_file and not (shape[:4] == ["ip", "link", "show", "dev"] and len(shape) == len(["ip", "link", "show", "dev", "NAME"])):
        raise NotUnderstood("%s is no test that this role writes" % " ".join(test))
    return tokens[at + 1 :]


# ---- commands ------------------------------------------------------------------------------------------------------


def operations(line: str) -> list[ops.Operation]:
    """What a line does. Raises NotUnderstood."""
    return [operation for command in commands(line) for operation in understood(command)]


def understood(command: list[str]) -> list[ops.Operation]:
    """What a command does. Raises NotUnderstood."""
    words, netns = list(command), HERE
    if words[:1] == ["PATH=$PATH"]:
        words = words[1:]
    if words[:3] == ["ip", "netns", "exec"] and len(words) > 4:
        netns, words = words[3], words[4:]
    elif words[1:2] == ["-n"] and words[0] in ("ip", "bridge") and len(words) > 3:
        netns, words = words[2], [words[0], *words[3:]]
    for start, read in _GRAMMAR.items():
        beginning = start.split()
        if words[: len(beginning)] == beginning:
            try:
                found: list[ops.Operation] = read(netns, words[len(beginning) :])
            except (IndexError, KeyError, ValueError) as error:
                raise NotUnderstood("%s: %s" % (" ".join(command), error)) from None
            return found
    raise NotUnderstood("%s is no command that this role writes" % " ".join(command))


def _finish(rest: list[str]) -> None:
    if rest:
        raise NotUnderstood("%s is not understood" % " ".join(rest))


def _netns_add(_netns: str, words: list[str]) -> list[ops.Operation]:
    _finish(words[1:])
    return [ops.AddNamespace(words[0])]


def _netns_set(_netns: str, words: list[str]) -> list[ops.Operation]:
    _finish(words[2:])
    return [ops.SetNsid(words[0], int(words[1]))]


def _sysctl(netns: str, words: list[str]) -> list[ops.Operation]:
    _finish(words[1:])
    key, value = words[0].split("=", 1)
    of_link = re.fullmatch(r"net\.([a-z0-9]+)\.conf\.([^.]+)\.(.+)", key)
    if of_link and of_link[2] not in ("all", "default"):
        return [ops.SetSysctl(netns, of_link[2].replace("/", "."), "%s.%s" % (of_link[1], of_link[3]), value)]
    if not key.startswith("net."):
        raise NotUnderstood("%s is no sysctl of the network" % key)
    return [ops.SetSysctl(netns, "", key[len("net.") :], value)]


def _tuntap(netns: str, words: list[str]) -> list[ops.Operation]:
    (dev, name), words = words[:2], words[2:]
    options: dict[str, t.Any] = {}
    table = kinds.TUNTAP.by_option
    while words:
        word = words[0]
        if dev != "dev" or word not in table:
            raise NotUnderstood("%s is not understood" % word)
        taken = 1 if isinstance(table[word].type, values.Flag) else 2
        options[word] = True if taken == 1 else table[word].type.parse(words[1])
        words = words[taken:]
    return [ops.AddTuntap(netns, name, options)]


def _common(words: list[str]) -> tuple[dict[str, t.Any], list[str]]:
    said: dict[str, t.Any] = {}
    while words:
        if words[0] == "nomaster":
            said["master"], words = "", words[1:]
            continue
        more, rest = heard(kinds.COMMON, words, spelled_of_every_link)
        if rest == words:
            break
        said.update(more)
        words = rest
    return said, words


def _pull(words: list[str], word: str) -> tuple[str | None, list[str]]:
    """The value of a word that may be the next."""
    return (words[1], words[2:]) if words[:1] == [word] else (None, words)


def _end(words: list[str]) -> tuple[str, str | None, dict[str, t.Any], list[str]]:
    """Name, namespace and what every link has; and the words behind."""
    name, words = _pull(words, "name")
    netns, words = _pull(words, "netns")
    common, words = _common(words)
    if netns is None:
        netns, words = _pull(words, "netns")
    if name is None:
        raise NotUnderstood("a link without name")
    return name, netns, common, words


def _link_add(netns: str, words: list[str]) -> list[ops.Operation]:
    parent, words = _pull(words, "link")
    name, there, common, words = _end(words)
    if words[:1] != ["type"]:
        raise NotUnderstood("%s is not understood" % " ".join(words or ["a link without type"]))
    kind, words = kinds.BY_RTNETLINK[words[1]], words[2:]
    if parent is None and kind.has_parent:
        parent, words = _pull(words, "dev")
    options, words = heard(kind.attributes, words)
    peer: tuple[Where, dict[str, t.Any]] | None = None
    if kind.has_peer and words[:1] == ["peer"]:
        other, other_netns, other_common, words = _end(words[1:])
        peer = ((netns if other_netns is None else other_netns, other), other_common)
    _finish(words)
    where = netns if there is None else HERE if there is OWN_PROCESS else there
    return [ops.AddLink(where, name, kind, common, options, peer, (netns, parent) if parent else None)]


def _link_set(netns: str, words: list[str]) -> list[ops.Operation]:
    (_dev, name), words = words[:2], words[2:]
    common, words = _common(words)
    found: list[ops.Operation] = [ops.SetLink(netns, name, common)] if common else []
    there, words = _pull(words, "netns")
    if there is not None:
        found.append(ops.MoveLink(netns, name, there))
    if words[:1] == ["type"]:
        kind, rest = words[1], words[2:]
        master = kinds.BY_RTNETLINK.get(kind[: -len("_slave")]) if kind.endswith("_slave") else None
        if master:
            said, words = heard(kinds.PORTS[master.name], rest)
            found.append(ops.SetPort(netns, name, said))
        else:
            said, words = heard(kinds.BY_RTNETLINK[kind].attributes, rest)
            found.append(ops.SetKind(netns, name, kinds.BY_RTNETLINK[kind], said))
    _finish(words)
    return found


def _altname(netns: str, words: list[str]) -> list[ops.Operation]:
    dev, name, word, altname = words
    _finish([] if (dev, word) == ("dev", "altname") else words)
    return [ops.AddAltname(netns, name, altname)]


def _fields(
    words: list[str], known: dict[str, t.Callable[[str], t.Any]], flags: tuple[str, ...] = ()
) -> tuple[dict[str, t.Any], list[str]]:
    """Words and their values, in any order, as far as they are known."""
    found: dict[str, t.Any] = {}
    while words and words[0] in (*known, *flags):
        if words[0] in flags:
            found[words[0]], words = True, words[1:]
        else:
            found[words[0]], words = known[words[0]](words[1]), words[2:]
    return found, words


def _lifetime(word: str) -> int:
    return FOREVER if word == "forever" else int(word)


def _scope(word: str) -> int:
    return SCOPES[word] if word in SCOPES else int(word)


def _address_add(netns: str, words: list[str]) -> list[ops.Operation]:
    first, words = words[0], words[1:]
    peer, words = _pull(words, "peer")
    cidr = first
    if peer:
        other, length = values.parse_prefix(peer)
        peer, cidr = other, "%s/%d" % (first, length)
    ip, length = values.parse_prefix(cidr)
    known: dict[str, t.Callable[[str], t.Any]] = dict.fromkeys(("broadcast", "dev", "label"), str)
    known.update(scope=_scope, metric=int, valid_lft=_lifetime, preferred_lft=_lifetime)
    said, rest = _fields(words, known, ("nodad", "noprefixroute"))
    _finish(rest)
    lives = {"valid_lifetime": said.pop("valid_lft", None), "preferred_lifetime": said.pop("preferred_lft", None)}
    return [ops.AddAddress(netns, said.pop("dev"), Address(ip, length, peer=peer, **lives, **said))]


def _route(netns: str, words: list[str]) -> Route:
    kind, words = (words[0], words[1:]) if words[0] in ROUTE_TYPES else ("unicast", words)
    destination, words = values.parse_prefix({"default": "0.0.0.0/0"}.get(words[0], words[0])), words[1:]
    said, words = _fields(words, {"table": _table, "metric": int, "src": str, "mtu": int, "scope": _scope, "proto": int})
    hop, words = _hop(words)
    more, words = _fields(words, {"proto": int, "table": _table, "metric": int, "src": str, "mtu": int, "scope": _scope})
    said.update(more)
    hops = [hop] if hop.gateway or hop.link else []
    while words[:1] == ["nexthop"]:
        hop, words = _hop(words[1:])
        hops.append(hop)
    _finish(words)
    fields = {"source" if key == "src" else "protocol" if key == "proto" else key: value for key, value in said.items()}
    return Route(netns, "%s/%d" % destination, tuple(hops), type=kind, **fields)


def _table(word: str) -> int:
    return ROUTE_TABLES[word] if word in ROUTE_TABLES else int(word)


def _hop(words: list[str]) -> tuple[Hop, list[str]]:
    gateway, words = _pull(words, "via")
    if gateway in ("inet", "inet6"):
        gateway, words = words[0], words[1:]
    said, words = _fields(words, {"dev": str, "weight": int}, ("onlink",))
    if gateway:
        values.parse_ip(gateway)
    return Hop(gateway, said.get("dev", ""), said.get("weight", 1), said.get("onlink", False)), words


def _vlan(words: list[str]) -> tuple[str, bridging.Span, bool]:
    said, rest = _fields(words, {"dev": str, "vid": str}, ("pvid", "untagged", "self"))
    _finish(rest)
    first, _dash, last = said["vid"].partition("-")
    vlan = bridging.Vlan(said.get("pvid", False), said.get("untagged", False))
    return said["dev"], bridging.Span(int(first), int(last or first), vlan), said.get("self", False)


def _fdb(netns: str, words: list[str]) -> list[ops.Operation]:
    mac, words = values.Mac().parse(words[0]), words[1:]
    said, rest = _fields(words, {"dev": str, "vlan": int}, ("master", "static", "dynamic", "sticky"))
    _finish(rest)
    entry = bridging.FdbEntry(said.get("static", False), said.get("sticky", False))
    return [ops.AddFdbEntry(netns, said["dev"], mac, said.get("vlan", bridging.NO_VLAN), entry)]


_GRAMMAR: dict[str, t.Callable[[str, list[str]], list[ops.Operation]]] = {
    "ip netns add": _netns_add,
    "ip netns set": _netns_set,
    "ip link add": _link_add,
    "ip link set": _link_set,
    "ip link property add": _altname,
    "ip tuntap add": _tuntap,
    "ip address replace": _address_add,
    "ip address add": _address_add,
    "ip route replace": lambda netns, words: [ops.AddRoute(_route(netns, words))],
    "ip route add": lambda netns, words: [ops.AddRoute(_route(netns, words))],
    "ip route delete": lambda netns, words: [ops.DeleteRoute(_route(netns, words))],
    "bridge vlan add": lambda netns, words: [ops.AddVlans(netns, *_vlan(words))],
    "bridge vlan delete": lambda netns, words: [ops.DeleteVlans(netns, *_vlan(words))],
    "bridge fdb replace": _fdb,
    "sysctl -w": _sysctl,
}
