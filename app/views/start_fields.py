"""The fields of the start form: names, labels and hints. The names are the contract's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated

from app.flow.proofs import ALGORITHMS
from app.flow.revisions import REVISIONS
from app.views.visible import visible


@dataclass(frozen=True)
class Field:
    """One field of the form."""

    name: Annotated[str, "the field's name, which is the contract's"]
    label: Annotated[str, "its label"]
    hint: Annotated[str, "what to put in, and what happens when it is left empty"]
    kind: Annotated[str, "text, url, password, lines, secret (lines that are not sent back) or choice"] = "text"
    choices: Annotated[tuple[tuple[str, str], ...], "(value, words) of a choice"] = ()
    value: Annotated[str, "what was typed"] = ""
    mistake: Annotated[str, "what is wrong with it"] = ""


ADVANCED = (
    Field(
        "revision",
        "MCP revision",
        "Auto asks in the newest one and falls back as the server answers.",
        "choice",
        (("auto", "Auto"), *((name, name) for name in REVISIONS)),
    ),
    Field(
        "registration",
        "Registration",
        "How this app gets its client_id. Auto takes the best way that the server offers.",
        "choice",
        (
            ("auto", "Auto"),
            ("cimd", "Client ID metadata document (CIMD)"),
            ("dcr", "Dynamic client registration (DCR)"),
            ("preregistered", "Pre-registered: I have a client_id"),
        ),
    ),
    Field("client_id", "Client ID", "Only where the operator gave you one."),
    Field("client_secret", "Client secret", "Kept encrypted, shown nowhere.", "password"),
    Field(
        "client_auth",
        "Client authentication",
        "How the client shows who it is at the token endpoint.",
        "choice",
        (
            ("auto", "Auto"),
            ("none", "none (public client)"),
            ("client_secret_basic", "client_secret_basic"),
            ("client_secret_post", "client_secret_post"),
            ("private_key_jwt", "private_key_jwt"),
        ),
    ),
    Field("client_metadata_url", "Client metadata URL", "An https document of yours that serves as client_id (CIMD).", "url"),
    Field("scope", "Scope", "Empty: what the server's challenge or metadata asks for."),
    Field("authorize_params", "Extra authorize parameters", "As in a URL: prompt=consent&audience=…"),
    Field("headers", "Extra headers", "One Name: value a line; sent to the MCP server only.", "lines"),
)
WITHOUT_PERSON = (
    Field(
        "grant",
        "Grant",
        "How tokens are asked for. Only the first one needs a person and a browser.",
        "choice",
        (
            ("authorization_code", "authorization_code: a person signs in"),
            ("client_credentials", "client_credentials: a service in its own name"),
            ("jwt_bearer", "jwt-bearer: a workload hands in its JWT"),
            ("id_jag", "ID-JAG: through the enterprise's identity provider"),
        ),
    ),
    Field(
        "dpop",
        "Bound tokens",
        "DPoP binds a token to a key, so that a stolen one is useless. Auto: where the MCP server asks for it.",
        "choice",
        (("auto", "Auto"), ("on", "Always ask for bound tokens"), ("off", "Never")),
    ),
    Field("private_key", "Private key", "PEM or JWK, for private_key_jwt. Empty with registration: one is made and registered.", "secret"),
    Field(
        "signing_algorithm",
        "Signing algorithm",
        "Auto: the usual one for the key.",
        "choice",
        (("auto", "Auto"), *((name, name) for name in ALGORITHMS)),
    ),
    Field("assertion", "Workload JWT", "For jwt-bearer: what the platform issued to the workload.", "secret"),
    Field("idp_token_endpoint", "Identity provider's token endpoint", "For ID-JAG: where the ID token is exchanged.", "url"),
    Field("idp_client_id", "Client ID at the identity provider", "For ID-JAG."),
    Field("idp_id_token", "ID token", "For ID-JAG: from the person's sign-in at the identity provider.", "secret"),
)
TARGET = Field("target", "MCP URL", "The URL that you would give to an MCP client.", "url")


def is_touched(one: Field) -> bool:
    """Was something typed or chosen in it, or is it wrong?"""
    return bool(one.mistake) or one.value not in ("", *(value for value, _ in one.choices[:1]))


def filled(one: Field, typed: Mapping[str, str], mistakes: Mapping[str, str]) -> Field:
    """The field with what was typed; a secret is not sent back."""
    value = "" if one.kind in ("password", "secret") else visible_input(typed.get(one.name, ""))
    return replace(one, value=value, mistake=visible(mistakes.get(one.name, "")))


def visible_input(text: str) -> str:
    """What was typed goes back as it was, as far as UTF-8 can carry it and a page should."""
    return text.encode("utf-8", "replace").decode()[:10_000]
