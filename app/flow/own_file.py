"""A HAR file of our own export, read back into the very log that it was made from.

The file may have been changed by a stranger, so every value is judged by its shape before the flow reads it.
"""

from __future__ import annotations

import base64
import binascii
import math
from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any

from app.flow import choices
from app.flow.facts import Edit, Options
from app.flow.har_file import BadFile, Node, pairs_of
from app.flow.log import Body, Choice, Entry, Leg
from app.flow.machine import GRANTS
from app.flow.revisions import REVISIONS
from app.flow.steps import NAMES
from app.wire.messages import Connection, Exchange, Failure, Header, Marks, Request, Tls

SCHEMA_VERSION = 1
AUTHORIZE = ("state", "verifier", "challenge", "url", "issuer", "client_id", "redirect_uri", "scope", "resource", "reason")
# choice -> members that are texts
TEXTS: Mapping[str, tuple[str, ...]] = {
    choices.OPTIONS: tuple(f.name for f in fields(Options)),
    choices.TAKE: ("step", "pace"),
    choices.ENDED: ("step", "outcome", "reason"),
    choices.AUTHORIZE: AUTHORIZE,
    choices.CLIENT: ("issuer", "client_id", "client_secret", "auth", "how"),
    choices.SERVER: ("issuer",),
    choices.GO_ON: ("code",),
    choices.AGAIN: ("step",),
    choices.FORGET: ("issuer",),
    choices.CALL_TOOL: ("name",),
    choices.RETRY_CONNECT: (),
    choices.KEY: (),
    choices.DPOP_KEY: (),
    choices.PROBE: ("slug", "label", "phase", "outcome", "says"),
    choices.GAVE_UP: (),
    choices.SESSION_LOST: ("host",),
    choices.HELD: ("access_token", "refresh_token"),
    choices.AUDIT: ("phase", "attempts", "other_route", "outcome", "says"),
    choices.AUDIT_REQUEST: AUTHORIZE,
}
EDITED = {"set_params": True, "drop_params": False, "set_headers": True, "drop_headers": False}  # name -> are its items pairs?


def is_own(log: Node) -> bool:
    """Was this file exported here?"""
    return isinstance(log.child("_explorer").value, Mapping)


def own_entries(log: Node) -> list[Entry]:
    """The entries of the run that was exported, an `imported` choice left out. Raises BadFile."""
    own = log.child("_explorer")
    if own.number("schema_version") != SCHEMA_VERSION:
        raise BadFile("This file was exported by another version of this app", f"{own.pointer}/schema_version")
    found = {seq: entry for node in own.child("entries").items() for seq, entry in [_line(node)]}
    for node in log.child("entries").items():
        if node.child("_exchange").value is not None:
            entry = _exchange_entry(node)
            found[entry.seq] = entry
    if sorted(found) != list(range(1, len(found) + 1)):
        raise BadFile("Entries of the run are missing, or stand in the file twice", f"{own.pointer}/entries")
    return [found[seq] for seq in sorted(found)]


def target_in(log: Node) -> str:
    return log.child("_explorer").text("target")


def _line(node: Node) -> tuple[int, Entry]:
    node.object()
    body: Body = _leg(node.child("leg")) if node.child("leg").value is not None else _choice(node.child("choice"))
    entry = Entry(_seq(node, "seq"), _moment(node, "at"), _step(node, "step"), node.text("role"), node.text("why"), body)
    return entry.seq, entry


def _seq(node: Node, name: str) -> int:
    number = node.number(name)
    if not (1 <= number <= 1_000_000 and number == int(number)):
        raise BadFile("The number of an entry is expected here", f"{node.pointer}/{name}")
    return int(number)


def _moment(node: Node, name: str) -> float:
    at = node.number(name)
    if not (math.isfinite(at) and 0 <= at < 1e11):
        raise BadFile("A time in seconds since 1970 is expected here", f"{node.pointer}/{name}")
    return at


def _step(node: Node, name: str) -> str:
    step = node.text(name)
    if step not in ("", *NAMES):
        raise BadFile("The name of a step is expected here", f"{node.pointer}/{name}")
    return step


