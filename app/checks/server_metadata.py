"""The authorization server's own description: is it there, and is it the one that was asked for? (RFC 8414)"""

from __future__ import annotations

from app.checks.declaration import by_revision, check
from app.checks.model import NOTE, STOP, WARN, Evidence, Question, Seen, Verdict
from app.checks.reading import (
    EMPTY,
    at,
    header_of,
    is_ours,
    json_error_of,
    json_member,
    json_of,
    outcome_of,
    published,
    request_of,
    snippet,
    status_of,
    text,
)
from app.checks.specs import MCP_DISCOVERY, OIDC_DISCOVERY, rfc
from app.flow.log import Entry
from app.wire.messages import Exchange
from app.wire.parse.url import compare, is_loopback_host, is_openable, same_but_slash, split

ALL = "server_metadata/*"
NEEDED = ("authorization_endpoint", "token_endpoint")
ENDPOINTS = (*NEEDED, "registration_endpoint", "revocation_endpoint", "jwks_uri")


def tried(q: Question) -> list[tuple[Entry, Exchange]]:
    """The candidates of the take that the question is about, in order."""
    began = getattr(q.facts.steps.get("server_metadata"), "began", 0)
    entries = q.run.entries[began : q.entry.seq]
    return [(e, e.body) for e in entries if e.step == "server_metadata" and isinstance(e.body, Exchange)]


@check(
    "server_metadata.not_json",
    ALL,
    "ended:server_metadata",
    level=WARN,
    title="The server metadata is not a JSON object",
    expected="200 with Content-Type application/json and a JSON object, or 404.",
    why="Usually a web app answers every unknown path with its start page; clients fail with \"Unexpected token '<'\".",
    spec=rfc(8414, "3.2"),
    operator="Serve the JSON document; exempt /.well-known/ from the web app's catch-all and from bot walls.",
    client="Nothing.",
)
def not_json(q: Question) -> Verdict:
    outcome, _ = outcome_of(q)
    if outcome == "failed":
        return _all_pages(q)
    if status_of(q) != 200 or isinstance(json_of(q), dict):
        return None
    kind = header_of(q, "content-type") or "no content type"
    reason = json_error_of(q) or "it is JSON, but not an object."
    says = f"{request_of(q).url} answered 200 with {kind}; {reason} It begins: {snippet(q, 80)!r}"
    return Seen(says, actual=kind, evidence=at(q, header="Content-Type"))


def _all_pages(q: Question) -> Verdict:
    """No candidate was good and one was a page: that page is the likely cause."""
    page = next((e for e, x in tried(q) if x.status == 200 and x.failure is None), None)
    if page is None or not isinstance(page.body, Exchange):
        return None
    says = f"No candidate is a JSON document; {page.body.request.url} answered 200 with something else."
    return Seen(says, level=STOP, about=page.seq, evidence=Evidence(page.seq, header="Content-Type"))


@check(
    "server_metadata.not_found",
    "ended:server_metadata",
    level=STOP,
    last_resort=True,
    title="No server metadata was found",
    expected="One of the well-known locations of the issuer answers 200 with JSON.",
    why="Without it a client knows neither where to send the person nor where to get tokens.",
    spec=MCP_DISCOVERY,
    operator="Publish oauth-authorization-server or openid-configuration at the well-known location of the issuer, in its exact spelling.",
    client="Nothing; guessed endpoints were dropped after 2025-03-26.",
)
def not_found(q: Question) -> Verdict:
    outcome, reason = outcome_of(q)
    answers = "; ".join(f"{x.request.url} answered {x.status or 'nothing'}" for _, x in tried(q))
    if q.facts.guessed_endpoints and outcome == "done":
        says = f"{answers}. The default endpoints of 2025-03-26 are tried at {q.facts.issuer}."
        return Seen(says, level=WARN)
    return Seen(f"{answers or reason}.".replace("..", "."), actual=answers) if outcome == "failed" else None


@check(
    "server_metadata.issuer_mismatch",
    ALL,
    level=STOP,
    title="The metadata belongs to another issuer",
    expected="issuer is the very string from which the document's address was made.",
    why="Otherwise one server could speak for another: the code or the secret would go to the wrong place. Strict clients refuse.",
    spec=rfc(8414, "3.3"),
    operator="Rewrite issuer when republishing the identity provider's document, or list the real issuer in the resource metadata.",
    client="Refuse. Going on shows what else is wrong, but is no way to live with it.",
)
def issuer_mismatch(q: Question) -> Verdict:
    wanted, found = q.facts.issuer, published(q)
    issuer = text(found, "issuer")
    if found is EMPTY or not wanted or issuer == wanted or same_but_slash(issuer, wanted):
        return None
    level = WARN if q.facts.fallback else ""
    if not issuer:
        return Seen("The document has no issuer.", actual="absent", expected=wanted, level=level, evidence=at(q, pointer="/issuer"))
    says = f"issuer is {issuer}, but the document was fetched for {wanted}. {compare(issuer, wanted).says}"
    return Seen(says, actual=issuer, expected=wanted, level=level, evidence=at(q, pointer="/issuer"))


@check(
    "server_metadata.issuer_slash",
    ALL,
    level=by_revision(WARN, WARN, WARN, STOP),
    title="The issuer differs by a final slash",
    expected="The same string in the resource metadata and in the server's own document.",
    why='Issuers are compared as plain strings; clients print "issuer mismatch".',
    spec=rfc(8414, "3.3"),
    operator="Write the issuer in one spelling everywhere; some frameworks add the slash by themselves.",
    client="Some tolerate the slash of a bare origin; strict ones refuse.",
)
def issuer_slash(q: Question) -> Verdict:
    wanted, issuer = q.facts.issuer, text(published(q), "issuer")
    if not issuer or not same_but_slash(issuer, wanted):
        return None
    level = NOTE if q.facts.fallback else ""
    says = f"issuer is {issuer}, but the document was fetched for {wanted}: only the final slash differs."
    return Seen(says, actual=issuer, expected=wanted, level=level, evidence=at(q, pointer="/issuer"))


