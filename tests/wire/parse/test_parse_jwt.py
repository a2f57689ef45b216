"""JSON Web Tokens: shown, and verified with the reason named."""

from __future__ import annotations

import base64
import json
import warnings
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import ECKey, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

from app.wire.parse.jwt import read_jwt, verify_with


class AnyHeader(JWSRegistry):
    max_header_length = 4_000


NOW = 1_800_000_000
ANY_HEADER = AnyHeader(algorithms=["RS256", "ES256", "EdDSA"])
RSA, OTHER, EC = RSAKey.generate_key(2048, {"kid": "r"}), RSAKey.generate_key(2048, {"kid": "r"}), ECKey.generate_key("P-256", {"kid": "e"})
ED = OKPKey.generate_key("Ed25519", {"kid": "d"})
SHORT = {"kty": "RSA", "n": "A" * 300 + "u" * 169 + "w", "e": "AQAB"}
JWKS = {
    "keys": [
        RSA.as_dict(private=False),
        EC.as_dict(private=False),
        ED.as_dict(private=False),
        {"kty": "oct", "kid": "o", "k": "c2VjcmV0"},
        {"kty": "lattice", "kid": "l"},
        5,
    ]
}


def part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def signed(header: Mapping[str, Any], claims: Mapping[str, Any], key: RSAKey | ECKey | OKPKey = RSA) -> str:
    with warnings.catch_warnings(action="ignore"):  # joserfc warns of EdDSA, which many issuers still use
        return jwt.encode(dict(header), dict(claims), key, algorithms=["RS256", "ES256", "EdDSA"], registry=ANY_HEADER)


FINE = signed({"alg": "RS256", "kid": "r", "typ": "at+jwt"}, {"iss": "https://as.test", "aud": ["https://g.test/mcp"], "exp": NOW + 60})


def test_a_token_is_taken_apart() -> None:
    token = read_jwt(FINE)
    assert token is not None
    assert (token.alg, token.header["typ"], token.claims["iss"], token.audience, token.problems) == (
        "RS256",
        "at+jwt",
        "https://as.test",
        ("https://g.test/mcp",),
        (),
    )
    assert token.signature == FINE.rpartition(".")[2]


@pytest.mark.parametrize(
    "token",
    [
        "",
        "opaque",
        "a.b",
        "a.b.c",
        "a.b.c.d",
        "..",
        "mcp_at.v1.x",
        f"{part([])}.{part({})}.x",
        f"{part({'typ': 'JWT'})}.{part({})}.x",
        "eyJhbGciOiJ.\u00e9.x",
        "x" * 200_000,
        f"{part({'alg': 'x'})}.{'a' * 70_000}.x",
    ],
    ids=range(12),
)
def test_an_opaque_token_is_none(token: str) -> None:
    assert read_jwt(token) is None


@pytest.mark.parametrize(
    ("token", "words"),
    [
        (f"{part({'alg': 'none'})}.{part({})}.", "not signed"),
        (f"{part({'alg': 'RS256'})}.{part({})}.", "signature is missing"),
        (f"{part({'alg': 'RS256'})}.{part([1])}.AAAA", "not a JSON object"),
        (base64.urlsafe_b64encode(b'{"alg":"RS256"} ').decode() + f".{part({})}.AAAA", "padded"),
        (base64.b64encode(b'{"alg":"RS256","a":"???>>>"}').decode().rstrip("=") + f".{part({})}.AAAA", "base64url"),
    ],
)
def test_what_is_wrong_with_a_readable_token_is_said(token: str, words: str) -> None:
    read = read_jwt(token)
    assert read is not None and len(read.problems) == 1 and words in read.problems[0]


def test_an_encrypted_token_shows_its_header() -> None:
    token = ".".join([part({"alg": "RSA-OAEP", "enc": "A256GCM"}), "a", "b", "c", "d"])
    read = read_jwt(token)
    assert read is not None and read.encrypted and read.claims == {} and read.problems == ()
    assert verify_with(token, JWKS).reason == "encrypted"


