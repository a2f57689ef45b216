"""First contact, without a token: is there a 401, and does it say where tokens come from?"""

from __future__ import annotations

from urllib.parse import urljoin

from app.checks.declaration import by_revision, check
from app.checks.escalation import cause
from app.checks.model import NOTE, STOP, WARN, Question, Seen, Verdict
from app.checks.reading import (
    at,
    bearer_of,
    challenges_of,
    challenges_read,
    ended_badly,
    header_of,
    response_of,
    rpc_error,
    rpc_of,
    snippet,
    status_of,
)
from app.checks.specs import MCP_401, mcp_transport, rfc
from app.checks.walls import is_bot_wall
from app.wire.parse.url import origin, same_but_slash

# what may be otherwise from another network: no route, no name, a certificate that only some machines trust
FROM_HERE = ("dns_failed", "connect_timeout", "refused", "unreachable", "tls_unknown_ca")
RENAMED = ("x-amzn-Remapped-WWW-Authenticate",)  # what API Gateway makes of the header of a backend
POST_FIX = "Nothing: a client cannot guess another address. Check the URL for a missing or doubled path segment."


def speaks_older_era(q: Question) -> bool:
    """A 4xx on the modern first request under `auto` only means that initialize comes next (era detection, 2026-07-28)."""
    return (
        q.entry.role == "discover" and (q.before.options.revision == "auto" or status_of(q) == 404) and status_of(q) not in (401, 403, 429)
    )


@check(
    "probe.no_challenge",
    "probe/*",
    "ended:register",
    level=by_revision(NOTE, WARN, WARN, WARN),
    title="The 401 has no WWW-Authenticate header",
    expected='A 401 carries WWW-Authenticate: Bearer resource_metadata="…".',
    why="Without the header a client has to guess where the resource metadata is; clients that do not guess stop here.",
    spec=rfc(9728, "5.1"),
    operator="Attach the MCP OAuth policy to this route, or stop the proxy in front from stripping WWW-Authenticate.",
    client="Fall back to the well-known paths of the resource metadata.",
)
def no_challenge(q: Question) -> Verdict:
    if q.entry.step == "register":
        return cause(q, challenged=False)
    if status_of(q) != 401 or header_of(q, "www-authenticate"):
        return None
    renamed = next((n for n in RENAMED if header_of(q, n)), "")
    more = f" A proxy has renamed it to {renamed}: {header_of(q, renamed)}" if renamed else ""
    return Seen(f"The 401 came without a WWW-Authenticate header.{more}", actual="401 without WWW-Authenticate")


@check(
    "probe.challenge_without_metadata",
    "probe/*",
    "ended:register",
    level=by_revision(NOTE, WARN, WARN, WARN),
    title="The challenge does not name the resource metadata",
    expected="The Bearer challenge has a resource_metadata parameter with an absolute URL.",
    why="Clients find the authorization server through it; without it only those go on that also try the well-known paths.",
    spec=rfc(9728, "5.1"),
    operator="Add resource_metadata to the challenge on every path that answers 401.",
    client="Fall back to the well-known paths of the resource metadata.",
)
def challenge_without_metadata(q: Question) -> Verdict:
    if q.entry.step == "register":
        return cause(q, challenged=True)
    found = challenges_of(q)
    if status_of(q) != 401 or not found or any(c.get("resource_metadata") for c in found):
        return None
    if challenges_read(q).best("resource_metadata"):
        return None  # it is there and cannot be read: challenge_malformed says so
    schemes = ", ".join(dict.fromkeys(c.scheme for c in found))
    says = f"The 401 has a {schemes} challenge, but no resource_metadata in it: {header_of(q, 'www-authenticate')}"
    return Seen(says, actual=header_of(q, "www-authenticate"), evidence=at(q, header="WWW-Authenticate"))


@check(
    "probe.slash_redirect",
    "probe/*",
    "call/*",
    level=STOP,
    title="The URL is redirected to its other spelling",
    expected="The MCP URL answers where it stands, with or without the final slash.",
    why="Clients lose the Authorization header or the body on the way: OAuth seems to work, then the reconnect fails.",
    spec=mcp_transport("Streamable HTTP"),
    operator="Serve both spellings without a redirect; let the framework trust X-Forwarded-Proto so that no http address appears.",
    client="Use the spelling in the Location header as the MCP URL.",
)
def slash_redirect(q: Question) -> Verdict:
    location = redirect_location(q)
    if not location or not same_but_slash(_place(_url(q)), _place(location)):
        return None
    target = q.before.options.target or _url(q)
    worse = " The redirect also leaves https." if target.startswith("https:") and location.startswith("http:") else ""
    if origin(location).partition("://")[2] != origin(_url(q)).partition("://")[2]:
        worse += " It also leads to another host or port, most likely the one behind the proxy."
    says = f"{status_of(q)} from {_url(q)} to {location}: only the final slash differs.{worse}"
    return Seen(says, actual=f"Location: {header_of(q, 'location')}", evidence=at(q, header="Location"))


def redirect_location(q: Question) -> str:
    """Where a 3xx points, made absolute; empty for other answers."""
    location = header_of(q, "location")
    if not 300 <= status_of(q) < 400 or not location:
        return ""
    try:
        return urljoin(_url(q), location)
    except ValueError:  # brackets that hold no IPv6 address
        return location


