"""Is the MCP server protected at all, and does it say so with a status code?"""

from __future__ import annotations

import re

from app.checks.declaration import check
from app.checks.model import NOTE, STOP, Question, Seen, Verdict
from app.checks.reading import (
    at,
    rpc_error,
    rpc_result,
    status_of,
)
from app.checks.specs import MCP_401, rfc

ABOUT_LOGIN = re.compile(r"\b(un)?auth(enticat|oriz|oris)|\bunauthori|\blog ?in\b|\bsign ?in\b|\btoken\b|\bcredential|\bforbidden\b", re.I)


@check(
    "probe.not_protected",
    "probe/tools/list",
    level=STOP,
    title="The MCP server is not protected",
    expected="Without a token the server answers 401.",
    why="No 401 means that no client will ever start the OAuth flow, and that anybody can list the tools.",
    spec=MCP_401,
    operator="Attach the OAuth policy to this route; where it has modes, choose the one that refuses (strict, not optional or permissive).",
    client="Nothing. The server may be meant to be open; then no token is needed.",
)
def not_protected(q: Question) -> Verdict:
    if status_of(q) == 401 and _first_request_was_open(q):
        return Seen("The first request is open, tools/list is protected (late protection).", level=NOTE)
    if status_of(q) != 200 or rpc_result(q) is None or _refusal_in_result(q):
        return None
    return Seen("tools/list was answered with a result although no token was sent.", actual="200 with a JSON-RPC result")


def _first_request_was_open(q: Question) -> bool:
    earlier = [e for e in q.run.entries[: q.entry.seq - 1] if e.step == "probe" and e.role in ("discover", "initialize")]
    status = getattr(earlier[-1].body, "status", None) if earlier else None
    return status is not None and status < 300


def _refusal_in_result(q: Question) -> bool:
    result, error = rpc_result(q), rpc_error(q)
    if result is not None and result.get("isError") is True:
        return bool(ABOUT_LOGIN.search(str(result.get("content"))))
    return bool(error) and bool(ABOUT_LOGIN.search(str(error.get("message"))))


@check(
    "probe.error_in_200",
    "probe/*",
    level=STOP,
    title='"Log in first" is said inside a 200',
    expected="A refusal for lack of a token is HTTP status 401 with a challenge.",
    why="Clients start OAuth on a 401 only. Here the model reads the refusal as the text of a tool and no login page ever opens.",
    spec=rfc(6750, "3"),
    operator="Refuse before the JSON-RPC layer: 401 with WWW-Authenticate.",
    client="Nothing can be done safely: a text in a result is not a challenge.",
)
def error_in_200(q: Question) -> Verdict:
    if status_of(q) != 200 or not _refusal_in_result(q):
        return None
    error = rpc_error(q)
    pointer = "/error" if error else "/result/content"
    wording = error.get("message") if error else (rpc_result(q) or {}).get("content")
    return Seen(
        f"200, but the body refuses: {str(wording)[:200]}", actual="200 with a refusal in the body", evidence=at(q, pointer=pointer)
    )
