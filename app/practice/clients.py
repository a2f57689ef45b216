"""The clients that a gateway knows: kept, found, and authenticated at the token and revocation endpoints."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote_plus

from flask import request
from sqlalchemy import bindparam, func, select

from app.practice.desk import Desk, OAuthRefusal
from app.practice.opaque import digest, equal
from app.practice.redirects import matches
from app.practice.tables import clients
from app.store.database import insert_into, reading, writing

CLIENT_ID_CHARACTERS = 2_000
_LIVING = select(clients).where(clients.c.key == bindparam("of"), clients.c.expires_at > bindparam("now"))  # every token request asks it


@dataclass(frozen=True)
class Client:
    """A registered client, or one that its own metadata document describes."""

    client_id: str
    name: str
    redirect_uris: tuple[str, ...]
    grant_types: tuple[str, ...] = ("authorization_code", "refresh_token")
    auth_method: str = "none"
    secret_digest: str = ""

    def redirect_uri(self, sent: str) -> str:
        """The URI to answer at, or an empty string where the sent one is not registered. None sent: the only one."""
        if not sent:
            return self.redirect_uris[0] if len(self.redirect_uris) == 1 else ""
        return sent if any(matches(registered, sent) for registered in self.redirect_uris) else ""


def key_of(desk: Desk, client_id: str) -> str:
    """The stored name of a client of this gateway; client ids may be longer than an index takes."""
    return digest(desk.gateway.id, client_id)


def keep(desk: Desk, client: Client) -> None:
    """Store the client, or store it anew: a metadata document may have changed."""
    key = key_of(desk, client.client_id)
    row = _row(desk, client)
    stored = insert_into(desk.engine, clients).values(row | {"key": key})
    with writing(desk.engine) as connection:
        connection.execute(stored.on_conflict_do_update(index_elements=[clients.c.key], set_=row))


def find(desk: Desk, client_id: str) -> Client | None:
    """The living client of that id."""
    if not client_id.isascii() or len(client_id) > CLIENT_ID_CHARACTERS:
        return None
    return find_by_key(desk, key_of(desk, client_id))


def find_by_key(desk: Desk, key: str) -> Client | None:
    with reading(desk.engine) as connection:
        row = connection.execute(_LIVING, {"of": key, "now": desk.now()}).one_or_none()
    if row is None:
        return None
    uris, grant_types = json.loads(row.redirect_uris), json.loads(row.grant_types)
    return Client(row.client_id, row.name, tuple(uris), tuple(grant_types), row.auth_method, row.secret_digest)


def count_since(desk: Desk, since: float) -> int:
    """How many living clients of this gateway were kept since then (epoch seconds)."""
    kept = clients.c.gateway == desk.gateway.id, clients.c.expires_at > since + desk.gateway.client_seconds
    with reading(desk.engine) as connection:
        return connection.scalar(select(func.count()).select_from(clients).where(*kept)) or 0


def authenticate(desk: Desk, form: Mapping[str, str]) -> Client:
    """The client that sent this form, by the one method it registered (RFC 6749 section 2.3). Raises OAuthRefusal."""
    basic = _basic(request.headers.get("Authorization", ""), desk.gateway.decodes_basic)
    if basic and "client_secret" in form:
        raise OAuthRefusal("invalid_request", "The client authenticates in two ways at once; one is allowed.")
    client_id, secret = basic or (form.get("client_id", ""), form.get("client_secret", ""))
    if not client_id:
        raise OAuthRefusal("invalid_request", "client_id is missing.")
    if form.get("client_id", client_id) != client_id and desk.gateway.decodes_basic:
        raise OAuthRefusal("invalid_request", "client_id differs between the Authorization header and the form.")
    client = None if "token" in desk.gateway.forgets_clients_at else find(desk, client_id)
    if client is None:
        raise _invalid_client("This client is not known, or its registration has expired.")
    method = "client_secret_basic" if basic else "client_secret_post" if secret else "none"
    _check_secret(client, method, secret)
    return client


def _check_secret(client: Client, method: str, secret: str) -> None:
    if method != client.auth_method:
        raise _invalid_client(f"The client registered {client.auth_method} but authenticated by {method}.")
    if client.secret_digest and not equal(client.secret_digest, digest(secret)):
        raise _invalid_client("The client secret is wrong.")


def _invalid_client(says: str) -> OAuthRefusal:
    return OAuthRefusal("invalid_client", says, 401, (("WWW-Authenticate", 'Basic realm="OAuth"'),))


def _basic(header: str, decodes: bool) -> tuple[str, str] | None:
    """Id and secret of HTTP Basic, each form-decoded (RFC 6749 section 2.3.1); None where the header is another."""
    scheme, _, credentials = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        text = base64.b64decode(credentials.strip(), validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        raise _invalid_client("The Authorization header is no readable HTTP Basic.") from None
    client_id, _, secret = text.partition(":")
    return (unquote_plus(client_id), unquote_plus(secret)) if decodes else (client_id, secret)


def _row(desk: Desk, client: Client) -> dict[str, object]:
    return {
        "gateway": desk.gateway.id,
        "expires_at": desk.now() + desk.gateway.client_seconds,
        "client_id": client.client_id,
        "name": client.name,
        "redirect_uris": json.dumps(client.redirect_uris),
        "grant_types": json.dumps(client.grant_types),
        "auth_method": client.auth_method,
        "secret_digest": client.secret_digest,
    }
