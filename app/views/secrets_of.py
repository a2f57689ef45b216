"""The secrets of a run, read from its whole log."""

from __future__ import annotations

import base64
import binascii
import contextlib
import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, unquote_plus

from app.flow.log import Choice, Entry, Leg, Run
from app.views.secret_names import HEADER_LINE, TOKEN_LIKE, kind_of, looks_public, members_in, pairs_in
from app.views.stand_in import label_of
from app.wire.messages import Exchange

LEAST = 6  # shorter values would hide ordinary words; they are masked only where their name stands beside them
LONGEST = 8_192  # a value longer than a header block is a document, not a secret
SCANNED = 200_000  # characters of one body; what stands behind them is never shown, and known once it is used
ANSWERED = 32  # values named in one answer, and
ANSWERED_IN_ALL = 600  # in one run: a stranger's thousands of tokens must not slow the page; names still hide them
TELLING = (
    "options",
    "authorize",
    "client",
    "edit",
    "call_tool",
    "key",
    "dpop_key",
    "held",
    "audit_request",
)  # choices that can hold secrets
NO_SECRETS = ("made-up", "Bearer made-up")  # what a named break and a separating probe send, and findings speak of
PRIVATE_MEMBERS = ("d", "p", "q", "dp", "dq", "qi", "k")
PLAIN_HEADERS = ("accept", "content-", "user-agent", "mcp-protocol", "mcp-method", "mcp-name", "origin", "x-forwarded-", "cache-", "date")
Found = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Secret:
    """One secret value. `kind` says what it is; the fingerprint tells equal values from different ones."""

    kind: str
    value: str
    fingerprint: str

    @property
    def label(self) -> str:
        """What stands in its place."""
        return f"{self.kind}#{self.fingerprint}"


def fingerprint(value: str) -> str:
    """Four hexadecimal digits of the SHA-256; a value too short to survive guessing gets none."""
    return _digest(value)[:4] if len(value) >= LEAST else "short"


def _digest(value: str) -> str:
    return hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest()


def secrets_of(run: Run) -> tuple[Secret, ...]:
    """Every secret value in the log, each once, under the kind by which it was met first. What was read stays with the run."""
    known = _known(run)
    new = run.entries[known.seen :]
    if not new:
        return known.secrets
    kinds, answered = dict(known.kinds), known.answered
    for entry in new:
        told = _usable(_of_answer(entry))[: min(ANSWERED, max(0, ANSWERED_IN_ALL - answered))]
        answered += len(told)
        for kind, value in (*_usable(_of_entry(entry)), *told):
            kinds.setdefault(value, kind)
    found = known.secrets if len(kinds) == len(known.kinds) else tuple(_labelled(kinds))
    run.secrets[:] = [_Known(known.seen + len(new), kinds, answered, found)]
    return found


def _labelled(kinds: Mapping[str, str]) -> Iterator[Secret]:
    """Two values that would share a label do not: the later one gets a longer fingerprint."""
    taken: set[str] = set()
    for value, kind in kinds.items():
        if told := label_of(value):  # of an imported file, where the label was given by who exported it
            kind, _, digits = told.partition("#")
            yield Secret(kind, value, digits)
            continue
        secret = Secret(kind, value, fingerprint(value))
        if secret.label in taken:
            secret = Secret(kind, value, _digest(value)[:8])
        taken.add(secret.label)
        yield secret


@dataclass(frozen=True)
class _Known:
    """What the first `seen` entries of a run hold: a log only grows, so it stays true."""

    seen: int = 0
    kinds: Mapping[str, str] = field(default_factory=dict)
    answered: int = 0
    secrets: tuple[Secret, ...] = ()


def _known(run: Run) -> _Known:
    kept: _Known = run.secrets[0] if run.secrets else _Known()
    return kept if kept.seen <= len(run.entries) else _Known()  # it was read from a log that has grown meanwhile


def _usable(found: Iterator[tuple[str, str]]) -> Found:
    return tuple(dict.fromkeys((kind, value) for kind, value in found if LEAST <= len(value) <= LONGEST and value not in NO_SECRETS))


def _of_entry(entry: Entry) -> Iterator[tuple[str, str]]:
    body = entry.body
    if isinstance(body, Exchange):
        yield from _of_exchange(body)
    elif isinstance(body, Leg):
        yield from _of_text(body.url)
        yield from _of_text(body.body.decode("latin-1"))
        yield from _of_headers(body.headers)
    else:
        yield from _of_choice(body)


def _of_choice(choice: Choice) -> Iterator[tuple[str, str]]:
    for name, value in choice.values.items() if choice.name in TELLING else ():
        if name == "headers" and isinstance(value, str):
            yield from _of_header_option(value)
        elif name in ("private_key", "jwk"):
            yield from _of_key(value)
        elif isinstance(value, str):
            if kind := kind_of(name):
                yield kind, value
            yield from _of_text(value)
        elif isinstance(value, Mapping | list | tuple):
            yield from _of_text(json.dumps(value, default=_plain))
            yield from _of_pairs(value)


