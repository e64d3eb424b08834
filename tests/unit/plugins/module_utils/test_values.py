# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Types of values: what is taken, what is refused and how, and the forms a value has."""

# mypy: disable-error-code="var-annotated"

from __future__ import annotations

import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.netdev.linux.plugins.module_utils import values

FLAG = values.Flag()
BYTE = values.Unsigned(1, 255, "uint8")
SECONDS = values.Seconds(1, 10)
WORDS = values.Choice({"tun": 1, "tap": 2, "802.1ad": 0x88A8}, "be16")
MAC = values.Mac()
ALIAS = values.Text(255)
NAME = values.Name()
NETNS = values.NetnsName()
ACCOUNT = values.Account()
UNICAST = values.Ip(multicast=False)
GROUP = values.Ip(multicast=True)
PORTS = values.PortRange()
TOS = values.Worded("inherit", 1, 0, 255, "uint8", hexadecimal=True)
TTL = values.OrWord("inherit", 255, "uint8", "uint8", 1)
TARGETS = values.IpList(4, 2)
QOS = values.QosMap(7, 100)


@pytest.mark.parametrize(
    ("kind", "raw", "canonical"),
    [
        *((FLAG, raw, True) for raw in (True, 1, "yes", "on", "TRUE", "1", "y", "t")),
        *((FLAG, raw, False) for raw in (False, 0, "no", "Off", "false", "0", "n", "f")),
        (values.Bit(2), "on", True),
        (values.Presence(("", "gbp")), False, False),
        (BYTE, 1, 1),
        (BYTE, "255", 255),
        (BYTE, " 7 ", 7),
        (BYTE, "+7", 7),
        (SECONDS, 1, 100),
        (SECONDS, 2.5, 250),
        (SECONDS, "10", 1000),
        (SECONDS, 1.004, 100),
        (SECONDS, 1.005001, 101),
        (WORDS, "TAP", "tap"),
        (WORDS, "802.1AD", "802.1ad"),
        (MAC, "52:54:00:AA:BB:CC", "52:54:00:aa:bb:cc"),
        (MAC, "52-54-00-aa-bb-cc", "52:54:00:aa:bb:cc"),
        (values.Mac(multicast=True), "01:80:c2:00:00:00", "01:80:c2:00:00:00"),
        (ALIAS, "", ""),
        (ALIAS, "x" * 255, "x" * 255),
        (ALIAS, 7, "7"),
        (NAME, "a", "a"),
        (NAME, "fifteen-bytes-x", "fifteen-bytes-x"),
        (NAME, "eth0.5", "eth0.5"),
        (NAME, "...", "..."),
        (NAME, "brücke0", "brücke0"),
        (NAME, 0, "0"),
        (values.Name(127), "x" * 127, "x" * 127),
        (NETNS, "orange.lab", "orange.lab"),
        (NETNS, "a:b%c", "a:b%c"),
        (ACCOUNT, "qemu", "qemu"),
        (ACCOUNT, "1000", 1000),
        (ACCOUNT, 0, 0),
        (UNICAST, "2001:DB8:0::1", "2001:db8::1"),
        (GROUP, "239.0.0.1", "239.0.0.1"),
        (PORTS, "49152-65535", "49152-65535"),
        (PORTS, "07-7", "7-7"),
        (TOS, "Inherit", 1),
        (TOS, "16", 16),
        (TTL, "inherit", "inherit"),
        (TTL, 64, 64),
        (values.Key(), "0.0.1.2", 258),
        (values.Key(), "0x10", 16),
        (values.Key(), "", ""),
        (values.Ip(version=4), "any", ""),
        (values.Ip(version=6), "::", ""),
        (TARGETS, ["192.0.2.2", "192.0.2.1"], ("192.0.2.2", "192.0.2.1")),
        (values.Macs(), ["02-00-00-00-00-0B", "02:00:00:00:00:0a"], ("02:00:00:00:00:0a", "02:00:00:00:00:0b")),
        (QOS, {"1": 2, 3: 0}, ((1, 2),)),
        (QOS, ["7:1"], ((7, 1),)),
        (values.PortName(), "", ""),
    ],
    ids=str,
)
def test_taken(kind: values.Type, raw: t.Any, canonical: t.Any) -> None:
    found = kind.parse(raw)
    assert found == canonical
    assert type(found) is type(canonical)


