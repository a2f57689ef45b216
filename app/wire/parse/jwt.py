"""JSON Web Tokens: taken apart for display (RFC 7519), and checked against a key set by joserfc with the reason named.

A client must not base its logic on a token's content (RFC 9068 section 6); what is read here is shown, not obeyed.
"""

from __future__ import annotations

import base64
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from joserfc.errors import BadSignatureError, ClaimError, ExpiredTokenError, InvalidKeyIdError, JoseError, UnsupportedAlgorithmError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry
from joserfc.jwt import JWTClaimsRegistry, decode

from app.wire.parse.json import read_json

LONGEST = 65_536  # characters; a header block holds no longer token
MOST_KEYS = 50  # a key set of a megabyte is no key set
LONGEST_NUMBER = 3_000  # base64url characters of an RSA number: 16 kbit and a margin, so that one check stays cheap
# Signatures by a public key only: with HS256 allowed, a published key could be used as the secret.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519")
_PART = re.compile(r"[A-Za-z0-9\-_+/]*={0,2}\Z")
_NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True)
class Jwt:
    """A token's readable parts. `encrypted` tokens (JWE, five parts) show their header only. `problems` are sentences."""

    header: Mapping[str, Any]
    claims: Mapping[str, Any]
    signature: str = ""
    encrypted: bool = False
    problems: tuple[str, ...] = ()

    @property
    def alg(self) -> str:
        return str(self.header.get("alg", ""))

    @property
    def audience(self) -> tuple[str, ...]:
        """`aud` as a tuple, whether it came as one text or as an array."""
        aud = self.claims.get("aud")
        return tuple(a for a in (aud if isinstance(aud, list) else [aud]) if isinstance(a, str))


@dataclass(frozen=True)
class Verification:
    """Whether a signature and the times hold, and if not, why. `reason` is a slug, empty when all is well:
    not_a_jwt encrypted no_keys unknown_key bad_signature expired not_yet_valid bad_claim refused."""

    ok: bool
    reason: str = ""
    says: str = ""


def read_jwt(token: str) -> Jwt | None:
    """Take a token apart; None for opaque ones. Tolerates padding and the other base64 alphabet, and names both. Never raises."""
    parts = token.split(".") if len(token) <= LONGEST else []
    if len(parts) not in (3, 5) or not all(_PART.match(part) for part in parts):
        return None
    header = _object(parts[0])
    if header is None or "alg" not in header:
        return None
    encrypted = len(parts) == 5
    claims = _NOTHING if encrypted else _object(parts[1])
    return Jwt(header, claims or _NOTHING, parts[-1], encrypted, _problems(parts, header, claims))


def _problems(parts: list[str], header: Mapping[str, Any], claims: Mapping[str, Any] | None) -> tuple[str, ...]:
    unsigned = str(header["alg"] or "").lower() == "none"
    rows = (
        (any("=" in part for part in parts), "The parts are padded with =, which RFC 7515 section 2 forbids."),
        (any("+" in part or "/" in part for part in parts), "The parts use + or /, the alphabet of base64 instead of base64url."),
        (claims is None, "The payload is not a JSON object."),
        (unsigned, "The token is not signed (alg none); anyone could have written it."),
        (not parts[-1] and not unsigned, "The signature is missing."),
    )
    return tuple(says for applies, says in rows if applies)


def _object(part: str) -> Mapping[str, Any] | None:
    """The JSON object in one part, or None."""
    octets = _octets(part)
    read = read_json(octets) if octets is not None else None
    return read.value if read is not None and read.is_object else None


def _octets(part: str) -> bytes | None:
    """The bytes behind base64url, padded or not, in either alphabet; None where it is none."""
    bare = part.rstrip("=").replace("+", "-").replace("/", "_")
    try:
        return base64.urlsafe_b64decode(bare + "=" * (-len(bare) % 4))
    except ValueError:  # binascii.Error, and letters beyond ASCII
        return None


