"""What crossed the wire as text: head in wire order and case, body as JSON, form, events, text or hex. Masked, bounded, inert."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated

from markupsafe import Markup, escape
from pygments import highlight
from pygments.formatters.html import HtmlFormatter
from pygments.lexers.data import JsonLexer

from app.views.json_text import indented, is_json
from app.views.mask import LABEL, Mask
from app.views.parameters import label_of, meaning_of
from app.views.visible import visible
from app.wire.messages import Exchange
from app.wire.parse.form import read_pairs

SHOWN = 65_536  # bytes of one side on a page; the rest is in the file
HEX_SHOWN = 4_096
BEHIND = 8_192  # bytes that the mask reads behind the last one shown: a secret must not show its first half at the edge
ROWS = 200  # parameters of one form; more are an attack
FORM = "application/x-www-form-urlencoded"
TEXTUAL = re.compile(r"^(?:text/|application/(?:.*json|.*xml|javascript|x-www-form-urlencoded))")
FIELD = re.compile(r"^(data|event|id|retry|):", re.MULTILINE)  # of an event; a comment has no name
NAME = re.compile(r"(?<=\n)([^:\n ]*):")  # of a header
NAMELESS = re.compile(r"^(?!<).*$", re.MULTILINE)  # a start line, of a second answer too, or no header at all
CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")

JSON = JsonLexer(stripnl=False, ensurenl=False)
HTML = HtmlFormatter(nowrap=True)


@dataclass(frozen=True)
class Row:
    """One parameter of a form."""

    name: Annotated[str, "the wire name"]
    label: Annotated[str, "the plain name, or empty"]
    value: Annotated[str, "the decoded value, masked"]
    meaning: Annotated[str, "what it is for"]


@dataclass(frozen=True)
class Side:
    """One side of an exchange, ready to be printed."""

    head: Annotated[Markup, "start line and headers"]
    body: Annotated[Markup, "the body as people read it"]
    kind: Annotated[str, "json, form, events, text, hex or an empty string where there is no body"]
    rows: Annotated[tuple[Row, ...], "the parameters where the body is a form"] = ()
    size: Annotated[int, "bytes on the wire, head included"] = 0
    note: Annotated[str, "what is left out or odd, one sentence"] = ""
    plain: Annotated[str, "head and body as one masked text, for the copy button"] = ""

    @property
    def is_empty(self) -> bool:
        """Did nothing cross the wire on this side?"""
        return not self.head and not self.body


NOTHING = Side(Markup(), Markup(), "")


def request_side(exchange: Exchange, hide: Mask) -> Side:
    """The request as it was sent; where nothing was sent, as it would have been, and the note says so."""
    sent, note = exchange.sent, ""
    if not sent:
        sent, note = planned(exchange), "These bytes were not sent: the connection failed before."
    head, _, body = sent.partition(b"\r\n\r\n")
    return _side(head, body, exchange.request.header("content-type"), hide, len(exchange.sent), note)


def planned(exchange: Exchange) -> bytes:
    """A request that was not sent, as it would have been."""
    request = exchange.request
    lines = [f"{request.method} {request.url}", *(f"{name}: {value}" for name, value in request.headers)]
    return "\r\n".join(lines).encode("utf-8", "replace") + b"\r\n\r\n" + request.body


def response_side(exchange: Exchange, hide: Mask) -> Side:
    """The answer as it came, partial ones too; interim answers stand in the head."""
    response = exchange.response
    if response is None:
        note = "No HTTP answer begins these bytes." if exchange.received else ""
        return _side(b"", exchange.received, "", hide, len(exchange.received), note) if exchange.received else NOTHING
    head = exchange.received[: response.body_start].removesuffix(b"\r\n\r\n")
    note = "" if response.complete else "The answer was cut off."
    if response.raw_body != response.body and response.body:
        note = f"{note} Shown without its transfer framing and compression.".strip()
    return _side(head, response.body, response.header("content-type"), hide, len(exchange.received), note)


def _side(head: bytes, body: bytes, content_type: str, hide: Mask, size: int, note: str) -> Side:
    head_text = visible(hide(head[:SHOWN].decode("latin-1")))
    kind, text = read_body(body, content_type)
    text = hide(text)[:SHOWN]
    pretty = indented(text) if kind == "json" else "\n".join(_event_line(line) for line in text.split("\n")) if kind == "events" else text
    pretty = visible(pretty)
    if kind == "hex":
        pretty = dump(text.encode("latin-1", "replace"))
    left = max(0, len(head) - SHOWN) + max(0, len(body) - (HEX_SHOWN if kind == "hex" else SHOWN))
    note = f"{note} {left:,} more bytes are not shown here; the file has them.".strip() if left else note
    rows = form_rows(body, hide) if kind == "form" else ()
    plain = f"{head_text}\n\n{pretty}".strip("\n")
    return Side(_marked_head(head_text), _coloured(pretty, kind), kind, rows, size, note, plain)


def read_body(body: bytes, content_type: str) -> tuple[str, str]:
    """(kind, text) of a body; unreadable bytes come back as latin-1 for the hex view."""
    media = content_type.split(";")[0].strip().lower()
    if not body:
        return "", ""
    part = body[: SHOWN + BEHIND]
    try:
        text = part.decode("utf-8", "ignore" if len(body) > len(part) else "strict")
    except UnicodeDecodeError:
        text = part.decode("latin-1") if TEXTUAL.match(media) else ""
    if not text or len(CONTROLS.findall(part)) > len(part) // 10:
        return "hex", body[:HEX_SHOWN].decode("latin-1")
    if media == FORM:
        return "form", text
    if media == "text/event-stream":
        return "events", text.replace("\r\n", "\n")
    return ("json" if is_json(text) else "text"), text


def form_rows(body: bytes, hide: Mask) -> tuple[Row, ...]:
    """The parameters of a form, in order and with duplicates."""
    return tuple(_row(name, value, hide) for name, value in read_pairs(body[:SHOWN].decode("latin-1"))[:ROWS])


def _row(name: str, value: str, hide: Mask) -> Row:
    shown = visible(hide.pair(name, value), one_line=True)
    return Row(visible(name, one_line=True), label_of(name), shown, meaning_of(name))


def _event_line(line: str) -> str:
    """A `data:` line that holds JSON, indented; every other line as it is."""
    value = line.removeprefix("data:").strip()
    return f"data: {indented(value)}" if line.startswith("data:") and is_json(value) else line


def _marked_head(text: str) -> Markup:
    """Escaped at once: in what that makes stand no blank, colon or line end, and no `<` but ours."""
    named = NAME.sub(r'<span class="header-name">\1</span>:', str(escape(text)))
    return marked(Markup(NAMELESS.sub(r'<span class="start-line">\g<0></span>', named))) if text else Markup()  # noqa: S704


def _coloured(text: str, kind: str) -> Markup:
    if kind == "json":
        return coloured_json(text)
    return _coloured_events(text) if kind == "events" else marked(escape(text))


def _coloured_events(text: str) -> Markup:
    """The names of fields as those of headers; JSON only where it is JSON. An indented line of JSON never begins like a field."""
    before, *parts = FIELD.split(text)
    told = [marked(escape(before))]
    for name, value in zip(parts[::2], parts[1::2], strict=True):
        shown = coloured_json(value) if name == "data" and is_json(value) else marked(escape(value))
        told.append(Markup('<span class="header-name">{}</span>:{}').format(name, shown))
    return Markup().join(told)


def coloured_json(text: str) -> Markup:
    """JSON in spans with Pygments' classes. The formatter escapes everything that it is given."""
    return marked(Markup(highlight(text, JSON, HTML)))  # noqa: S704


def marked(html: Markup) -> Markup:
    """Labels of hidden secrets stand out. Works on escaped text: a label holds no character that is escaped."""
    return Markup(LABEL.sub(r'<span class="secret">\g<0></span>', str(html)))  # noqa: S704


CODE = re.compile("`([^`\n]{1,200})`")


@lru_cache(maxsize=1_024)
def prose(text: str) -> Markup:
    """A sentence as it is written in this app: `names` as code, labels of secrets marked."""
    return marked(Markup(CODE.sub(r"<code>\1</code>", str(escape(text)))))  # noqa: S704


def dump(octets: bytes) -> str:
    """Bytes in hex, sixteen a line, with their offset and what of them is ASCII."""
    lines = []
    for at in range(0, len(octets), 16):
        row = octets[at : at + 16]
        letters = "".join(chr(octet) if 32 <= octet < 127 else "." for octet in row)
        lines.append(f"{at:06x}  {row.hex(' '):<47}  {letters}")
    return "\n".join(lines)
