"""Signatures that a request carries: a client assertion (RFC 7523) and a proof of possession (RFC 9449).

Steps put a placeholder where the signature belongs, so that a preview can show the request; `finish` signs at the last moment.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey, import_key

from app.flow.facts import Document, Facts
from app.flow.moves import Drawn
from app.wire.messages import Exchange, Request
from app.wire.parse.form import read_pairs, write_pairs
from app.wire.parse.json import read_json
from app.wire.parse.url import origin

TO_BE_SIGNED = "signed-when-sent"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ASSERTION_SECONDS = 300  # long enough for a slow clock, short enough to be worthless tomorrow
ALGORITHMS = ("ES256", "ES384", "ES512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "EdDSA")
BY_KIND = {"EC P-256": "ES256", "EC P-384": "ES384", "EC P-521": "ES512", "RSA": "RS256", "OKP Ed25519": "EdDSA"}


class BadKey(ValueError):
    """A private key that cannot sign; the message is one sentence for the person."""


def new_key() -> dict[str, Any]:
    """A fresh P-256 key as a private JWK."""
    return dict(ECKey.generate_key("P-256", auto_kid=True).as_dict(private=True))


def read_key(text: str) -> Key:
    """A private key from PEM or a JWK. Raises BadKey."""
    value: Any = read_json(text.encode()).value if text.lstrip().startswith("{") else text.strip().encode()
    for kind in (ECKey, RSAKey, OKPKey):
        try:
            key = kind.import_key(value)
        except (JoseError, ValueError, TypeError, KeyError, UnsupportedAlgorithm):
            continue
        if not key.is_private:
            raise BadKey("This key is a public one; signing needs the private one.")
        return key
    raise BadKey("This is not an EC, RSA or Ed25519 private key in PEM or JWK form.")


def algorithm_of(key: Key, wish: str = "") -> str:
    """The signing algorithm: the one asked for, else the usual one of the key's kind."""
    if wish:
        return wish
    held = key.as_dict(private=False)
    kind = " ".join(str(part) for part in (held.get("kty"), held.get("crv")) if part)
    return BY_KIND.get(kind, "ES256")


def public_jwk(private: Mapping[str, Any]) -> dict[str, Any]:
    """The public half of a private JWK."""
    return dict(import_key(dict(private)).as_dict(private=False))


def signing_key(facts: Facts) -> Key | None:
    """The key for private_key_jwt: the person's (the start form has refused a bad one), else the one that was drawn."""
    if facts.options.private_key:
        return read_key(facts.options.private_key)
    return import_key(dict(facts.key)) if facts.key else None


def client_assertion(facts: Facts, drawn: Drawn) -> str:
    """A JWT that says who we are to this issuer and to nobody else (RFC 7523 section 3)."""
    key, client = signing_key(facts), facts.client
    if key is None or client is None:
        return TO_BE_SIGNED
    times = {"iat": int(drawn.now), "exp": int(drawn.now) + ASSERTION_SECONDS, "jti": drawn.nonce}
    claims = {"iss": client.client_id, "sub": client.client_id, "aud": facts.issuer, **times}
    return _signed({"typ": "JWT"}, claims, key, facts.options.signing_algorithm)


def dpop_proof(facts: Facts, request: Request, drawn: Drawn) -> str:
    """A proof for one request: method, URL without query, the token's hash, the server's nonce (RFC 9449 section 4.2)."""
    key = import_key(dict(facts.dpop_key))
    claims: dict[str, Any] = {"jti": drawn.nonce, "htm": request.method, "htu": _without_query(request.url), "iat": int(drawn.now)}
    scheme, _, token = request.header("authorization").partition(" ")
    if scheme.lower() == "dpop":
        claims["ath"] = base64.urlsafe_b64encode(hashlib.sha256(token.encode("ascii", "replace")).digest()).rstrip(b"=").decode()
    if nonce := facts.dpop_nonces.get(origin(request.url)):
        claims["nonce"] = nonce
    return _signed({"typ": "dpop+jwt", "jwk": public_jwk(facts.dpop_key)}, claims, key, "ES256")


def _without_query(url: str) -> str:
    return url.split("#")[0].split("?")[0]


def _signed(header: dict[str, Any], claims: dict[str, Any], key: Key, wish: str) -> str:
    algorithm = algorithm_of(key, wish)
    kid = {"kid": key.kid} if key.kid and "jwk" not in header else {}
    return jwt.encode({"alg": algorithm, **kid, **header}, claims, key, algorithms=list(ALGORITHMS))


def finish(request: Request, facts: Facts, drawn: Drawn) -> Request:
    """The same request with its placeholders signed. A signature that the person edited away stays away."""
    if TO_BE_SIGNED.encode() in request.body:
        pairs = read_pairs(request.body.decode("latin-1"))
        signed = ((k, client_assertion(facts, drawn) if v == TO_BE_SIGNED else v) for k, v in pairs)
        request = replace(request, body=write_pairs(signed).encode())
    if request.header("dpop") == TO_BE_SIGNED and facts.dpop_key:
        proof = dpop_proof(facts, request, drawn)
        request = replace(request, headers=tuple((n, proof if n.lower() == "dpop" else v) for n, v in request.headers))
    return request


def dpop_header(facts: Facts) -> tuple[tuple[str, str], ...]:
    """The header that `finish` fills, where tokens are bound to a key."""
    return (("DPoP", TO_BE_SIGNED),) if facts.dpop_key else ()


def asks_for_nonce(exchange: Exchange) -> bool:
    """Is this the refusal that only wants the server's own nonce in the proof? (RFC 9449 sections 8 and 9)"""
    response = exchange.response
    if response is None or response.status not in (400, 401) or not response.header("dpop-nonce"):
        return False
    held: Any = read_json(response.body).value
    said = held.get("error") if isinstance(held, dict) else ""
    return said == "use_dpop_nonce" or "use_dpop_nonce" in response.header("www-authenticate")


def learn_nonce(facts: Facts, exchange: Exchange) -> Facts:
    """The newest nonce of an origin replaces the older one (RFC 9449 section 8.2)."""
    nonce = exchange.response.header("dpop-nonce") if exchange.response else ""
    if not nonce or not facts.dpop_key:
        return facts
    return replace(facts, dpop_nonces={**facts.dpop_nonces, origin(exchange.request.url): nonce})


def wants_dpop(facts: Facts, schemes: tuple[str, ...], metadata: Document) -> bool:
    """Are tokens to be bound to a key? By choice, or because the MCP server says so (RFC 9449 section 7, RFC 9728 section 2)."""
    if facts.options.dpop in ("on", "off"):
        return facts.options.dpop == "on"
    return "dpop" in schemes or metadata.get("dpop_bound_access_tokens_required") is True
