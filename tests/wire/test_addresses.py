"""The address table: neighbours just outside each range, embedded IPv4, and a foreign guard as the oracle."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from ssrfguard import DEFAULT_DENIED

from app.wire.addresses import reason_of

KNOWN = {
    "loopback": "127.0.0.1 127.255.255.254 ::1 ::ffff:127.0.0.1 ::127.0.0.1 64:ff9b::7f00:1 2002:7f00:1:: 2001:db8::5efe:7f00:1",
    "private": "10.0.0.1 172.16.0.1 172.31.255.255 192.168.1.1 fc00::1 fdff::1 fec0::1 ::ffff:10.0.0.1 64:ff9b::a00:1 2002:c0a8:1::",
    "link_local": "169.254.0.1 fe80::1 fe80::1%eth0 febf::1 ::ffff:169.254.1.1",
    "metadata": (
        "169.254.169.254 169.254.170.2 168.63.129.16 100.100.100.200 192.0.0.192 fd00:ec2::254 ::ffff:169.254.169.254"
        " 64:ff9b::a9fe:a9fe 2002:a9fe:a9fe:: ::a9fe:a9fe fd20:ce::254"
    ),
    "cgnat": "100.64.0.1 100.127.255.255 ::ffff:100.64.0.1",
    "multicast": "224.0.0.1 239.1.1.1 ff02::1 ff0e::1",
    "unspecified": "0.0.0.0 :: ::ffff:0.0.0.0 64:ff9b::",
    "documentation": "192.0.2.1 198.51.100.1 203.0.113.1 2001:db8::1 3fff::1",
    "benchmark": "198.18.0.1 198.19.255.255 2001:2::1",
    "reserved": "0.1.2.3 192.0.0.1 192.88.99.1 240.0.0.1 255.255.255.255 100::1 5f00::1 4000::1 64:ff9b:1::808:808 2002:808:808:: 2001::1",
    "": (
        "1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.1 100.63.255.254 100.128.0.1 126.255.255.255 128.0.0.1 169.253.255.255 169.255.0.1"
        " 172.15.255.255 172.32.0.1 192.0.1.1 192.167.255.255 192.169.0.1 198.17.255.255 198.20.0.1 223.255.255.255"
        " 2606:4700::1111 2a00:1450::1 ::ffff:8.8.8.8 64:ff9b::808:808 2003::1"
    ),
}


@pytest.mark.parametrize(("reason", "written"), [(reason, one) for reason, many in KNOWN.items() for one in many.split()])
def test_an_address_has_its_reason(reason: str, written: str) -> None:
    expected = {reason, "documentation"} if written.startswith("2001:db8::5efe") else {reason}
    assert reason_of(written) in expected


def test_text_that_is_no_address_is_refused_rather_than_passed() -> None:
    assert reason_of("example.com") == "reserved" == reason_of("")


inside_v6 = st.sampled_from(
    [0, 0xFFFF << 32, 0x64FF9B << 96, 0x64FF9B0001 << 80, 0x2002 << 112, 0x20010000 << 96, 0xFE80 << 112, 0x3FFF << 112]
)
v6 = st.builds(lambda top, rest: ipaddress.IPv6Address(top | rest), inside_v6, st.integers(0, (1 << 64) - 1))
shifted = st.builds(
    lambda v4, tail: ipaddress.IPv6Address(0x2002 << 112 | v4 << 80 | tail), st.integers(0, (1 << 32) - 1), st.integers(0, 255)
)


@given(st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6), v6, shifted))
@example(ipaddress.ip_address("64:ff9b:1::7f00:1"))
@example(ipaddress.ip_address("2001:0:7f00:1::"))
def test_what_a_foreign_guard_refuses_is_never_public_here(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    if DEFAULT_DENIED.classify(address).blocked:
        assert reason_of(str(address))


@pytest.mark.parametrize("block", DEFAULT_DENIED.blocks, ids=lambda block: str(block.network))
def test_both_ends_of_every_range_the_foreign_guard_knows(block) -> None:  # type: ignore[no-untyped-def]
    for address in (block.network[0], block.network[-1]):
        if DEFAULT_DENIED.classify(address).blocked:
            assert reason_of(str(address))
