"""What may be dialled. Judged on the resolved addresses at connect time; exactly a judged address is dialled.

Laptop: a person's own machine and networks are fine, link-local and cloud metadata addresses never.
Hosted: public addresses, https and web ports only, unless the operator's ALLOW_TARGETS names the target.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any
from urllib.parse import urlsplit

from app.settings import BadSetting, Settings
from app.wire.addresses import MILD, reason_of
from app.wire.target import DEFAULT_PORTS, Refused, Target, bracketed, take_apart

Sockaddr = tuple[Any, ...]
# Nobody's MCP gateway lives there, so not even ALLOW_TARGETS opens them.
NEVER = frozenset({"link_local", "metadata", "multicast", "unspecified"})
_ENTRY = re.compile(r"(?:\[([0-9A-Fa-f:./]+)\](/\d{1,3})?|([^:\[\]]+)):(\*|\d{1,5})")
_NAME = re.compile(r"[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?")
_SAYS = {
    "loopback": "the machine that runs this app",
    "private": "a private network",
    "link_local": "a link-local network",
    "metadata": "a cloud's metadata service, which hands out credentials",
    "cgnat": "a carrier's or VPN's shared network (100.64.0.0/10)",
    "multicast": "a multicast group",
    "reserved": "a reserved range",
    "unspecified": "no address in particular; write 127.0.0.1 or localhost instead",
    "documentation": "a range for examples in documents",
    "benchmark": "a range for benchmarks",
}


@dataclass(frozen=True)
class Allowed:
    """One entry of ALLOW_TARGETS. `network` is None for a name, `port` None for any."""

    host: str
    network: IPv4Network | IPv6Network | None
    port: int | None

    def names(self, target: Target) -> bool:
        return self.network is None and self.host == target.host.rstrip(".") and self.port in (None, target.port)

    def covers(self, written: str, port: int) -> bool:
        if self.network is None or self.port not in (None, port):
            return False
        return ip_address(written.partition("%")[0]) in self.network


def read_allowed(text: str) -> tuple[Allowed, ...]:
    """ALLOW_TARGETS as entries. Raises BadSetting for one that cannot be read."""
    return tuple(_entry(part.strip()) for part in text.split(",") if part.strip())


def _entry(text: str) -> Allowed:
    match = _ENTRY.fullmatch(text)
    if match is None:
        raise _bad(text, "write host:port, 10.0.0.0/8:443 or [fd00::]/8:*")
    host = (match[1] + (match[2] or "") if match[1] else match[3]).lower().rstrip(".")
    port = None if match[4] == "*" else int(match[4])
    if port is not None and not 1 <= port <= 65_535:
        raise _bad(text, "ports run from 1 to 65535")
    try:
        return Allowed(host, ip_network(host), port)
    except ValueError as error:
        if match[1] or "/" in host or not _NAME.fullmatch(host) or host.rpartition(".")[2].isdigit():
            raise _bad(text, str(error)) from None
    return Allowed(host, None, port)


def _bad(entry: str, why: str) -> BadSetting:
    return BadSetting(f"ALLOW_TARGETS holds {entry!r}, which cannot be used: {why}.")


class Guard:
    """Judges URLs and addresses. Raises BadSetting for an ALLOW_TARGETS that cannot be read."""

    def __init__(self, settings: Settings) -> None:
        self._hosted = settings.hosted
        self._allowed = read_allowed(settings.allow_targets)
        self._listening = (settings.host, settings.port)
        self._own = _origin(settings.base_url)
        self._practice_at = {self._own, _origin(settings.practice_base)}

    def judge_url(self, url: str) -> Target:
        """The URL taken apart, where its text alone does not forbid sending. Raises Refused. Asks no name server."""
        target = take_apart(url)
        if self.is_practice(target):
            return target
        if self._hosted and (target.scheme, target.host.rstrip("."), target.port) == self._own:
            raise _refused_self()
        if self._hosted and not any(self._could_cover(entry, target) for entry in self._allowed):
            _check_web(target)
        if (literal := literal_address(target.host)) is not None:
            self.judge_addresses(target, [literal])
        return target

    def judge_name(self, target: Target) -> None:
        """Raises Refused by what is left to judge where a proxy resolves the name; addresses in the URL were judged before."""
        allowed = self.is_practice(target) or any(entry.names(target) for entry in self._allowed)
        if self._hosted and not allowed and literal_address(target.host) is None:
            _check_web(target)

    def judge_addresses(self, target: Target, sockaddrs: Sequence[Sockaddr]) -> None:
        """Raises Refused where any of the resolved addresses is forbidden: one bad answer spoils all."""
        for sockaddr in sockaddrs:
            self._judge_address(target, str(sockaddr[0]))

    def _judge_address(self, target: Target, written: str) -> None:
        reason = reason_of(written)
        if reason in NEVER:
            raise self._refused(reason, target, written)
        if self.is_practice(target):
            return
        if target.port == self._listening[1] and self._is_own_address(written, reason):
            raise _refused_self()
        if any(entry.names(target) or entry.covers(written, target.port) for entry in self._allowed):
            return
        if self._hosted:
            _check_web(target)
        if reason and not (reason in MILD and not self._hosted):
            raise self._refused(reason, target, written)

    def is_practice(self, target: Target) -> bool:
        """Is this the practice gateway? Its pages live at the app's own address; the rest of the app is refused as itself."""
        if (target.scheme, target.host, target.port) not in self._practice_at:
            return False
        path = target.path.partition("?")[0]
        if re.search(r"(^|/)\.\.?(/|$)", re.sub("%2e", ".", path, flags=re.I)) or re.search("%2f|%5c|;", path, re.I):
            return False  # a balancer might walk out of /practice by dot segments
        return path == "/practice" or path.startswith(("/practice/", "/.well-known/"))

    def _is_own_address(self, written: str, reason: str) -> bool:
        if self._listening[0] in ("0.0.0.0", "::", ""):  # noqa: S104  # asked, not bound
            return reason == "loopback"
        return written == self._listening[0] or (reason == "loopback" and self._listening[0] == "localhost")

    def _could_cover(self, entry: Allowed, target: Target) -> bool:
        return entry.names(target) or (entry.network is not None and entry.port in (None, target.port))

    def _refused(self, reason: str, target: Target, written: str) -> Refused:
        if self._hosted:  # one text for all, so that this app cannot be used to map the network around it
            says = "The host of this URL is not a public address, so this instance does not connect to it."
            if reason in NEVER and literal_address(target.host):  # whoever wrote the address knows what it is
                return Refused(f"blocked_{reason}", f"{says} It is {_SAYS[reason]}, which nothing opens.")
            return Refused(f"blocked_{reason}", f"{says} {way_out(target)}")
        return Refused(f"blocked_{reason}", f"{target.host} leads to {bracketed(written)}: {_SAYS[reason]}. It was not dialled.")


