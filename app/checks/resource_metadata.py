"""The document that names the authorization server (RFC 9728)."""

from __future__ import annotations

from app.checks.declaration import check, since
from app.checks.model import NOTE, STOP, WARN, Question, Seen, Verdict
from app.checks.reading import EMPTY, at, header_of, json_error_of, json_of, published, response_of, snippet, status_of, text, texts
from app.checks.specs import MCP_REFRESH, MCP_RESOURCE, rfc
from app.checks.walls import is_bot_wall
from app.wire.messages import Exchange
from app.wire.parse.url import compare, covers, same_but_slash

ALL = "resource_metadata/*"


def _guess(q: Question) -> str:
    """A candidate that we guessed ourselves is no promise of the gateway's: WARN at most."""
    return "" if q.entry.role == "header" else WARN


def _url(q: Question) -> str:
    return q.entry.body.request.url if isinstance(q.entry.body, Exchange) else ""


@check(
    "resource_metadata.needs_auth",
    ALL,
    level=STOP,
    title="The resource metadata itself asks for a token",
    expected="The well-known document is public.",
    why="The client reads it to learn where tokens come from; it cannot have one yet.",
    spec=rfc(9728, "3.1"),
    operator="Exempt /.well-known/oauth-protected-resource and everything below it from authentication.",
    client="Nothing.",
)
def needs_auth(q: Question) -> Verdict:
    if status_of(q) not in (401, 403) or is_bot_wall(q):
        return None
    return Seen(f"{_url(q)} answered {status_of(q)} to a request without a token.", actual=str(status_of(q)), level=_guess(q))


@check(
    "resource_metadata.redirect",
    ALL,
    level=STOP,
    title="The resource metadata is redirected",
    expected="The document is served where it was announced, with status 200.",
    why="Many clients, and all with a guard against internal addresses, do not follow redirects here.",
    spec=rfc(9728, "3.2"),
    operator="Serve the document at the announced URL, or announce the other one.",
    client="Follow only to the same origin, if at all.",
)
def redirect(q: Question) -> Verdict:
    if not 300 <= status_of(q) < 400:
        return None
    location = header_of(q, "location")
    return Seen(
        f"{_url(q)} answered {status_of(q)} to {location!r}.",
        actual=f"Location: {location}",
        level=_guess(q),
        evidence=at(q, header="Location"),
    )


@check(
    "resource_metadata.not_at_advertised_url",
    "resource_metadata/header",
    level=STOP,
    title="No metadata comes from the URL that the challenge names",
    expected="The URL in resource_metadata answers 200 with a JSON object.",
    why="A conforming client fetches this URL and no other; it stops here.",
    spec=rfc(9728, "5.1"),
    operator="Serve the document there, or change resource_metadata to where it is.",
    client="Trying the well-known paths instead may work, but the specification does not ask for it.",
)
def not_at_advertised_url(q: Question) -> Verdict:
    status = status_of(q)
    if status in (0, 200, 401, 403) or 300 <= status < 400 or status >= 500 or is_bot_wall(q):
        return None
    return Seen(f"The 401 named {_url(q)}, which answered {status}: {snippet(q)!r}", actual=str(status))


@check(
    "resource_metadata.not_json",
    ALL,
    level=STOP,
    title="The resource metadata is not a JSON object",
    expected="200 with Content-Type application/json and a JSON object.",
    why="Usually a web app answers every unknown path with its start page; clients fail with \"Unexpected token '<'\".",
    spec=rfc(9728, "3.2"),
    operator="Serve the JSON document, and 404 where there is none; exempt /.well-known/ from the web app's catch-all.",
    client="Nothing.",
)
def not_json(q: Question) -> Verdict:
    if status_of(q) != 200 or isinstance(json_of(q), dict):
        return None
    kind = header_of(q, "content-type") or "no content type"
    reason = json_error_of(q) or "it is JSON, but not an object."
    says = f"{_url(q)} answered 200 with {kind}; {reason} It begins: {snippet(q, 80)!r}"
    return Seen(says, actual=kind, level=_guess(q), evidence=at(q, header="Content-Type"))