@check(
    "server_metadata.endpoint_missing",
    ALL,
    level=STOP,
    title="The metadata lacks an endpoint that the flow needs",
    expected="authorization_endpoint and token_endpoint are absolute URLs.",
    why="The person cannot be sent anywhere, or the code cannot be exchanged.",
    spec=rfc(8414, "2"),
    operator="Publish both endpoints, as addresses that can exist.",
    client="Nothing.",
)
def endpoint_missing(q: Question) -> Verdict:
    found = published(q)
    for name in NEEDED if found is not EMPTY else ():
        url = text(found, name)
        if not split(url).scheme or (_safe(url) and not is_openable(url)):  # http to elsewhere is told by http_endpoint
            given = json_member(found, name)
            more = ", which is no absolute URL that can be called" if url else ""
            return Seen(f"{name} is {given}{more}.", actual=given, evidence=at(q, pointer=f"/{name}"))
    return None


@check(
    "server_metadata.http_endpoint",
    ALL,
    level=STOP,
    title="An endpoint is not https",
    expected="Every endpoint is https; plain http only on a loopback address.",
    why="Codes, tokens and secrets would travel in clear; SDKs refuse such endpoints.",
    spec=rfc(8414, "2"),
    operator="Let the server know its public scheme (X-Forwarded-Proto, or a configured URL).",
    client="Refuse, and never open a javascript:, data: or file: address.",
)
def http_endpoint(q: Question) -> Verdict:
    found = published(q)
    for name in ENDPOINTS:
        url = text(found, name)
        if url and not _safe(url) and not is_ours(q, url) and (split(url).scheme or name not in NEEDED):
            level = WARN if name in ("revocation_endpoint", "jwks_uri") and url.lower().startswith("http:") else ""
            return Seen(f"{name} is {url}.", actual=url, level=level, evidence=at(q, pointer=f"/{name}"))
    return None


def _safe(url: str) -> bool:
    parts = split(url)
    return parts.scheme.lower() == "https" or (parts.scheme.lower() == "http" and is_loopback_host(parts.host))


@check(
    "server_metadata.endpoint_fragment",
    ALL,
    level=WARN,
    title="An endpoint has a fragment",
    expected="Endpoint URLs have no part behind a #.",
    why="A fragment is never sent; a client that appends parameters behind it sends none of them.",
    spec=rfc(6749, "3.1"),
    operator="Remove everything from # on.",
    client="Drop the fragment before parameters are added.",
)
def endpoint_fragment(q: Question) -> Verdict:
    found = published(q)
    name = next((n for n in ENDPOINTS if "#" in text(found, n)), "")
    return Seen(f"{name} is {found[name]}.", actual=str(found[name]), evidence=at(q, pointer=f"/{name}")) if name else None


@check(
    "server_metadata.append_only",
    "server_metadata/oidc_appended",
    level=by_revision("", WARN, NOTE, NOTE),
    title="Only the appended location has the metadata",
    expected="The well-known part stands between host and path of the issuer.",
    why="Clients that follow RFC 8414 alone do not look behind the path.",
    spec=rfc(8414, "3.1"),
    operator="Serve the document at the inserted location too.",
    client="Try the appended location last, as 2025-11-25 asks.",
)
def append_only(q: Question) -> Verdict:
    if published(q) is EMPTY:
        return None
    return Seen(f"Only {request_of(q).url} has the document; the inserted locations do not.", actual=request_of(q).url)


@check(
    "server_metadata.oidc_only",
    "server_metadata/oidc_inserted",
    "server_metadata/oidc_root",
    "server_metadata/oidc_appended",
    level=by_revision("", WARN, NOTE, NOTE),
    title="Only an OpenID Connect document is published",
    expected="Either kind is fine since 2025-11-25; before it oauth-authorization-server was required.",
    why="Clients of 2025-06-18 look for the OAuth document only.",
    spec=OIDC_DISCOVERY,
    operator="Publish oauth-authorization-server too, if older clients matter.",
    client="Try openid-configuration after oauth-authorization-server.",
)
def oidc_only(q: Question) -> Verdict:
    if published(q) is EMPTY:
        return None
    return Seen("openid-configuration answers, oauth-authorization-server does not.", actual=request_of(q).url)


@check(
    "server_metadata.endpoint_host_differs",
    ALL,
    level=NOTE,
    title="Endpoints are on another host than the issuer",
    expected="Often the issuer's own host; other hosts are allowed.",
    why="Normal at some large providers; in a gateway that poses as the server it may be a guess that went wrong.",
    spec=rfc(8414, "2"),
    operator="Check that these hosts are meant.",
    client="Nothing: the document decides.",
)
def endpoint_host_differs(q: Question) -> Verdict:
    found = published(q)
    home = split(text(found, "issuer")).host.lower()
    away = [n for n in NEEDED if home and split(text(found, n)).host.lower() not in ("", home)]
    if not away:
        return None
    shown = ", ".join(f"{n} {text(found, n)}" for n in away)
    return Seen(f"The issuer is on {home}, but: {shown}.", actual=shown, evidence=at(q, pointer=f"/{away[0]}"))