def verify_with(token: str, jwks: Mapping[str, Any], *, now: float | None = None) -> Verification:
    """Check signature, exp, nbf and iat against a JWKS document. `now` is in seconds since the epoch. Never raises."""
    parsed = read_jwt(token)
    if parsed is None:
        return Verification(False, "not_a_jwt", "The token is not a JWT; only its issuer can read it.")
    if parsed.encrypted:
        return Verification(False, "encrypted", "The token is encrypted; only its audience can read it.")
    keys, says = _keys(jwks)
    if not keys:
        return Verification(False, "no_keys", says)
    at = int(time.time() if now is None else now)
    if "kid" in parsed.header:
        return _verified(token, KeySet(keys), at)
    tried = [_verified(token, KeySet([key]), at) for key in keys]  # a token that names no key may fit any
    return next((one for one in tried if one.ok), tried[0])


def _verified(token: str, keys: KeySet, now: int) -> Verification:
    try:
        found = decode(token, keys, algorithms=ALGORITHMS, registry=_Registry(strict_check_header=False))
        JWTClaimsRegistry(now=now).validate(found.claims)
    except InvalidKeyIdError as error:
        return Verification(False, "unknown_key", f"{_sentence(error)} The issuer may have changed its keys.")
    except BadSignatureError:
        return Verification(
            False, "bad_signature", "The signature does not fit the key: another issuer signed it, or the token was changed."
        )
    except ExpiredTokenError:
        return Verification(False, "expired", "The token has expired.")
    except ClaimError as error:
        return Verification(False, "not_yet_valid" if error.claim in ("nbf", "iat") else "bad_claim", _sentence(error))
    except _REFUSALS as error:
        return Verification(False, "refused", _sentence(error))
    return Verification(True, "", "The signature is the issuer's, and the token is within its time.")


# What joserfc and cryptography raise for keys and tokens of a hostile shape; found by feeding them such (tests/wire/parse).
_REFUSALS = (JoseError, UnsupportedAlgorithm, ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError)


class _Registry(JWSRegistry):
    """joserfc's rules with our bounds, and without its warning about EdDSA, which many issuers still write (RFC 9864)."""

    max_header_length = max_payload_length = LONGEST

    def get_alg(self, name: str) -> Any:
        if name not in ALGORITHMS:
            raise UnsupportedAlgorithmError(f"Algorithm {name!r} is not accepted: only signatures by a public key are")
        return self.algorithms[name]


def _keys(jwks: Mapping[str, Any]) -> tuple[list[Any], str]:
    """The usable public keys of a JWKS document; a broken key among good ones is passed over."""
    listed = jwks.get("keys")
    if not isinstance(listed, list):
        return [], "The key set has no array named keys."
    usable = [key for entry in listed[:MOST_KEYS] if (key := _key(entry)) is not None]
    return usable, "" if usable else "The key set holds no public key that could be used."


def _key(entry: Any) -> Any:
    if not isinstance(entry, dict) or entry.get("kty") == "oct":
        return None
    if any(isinstance(value, str) and len(value) > LONGEST_NUMBER for name, value in entry.items() if name != "x5c"):
        return None
    if entry.get("kty") == "RSA" and not _is_long_enough(str(entry.get("n", ""))):
        return None
    try:
        keys = KeySet.import_key_set({"keys": [entry]}).keys
    except _REFUSALS:
        return None
    return keys[0]


def _is_long_enough(modulus: str) -> bool:
    """RFC 7518 section 3.3: an RSA key has 2048 bits or more."""
    octets = _octets(modulus)
    return octets is not None and int.from_bytes(octets, "big").bit_length() >= 2048


def _sentence(error: Exception) -> str:
    """joserfc's own words as a sentence, its error code in front taken off."""
    text = str(error).partition(": ")[2] or str(error) or type(error).__name__
    return text[:200].rstrip(".") + "."
