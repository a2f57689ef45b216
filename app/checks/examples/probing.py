"""The pieces of examples with separating probes: what each of them sends, and what may come back."""

from __future__ import annotations

import base64
import json
from typing import Any

from app.checks.examples.healthy import (
    at,
    authorize,
    back,
    code_sent,
    discover,
    register,
    registered,
    walk_through,
    walk_to,
)
from app.checks.examples.tape import (
    AS_URL,
    BEARER,
    HOME,
    PRM,
    PRM_URL,
    SERVER,
    TARGET,
    Line,
    Tape,
    answer,
    choice,
    error,
    exchange,
    get,
    refusal,
    rpc,
    take,
)
from app.wire.messages import Request

OUT = (*walk_to("authorize"), *authorize())
DRY_URL = f"{HOME}/authorize?response_type=code&client_id=client-one&redirect_uri=http%3A%2F%2F127.0.0.1%3A8000%2Fcallback&state=dry"
GAVE_UP = choice("gave_up", "callback")
REASON = "The handshake did not come to its end."
LOGIN = answer(200, b'<form method="post"><button>Approve</button></form>', kind="text/html")
INVALID = f'Bearer error="invalid_token", error_description="Invalid audience", resource_metadata="{PRM_URL}"'


def probe(slug: str, *lines: Line) -> Tape:
    """The exchanges of one probe between its two choices."""
    return (choice("probe", slug=slug, label=slug, phase="begin"), *lines, choice("probe", slug=slug, phase="end", says="", outcome="done"))


def dry(received: bytes, before: Tape = OUT, url: str = DRY_URL) -> Tape:
    return (*before, *probe("dry_authorize", get("authorize", "probe:dry_authorize:get", url, received)))


def html(text: str, *headers: str, status: int = 200) -> bytes:
    return answer(status, text.encode(), *headers, kind="text/html; charset=utf-8")


def out_from(*changes: Line, **options: str) -> Tape:
    """The browser is out, with another registration (or other options) before it."""
    return (*walk_to("register", **options), *take("register", *changes), *authorize())


ELSEWHERE = out_from(register(answer(201, registered(redirect_uris=["http://localhost:8000/callback"]))))
BY_HAND = choice("client", "register", issuer=HOME, client_id="client-one", client_secret="", auth="none", how="preregistered")
BAD_URI = html("<h1>Error</h1><p>The redirect URI does not match any registered one.</p>", status=400)
TAKEN = answer(302, b"", "Location: /login")


def fresh(ours: bytes, then: bytes) -> Tape:
    lines = (
        get("authorize", "probe:fresh_client:ours", DRY_URL, ours),
        Line("register", register(answer(201, registered(client_id="client-two"))).body, "probe:fresh_client:register"),
        get("authorize", "probe:fresh_client:fresh", DRY_URL.replace("client-one", "client-two"), then),
    )
    return (*OUT, *probe("fresh_client", *lines))


def slashes(here: bytes, other: bytes, role: str = "other") -> Tape:
    lines = [rpc("probe", "probe:other_slash:here", here), rpc("probe", f"probe:other_slash:{role}", other, url=f"{TARGET}/")]
    walked = (discover(here), rpc("probe", "tools/list", here)) if here.startswith(b"HTTP/1.1 200") else (discover(here),)
    return (*at("probe", *walked), *probe("other_slash", *lines))


def with_origin(step: str, what: str, received: bytes, method: str = "GET", url: str = TARGET) -> Line:
    asked = (("Access-Control-Request-Headers", "authorization,content-type,mcp-protocol-version"),) if method == "OPTIONS" else ()
    request = Request(method, url, (("Origin", "https://example.test"), *asked))
    return Line(step, exchange(request, received), f"probe:cors:{what}")


def cors(*lines: Line) -> Tape:
    return (*walk_through("call"), *probe("cors", *lines))


ALLOWED = "Access-Control-Allow-Origin: *"
EXPOSED = "Access-Control-Expose-Headers: WWW-Authenticate"
HEADERS = "Access-Control-Allow-Headers: authorization, content-type, mcp-protocol-version"
STAR = "Access-Control-Allow-Headers: *, authorization"
CHALLENGED = f"WWW-Authenticate: {BEARER}"
FRIENDLY = (
    with_origin("probe", "preflight", answer(204, b"", ALLOWED, HEADERS), "OPTIONS"),
    with_origin("probe", "challenge", answer(401, b"", ALLOWED, EXPOSED, CHALLENGED), "POST"),
    with_origin("resource_metadata", "metadata", answer(200, PRM, ALLOWED), url=PRM_URL),
    with_origin("server_metadata", "metadata", answer(200, SERVER, "Access-Control-Allow-Origin: https://example.test"), url=AS_URL),
    *(with_origin(step, "preflight", answer(204, b"", ALLOWED, STAR), "OPTIONS", f"{HOME}/{step}") for step in ("token", "register")),
)


def three(none: bytes, random: bytes, ours: bytes, before: Tape = ()) -> Tape:
    walked = before or (*walk_to("call"), *take("call", discover(refusal(INVALID), "call", "access-1"), outcome="failed", reason=REASON))
    given = {"none": (none, ""), "random": (random, "made-up"), "ours": (ours, "access-1")}
    lines = (rpc("call", f"probe:without_token:{what}", received, token) for what, (received, token) in given.items())
    return (*walked, *probe("without_token", *lines))


def both_spellings(other: bytes) -> Tape:
    walked = (*walk_to("call"), *take("call", discover(refusal(INVALID), "call", "access-1"), outcome="failed", reason=REASON))
    lines = (
        rpc("call", "probe:other_slash:here_ours", refusal(INVALID), "access-1"),
        rpc("call", "probe:other_slash:other_ours", other, "access-1", f"{TARGET}/"),
    )
    return (*walked, *probe("other_slash", *lines))


def refused_code(received: bytes, later: float = 1.0, **changes: str) -> Tape:
    return (
        *walk_to("token"),
        *take("token", code_sent(received, later=later, **changes), outcome="failed", reason="No access token came."),
    )


def five(*answers: bytes, before: Tape = ()) -> Tape:
    lines = (get("server_metadata", f"probe:five_times:{n}", AS_URL, one) for n, one in enumerate(answers, 1))
    return (*(before or refused_code(error(400, "invalid_grant"))), *probe("five_times", *lines))


def jwt(**claims: Any) -> str:
    parts = (
        base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in ({"alg": "RS256", "typ": "at+jwt"}, claims)
    )
    return ".".join([*parts, "c2lnbmF0dXJl"])


def refused_token(access: str, challenge: str = INVALID, issuer: str = HOME, **answered: Any) -> Tape:
    """A token was issued, and the MCP server answers 401."""
    given = {"access_token": access, "token_type": "Bearer", "expires_in": 900, "refresh_token": "refresh-1", **answered}
    walked = (*walk_to("authorize"), *authorize(issuer=issuer), back(iss=issuer), *take("token", code_sent(answer(200, given))))
    return (*walked, *take("call", discover(refusal(challenge), "call", access), outcome="failed", reason=REASON))


SAME = [answer(200, SERVER, "Server: one")] * 5
MISSING = refusal(body=b'{"error": "missing token"}')
OTHER_HOST = "https://tenant.eu.auth0.com"
WALKED_ON = (*OUT, back())
CSP = "Content-Security-Policy: default-src 'self'; form-action 'self'"
