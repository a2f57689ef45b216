"""Which addresses are what: our own table, most specific entry first, embedded IPv4 decoded before it is asked.

`ipaddress.is_global` is not used: on 3.11 it calls multicast, both NAT64 prefixes, 6to4 of loopback and Azure's
metadata address global. Ranges: IANA special-purpose registries (RFC 6890 and successors), RFC 4291, RFC 6052,
RFC 3056, RFC 4380, RFC 5214; metadata addresses from the clouds' own documentation.
"""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
MILD = frozenset({"loopback", "private", "cgnat", "benchmark"})  # a person's own machine and networks, VPNs included

_TABLE = {
    "metadata": (
        "169.254.169.254/32 169.254.170.2/32 169.254.170.23/32 169.254.169.253/32 169.254.169.123/32"
        " 168.63.129.16/32 100.100.100.200/32 192.0.0.192/32 fd00:ec2::254/128 fd00:ec2::253/128 fd00:ec2::123/128"
        " fd00:ec2::23/128 fd20:ce::254/128 fd00:a9fe:a9fe::254/128 fe80:a9fe:a9fe::/64"
    ),
    "unspecified": "0.0.0.0/32 ::/128",
    "loopback": "127.0.0.0/8 ::1/128",
    "private": "10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 fc00::/7 fec0::/10",
    "link_local": "169.254.0.0/16 fe80::/10",
    "cgnat": "100.64.0.0/10",
    "multicast": "224.0.0.0/4 ff00::/8",
    "documentation": "192.0.2.0/24 198.51.100.0/24 203.0.113.0/24 2001:db8::/32 3fff::/20",
    "benchmark": "198.18.0.0/15 2001:2::/48",
    # Outside 2000::/3 nothing of IPv6 is handed out; inside it, 2001::/23 is for protocols.
    "reserved": "0.0.0.0/8 192.0.0.0/24 192.88.99.0/24 240.0.0.0/4 2001::/23 ::/3 4000::/2 8000::/1",
    "": "0.0.0.0/0 2000::/3",
}


def _rows() -> dict[int, tuple[tuple[IPv4Network | IPv6Network, str], ...]]:
    rows = [(ip_network(text), reason) for reason, ranges in _TABLE.items() for text in ranges.split()]
    rows.sort(key=lambda row: row[0].prefixlen, reverse=True)
    return {version: tuple(row for row in rows if row[0].version == version) for version in (4, 6)}


_ROWS = _rows()
_MAPPED = ip_network("::ffff:0:0/96")
_TRANSLATED = ip_network("::ffff:0:0:0/96")  # RFC 2765, long gone but still routed inside some networks
_COMPATIBLE = ip_network("::/96")
_NAT64 = ip_network("64:ff9b::/96")
_NAT64_LOCAL = ip_network("64:ff9b:1::/48")
_SIX_TO_FOUR = ip_network("2002::/16")
_TEREDO = ip_network("2001::/32")
_ISATAP = (0x00005EFE, 0x02005EFE)


@lru_cache(maxsize=4096)
def reason_of(written: str) -> str:
    """What the address is, as one word (`loopback`, `private`, `metadata` ...); empty for a public one.

    `written` is the first item of a sockaddr, a zone id included. Text that is no address counts as `reserved`.
    """
    try:
        address = ip_address(written.partition("%")[0])
    except ValueError:
        return "reserved"
    return _reason(address)


def _reason(address: Address) -> str:
    if isinstance(address, IPv6Address):
        own = _look_up(address)
        if own in ("unspecified", "loopback", "metadata", "link_local"):
            return own
        inside = [reason for reason in map(_look_up, embedded(address)) if reason and not _is_guess(address, reason)]
        return min(inside, key=MILD.__contains__) if inside else _outer(address, own)
    return _look_up(address)


def _is_guess(address: IPv6Address, reason: str) -> bool:
    """These two wrappers stay refused in any case, and their empty parts would read as 0.0.0.0."""
    return (address in _TEREDO or address in _NAT64_LOCAL) and reason in ("unspecified", "reserved")


def _outer(address: IPv6Address, own: str) -> str:
    """A wrapper whose inside is public: the mapped and the NAT64 form lead there, the forsaken tunnels do not."""
    return "" if address in _MAPPED or address in _NAT64 else own or ("reserved" if address in _SIX_TO_FOUR else "")


def _look_up(address: Address) -> str:
    return next((reason for network, reason in _ROWS[address.version] if address in network), "reserved")


def embedded(address: IPv6Address) -> tuple[IPv4Address, ...]:
    """The IPv4 addresses that packets to this one would reach."""
    bits = int(address)
    if any(address in network for network in (_MAPPED, _TRANSLATED, _COMPATIBLE, _NAT64)):
        return (IPv4Address(bits & 0xFFFFFFFF),)
    if address in _NAT64_LOCAL:
        return _local_nat64(bits)
    if address in _SIX_TO_FOUR:
        return (IPv4Address(bits >> 80 & 0xFFFFFFFF),)
    if address in _TEREDO:
        return (IPv4Address(bits >> 64 & 0xFFFFFFFF), IPv4Address(~bits & 0xFFFFFFFF))
    if bits >> 32 & 0xFFFFFFFF in _ISATAP:
        return (IPv4Address(bits & 0xFFFFFFFF),)
    return ()


def _local_nat64(bits: int) -> tuple[IPv4Address, ...]:
    """RFC 6052 section 2.2: the operator may put the IPv4 at several places; bits 64 to 71 are skipped."""
    behind_48 = (bits >> 64 & 0xFFFF) << 16 | bits >> 40 & 0xFFFF
    behind_64 = bits >> 24 & 0xFFFFFFFF
    return IPv4Address(behind_48), IPv4Address(behind_64), IPv4Address(bits & 0xFFFFFFFF)