def _check_web(target: Target) -> None:
    """The rules for targets of a hosted instance that depend on the URL's text alone, so their words may tell."""
    if target.scheme != "https":
        raise Refused("blocked_scheme", f"This instance sends to https URLs only. {way_out(target)}")
    if target.port not in (80, 443) and not 8000 <= target.port <= 8999:
        says = f"This instance sends to ports 80, 443 and 8000 to 8999 only, not to {target.port}."
        raise Refused("blocked_port", f"{says} {way_out(target)}")


def way_out(target: Target) -> str:
    """What a person can do whose gateway a hosted instance does not reach. The same for every address: it must not tell them apart."""
    entry = f"{bracketed(target.host)}:{target.port}"
    return (
        f"Run this app on a machine that reaches the gateway (make run), or ask the people who run this instance for ALLOW_TARGETS={entry}."
    )


def _refused_self() -> Refused:
    return Refused("blocked_self", "This URL is the app itself; give the URL of an MCP gateway.")


def _origin(base: str) -> tuple[str, str, int]:
    parts = urlsplit(base)
    return (parts.scheme, parts.hostname or "", parts.port or DEFAULT_PORTS.get(parts.scheme, 0))


def literal_address(host: str) -> Sockaddr | None:
    """The address that the host's text itself is, in any spelling the system reads (127.1, 0x7f000001); None for a name."""
    if ":" in host:
        return (host,)
    try:
        return (socket.inet_ntoa(socket.inet_aton(host.rstrip("."))),)
    except OSError:
        return None