def _url(q: Question) -> str:
    return getattr(getattr(q.entry.body, "request", None), "url", "")


def _place(url: str) -> str:
    """Path and query."""
    return url.partition("#")[0].removeprefix(origin(url))


@check(
    "probe.method_not_allowed",
    "probe/*",
    level=STOP,
    title="POST is not allowed here",
    expected="The MCP URL takes POST; only GET may answer 405.",
    why="Every MCP request is a POST, so this is not the MCP URL.",
    spec=mcp_transport("Streamable HTTP"),
    operator="Publish the exact MCP URL; where this is it, route POST to the MCP server.",
    client=POST_FIX,
)
def method_not_allowed(q: Question) -> Verdict:
    status = status_of(q)
    file_server = status == 501  # RFC 9110 section 15.6.2; nobody says it to an unknown revision
    if not file_server and (status != 405 or speaks_older_era(q)):
        return None
    allow = header_of(q, "allow")
    return Seen(
        f"POST was answered {status} (Allow: {allow or 'not said'}).", actual=f"{status}, Allow: {allow}", evidence=at(q, header="Allow")
    )


@check(
    "probe.not_acceptable",
    "probe/*",
    level=STOP,
    title="The server refuses the content types",
    expected="A server takes JSON and answers JSON or an event stream when the request accepts both.",
    why="The request said application/json and text/event-stream, as the transport demands; every client says the same.",
    spec=mcp_transport("Sending messages to the server"),
    operator="Accept Content-Type application/json and either type of answer.",
    client="Send Accept: application/json, text/event-stream and Content-Type: application/json.",
)
def not_acceptable(q: Question) -> Verdict:
    if status_of(q) not in (406, 415) or speaks_older_era(q):
        return None
    return Seen(f"{status_of(q)}: {snippet(q)!r}", actual=str(status_of(q)))


@check(
    "probe.wrong_refusal_status",
    "probe/*",
    "ended:probe",
    level=STOP,
    last_resort=True,
    title="The refusal is not a 401",
    expected="A request without a token is refused with 401 and a challenge.",
    why="Clients start OAuth on a 401 only; at any other status they report that the server cannot be reached.",
    spec=MCP_401,
    operator="Answer 401 with WWW-Authenticate when the token is missing; keep 403 and 404 for requests that carry one.",
    client="Check the URL: a wrong path or an unknown tenant looks the same from outside.",
)
def wrong_refusal_status(q: Question) -> Verdict:
    if reason := ended_badly(q):
        return Seen(f"The first contact ended without an answer to judge: {reason}")
    status = status_of(q)
    known = status in (401, 405, 406, 415) or status < 400 or status >= 500
    if known or speaks_older_era(q) or is_bot_wall(q):
        return _no_json_rpc(q)
    code = rpc_error(q).get("code")
    first = " Perhaps the gateway reads the MCP request before it looks for a token." if code is not None else ""
    return Seen(f"{status} where 401 is due: {snippet(q)!r}.{first}", actual=str(status))


def _no_json_rpc(q: Question) -> Verdict:
    last = q.entry.role in ("initialize", "tools/list") and not rpc_of(q)
    if response_of(q) is None or not last or not 200 <= status_of(q) < 300:
        return None
    kind = header_of(q, "content-type") or "no content type"
    return Seen(f"{status_of(q)} without a JSON-RPC answer ({kind}): {snippet(q)!r}. This does not look like an MCP server.", actual=kind)


@check(
    "probe.error_without_token",
    "probe/*",
    level=NOTE,
    title="An error code although no token was sent",
    expected="A challenge to a request without a token has no error parameter.",
    why='It means nothing here: some gateways send the same challenge always. Clients must not read it as "your token is bad".',
    spec=rfc(6750, "3.1"),
    operator="Leave error out of the challenge when the request had no token.",
    client="Ignore the error code of a 401 to a request without a token.",
)
def error_without_token(q: Question) -> Verdict:
    challenge = bearer_of(q)
    if status_of(q) != 401 or challenge is None or not challenge.get("error"):
        return None
    error = challenge.get("error")
    return Seen(
        f'The challenge says error="{error}" although no token was sent.',
        actual=f'error="{error}"',
        evidence=at(q, header="WWW-Authenticate"),
    )


@check(
    "probe.unreachable_from_here",
    "probe/*",
    level=NOTE,
    title="The target cannot be reached from where this tool runs",
    expected="The host resolves and answers from this tool's network.",
    why="A URL that works on a laptop may be invisible from a hosted tool, and from hosted clients too.",
    spec=mcp_transport("Streamable HTTP"),
    operator="Give hosted clients a public URL or a tunnel.",
    client="Run the tool next to the gateway, or on the laptop where the URL works.",
)
def unreachable_from_here(q: Question) -> Verdict:
    failure = getattr(q.entry.body, "failure", None)
    if failure is None or not (failure.kind in FROM_HERE or failure.kind.startswith("blocked_")):
        return None
    return Seen(f"No HTTP was spoken: {failure.says}", actual=failure.kind)
