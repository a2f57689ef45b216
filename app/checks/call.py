"""The MCP request with the token: why it was not answered."""

from __future__ import annotations

from app.checks.call_reading import has_no_tools, older_era, refusal, wants_session
from app.checks.call_refusals import challenge_line, insufficient_scope
from app.checks.declaration import check
from app.checks.model import NOTE, STOP, WARN, Question, Seen, Verdict
from app.checks.reading import (
    at,
    body_of,
    ended_badly,
    header_of,
    json_error_of,
    json_of,
    quoted_error,
    request_of,
    rpc_error,
    rpc_result,
    snippet,
    status_of,
    token_sent,
    told,
)
from app.checks.specs import MCP_ELICITATION, MCP_TOKENS, mcp_transport
from app.checks.walls import is_bot_wall

ALL = "call/*"


@check(
    "call.connect_required",
    ALL,
    level=NOTE,
    ends=True,
    title="The upstream must be connected first",
    expected="A link that the person opens; then the same request is repeated.",
    why="The sign-in at the gateway is done. The gateway has no access yet to the service behind it.",
    spec=MCP_ELICITATION,
    operator="Nothing; an administrator must connect where the state says so.",
    client="Show the link with its host, open it only on a click, then repeat the request.",
)
def connect_required(q: Question) -> Verdict:
    connect = q.facts.connect
    if connect is None or connect.entry != q.entry.seq:
        return None
    state = f" State: {connect.state}." if connect.state else ""
    where = "/error/data" if connect.kind != "input_required" else "/result/inputRequests"
    says = f"{connect.kind}: {connect.message or 'no message'}.{state} Link: {', '.join(connect.urls) or 'none was sent'}."
    return Seen(says, actual=connect.kind, evidence=at(q, pointer=where))


@check(
    "call.protocol_version",
    ALL,
    level=STOP,
    title="The protocol version or its headers are refused",
    expected="The negotiated version is accepted; 2026-07-28 wants MCP-Protocol-Version and Mcp-Method on every request.",
    why="Client and server do not speak the same revision.",
    spec=mcp_transport("Protocol version header"),
    operator="Accept the version that initialize agreed on; where none fits, name those that are spoken in data.supported.",
    client="Choose the revision on the start page, or leave it on auto.",
)
def protocol_version(q: Question) -> Verdict:
    code, words = rpc_error(q).get("code"), str(rpc_error(q).get("message") or told(q)).lower()
    spoken = code in (-32020, -32022) or (status_of(q) == 400 and "version" in words and "protocol" in words) or wants_session(q)
    if not spoken or older_era(q) or not 400 <= status_of(q) < 500:
        return None
    sent = request_of(q).header("mcp-protocol-version") or "no MCP-Protocol-Version"
    return Seen(f"{status_of(q)} {code or ''} {words[:160]!r}. We sent {sent}.", actual=f"{status_of(q)} {code or ''}".strip())


@check(
    "call.session",
    ALL,
    "confirm/access",
    "revoke/access_after_revoke",
    level=STOP,
    title="The MCP session is not known",
    expected="The session id from initialize stays valid; 404 when it has ended.",
    why="Sessions kept in one instance's memory get lost behind a balancer or at a restart.",
    spec=mcp_transport("Session management"),
    operator="Keep sessions where all instances see them; answer 404, never 401 or 400, for an ended one.",
    client="Start again with initialize.",
)
def session(q: Question) -> Verdict:
    sent, words = request_of(q).header("mcp-session-id"), told(q)
    if status_of(q) not in (400, 401, 404) or (not sent and "session" not in words and "not initialized" not in words):
        return None
    if q.entry.role == "initialize" or older_era(q) or wants_session(q) or (status_of(q) == 401 and "session" not in words):
        return None
    if status_of(q) == 400 and "session" not in words and "initialized" not in words:
        return None
    return Seen(
        f"{status_of(q)} to {q.entry.role}: {snippet(q)!r}. We sent {'a' if sent else 'no'} Mcp-Session-Id.", actual=str(status_of(q))
    )


@check(
    "call.backend_broke",
    ALL,
    level=STOP,
    title="Behind the authorization something broke",
    expected="A result.",
    why="The token passed; the MCP server, the upstream or the gateway's own store failed.",
    spec=mcp_transport("Sending messages to the server"),
    operator="Look up this request in the log of the gateway and of the server behind it.",
    client="Try again later.",
)
def backend_broke(q: Question) -> Verdict:
    error = rpc_error(q)
    handshake = q.entry.role in ("initialize", "tools/list", "discover")
    if status_of(q) >= 500:
        return Seen(f"{status_of(q)} with a token: {snippet(q)!r}", actual=quoted_error(q))
    if 200 <= status_of(q) < 300 and handshake and error and q.facts.connect is None and not (older_era(q) or has_no_tools(q)):
        says = f"{q.entry.role} was answered with the JSON-RPC error {error.get('code')}: {str(error.get('message'))[:160]!r}"
        return Seen(says, actual=str(error.get("code")), evidence=at(q, pointer="/error"))
    return None


