"""Could a client that is a web page do the same? Asked by the probe `cors` only (Fetch standard, CORS protocol)."""

from __future__ import annotations

from app.checks.declaration import check
from app.checks.model import WARN, Evidence, Question, Seen, Spec, Verdict
from app.checks.reading import at, header_of, request_of, response_of, status_of

FETCH = Spec("Fetch standard, CORS protocol", "https://fetch.spec.whatwg.org/#http-cors-protocol")
HERE = " This hinders clients in web pages only; the walk of this app is none."
ORIGIN = "access-control-allow-origin"


def allows(q: Question) -> bool:
    """May a page of any origin read the answer?"""
    return header_of(q, ORIGIN) in ("*", request_of(q).header("origin"))


def listed(q: Question, name: str) -> set[str]:
    return {word.strip().lower() for word in header_of(q, name).split(",") if word.strip()}


def hindrance(q: Question) -> tuple[str, str]:
    """(what is wrong, the header to look at); two empty strings where a page could go on."""
    if response_of(q) is None:
        return "", ""
    if not allows(q):
        return f"has no Access-Control-Allow-Origin for {request_of(q).header('origin')}", ORIGIN
    return _preflight(q) if request_of(q).method == "OPTIONS" else ("", "")


def _preflight(q: Question) -> tuple[str, str]:
    if not 200 <= status_of(q) < 300:
        return f"answers the preflight with {status_of(q)}", ""
    wanted = {word.strip() for word in request_of(q).header("access-control-request-headers").split(",")}
    allowed = listed(q, "access-control-allow-headers")
    lacking = sorted(wanted - allowed - ({"*"} if "*" in allowed else set()))
    # the star does not stand for Authorization
    lacking = [name for name in lacking if "*" not in allowed or name == "authorization"]
    return (f"does not allow the headers {', '.join(lacking)}", "access-control-allow-headers") if lacking else ("", "")


def _seen(q: Question, wrong: str, header: str) -> Seen:
    evidence = at(q, header=header) if header and header_of(q, header) else Evidence(q.entry.seq)
    return Seen(f"{request_of(q).method} {request_of(q).url} {wrong}.{HERE}", actual=wrong, evidence=evidence)


@check(
    "probe.cors_challenge_hidden",
    "probe/probe:cors:*",
    "resource_metadata/probe:cors:*",
    level=WARN,
    title="A client in a web page cannot read the challenge",
    expected="The preflight is let through, and the 401 allows the origin and exposes WWW-Authenticate.",
    why='A client in a browser sees no header at all and says "cannot reach server", while curl sees everything.',
    spec=FETCH,
    operator="Answer OPTIONS without a token; on the 401 allow the origin, and send Access-Control-Expose-Headers: WWW-Authenticate.",
    client="Nothing; clients that are no web pages are not hindered.",
)
def challenge_hidden(q: Question) -> Verdict:
    wrong, header = hindrance(q)
    if wrong:
        return _seen(q, wrong, header)
    exposed = listed(q, "access-control-expose-headers")
    if status_of(q) != 401 or not header_of(q, "www-authenticate") or "www-authenticate" in exposed:
        return None
    return _seen(q, "allows the origin, but does not expose WWW-Authenticate", "access-control-expose-headers")


@check(
    "server_metadata.cors_blocked",
    "server_metadata/probe:cors:*",
    "token/probe:cors:*",
    "register/probe:cors:*",
    level=WARN,
    title="A client in a web page cannot talk to the authorization server",
    expected="Metadata, token and registration endpoint allow the origin of a page.",
    why="The browser keeps the answer from the page; clients that are no web pages notice nothing.",
    spec=FETCH,
    operator="Allow CORS on the metadata, the token and the registration endpoint.",
    client="Nothing, or send these requests from a server.",
)
def blocked(q: Question) -> Verdict:
    wrong, header = hindrance(q)
    return _seen(q, wrong, header) if wrong else None
