"""Which addresses count as the open Internet, and which names the office lets the product call."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongbao.net import rules
from tongbao.net.rules import Target

INSIDE = [
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "203.0.113.0/24",
    "224.0.0.0/4",
    "240.0.0.0/4",
]
INSIDE_6 = [
    "::/96",
    "fc00::/7",
    "fe80::/10",
    "fec0::/10",
    "ff00::/8",
    "2001::/32",
    "2001:db8::/32",
    "64:ff9b:1::/48",
    "100::/64",
    "3fff::/20",
    "5f00::/16",
]
inside = st.sampled_from([IPv4Network(each) for each in INSIDE]).flatmap(
    lambda network: st.ip_addresses(v=4, network=network)
)
inside_6 = st.sampled_from([IPv6Network(each) for each in INSIDE_6]).flatmap(
    lambda network: st.ip_addresses(v=6, network=network)
)


def mapped(ip: IPv4Address) -> IPv6Address:
    return IPv6Address(0xFFFF << 32 | int(ip))


def six_to_four(ip: IPv4Address) -> IPv6Address:
    return IPv6Address(0x2002 << 112 | int(ip) << 80 | 1)


def nat64(ip: IPv4Address) -> IPv6Address:
    return IPv6Address(int(IPv6Address("64:ff9b::")) | int(ip))


@given(inside)
def test_it_refuses_every_address_inside_and_every_disguise_of_it(ip: IPv4Address) -> None:
    for each in (ip, mapped(ip), six_to_four(ip), nat64(ip)):
        assert not rules.public(str(each))


@given(inside_6)
def test_it_refuses_every_special_range_of_ipv6(ip: IPv6Address) -> None:
    assert not rules.public(str(ip))


@given(st.ip_addresses(v=4))
def test_it_sees_through_a_disguise_and_nothing_else(ip: IPv4Address) -> None:
    for each in (mapped(ip), six_to_four(ip), nat64(ip)):
        assert rules.public(str(each)) == rules.public(str(ip))


@given(st.ip_addresses())
def test_it_is_never_more_generous_than_the_standard_library(ip: IPv4Address | IPv6Address) -> None:
    """Disguises aside, which the library does not look into."""
    if isinstance(ip, IPv6Address) and ip.ipv4_mapped is not None:
        ip = ip.ipv4_mapped
    if rules.public(str(ip)):
        special = (ip.is_private, ip.is_loopback, ip.is_link_local, ip.is_multicast, ip.is_unspecified)
        assert not any(special)


@pytest.mark.parametrize(
    "address",
    ["1.1.1.1", "8.8.8.8", "168.95.1.1", "2606:4700:4700::1111", "2001:b000:168::1", "64:ff9b::808:808"],
)
def test_it_lets_the_open_internet_be_reached(address: str) -> None:
    assert rules.public(address)


@pytest.mark.parametrize("text", ["", "localhost", "127.1", "0x7f000001", "2130706433", "fe80::1%eth0", "1.1.1.1 "])
def test_it_takes_nothing_but_a_plain_address(text: str) -> None:
    assert not rules.public(text)


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("https://Intel.Example/feed?x=1", Target("intel.example", 443)),
        ("https://intel.example.:8443/", Target("intel.example", 8443)),
        ("https://user:pass@intel.example/", Target("intel.example", 443)),
        ("https://evil.example#@intel.example/", Target("evil.example", 443)),
        ("https://通報.example/", Target("xn--olsz41k.example", 443)),
        ("https://[2606:4700::1]/", Target("2606:4700::1", 443)),
        ("http://intel.example/", None),
        ("ftp://intel.example/", None),
        ("file:///etc/passwd", None),
        ("https:///x", None),
        ("https://intel.example:0x1bb/", None),
        ("https://[::1/", None),
        ("https://" + "a" * 70 + ".example/", None),
    ],
)
def test_it_reads_where_an_address_leads(url: str, target: Target | None) -> None:
    assert rules.target(url) == target


def test_it_reads_the_allow_list_as_an_operator_writes_it() -> None:
    names = [
        "Intel.example",
        "taxii.example:8443",
        "https://id.example/realms/office",
        "http://plain.example",
        "a b:c",
    ]
    assert rules.targets(names) == {
        Target("intel.example"),
        Target("taxii.example", 8443),
        Target("id.example"),
    }


@pytest.mark.parametrize(
    ("host", "here"),
    [
        ("localhost", True),
        ("LOCALHOST.", True),
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("[::1]", True),
        ("localhost.evil.example", False),
        ("10.0.0.1", False),
        ("mail.example", False),
        ("", False),
    ],
)
def test_it_knows_this_machine_by_name(host: str, here: bool) -> None:
    assert rules.loopback(host) is here