def _of_key(value: Any) -> Iterator[tuple[str, str]]:
    """A private key as JWK or PEM: its private members (RFC 7518 section 6), or the lines of its body."""
    if isinstance(value, str) and value.lstrip().startswith("{"):
        with contextlib.suppress(ValueError, RecursionError):
            value = json.loads(value)
    if isinstance(value, Mapping):
        yield from (("private_key", str(value[member])) for member in PRIVATE_MEMBERS if member in value)
    else:
        yield "private_key", str(value).strip()
        yield from (("private_key", line.strip()) for line in str(value).splitlines() if line.strip() and not line.startswith("-----"))


def _plain(value: Any) -> Any:
    return dict(value) if isinstance(value, Mapping) else str(value)


def _of_pairs(value: Any) -> Iterator[tuple[str, str]]:
    """Edited parameters and headers: (name, value) pairs."""
    if isinstance(value, Mapping):
        return
    for item in value:
        if isinstance(item, list | tuple) and len(item) == 2 and all(isinstance(part, str) for part in item):
            yield from _of_headers(((item[0], item[1]),))
            if (kind := kind_of(item[0])) and not item[0].lower().endswith("authorization"):
                yield kind, item[1]


def _of_header_option(lines: str) -> Iterator[tuple[str, str]]:
    """The person's own headers, one `Name: value` a line: keys of gateways in front of the gateway."""
    for line in lines.splitlines():
        name, colon, value = line.partition(":")
        if colon and not name.strip().lower().startswith(PLAIN_HEADERS):
            yield from _of_headers(((name.strip(), value.strip()),))
            yield "header", value.strip()
            yield "header", value.strip().partition(" ")[2]


def _of_exchange(exchange: Exchange) -> Iterator[tuple[str, str]]:
    yield from _of_headers(exchange.request.headers)
    yield from _of_text(exchange.request.url)
    yield from _of_text(exchange.request.body.decode("latin-1"))
    yield from _of_text(exchange.sent.decode("latin-1"))


def _of_answer(entry: Entry) -> Iterator[tuple[str, str]]:
    if not isinstance(entry.body, Exchange):
        return
    response = entry.body.response
    if response is None:
        yield from _of_text(entry.body.received.decode("latin-1"))
        return
    yield from _of_headers(tuple((header.name, header.value) for header in response.fields))
    for header in response.fields:
        yield from _of_text(header.value)
    yield from _of_text(response.body.decode("utf-8", "replace"))


def _of_headers(headers: tuple[tuple[str, str], ...]) -> Iterator[tuple[str, str]]:
    for name, value in headers:
        lower = name.lower()
        if lower in ("authorization", "proxy-authorization"):
            yield from _of_credentials(value)
        elif lower in ("cookie", "set-cookie"):
            for pair in value.split(";") if lower == "cookie" else value.split(";")[:1]:
                yield "cookie", pair.partition("=")[2].strip() or pair.strip()
        elif lower == "mcp-session-id":
            yield "session", value.strip()


def _of_credentials(value: str) -> Iterator[tuple[str, str]]:
    scheme, _, rest = value.strip().partition(" ")
    rest = rest.strip()
    if scheme.lower() == "basic":
        yield "basic", rest
        yield from _of_basic(rest)
    elif rest:
        yield "authorization", rest
        yield from _of_text(rest, lines=False)  # it may look like a header line itself, a thousand deep
    else:
        yield "authorization", scheme


def _of_basic(rest: str) -> Iterator[tuple[str, str]]:
    try:
        _, _, password = base64.b64decode(rest + "==").decode("utf-8", "replace").partition(":")
    except (binascii.Error, ValueError):
        return
    yield "client_secret", unquote_plus(password)
    yield "client_secret", password


def _of_text(text: str, *, lines: bool = True) -> Iterator[tuple[str, str]]:
    """Values beside telling names, in JSON, forms, queries and (`lines`) header lines; and whole JWTs with their parts."""
    text = text[:SCANNED]
    for match in members_in(text):
        value = _unescaped(match["value"])
        if not looks_public(match["name"], value):
            yield from _with_parts(kind_of(match["name"]), value)
    for match in pairs_in(text):
        yield from _with_parts(kind_of(match["name"]), unquote_plus(match["value"]))
        yield kind_of(match["name"]), unquote(match["value"])
    for match in HEADER_LINE.finditer(text) if lines else ():
        yield from _of_headers(((match["name"], match["value"]),))
    for match in TOKEN_LIKE.finditer(text) if "eyJ" in text else ():
        yield from _with_parts("jwt", match[0])


def _with_parts(kind: str, value: str) -> Iterator[tuple[str, str]]:
    kind = kind or "secret"
    yield kind, value
    if TOKEN_LIKE.fullmatch(value):
        _, payload, signature = value.split(".")
        yield kind, payload
        yield kind, signature


def _unescaped(text: str) -> str:
    try:
        return str(json.loads(f'"{text}"'))
    except ValueError:
        return text
