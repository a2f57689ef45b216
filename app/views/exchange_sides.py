"""One side of an exchange as people read it: headers that explain themselves, the body by what it is, evidence marked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from markupsafe import Markup
from pygments import highlight

from app.views.evidence_spots import Spot
from app.views.json_lines import json_lines
from app.views.json_text import is_json
from app.views.known_words import header_known, members_of
from app.views.mask import Mask
from app.views.shown_lines import Marker, header_line, joined, json_line, start_line, text_line
from app.views.visible import visible
from app.views.wire_text import HTML, JSON, SHOWN, Row, dump, form_rows, planned, read_body
from app.wire.messages import Exchange
from app.wire.parse.sse import Event, read_events

NO_HTML = Markup()
EVENTS = 40  # events shown one by one; the rest is in the file
UNSENT = "These bytes were not sent: the connection failed before."
KINDS = {
    "json": "JSON, in its own order and spelling",
    "form": "a form",
    "events": "an event stream",
    "html": "HTML, shown as text",
    "text": "text",
    "hex": "bytes that are no text",
}


@dataclass(frozen=True)
class Block:
    """A part of a body: the whole of it, or one event of a stream."""

    title: Annotated[str, "what it is, or which event"]
    html: Annotated[Markup, "its lines"]
    note: Annotated[str, "what is odd about it, or empty"] = ""


@dataclass(frozen=True)
class ShownSide:
    """One side, ready to be printed."""

    head: Annotated[Markup, "start line and headers"] = NO_HTML
    blocks: Annotated[tuple[Block, ...], "the body, in parts"] = ()
    kind: Annotated[str, "what the body is, in words, or empty"] = ""
    rows: Annotated[tuple[Row, ...], "the parameters where the body is a form"] = ()
    size: Annotated[str, "how many bytes crossed the wire, in words"] = ""
    notes: Annotated[tuple[str, ...], "what is left out or odd, a sentence each"] = ()
    is_hex: Annotated[bool, "are the bytes in columns?"] = False
    anchored: Annotated[frozenset[int], "numbers of the findings whose evidence is marked here"] = frozenset()

    @property
    def is_empty(self) -> bool:
        """Did nothing cross the wire on this side?"""
        return not self.head and not self.blocks


def shown_side(exchange: Exchange, side: str, hide: Mask, spots: Sequence[Spot], kinds: Sequence[str]) -> ShownSide:
    """One side, parsed. `kinds` are the tables of app/words/members.toml that know the members of its JSON."""
    head, body, content_type, notes = _parts(exchange, side)
    if not head and not body:
        return ShownSide(notes=notes)
    marker = Marker(side)
    kind, text = read_body(body, content_type)
    text = hide(text)[:SHOWN]
    blocks = _blocks(kind, text, body, hide, marker, spots, kinds)
    left = len(body) - SHOWN
    if left > 0:
        notes = (*notes, f"{left:,} more bytes are not shown here; the file has them.")
    return ShownSide(
        head=_head(visible(hide(head[:SHOWN].decode("latin-1"))), marker, spots),
        blocks=blocks,
        kind=KINDS.get(_named(kind, content_type, text), ""),
        rows=form_rows(body, hide) if kind == "form" else (),
        size=f"{len(exchange.sent if side == 'request' else exchange.received):,} bytes"
        if exchange.sent or side != "request"
        else "not sent",
        notes=notes,
        anchored=frozenset(marker.anchored),
    )


def _parts(exchange: Exchange, side: str) -> tuple[bytes, bytes, str, tuple[str, ...]]:
    """(head, body as people read it, content type, notes)"""
    if side == "request":
        head, _, body = (exchange.sent or planned(exchange)).partition(b"\r\n\r\n")
        return head, body, exchange.request.header("content-type"), () if exchange.sent else (UNSENT,)
    response = exchange.response
    if response is None:
        return b"", exchange.received, "", ("No HTTP answer begins these bytes.",) if exchange.received else ()
    head = exchange.received[: response.body_start].removesuffix(b"\r\n\r\n")
    said = [] if response.complete else ["The answer was cut off."]
    if response.raw_body != response.body and response.body:
        said.append("The body is shown without its transfer framing and compression; raw and hex show those.")
    return head, response.body, response.header("content-type"), tuple(said)


def _size(exchange: Exchange, side: str) -> str:
    if side == "request" and not exchange.sent:
        return "not sent"
    return f"{len(exchange.sent if side == 'request' else exchange.received):,} bytes"


def _named(kind: str, content_type: str, text: str) -> str:
    is_page = "html" in content_type.lower() or text.lstrip()[:9].lower() in ("<!doctype", "<html")
    return "html" if kind == "text" and is_page else kind


def _head(text: str, marker: Marker, spots: Sequence[Spot]) -> Markup:
    lines = []
    for at, line in enumerate(text.split("\n") if text else []):
        name, colon, _ = line.partition(":")
        if at == 0 or not colon or " " in name:  # the start line, or that of an answer behind an interim one
            lines.append(start_line(line))
        else:
            lines.append(header_line(line, marker, header_known(name), [spot for spot in spots if spot.is_header(name)]))
    return joined(lines)


def _blocks(
    kind: str, text: str, body: bytes, hide: Mask, marker: Marker, spots: Sequence[Spot], kinds: Sequence[str]
) -> tuple[Block, ...]:
    if not kind:
        return ()
    if kind == "json":
        return (Block("", coloured_lines(visible(text), marker, spots, kinds)),)
    if kind == "events":
        return tuple(_event(number, event, hide, marker, spots, kinds) for number, event in enumerate(read_events(body)[:EVENTS], 1))
    if kind == "form":
        return (Block("", _form_text(visible(text), marker, spots)),)
    shown = dump(text.encode("latin-1", "replace")) if kind == "hex" else visible(text)
    return (Block("", joined(text_line(line, marker, ()) for line in shown.split("\n"))),)


def coloured_lines(text: str, marker: Marker, spots: Sequence[Spot], kinds: Sequence[str]) -> Markup:
    """A JSON text (masked, visible) in lines, coloured, members explained, evidence marked."""
    known = {name: meaning for kind in kinds for name, meaning in members_of(kind).items()}
    lines = json_lines(text)
    coloured = highlight("\n".join(line.text for line in lines), JSON, HTML).split("\n")
    return joined(
        json_line(html, marker, known.get(line.pointer[1:]), [spot for spot in spots if spot.is_member(line.pointer)])
        for line, html in zip(lines, coloured, strict=False)
    )


def _form_text(text: str, marker: Marker, spots: Sequence[Spot]) -> Markup:
    pairs = [text_line(pair, marker, [s for s in spots if s.parameter and s.parameter == pair.split("=")[0]]) for pair in text.split("&")]
    return Markup("&amp;").join(pairs)


def _event(number: int, event: Event, hide: Mask, marker: Marker, spots: Sequence[Spot], kinds: Sequence[str]) -> Block:
    retry = f"retry {event.retry} ms" if event.retry is not None else ""
    told = (f"Event {number}: {event.event}", f"id {event.id}" if event.id else "", retry)
    text = visible(hide(event.text)[:SHOWN])
    html = coloured_lines(text, marker, spots, kinds) if is_json(text) else text_line(text, marker, ())
    note = "" if event.complete else "The stream ended inside this event, so clients drop it."
    if not event.text:
        note = "No data line: a comment or a pause. Clients drop it."
    return Block(visible(hide(", ".join(part for part in told if part)), one_line=True), html, note)
