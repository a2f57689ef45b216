"""Values that mean nothing to who holds them, and what the tables keep of them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping


def draw(prefix: str = "") -> str:
    """A fresh value of 256 random bits, URL safe."""
    return prefix + secrets.token_urlsafe(32)


def draw_jwt(claims: Mapping[str, object]) -> str:
    """A fresh access token in the form of a JWT (RFC 9068). The gateway looks it up like any other: its key is drawn and forgotten."""
    parts = [{"typ": "at+jwt", "alg": "HS256"}, dict(claims)]
    signed = ".".join(_base64url(json.dumps(part, separators=(",", ":")).encode()) for part in parts)
    return f"{signed}.{_base64url(hmac.digest(secrets.token_bytes(32), signed.encode(), 'sha256'))}"


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def digest(*parts: str) -> str:
    """The stored form: SHA-256, hexadecimal. The values are random, so no salt is needed."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def equal(left: str, right: str) -> bool:
    """Compare in constant time; lone surrogates and other letters are allowed."""
    return hmac.compare_digest(left.encode(errors="replace"), right.encode(errors="replace"))