@check(
    "call.token_in_query",
    ALL,
    "call/probe:audit:token_in_query:asked",
    level=WARN,
    title="A token in the URL was accepted",
    expected="The token travels in the Authorization header only; one in the URL is ignored, so the answer is 401.",
    why="URLs end in logs, in histories and in Referer headers.",
    spec=MCP_TOKENS,
    operator="Ignore access_token in the query.",
    client="Send the token in the Authorization header, never in the URL.",
)
def token_in_query(q: Question) -> Verdict:
    if "access_token=" not in request_of(q).url.partition("?")[2] or token_sent(q) or not 200 <= status_of(q) < 300:
        return None
    return Seen(
        "The request had its token in the URL only and was answered.",
        actual=str(status_of(q)),
        evidence=at(q, side="request", pointer="?access_token"),
    )


@check(
    "call.empty_tools",
    "call/tools/list",
    level=WARN,
    title="No tools are listed",
    expected="At least one tool.",
    why="The token is accepted, yet nothing can be done with it: a filter, a missing role, or an open mode that ignores the token.",
    spec=mcp_transport("Sending messages to the server"),
    operator="Check the capability filter and the person's role.",
    client="Nothing.",
)
def empty_tools(q: Question) -> Verdict:
    if has_no_tools(q):
        says = "The server does not know tools/list and names no tools among its capabilities: it may have prompts or resources only."
        return Seen(says, level=NOTE, evidence=at(q, pointer="/error"))
    result = rpc_result(q)
    if result is None or result.get("resultType") == "input_required" or result.get("tools"):
        return None
    return Seen(f"tools is {result.get('tools', 'absent')!r}.", evidence=at(q, pointer="/result/tools"))


@check(
    "call.sse_body",
    ALL,
    level=NOTE,
    title="The answer is an event stream",
    expected="JSON or an event stream; the server chooses.",
    why="A client that reads JSON only finds nothing in it.",
    spec=mcp_transport("Sending messages to the server"),
    operator="Nothing.",
    client="Read the data: lines of a text/event-stream answer.",
)
def sse_body(q: Question) -> Verdict:
    if not header_of(q, "content-type").lower().startswith("text/event-stream") or (rpc_result(q) is None and not rpc_error(q)):
        return None
    return Seen("The JSON-RPC answers come as text/event-stream.", evidence=at(q, header="Content-Type"))


@check(
    "call.not_json",
    ALL,
    level=STOP,
    title="The MCP answer is no JSON-RPC message",
    expected="application/json, or an event stream, with one JSON-RPC answer.",
    why="Clients fail to parse it; often a login page, a portal or a proxy answered in the server's place.",
    spec=mcp_transport("Sending messages to the server"),
    operator="Look at what stands between the gateway and the server, and let the MCP path through to it.",
    client="Show the first characters of the body instead of a parser's error.",
)
def not_json(q: Question) -> Verdict:
    status = status_of(q)
    if not 200 <= status < 300 or not body_of(q) or q.entry.role == "initialized":
        return None
    if rpc_error(q) or rpc_result(q) is not None:
        return _in_an_array(q)
    kind, broken = header_of(q, "content-type") or "no content type", json_error_of(q)
    because = "" if kind.lower().startswith("text/event-stream") else broken
    return Seen(f"{status} without a JSON-RPC answer ({kind}). {because} It begins {snippet(q)!r}", actual=kind)


def _in_an_array(q: Question) -> Verdict:
    if not isinstance(json_of(q), list):
        return None
    says = f"{status_of(q)} with an array around the answer. One request is answered by one message; arrays ended with 2025-06-18."
    return Seen(says, actual="an array", level=WARN)


@check(
    "call.unexpected_status",
    ALL,
    "ended:call",
    level=STOP,
    last_resort=True,
    title="The MCP request was not answered",
    expected="200 with a JSON-RPC answer.",
    why="Without it the token is not proved.",
    spec=mcp_transport("Sending messages to the server"),
    operator="Look up this request in the gateway's log.",
    client="Check the MCP URL and the chosen revision.",
)
def unexpected_status(q: Question) -> Verdict:
    if reason := ended_badly(q):
        return Seen(reason)
    status = status_of(q)
    if refusal(q) == "not_ours" or (status == 401 and not token_sent(q)):
        return Seen(
            f"401 ({challenge_line(q)}). The request did not carry the token that was issued, so this is the right answer.", actual="401"
        )
    if status == 403 and not insufficient_scope.asks(q) and not is_bot_wall(q):
        return Seen(f"403 without insufficient_scope: {challenge_line(q)}; {snippet(q)!r}", actual=f"403, {challenge_line(q)}")
    return _no_answer(q, status)


def _no_answer(q: Question, status: int) -> Verdict:
    spoke = bool(rpc_error(q)) or rpc_result(q) is not None
    if 200 <= status < 300 and not body_of(q) and q.entry.role != "initialized":
        return Seen(f"{status} with an empty body: the request got no answer.", actual="no body")
    if not 400 <= status < 500 or status in (401, 403) or older_era(q) or is_bot_wall(q):
        return None
    if protocol_version.asks(q) or session.asks(q) or has_no_tools(q) or (q.entry.role == "tools/call" and spoke):
        return None
    return Seen(f"{status} to {q.entry.role}: {snippet(q)!r}", actual=str(status))