@check(
    "resource_metadata.resource_mismatch",
    ALL,
    level=STOP,
    title="The metadata describes another resource",
    expected="The member resource equals the MCP URL that the client called.",
    why="A token for another resource must not be sent here; strict clients refuse, as they should.",
    spec=rfc(9728, "3.3"),
    operator="Set resource to the URL that users type. Behind a proxy: forward Host and X-Forwarded-Proto, or configure the public URL.",
    client="Connect to the URL that the metadata names, if it is the same server.",
)
def resource_mismatch(q: Question) -> Verdict:
    resource, target = text(published(q), "resource"), _target(q)
    if not resource or not target or resource == target or same_but_slash(resource, target):
        return None
    where = at(q, pointer="/resource")
    if covers(resource, target) and compare(resource, target).kind == "path":
        says = f"resource is {resource}, a parent of {target}. SDKs accept that; by RFC 9728 section 3.3 the two must be equal."
        return Seen(says, actual=resource, expected=target, level=WARN, evidence=where)
    differs = compare(resource, target)
    says = f"resource is {resource}, but the MCP URL is {target}. {differs.says}"
    level = WARN if differs.kind in ("case", "default_port") else ""
    return Seen(says, actual=resource, expected=target, level=level, evidence=where)


def _target(q: Question) -> str:
    return q.before.options.target.split("#")[0]


@check(
    "resource_metadata.trailing_slash",
    ALL,
    level=WARN,
    title="The resource differs from the URL by a final slash",
    expected="One spelling everywhere, without a slash that means nothing.",
    why="Clients add or drop the slash when they parse the URL, and servers compare exactly: invalid_target, or endless login.",
    spec=MCP_RESOURCE,
    operator="Publish resource exactly as users type the URL, without a final slash on a bare origin.",
    client="Send resource byte for byte as it is published; do not pass it through a URL parser.",
)
def trailing_slash(q: Question) -> Verdict:
    resource, target = text(published(q), "resource"), _target(q)
    if not resource or resource == target or not same_but_slash(resource, target):
        return None
    says = f"resource is {resource}, the MCP URL is {target}: only the final slash differs."
    return Seen(says, actual=resource, expected=target, evidence=at(q, pointer="/resource"))


@check(
    "resource_metadata.offline_access_listed",
    ALL,
    level=since("2026-07-28", NOTE),
    title="The resource lists offline_access",
    expected="offline_access stands in the authorization server's scopes_supported only.",
    why="Whether refresh tokens are issued is a matter of the authorization server, not of the resource.",
    spec=MCP_REFRESH,
    operator="Remove offline_access from the resource's scopes_supported.",
    client="Ask for offline_access only where the authorization server lists it.",
)
def offline_access_listed(q: Question) -> Verdict:
    if "offline_access" not in texts(published(q), "scopes_supported"):
        return None
    return Seen("scopes_supported of the resource lists offline_access.", evidence=at(q, pointer="/scopes_supported"))


@check(
    "resource_metadata.one_location_only",
    "resource_metadata/root",
    level=NOTE,
    title="Only the root location serves the metadata",
    expected="The well-known path with the MCP path behind it answers too.",
    why="Clients that try only the path of the MCP URL find nothing.",
    spec=rfc(9728, "3.1"),
    operator="Serve both locations, or name the document in the 401's resource_metadata.",
    client="Try the path first, then the root.",
)
def one_location_only(q: Question) -> Verdict:
    if published(q) is EMPTY or response_of(q) is None:
        return None
    missed = [e for e in q.run.entries[: q.entry.seq - 1] if e.step == "resource_metadata" and e.role == "path"]
    status = getattr(missed[-1].body, "status", None) if missed else None
    return Seen(f"The location with the path answered {status}, only the root has it.", actual=f"{status} and 200") if missed else None