@pytest.mark.parametrize(
    ("kind", "raw", "reason"),
    [
        *((FLAG, raw, "is not true or false") for raw in ("maybe", 2, "", None, [], 1.5)),
        *((BYTE, raw, "is not a whole number from 1 to 255") for raw in (True, "", "x", 1.5, "1.0", "0x10", None, [])),
        *((BYTE, raw, "is out of range, allowed is a whole number from 1 to 255") for raw in (0, -1, 256, "300")),
        (values.Unsigned(68, 1500, unit="bytes"), 20, "from 68 to 1500 bytes"),
        *((SECONDS, raw, "is not a number of seconds") for raw in (True, "soon", None, "", [], float("nan"), float("inf"))),
        *((SECONDS, raw, "is out of range, allowed is seconds from 1 to 10, in steps of 0.01") for raw in (0.99, 10.01, -1, "11")),
        (WORDS, "tup", "'tup' is not one of tun, tap, 802.1ad"),
        (WORDS, 1, "1 is not one of"),
        *((MAC, raw, "quote it") for raw in (525400123456, 0, 1.5, "525400123456", 345678901234567)),
        *(
            (MAC, raw, "is not a MAC address")
            for raw in ("52:54:00:aa:bb", "52:54:00:aa:bb:cc:dd", "52:54:00:aa:bb:cg", "", "5254.00aa.bbcc")
        ),
        (MAC, "01:00:5e:00:00:01", "is a multicast address (the lowest bit of its first byte is set)"),
        (MAC, "ff:ff:ff:ff:ff:ff", "is a multicast address"),
        (MAC, "00:00:00:00:00:00", "is not a valid address of a link"),
        (values.Mac(multicast=True), "00:00:00:00:00:00", "is not a valid address of a link"),
        (ALIAS, "x" * 256, "text of at most 255 bytes"),
        (ALIAS, "ü" * 128, "text of at most 255 bytes"),
        (ALIAS, "two\nlines", "without line breaks or NUL"),
        (NAME, "", "has 0 bytes"),
        (NAME, "sixteen-bytes-xx", "has 16 bytes; allowed is 1 to 15 bytes"),
        (NAME, "übergangsweg-xx", "has 16 bytes"),
        *((NAME, raw, "is not a name for a link") for raw in (".", "..", "a/b", "a:b", "a%d", "a b", "a\tb", "a\nb", "a\u00a0b")),
        (values.Name(127), "x" * 128, "has 128 bytes"),
        *((NETNS, raw, "is not a name for a network namespace") for raw in ("", ".", "..", "a/b", "a b", "a\n", "x" * 256)),
        (NETNS, "-all", "ip netns would take it for an option"),
        *((ACCOUNT, raw, "is not the name or number of an account") for raw in ("", " ", "a:b", "a b", True, "a\n b")),
        (ACCOUNT, 0xFFFFFFFF, "is out of range"),
        (UNICAST, "239.0.0.1", "239.0.0.1 is not a unicast address"),
        (GROUP, "192.0.2.1", "192.0.2.1 is not a multicast address"),
        (UNICAST, "192.0.2.1/24", "is not an IP address"),
        (UNICAST, 7, "quote it"),
        *((values.Key(), raw, "is not a key") for raw in ("x", -1, 1 << 32, "1.2.3", True)),
        (values.Ip(version=4), "2001:db8::1", "2001:db8::1 is not an IPv4 address"),
        (TARGETS, "192.0.2.1", "is not a list of at most 2 IPv4 addresses"),
        (TARGETS, ["192.0.2.1", "192.0.2.1"], "each once"),
        (TARGETS, ["2001:db8::1"], "2001:db8::1 is not an IPv4 address"),
        (values.Macs(), ["01:00:00:00:00:01"], "is a multicast address"),
        (QOS, {8: 1}, "8 is out of range, allowed is a whole number from 0 to 7"),
        (QOS, ["1"], "is not a dictionary {FROM: TO} or a list of FROM:TO"),
        (TTL, "forever", "is not a whole number from 0 to 255 or inherit"),
        *((PORTS, raw, "is not a range of ports") for raw in ("1", "2-1", "1-65536", "a-b", "1-2-3", "")),
    ],
    ids=str,
)
def test_refused(kind: values.Type, raw: t.Any, reason: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the text is what counts
        kind.parse(raw)
    assert reason in str(caught.value)


@pytest.mark.parametrize(
    ("kind", "value", "shown", "word"),
    [
        (FLAG, True, True, "1"),
        (values.Flag(words=("off", "on")), False, False, "off"),
        (values.Flag(words=("nolearning", "learning")), True, True, "learning"),
        (values.Bit(4), True, True, "on"),
        (SECONDS, 250, 2.5, "250"),
        (SECONDS, 300, 3, "300"),
        (WORDS, "tap", "tap", "tap"),
        (values.Choice({"disabled": 0, "permanent": 2}, in_numbers=True), "permanent", "permanent", "2"),
        (ACCOUNT, 1000, 1000, "1000"),
        (ACCOUNT, ACCOUNT.UNSET, None, str(ACCOUNT.UNSET)),
        (ACCOUNT, None, None, "None"),
        (PORTS, "1000-2000", "1000-2000", "1000 2000"),
        (TOS, 1, "inherit", "inherit"),
        (TOS, 16, 16, "0x10"),
        (TTL, "inherit", "inherit", "inherit"),
        (values.Ip(version=4), "", "", "any"),
    ],
    ids=str,
)
def test_other_forms(kind: values.Type, value: t.Any, shown: t.Any, word: str) -> None:
    assert kind.show(value) == shown
    assert type(kind.show(value)) is type(shown)
    assert kind.word(value) == word


@pytest.mark.parametrize(
    ("kind", "value", "payload"),
    [
        (FLAG, True, b"\x01"),
        (values.Flag("uint32"), False, b"\0\0\0\0"),
        (values.Unsigned(wire="be16"), 0x1234, b"\x12\x34"),
        (WORDS, "802.1ad", b"\x88\xa8"),
        (MAC, "52:54:00:aa:bb:cc", b"\x52\x54\x00\xaa\xbb\xcc"),
        (ALIAS, "Grüße", "Grüße".encode() + b"\0"),
        (PORTS, "1000-2000", b"\x03\xe8\x07\xd0"),
        (UNICAST, "192.0.2.1", b"\xc0\0\x02\x01"),
        (UNICAST, "2001:db8::1", b"\x20\x01\x0d\xb8" + bytes(11) + b"\x01"),
        (values.Presence(("", "gbp")), True, b""),
    ],
    ids=str,
)
def test_from_the_kernel(kind: values.Type, value: t.Any, payload: bytes) -> None:
    assert kind.join(payload, None) == value


def test_a_word_the_kernel_learned_since() -> None:
    """A number that the table has no name for is shown as it is."""
    assert WORDS.decode(b"\0\x09") == "9"


def test_a_bit_of_a_set() -> None:
    """A bit is sent with a mask of itself alone, and read out of whatever else is set."""
    bit = values.Bit(4)
    assert bit.to_wire(True) == b"\x04\0\0\0\x04\0\0\0"
    assert bit.to_wire(False) == b"\0\0\0\0\x04\0\0\0"
    assert bit.decode(b"\x07\0\0\0\xff\xff\xff\xff") is True
    assert bit.decode(b"\x03\0\0\0\xff\xff\xff\xff") is False


@given(st.integers(100, 1000))
def test_seconds_round_trip(ticks: int) -> None:
    """What is shown is what may be written, for every tick."""
    assert SECONDS.parse(SECONDS.show(ticks)) == ticks
    assert SECONDS.parse(str(SECONDS.show(ticks))) == ticks


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("192.0.2.1/24", ("192.0.2.1", 24)),
        ("192.0.2.1", ("192.0.2.1", 32)),
        ("192.0.2.1/255.255.255.0", ("192.0.2.1", 24)),
        (" 2001:DB8:0:0::1/64 ", ("2001:db8::1", 64)),
        ("2001:db8::1", ("2001:db8::1", 128)),
        ("0.0.0.0/0", ("0.0.0.0", 0)),  # noqa: S104
    ],
)
def test_prefix(raw: str, expected: tuple[str, int]) -> None:
    assert values.parse_prefix(raw) == expected


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("192.0.2.1/33", "is not an address with a prefix length"),
        ("192.0.2/24", "is not an address with a prefix length"),
        ("fe80::1%eth0/64", "zone"),
        ("", "is not an address"),
        (3221225985, "is not an address"),
        (192.0, "is not an address"),
        ("example.com", "is not an address with a prefix length"),
    ],
)
def test_prefix_refused(raw: t.Any, reason: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        values.parse_prefix(raw)
    assert reason in str(caught.value)


@pytest.mark.parametrize("address", ["224.0.0.1", "ff02::1", "0.0.0.0", "::", "255.255.255.255"])  # noqa: S104
def test_no_address_of_a_link(address: str) -> None:
    with pytest.raises(ValueError, match=address):
        values.check_host(address)


def test_addresses_of_links() -> None:
    for address in ("192.0.2.1", "127.0.0.1", "2001:db8::1", "fe80::1", "::1"):
        values.check_host(address)


@pytest.mark.parametrize(
    ("first", "second", "value"),
    [(b"\x40", None, 64), (b"\x40", b"\0", 64), (b"\0", b"\1", "inherit"), (None, b"\1", "inherit"), (None, None, None)],
)
def test_a_number_or_what_another_attribute_says(first: bytes | None, second: bytes | None, value: t.Any) -> None:
    assert TTL.join(first, second) == value


def test_two_numbers_in_one_attribute() -> None:
    """Traffic class and flow label of IPv6 are the flow information, in network byte order."""
    tclass = values.OrWord("inherit", 0xFF, "cdata", "cdata", b"\2\0\0\0", shift=20)
    label = values.OrWord("inherit", 0xFFFFF, "cdata", "cdata", b"\4\0\0\0", shift=0)
    assert tclass.split(0x12) == (b"\x01\x20\0\0", None)
    assert label.split(0x34567) == (b"\0\x03\x45\x67", None)
    assert (tclass.join(b"\x01\x23\x45\x67", bytes(4)), label.join(b"\x01\x23\x45\x67", bytes(4))) == (0x12, 0x34567)
    assert tclass.join(bytes(4), b"\6\0\0\0") == "inherit"


def test_what_iproute2_can_say() -> None:
    assert values.Key().phrase("ikey", "") == ["noikey"]
    assert values.Key().phrase("okey", 7) == ["okey", "7"]
    assert TARGETS.phrase("arp_ip_target", ()) == ["arp_ip_target", ""]
    assert values.Macs().phrase("macaddr", ()) == ["macaddr", "flush"]
    assert values.PortName("nobackup_port").phrase("backup_port", "") == ["nobackup_port"]
    assert values.PortName().phrase("primary", "") == []
    assert QOS.phrase("ingress-qos-map", ()) == []
