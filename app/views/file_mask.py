"""The mask for files: the same secrets as on the pages, with stand-ins that survive URLs, forms and an import."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Mapping
from gzip import compress
from typing import Any

from app.flow.log import Run
from app.views.mask import Mask
from app.views.secret_names import kind_of
from app.views.secrets_of import LEAST, TELLING, Secret, fingerprint, secrets_of
from app.views.stand_in import STAND_IN, label_of, stand_in
from app.wire.messages import Exchange
from app.wire.parse.response import Response

LENGTH = re.compile(r"^(content-length[ \t]*:[ \t]*)(\d{1,15})(?=[ \t]*\r?$)", re.IGNORECASE | re.MULTILINE)
COMPRESSORS: Mapping[str, Callable[[bytes], bytes]] = {
    "gzip": lambda body: compress(body, mtime=0),
    "x-gzip": lambda body: compress(body, mtime=0),
    "deflate": zlib.compress,
}
PUBLIC_KEY = ("kty", "crv", "x", "y", "n", "e", "kid", "alg", "use")


class FileMask(Mask):
    """One run's mask for one file. With `reveals` it changes nothing."""

    def __init__(self, run: Run, *, reveals: bool = False) -> None:
        self._numbers: dict[str, int] = {}
        known = () if reveals else secrets_of(run)
        self._values = tuple(secret.value for secret in known)
        self.reveals = reveals
        super().__init__(known)

    def __call__(self, text: str) -> str:
        return text if self.reveals else super().__call__(text)

    def octets(self, raw: bytes) -> bytes:
        """Bytes with every secret replaced, whatever their encoding."""
        return raw if self.reveals else self(raw.decode("latin-1")).encode("latin-1", "replace")

    def _written(self, secret: Secret) -> str:
        return (label_of(secret.value) and secret.value) or stand_in(secret.kind, secret.fingerprint, secret.value, self._tells)

    def _named(self, kind: str, value: str) -> str:
        if label_of(value):
            return value
        digits = fingerprint(value)
        number = self._numbers.setdefault(value, len(self._numbers) + 1) if digits == "short" else 0
        return stand_in(kind or "secret", digits, value, self._tells, number)

    def _stays(self, value: str) -> bool:
        bare = STAND_IN.sub("", value)
        return not value or (bare != value and len(bare) < LEAST)

    def _tells(self, text: str) -> bool:
        return any(value in text for value in self._values)

    def chosen(self, name: str, values: Mapping[str, Any]) -> dict[str, Any]:
        """The values of a choice. Where a choice can hold secrets, a telling name hides its value too."""
        if self.reveals:
            return {key: _plain(value) for key, value in values.items()}
        by_name = name in TELLING
        return {key: self._member(key if by_name else "", value) for key, value in values.items()}

    def _member(self, name: str, value: Any) -> Any:
        if isinstance(value, str):
            return self._named("private_key", value) if name == "private_key" and value else self._text(name, value)
        if isinstance(value, Mapping):
            kept = {k: v for k, v in value.items() if k in PUBLIC_KEY} if name == "jwk" else value
            return {str(k): self._member(str(k) if name else "", v) for k, v in kept.items()}
        if isinstance(value, list | tuple | frozenset):
            items = list(value)
            if len(items) == 2 and all(isinstance(item, str) for item in items) and kind_of(items[0].lower()):
                return [items[0], self._text(items[0].lower(), items[1])]
            return [self._member(name, item) for item in items]
        return value

    def _text(self, name: str, value: str) -> str:
        if name == "authorization":
            return self.header("Authorization", value)
        return self.pair(name, value) if name else self(value)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple | frozenset) else value


def masked_sent(exchange: Exchange, hide: FileMask) -> bytes:
    """The request's bytes with every secret replaced and the length of the body said anew."""
    head, blank, body = exchange.sent.partition(b"\r\n\r\n")
    hidden = hide.octets(body)
    return _with_length(hide.octets(head), len(hidden) - len(body)) + blank + hidden


def masked_received(exchange: Exchange, hide: FileMask) -> bytes:
    """The answer's bytes with every secret replaced, framed and compressed so that a reader finds what it found before."""
    response, received = exchange.response, exchange.received
    if hide.reveals or response is None:
        return hide.octets(received)
    raw = _raw(response, hide)
    head = _with_length(hide.octets(received[: response.body_start]), len(raw) - len(response.raw_body))
    return head + raw + hide.octets(response.leftover)


def _with_length(head: bytes, more: int) -> bytes:
    text = head.decode("latin-1")
    return LENGTH.sub(lambda m: f"{m[1]}{max(0, int(m[2]) + more)}", text).encode("latin-1") if more else head


def _raw(response: Response, hide: FileMask) -> bytes:
    """The body as it crosses the wire. Bytes that nobody here could read are blanked: they may hold anything."""
    codings = [c.strip().lower() for f in response.headers("content-encoding") for c in f.value.split(",") if c.strip()]
    chunked = "chunked" in response.header("transfer-encoding").lower()
    if response.odd("unknown_encoding", "decompression_bomb"):
        return b"\0" * len(response.raw_body)
    body = hide.octets(response.body)
    is_plain = response.raw_body if not codings else response.body
    if body == response.body and hide.octets(is_plain) == is_plain and not response.truncated:
        return response.raw_body
    undone = not any("but the body is" in odd.says for odd in response.odd("bad_encoding"))
    for coding in codings if undone else ():
        body = COMPRESSORS.get(coding, bytes)(body)
    return _in_chunks(body, response, hide) if chunked else body


def _in_chunks(body: bytes, response: Response, hide: FileMask) -> bytes:
    """One chunk in place of several; where the answer was cut, the chunk is cut too."""
    if not response.complete:
        return b"%x\r\n" % (len(body) + 1) + body
    trailers = b"".join(hide.octets(f"{f.name}: {f.value}\r\n".encode("latin-1", "replace")) for f in response.trailers)
    return (b"%x\r\n" % len(body) + body + b"\r\n" if body else b"") + b"0\r\n" + trailers + b"\r\n"
