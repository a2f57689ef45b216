"""Clients whose id is the URL of a document about themselves (OAuth Client ID Metadata Document)."""

from __future__ import annotations

from urllib.parse import urlsplit

from app.practice import clients
from app.practice.clients import CLIENT_ID_CHARACTERS, Client
from app.practice.desk import ClientDocumentUnreachable, Desk, PageRefusal
from app.practice.gateway import LOOPBACK_HOSTS
from app.practice.reading import is_plain, json_value
from app.practice.redirects import objection, split, too_long
from app.practice.registration import NAME_CHARACTERS, REDIRECT_URIS

DOCUMENT_BYTES = 5_120  # the draft's recommended cap


def advertised(desk: Desk) -> bool:
    return desk.gateway.client_metadata and desk.fetch_client_document is not None


def is_document_url(desk: Desk, client_id: str) -> bool:
    """Whether this client id asks to be fetched: https, or http from loopback to loopback; draft section 3."""
    parts = split(client_id)
    if parts is None or not client_id.isascii() or len(client_id) > CLIENT_ID_CHARACTERS or not is_plain(client_id):
        return False
    local = parts.scheme == "http" and desk.gateway.on_loopback and parts.hostname in LOOPBACK_HOSTS
    whole = parts.hostname and parts.path not in ("", "/") and parts.username is None and "#" not in client_id
    return bool((parts.scheme == "https" or local) and whole and not {".", ".."} & set(parts.path.split("/")))


def fetched(desk: Desk, client_id: str) -> Client:
    """Fetch and judge the document, keep the client. Raises PageRefusal: nobody may be redirected yet."""
    if desk.fetch_client_document is None:
        raise _refused("This gateway does not fetch client metadata documents.")
    try:
        raw = desk.fetch_client_document(client_id)
    except ClientDocumentUnreachable as problem:
        raise _refused(f"The document could not be fetched: {problem}") from None
    client = _read(client_id, raw)
    clients.keep(desk, client)
    return client


def _read(client_id: str, raw: bytes) -> Client:
    if len(raw) > DOCUMENT_BYTES:
        raise _refused(f"The document is longer than {DOCUMENT_BYTES} bytes.")
    try:
        document = json_value(raw)
    except ValueError:
        raise _refused("The document is no JSON.") from None
    if not isinstance(document, dict):
        raise _refused("The document is no JSON object.")
    if document.get("client_id") != client_id:
        raise _refused("Its client_id is not, letter by letter, the URL it was fetched from.")
    return Client(client_id, _name(document), _redirect_uris(document), auth_method=_auth_method(document))


def _name(document: dict[str, object]) -> str:
    name = document.get("client_name")
    if not isinstance(name, str) or not name or not is_plain(name, NAME_CHARACTERS):
        raise _refused("It must hold a client_name.")
    return name


def _redirect_uris(document: dict[str, object]) -> tuple[str, ...]:
    uris = document.get("redirect_uris")
    if not isinstance(uris, list) or not 0 < len(uris) <= REDIRECT_URIS:
        raise _refused(f"It must hold 1 to {REDIRECT_URIS} redirect_uris.")
    says = too_long(uris) or next(filter(None, (objection(uri, "") for uri in uris)), "")
    if says:
        raise _refused(says)
    return tuple(uris)


def _auth_method(document: dict[str, object]) -> str:
    # The draft forbids shared secrets here, so RFC 7591's default of client_secret_basic cannot be meant.
    if document.get("token_endpoint_auth_method", "none") != "none" or "client_secret" in document:
        raise _refused("A client known by its document is public here: token_endpoint_auth_method must be none, without a secret.")
    return "none"


def host_of(client_id: str) -> str:
    """The host that a person must see before trusting a client known by its document."""
    return urlsplit(client_id).hostname or ""


def _refused(says: str) -> PageRefusal:
    return PageRefusal("The client's metadata document cannot be used", says)
