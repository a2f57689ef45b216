"""What an exchange that somebody else recorded was for: one table of questions about its request and its answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin

from app.flow.oauth import json_object, text
from app.flow.recorded import Recorded
from app.flow.revisions import REVISIONS
from app.wire.messages import Exchange, Request
from app.wire.parse.form import query_of, read_pairs
from app.wire.parse.json import read_json
from app.wire.parse.url import origin

RESOURCE = "/.well-known/oauth-protected-resource"
SERVER = ("/.well-known/oauth-authorization-server", "/.well-known/openid-configuration")
ROLES = {"server/discover": "discover", "notifications/initialized": "initialized"}
OWN_ROLES = ("initialize", "tools/list", "tools/call")
GRANTS = {
    "authorization_code": ("token", "code"),
    "refresh_token": ("refresh", "refresh"),
    "client_credentials": ("token", "grant"),
    "urn:ietf:params:oauth:grant-type:jwt-bearer": ("token", "grant"),
    "urn:ietf:params:oauth:grant-type:token-exchange": ("token", "id_jag"),
}
MACHINE = {"client_credentials": "client_credentials", "urn:ietf:params:oauth:grant-type:jwt-bearer": "jwt_bearer"}
FORM_BYTES = 65_536  # what is longer is no token request
MCP_LIKE = "text/event-stream"


@dataclass(frozen=True)
class Meant:
    """Step and role; `leg` where a browser walked."""

    step: str
    role: str = ""
    leg: str = ""  # authorize or callback
    url: str = ""  # of the leg


@dataclass(frozen=True)
class Overview:
    """What the file as a whole tells, before it is read line by line."""

    target: str
    redirect_uris: tuple[str, ...] = ()
    revision: str = "auto"
    grant: str = "authorization_code"
    revocation: str = ""
    mcp_urls: frozenset[str] = field(default_factory=frozenset)


def path_of(url: str) -> str:
    """The path of a URL, without query and fragment."""
    rest = url.partition("#")[0].partition("?")[0].partition("://")[2]
    return "/" + rest.partition("/")[2] if "/" in rest else "/"


def bare(url: str) -> str:
    """The URL without query and fragment."""
    return url.partition("#")[0].partition("?")[0]


def form_in(request: Request) -> dict[str, str]:
    """The form of a request, the first of each name; empty where there is none."""
    if request.method != "POST" or len(request.body) > FORM_BYTES or request.body.lstrip()[:1] in (b"{", b"["):
        return {}
    return dict(reversed(read_pairs(request.body.decode("latin-1"))))


def message_in(request: Request) -> Mapping[str, Any]:
    """The JSON object that was sent, of a batch the first one; empty where there is none."""
    if request.method != "POST" or request.body.lstrip()[:1] not in (b"{", b"["):
        return {}
    value = read_json(request.body).value
    first = value[0] if isinstance(value, list) and value else value
    return first if isinstance(first, dict) else {}


def is_mcp(request: Request) -> bool:
    """Is it a JSON-RPC message?"""
    return "jsonrpc" in message_in(request)


def overview_of(found: Sequence[Recorded]) -> Overview:
    """Target, redirect URIs, revision and grant, as far as the traffic shows them."""
    requests = [one.exchange.request for one in found]
    authorize = [dict(reversed(read_pairs(query_of(r.url)))) for r in requests if is_authorize(r)]
    redirects = [a["redirect_uri"] for a in authorize if a.get("redirect_uri")]
    for request in requests:
        listed = message_in(request).get("redirect_uris")
        redirects += [uri for uri in listed if isinstance(uri, str)] if isinstance(listed, list) else []
    grants = [form_in(r).get("grant_type", "") for r in requests]
    machine = next((MACHINE[g] for g in grants if g in MACHINE), "authorization_code")
    by_browser = bool(authorize) or "authorization_code" in grants
    return Overview(
        target=target_of_all(found),
        redirect_uris=tuple(dict.fromkeys(redirects)),
        revision=revision_of(found),
        grant="authorization_code" if by_browser else machine,
        revocation=next((text(d, "revocation_endpoint") for d in documents(found) if d.get("revocation_endpoint")), ""),
        mcp_urls=frozenset(bare(r.url) for r in requests if is_mcp(r)),
    )


def documents(found: Iterable[Recorded]) -> list[Mapping[str, Any]]:
    """The metadata documents of the file."""
    wanted = [one.exchange for one in found if "/.well-known/" in path_of(one.exchange.request.url)]
    return [document for document in map(json_object, wanted) if document is not None]


def target_of_all(found: Sequence[Recorded]) -> str:
    """The MCP URL: where most JSON-RPC messages went; else what documents, parameters and paths name; else an origin."""
    counts: dict[str, int] = {}
    for one in found:
        request = one.exchange.request
        if is_mcp(request):
            url = request.url.partition("#")[0]
            counts[url] = counts.get(url, 0) + 1
    if counts:
        return max(counts, key=lambda url: counts[url])
    named = [text(d, "resource") for d in documents(found)]
    for one in found:
        request = one.exchange.request
        named += [value for name, value in read_pairs(query_of(request.url)) if name == "resource"]
        named.append(form_in(request).get("resource", ""))
    bearer = [one.exchange.request.url for one in found if one.exchange.request.header("authorization").lower().startswith("bearer ")]
    inserted = [_from_well_known(one.exchange.request.url) for one in found]
    urls = (u for u in (*named, *bearer, *inserted) if u.lower().startswith(("http://", "https://")))
    return next(urls, origin(found[0].exchange.request.url) + "/" if found else "")


def _from_well_known(url: str) -> str:
    before, mark, after = bare(url).partition(RESOURCE)
    return before + after if mark and after else ""


def revision_of(found: Iterable[Recorded]) -> str:
    """What was negotiated, else what the client spoke, else auto."""
    spoken = ""
    for one in found:
        request = one.exchange.request
        params = message_in(request).get("params")
        proposed = params.get("protocolVersion") if isinstance(params, dict) else ""
        answer = json_object(one.exchange) if proposed else None
        result = answer.get("result") if answer else None
        negotiated = result.get("protocolVersion") if isinstance(result, dict) else ""
        for version in (negotiated, request.header("mcp-protocol-version"), proposed):
            if version in REVISIONS:
                spoken = str(version) if version == negotiated or not spoken else spoken
    return spoken or "auto"


def is_authorize(request: Request) -> bool:
    """Did a browser leave for an authorization endpoint with this?"""
    names = {name for name, _ in read_pairs(query_of(request.url))} if request.method == "GET" else set()
    return {"response_type", "client_id"} <= names


def is_callback(url: str, overview: Overview) -> bool:
    """Does a browser come back with this? To a redirect URI that is known, or to what looks like one."""
    names = {name for name, _ in read_pairs(query_of(url))}
    if not ({"code", "error"} & names):
        return False
    known = any(bare(url) == bare(uri) for uri in overview.redirect_uris)
    return known or ("state" in names and not overview.redirect_uris and "callback" in path_of(url).lower())


def led_back(exchange: Exchange, overview: Overview) -> str:
    """The callback URL to which an answer redirects, or an empty string."""
    response = exchange.response
    if response is None or not 300 <= response.status < 400 or not response.header("location"):
        return ""
    try:
        url = urljoin(exchange.request.url, response.header("location"))
    except ValueError:
        return ""
    return url if is_callback(url, overview) else ""


def meant_by(one: Recorded, overview: Overview, *, metadata_url: str = "", issuer: str = "") -> Meant | None:
    """What the exchange was for; None where it is no part of the handshake."""
    request = one.exchange.request
    path = path_of(request.url)
    if request.method == "OPTIONS":
        return None
    if request.method in ("GET", "HEAD"):
        return _fetched(request, path, overview, metadata_url, issuer)
    if request.method != "POST":
        return None
    message, form = message_in(request), form_in(request)
    if "jsonrpc" in message or (not message and not form and bare(request.url) in overview.mcp_urls):
        method = str(message.get("method", ""))
        return Meant("mcp", ROLES.get(method) or (method if method in OWN_ROLES else "other"))
    if isinstance(message.get("redirect_uris"), list) or "client_name" in message:
        return Meant("register", "dcr")
    grant = form.get("grant_type") or str(message.get("grant_type", ""))
    if grant:
        return Meant(*GRANTS.get(grant, ("token", "grant")))
    revokes = "token" in form and (bare(request.url) == bare(overview.revocation) or "revo" in path.lower())
    return Meant("revoke", "revoke") if revokes else None


def _fetched(request: Request, path: str, overview: Overview, metadata_url: str, issuer: str) -> Meant | None:
    if RESOURCE in path or (metadata_url and bare(request.url) == bare(metadata_url)):
        return Meant("resource_metadata", _role_of_resource(request.url, path, metadata_url))
    if any(mark in path for mark in SERVER):
        return Meant("server_metadata", _role_of_server(path))
    if is_authorize(request):
        return Meant("authorize", leg="authorize", url=request.url)
    if is_callback(request.url, overview):
        return Meant("callback", leg="callback", url=request.url)
    return Meant("mcp", "get") if MCP_LIKE in request.header("accept") and bare(request.url) in (bare(overview.target),) else None


def _role_of_resource(url: str, path: str, metadata_url: str) -> str:
    if metadata_url and url.partition("#")[0] == metadata_url:
        return "header"
    return "root" if path.rstrip("/") == RESOURCE else "path"


def _role_of_server(path: str) -> str:
    kind = "oauth" if SERVER[0] in path else "oidc"
    before, _, after = path.partition(SERVER[0] if kind == "oauth" else SERVER[1])
    if before.strip("/"):
        return "oidc_appended"
    return f"{kind}_inserted" if after.strip("/") else f"{kind}_root"


def issuer_behind(url: str) -> str:
    """The issuer whose metadata this URL is (RFC 8414 section 3, OpenID Connect Discovery section 4)."""
    for mark in SERVER:
        before, found, after = bare(url).partition(mark)
        if found:
            return before + after
    return ""
