"""The part of the start form for clients without a person: grants of machines, keys, bound tokens."""

from __future__ import annotations

from collections.abc import Mapping

from app.flow.proofs import ALGORITHMS, BadKey, algorithm_of, read_key
from app.pages.target import mistake_in_url
from app.wire.parse.jwt import read_jwt

FIELDS = ("grant", "dpop", "private_key", "signing_algorithm", "assertion", "idp_token_endpoint", "idp_client_id", "idp_id_token")
CHOICES = {
    "grant": ("authorization_code", "client_credentials", "jwt_bearer", "id_jag"),
    "dpop": ("auto", "on", "off"),
    "signing_algorithm": ("auto", *ALGORITHMS),
}
LONGEST = 8_000  # a key or a token that is longer than a header block helps nobody


def mistakes(typed: Mapping[str, str]) -> dict[str, str]:
    """A sentence for each field that is wrong or lacking."""
    return {
        "private_key": _in_key(typed),
        "assertion": _in_token(typed, "assertion", "jwt_bearer", "the workload's JWT"),
        "idp_id_token": _in_token(typed, "idp_id_token", "id_jag", "the ID token of the person's sign-in"),
        "idp_token_endpoint": _in_endpoint(typed),
        "idp_client_id": _in_line(typed["idp_client_id"]),
        "grant": _in_grant(typed),
    }


def _in_key(typed: Mapping[str, str]) -> str:
    text, wish = typed["private_key"], typed["signing_algorithm"]
    if len(text) > LONGEST:
        return f"This is {len(text):,} characters long; {LONGEST:,} are allowed here."
    if not text:
        lacking = typed["client_auth"] == "private_key_jwt" and typed["client_id"]
        return "private_key_jwt with a client_id of yours needs the private key that belongs to it." if lacking else ""
    try:
        usual = algorithm_of(read_key(text))
    except BadKey as bad:
        return str(bad)
    fits = wish == "auto" or wish == usual or {wish[:2], usual[:2]} <= {"RS", "PS"}
    return "" if fits else f"This key signs with {usual}, not with {wish}."


def _in_token(typed: Mapping[str, str], name: str, grant: str, what: str) -> str:
    text = typed[name]
    if not text:
        return f"This grant needs {what}." if typed["grant"] == grant else ""
    if len(text) > LONGEST or read_jwt(text) is None:
        return "This is not a JWT: three parts of Base64url with dots between them."
    return ""


def _in_endpoint(typed: Mapping[str, str]) -> str:
    url = typed["idp_token_endpoint"]
    if not url:
        return "This grant needs the token endpoint of the identity provider." if typed["grant"] == "id_jag" else ""
    return mistake_in_url(url)


def _in_line(value: str) -> str:
    return "" if value.isprintable() and len(value) <= LONGEST else "This holds a line break or an invisible character, or is too long."


def _in_grant(typed: Mapping[str, str]) -> str:
    machine = typed["grant"] in ("client_credentials", "id_jag")
    if machine and not typed["client_id"] and typed["registration"] != "dcr":
        return "This grant needs the client_id that the gateway's operator made for you."
    return ""
