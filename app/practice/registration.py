"""Dynamic client registration (RFC 7591): judge the metadata, keep the client, echo what is now registered."""

from __future__ import annotations

from flask import Response

from app.practice import clients
from app.practice.answers import json_answer
from app.practice.clients import Client
from app.practice.desk import Desk, OAuthRefusal
from app.practice.gateway import Gateway
from app.practice.opaque import digest, draw
from app.practice.reading import body, is_plain, json_value
from app.practice.redirects import is_loopback, objection, too_long
from app.practice.shaping import shaped

Metadata = dict[str, object]
MINUTE = 60
REDIRECT_URIS = 10  # more than any client registers
NAME_CHARACTERS = 200
SECRET_METHODS = ("client_secret_basic", "client_secret_post")
GRANT_TYPES = ("authorization_code", "refresh_token")
ECHOED = ("client_uri", "software_id", "software_version")  # kept by the client, of no use here


def register(desk: Desk) -> Response:
    """Answer 201 with the client's record (RFC 7591 section 3.2.1), or an error."""
    _brake(desk)
    asked = _metadata()
    record = judge(desk.gateway, asked, desk.explorer_url)
    client_id, secret = draw("dcr:"), ""
    issued: Metadata = {"client_id": client_id, "client_id_issued_at": int(desk.now())}
    if record["token_endpoint_auth_method"] in SECRET_METHODS:
        secret = draw("cs_")
        issued |= {"client_secret": secret, "client_secret_expires_at": int(desk.now()) + desk.gateway.client_seconds}
    clients.keep(desk, _client(client_id, secret, record))
    return json_answer(shaped(desk.gateway, None, issued | record, desk.gateway.client_members), desk.gateway.registered_status)


def _brake(desk: Desk) -> None:
    """Raises OAuthRefusal where too many clients of this gateway registered within a minute (RFC 6585 section 4)."""
    most = desk.gateway.registrations_per_minute
    if clients.count_since(desk, desk.now() - MINUTE) >= most:
        says = f"Too many registrations: this gateway takes {most} in a minute. Use the client_id that you have."
        raise OAuthRefusal("too_many_requests", says, 429, (("Retry-After", str(MINUTE)),))


def judge(gateway: Gateway, asked: Metadata, explorer_url: str = "") -> Metadata:
    """The metadata as it will be registered. Raises OAuthRefusal (RFC 7591 section 3.2.2)."""
    auth_method = asked.get("token_endpoint_auth_method", "client_secret_basic")
    if auth_method not in gateway.auth_methods:
        raise _wrong(f"token_endpoint_auth_method must be one of {', '.join(gateway.auth_methods)}.")
    if auth_method == "none" and not gateway.public_clients:
        auth_method = SECRET_METHODS[0]
    asked_for = _redirect_uris(asked, explorer_url)
    uris = [uri.replace("//127.0.0.1", "//localhost", 1) if gateway.renames_loopback else uri for uri in asked_for]
    record: Metadata = {"client_name": _name(asked), "redirect_uris": uris, "application_type": _type(asked, asked_for)}
    record |= {"grant_types": _grant_types(asked), "response_types": _response_types(asked)}
    record |= {"token_endpoint_auth_method": auth_method, "scope": _scope(gateway, asked)}
    return record | {name: asked[name] for name in ECHOED if isinstance(asked.get(name), str)}


def _metadata() -> Metadata:
    try:
        value = json_value(body())
    except ValueError:
        raise _wrong("The body must be a JSON object with the client's metadata.") from None
    if not isinstance(value, dict):
        raise _wrong("The body must be a JSON object with the client's metadata.")
    return value


def _name(asked: Metadata) -> str:
    name = asked.get("client_name", "")
    if not isinstance(name, str) or not is_plain(name, NAME_CHARACTERS):
        raise _wrong(f"client_name must be a string of at most {NAME_CHARACTERS} printable characters.")
    return name


def _redirect_uris(asked: Metadata, explorer_url: str) -> list[str]:
    uris = asked.get("redirect_uris")
    if not isinstance(uris, list) or not 0 < len(uris) <= REDIRECT_URIS:
        raise OAuthRefusal("invalid_redirect_uri", f"redirect_uris must be an array of 1 to {REDIRECT_URIS} URIs.")
    kind = str(asked.get("application_type", ""))
    says = too_long(uris) or next(filter(None, (objection(uri, kind, explorer_url) for uri in uris)), "")
    if says:
        raise OAuthRefusal("invalid_redirect_uri", says)
    return uris


def _type(asked: Metadata, uris: list[str]) -> str:
    """SEP-837 wants the member; clients of older revisions leave it out, so there the redirect URIs tell."""
    if "application_type" in asked:
        if asked["application_type"] not in ("native", "web"):
            raise _wrong("application_type must be native or web.")
        return str(asked["application_type"])
    return "native" if all(is_loopback(uri) for uri in uris) else "web"


def _grant_types(asked: Metadata) -> list[str]:
    wanted = asked.get("grant_types", ["authorization_code"])
    if not isinstance(wanted, list) or "authorization_code" not in wanted:
        raise _wrong("grant_types must be an array that holds authorization_code.")
    return [name for name in GRANT_TYPES if name in wanted]


def _response_types(asked: Metadata) -> list[str]:
    wanted = asked.get("response_types", ["code"])
    if not isinstance(wanted, list) or "code" not in wanted:
        raise _wrong("response_types must be an array that holds code.")
    return ["code"]


def _scope(gateway: Gateway, asked: Metadata) -> str:
    scope = asked.get("scope", " ".join(gateway.resource_scopes))
    if not isinstance(scope, str) or not gateway.known_scope(scope):
        raise _wrong(f"scope may name {' and '.join(gateway.scopes)} only.")
    return scope or " ".join(gateway.resource_scopes)


def _client(client_id: str, secret: str, record: Metadata) -> Client:
    uris, grant_types = record["redirect_uris"], record["grant_types"]
    assert isinstance(uris, list) and isinstance(grant_types, list)
    method = str(record["token_endpoint_auth_method"])
    stored = digest(secret) if secret else ""
    return Client(client_id, str(record["client_name"]), tuple(uris), tuple(grant_types), method, stored)


def _wrong(says: str) -> OAuthRefusal:
    return OAuthRefusal("invalid_client_metadata", says)