def _choice(node: Node) -> Choice:
    node.object()
    name, values = node.text("name"), node.child("values")
    if values.value is not None:
        values.object()
    if name == choices.IMPORTED:
        return Choice(name, {"source": "own"})
    if name == choices.EDIT:
        return Choice(name, _edit(values))
    if name not in TEXTS:
        raise BadFile("This app knows no choice of that name", f"{node.pointer}/name")
    read = SPECIAL.get(name)
    return Choice(name, {**_texts(values, TEXTS[name]), **(read(values) if read else {})})


def _texts(values: Node, names: tuple[str, ...]) -> dict[str, str]:
    """The members that are there; what an authorization request and a client need is always there."""
    always = names in (AUTHORIZE, TEXTS[choices.CLIENT])
    return {name: values.text(name) for name in names if always or values.child(name).value is not None}


def _options(values: Node) -> dict[str, Any]:
    given = {"revision": ("auto", *REVISIONS), "grant": ("authorization_code", *GRANTS)}
    return {name: values.text(name) if values.text(name) in allowed else allowed[0] for name, allowed in given.items()}


def _edit(values: Node) -> dict[str, Any]:
    edit: dict[str, Any] = _texts(values, ("step", "named", "url"))
    for name, is_pair in EDITED.items():
        node = values.child(name)
        edit[name] = tuple(pairs_of(node)) if is_pair else tuple(_word(item) for item in node.items())
    return {name: value for name, value in edit.items() if name in {f.name for f in fields(Edit)}} | {"step": edit.get("step", "")}


def _word(node: Node) -> str:
    if not isinstance(node.value, str):
        raise BadFile("A text is expected here", node.pointer)
    return node.value


def _object(name: str) -> Callable[[Node], dict[str, Any]]:
    def read(values: Node) -> dict[str, Any]:
        node = values.child(name)
        return {name: dict(node.object()) if node.value is not None else {}}

    return read


SPECIAL: Mapping[str, Callable[[Node], dict[str, Any]]] = {
    choices.OPTIONS: _options,
    choices.GO_ON: lambda values: {"entry": _seq(values, "entry")},
    choices.CALL_TOOL: _object("arguments"),
    choices.KEY: _object("jwk"),
    choices.DPOP_KEY: _object("jwk"),
}


def _leg(node: Node) -> Leg:
    node.object()
    kind = node.text("kind")
    if kind not in ("authorize", "callback"):
        raise BadFile("A browser leg is authorize or callback", f"{node.pointer}/kind")
    return Leg(kind, node.text("url"), node.text("method", "GET"), _headers(node), _octets(node.child("body")))


def _headers(node: Node) -> tuple[Header, ...]:
    return tuple(pairs_of(node.child("headers")))


def _octets(node: Node) -> bytes:
    if node.value is None:
        return b""
    node.object()
    packed = node.text("base64")
    return _unpacked(packed, node.pointer) if packed else node.text("text").encode("utf-8", "replace")


def _unpacked(text: str, place: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise BadFile("This text should be Base64, but it is not", place) from None


def _exchange_entry(entry: Node) -> Entry:
    node = entry.child("_exchange")
    node.object()
    headers = _headers(node)
    request = Request(node.text("method", "GET"), node.text("url"), headers, _octets(node.child("body")), node.text("rpc_id"))
    failure = node.child("failure")
    exchange = Exchange(
        request,
        _octets(node.child("sent")),
        _octets(node.child("received")),
        _moment(node, "started_at"),
        _marks(node.child("marks")),
        _connection(node.child("connection")),
        Failure(failure.text("kind"), failure.text("says")) if isinstance(failure.value, Mapping) else None,
    )
    return Entry(_seq(entry, "_entry"), _moment(entry, "_at"), _step(entry, "_step"), entry.text("_role"), entry.text("_why"), exchange)


def _marks(node: Node) -> Marks:
    names = [f.name for f in fields(Marks) if node.child(f.name).value is not None]
    return Marks(**{name: _moment(node, name) for name in names})


def _connection(node: Node) -> Connection:
    tls = node.child("tls")
    secured = None
    if isinstance(tls.value, Mapping):
        chain = tuple(_unpacked(_word(item), item.pointer) for item in tls.child("chain").items())
        secured = Tls(tls.text("version"), tls.text("cipher"), chain, tls.text("error"))
    return Connection(node.text("remote"), tuple(_word(item) for item in node.child("tried").items()), secured, node.text("proxy"))
