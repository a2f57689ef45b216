"""Values that mean nothing to who holds them, and what the tables keep of them."""

from __future__ import annotations

import hashlib
import hmac
import secrets


def draw(prefix: str = "") -> str:
    """A fresh value of 256 random bits, URL safe."""
    return prefix + secrets.token_urlsafe(32)


def digest(*parts: str) -> str:
    """The stored form: SHA-256, hexadecimal. The values are random, so no salt is needed."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def equal(left: str, right: str) -> bool:
    """Compare in constant time; lone surrogates and other letters are allowed."""
    return hmac.compare_digest(left.encode(errors="replace"), right.encode(errors="replace"))