@pytest.mark.parametrize(
    ("token", "reason"),
    [
        (FINE, ""),
        (signed({"alg": "ES256", "kid": "e"}, {}, EC), ""),
        (signed({"alg": "RS256"}, {}), ""),
        (signed({"alg": "EdDSA", "kid": "d"}, {}, ED), ""),
        (signed({"alg": "RS256", "kid": "r", "x5c": ["A" * 2000]}, {}), ""),
        (signed({"alg": "RS256", "kid": "r"}, {}, OTHER), "bad_signature"),
        (signed({"alg": "RS256"}, {}, OTHER), "bad_signature"),
        (FINE[:-6] + "AAAAAA", "bad_signature"),
        (signed({"alg": "RS256", "kid": "zz"}, {}), "unknown_key"),
        (signed({"alg": "RS256", "kid": "r"}, {"exp": NOW - 60}), "expired"),
        (signed({"alg": "RS256", "kid": "r"}, {"nbf": NOW + 600}), "not_yet_valid"),
        (signed({"alg": "RS256", "kid": "r"}, {"exp": "tomorrow"}), "bad_claim"),
        (f"{part({'alg': 'none'})}.{part({})}.", "refused"),
        (f"{part({'alg': 'HS256', 'kid': 'o'})}.{part({})}.AAAA", "refused"),
        (f"{part({'alg': 'HS256', 'kid': 'r'})}.{part({})}.AAAA", "refused"),
        (f"{part({'alg': 'RS256', 'kid': 'r', 'crit': ['x'], 'x': 1})}.{part({})}.AAAA", "refused"),
        (f"{part({'alg': 5})}.{part({})}.AAAA", "refused"),
        ("opaque", "not_a_jwt"),
    ],
    ids=range(18),
)
def test_a_verification_names_its_reason(token: str, reason: str) -> None:
    found = verify_with(token, JWKS, now=NOW)
    assert (found.reason, found.ok) == (reason, not reason)
    assert found.says.endswith(".")


@pytest.mark.parametrize(
    "jwks",
    [
        {},
        {"keys": 5},
        {"keys": []},
        {"keys": [SHORT]},
        {"keys": [{"kty": "RSA"}, {"kty": "RSA", "n": "x" * 9000, "e": "AQAB"}, {"kty": "EC", "crv": []}]},
    ],
)
def test_a_key_set_without_keys_is_said(jwks: Mapping[str, Any]) -> None:
    assert verify_with(FINE, jwks, now=NOW).reason == "no_keys"


JSONS = st.recursive(
    st.none() | st.integers() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2),
    max_leaves=4,
)
HEADERS = st.dictionaries(
    st.sampled_from(["alg", "kid", "typ", "crit", "b64", "jwk", "x5c"]), JSONS | st.sampled_from(["RS256", "ES256", "EdDSA", "r", "e"])
)
KEYS = st.dictionaries(
    st.sampled_from(["kty", "n", "e", "crv", "x", "y", "kid", "use", "alg", "key_ops"]),
    JSONS | st.sampled_from(["RSA", "EC", "OKP", "AQAB", "P-256", "Ed25519", "sig"]),
)


@given(HEADERS, JSONS, st.lists(KEYS | JSONS, max_size=3))
def test_no_token_and_no_key_set_raises(header: dict[str, Any], claims: object, keys: list[Any]) -> None:
    token = f"{part(header)}.{part(claims)}.AAAA"
    read_jwt(token)
    assert verify_with(token, {"keys": [*keys, *JWKS["keys"]]}, now=NOW).says


@given(st.text(max_size=60) | st.text("eyJhbGciOiJub25lIn0.-_=+/", max_size=60))
def test_any_text_is_read(token: str) -> None:
    read_jwt(token)
    assert not verify_with(token, JWKS, now=NOW).ok
