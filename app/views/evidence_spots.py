"""Where the evidence of findings stands in one exchange: by header, by JSON pointer, by parameter, by bytes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.checks.model import Finding
from app.wire.messages import Exchange
from app.wire.parse.json import pointer_range


@dataclass(frozen=True)
class Spot:
    """One finding's place on one side. `number` is the finding's number on the page, from 1."""

    number: int
    verdict: str
    header: str = ""
    pointer: str = ""
    parameter: str = ""
    start: int = 0
    end: int = 0

    def is_header(self, name: str) -> bool:
        """Is the evidence a header of this name?"""
        return bool(self.header) and self.header.lower() == name.strip().lower()

    def is_member(self, pointer: str) -> bool:
        """Is the evidence this member, or one that stands round it?"""
        return bool(self.pointer) and (pointer == self.pointer or pointer.startswith(self.pointer + "/"))


def spots_of(findings: Sequence[Finding], seq: int, side: str) -> tuple[Spot, ...]:
    """The places of these findings on one side of the exchange with that number, in their order."""
    return tuple(
        _spot(number, finding)
        for number, finding in enumerate(findings, 1)
        if (finding.evidence.entry or finding.entry) == seq and finding.evidence.side == side
    )


def _spot(number: int, finding: Finding) -> Spot:
    e, verdict = finding.evidence, finding.level.lower()
    if e.header:
        return Spot(number, verdict, header=e.header)
    if e.pointer.startswith("?"):
        return Spot(number, verdict, parameter=e.pointer[1:])
    return Spot(number, verdict, pointer=e.pointer, start=e.start, end=e.end)


Ranges = tuple[tuple[int, int], ...]


def byte_ranges(spot: Spot, exchange: Exchange, side: str) -> Ranges:
    """The recorded bytes of a spot; empty where it has none of its own or its body was coded for the way."""
    if spot.end > spot.start:
        return ((spot.start, spot.end),)
    head_end, body = _parts(exchange, side)
    if spot.header:
        raw = exchange.sent if side == "request" else exchange.received
        return _header_lines(raw[:head_end], spot.header)
    if spot.pointer and body:
        found = pointer_range(body, spot.pointer)
        return ((head_end + found[0], head_end + found[1]),) if found else ()
    if spot.parameter and body:
        return _parameter(body, spot.parameter, head_end)
    return ()


def _parts(exchange: Exchange, side: str) -> tuple[int, bytes]:
    """(where the body begins, the body); no body where its bytes are not what people read."""
    if side == "request":
        head, blank, body = exchange.sent.partition(b"\r\n\r\n")
        return len(head + blank), body
    response = exchange.response
    if response is None:
        return 0, b""
    return response.body_start, response.body if response.raw_body == response.body else b""


def _header_lines(head: bytes, name: str) -> Ranges:
    wanted, at, found = name.lower().encode("latin-1", "replace"), 0, []
    for line in head.split(b"\n"):
        if line.partition(b":")[0].strip().lower() == wanted and b":" in line:
            found.append((at, at + len(line.rstrip(b"\r"))))
        at += len(line) + 1
    return tuple(found)


def _parameter(body: bytes, name: str, offset: int) -> Ranges:
    wanted, at, found = name.encode("utf-8", "replace"), 0, []
    for pair in body.split(b"&"):
        if pair.partition(b"=")[0] == wanted:
            found.append((offset + at, offset + at + len(pair)))
        at += len(pair) + 1
    return tuple(found)


def numbers(spots: Iterable[Spot]) -> tuple[int, ...]:
    """The numbers of some spots, each once, in order."""
    return tuple(sorted({spot.number for spot in spots}))
