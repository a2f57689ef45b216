"""The requests of an audit. A control that must be let in stands before (or, for a code, behind) what must be refused."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from app.flow.asides import FOREIGN, ORIGIN
from app.flow.audits.attempts import of_kind
from app.flow.audits.reading import heard_call, heard_token, tokens_in
from app.flow.facts import Answer, Authorization, Facts, Tokens
from app.flow.grants import refresh_request
from app.flow.log import AUDIT_ROLE
from app.flow.mcp import META, post
from app.flow.mcp import PURPOSES as MCP_PURPOSES
from app.flow.moves import Aside, Ask, Draw, Note, Walk
from app.flow.oauth import PURPOSES, endpoint, post_form, resource_pair
from app.flow.steps import revoke
from app.wire.messages import Exchange, Request
from app.wire.parse.form import with_query

UNKNOWN_VERSION = "1999-01-01"
ELSEWHERE = "https://example.test/callback"  # nobody's (RFC 6761 section 6.2)
REFUSED_CONTROL = "The good request was refused as well, so nothing was attempted with this token."
Step = Generator[Ask | Draw | Note, Any, tuple[Exchange, Facts]]  # one request; hands on its exchange
Attempts = Generator[Ask | Draw | Note, Any, Facts]


def ask(slug: str, what: str, step: str, request: Request, why: str) -> Aside:
    """One request of the audit."""
    purposes = MCP_PURPOSES if step in ("call", "probe") else PURPOSES
    return Aside(request, f"{AUDIT_ROLE}{slug}:{what}", why, purposes, step)


def list_tools(facts: Facts, token: str) -> Request:
    """The MCP request that every attempt is a variant of."""
    return post(facts, "tools/list", era=facts.era or "modern", token=token)


def control(facts: Facts, token: str) -> Step:
    """The request with everything right."""
    why = "The control: with everything right it must be let in, or a refusal of the others proves nothing."
    heard: tuple[Exchange, Facts] = yield ask("control", "call", "call", list_tools(facts, token), why)
    return heard


def at_the_door(facts: Facts, chosen: Sequence[str], other_route: str, token: str) -> Walk:
    """The attempts that need nothing but a token that works."""
    first, facts = yield from control(facts, token)
    if heard_call(first) != "let_in":
        return REFUSED_CONTROL
    yield from _door(facts, chosen, other_route, token)
    return ""


def _door(facts: Facts, chosen: Sequence[str], other_route: str, token: str) -> Attempts:
    for slug in of_kind(chosen, "token"):
        facts = yield from DOOR[slug](facts, token, other_route)
    return facts


def _one(slug: str, change: Callable[[Facts, str], Request], why: str) -> Callable[[Facts, str, str], Attempts]:
    def attempt(facts: Facts, token: str, other_route: str) -> Attempts:
        _, facts = yield ask(slug, "asked", "call", change(facts, token), why)
        return facts

    return attempt


def _made_up(facts: Facts, token: str, other_route: str) -> Attempts:
    drawn, facts = yield Draw()
    request = list_tools(facts, f"made-up-{drawn.nonce}")
    _, facts = yield ask("garbage_token", "asked", "call", request, "A token that nobody issued must be refused.")
    return facts


def _foreign_route(facts: Facts, token: str, other_route: str) -> Attempts:
    url = other_route or facts.options.target
    bare = replace(list_tools(facts, ""), url=url)
    none, facts = yield ask("foreign_route", "none", "call", bare, "Is there a protected route at all? Without a token it must answer 401.")
    if heard_call(none) == "refused" and none.status in (401, 403):
        request = replace(list_tools(facts, token), url=url)
        _, facts = yield ask(
            "foreign_route", "ours", "call", request, "Our token was issued for another resource: it must be refused here."
        )
    return facts


def _in_query(facts: Facts, token: str) -> Request:
    bare = list_tools(facts, "")
    return replace(bare, url=with_query(bare.url, (("access_token", token),)))


def _with_origin(facts: Facts, token: str) -> Request:
    request = list_tools(facts, token)
    return replace(request, headers=(*request.headers, ("Origin", ORIGIN)))


def _in_unknown_version(facts: Facts, token: str) -> Request:
    """Header and body say the same, so that it is the revision that is refused and not a mismatch."""
    request = list_tools(facts, token)
    others = tuple(header for header in request.headers if header[0].lower() != "mcp-protocol-version")
    body = json.loads(request.body)
    meta = body.get("params", {}).get("_meta")
    if meta is not None:
        meta[f"{META}protocolVersion"] = UNKNOWN_VERSION
    return replace(request, headers=(*others, ("MCP-Protocol-Version", UNKNOWN_VERSION)), body=json.dumps(body).encode())


DOOR: Mapping[str, Callable[[Facts, str, str], Attempts]] = {
    "no_token": _one("no_token", lambda facts, token: list_tools(facts, ""), "Without a token nobody may be let in."),
    "garbage_token": _made_up,
    "token_in_query": _one("token_in_query", _in_query, "A good token, but in the URL: it must not be read there."),
    "foreign_route": _foreign_route,
    "wrong_origin": _one("wrong_origin", _with_origin, "A good token, sent by a web page of nobody: DNS rebinding looks like this."),
    "unknown_version": _one(
        "unknown_version", _in_unknown_version, f"A good token, in the revision {UNKNOWN_VERSION}, which nobody speaks."
    ),
}


@dataclass(frozen=True)
class Plan:
    """What to do with one fresh code. `codes_die`: a wrong try used one up before; `single_use`: a second use was refused before."""

    pending: tuple[str, ...]
    codes_die: bool = False
    single_use: bool = False
    other_route: str = ""


def with_code(facts: Facts, asked: Authorization, answer: Answer, plan: Plan) -> Walk:
    """Wrong exchanges of the code, the right one, then what its tokens are needed for."""
    tokens, facts = yield from _wrong_exchanges(facts, asked, answer, plan)
    if tokens is None and not (plan.codes_die and of_kind(plan.pending, "code")):
        why = "The control: with everything right the same code must give tokens."
        heard, facts = yield ask("control", "code", "token", _exchange(facts, asked, answer, "control"), why)
        tokens = tokens_in(heard)
    if tokens is None:
        return ""
    return (yield from _with_tokens(facts, asked, answer, plan, tokens))


WHY_WRONG = {
    "missing_verifier": "Without the verifier a stolen code would be worth tokens.",
    "wrong_verifier": "A verifier that does not fit the challenge must be refused.",
    "wrong_redirect": "The redirect_uri must be the one of the authorization request.",
    "missing_resource": "Without resource a server with several routes must refuse or guess.",
    "wrong_resource": "A resource of nobody: the server must not issue a token for it.",
}


def _wrong_exchanges(facts: Facts, asked: Authorization, answer: Answer, plan: Plan) -> Generator[Any, Any, tuple[Tokens | None, Facts]]:
    tokens: Tokens | None = None
    codes = of_kind(plan.pending, "code")
    for slug in codes[:1] if plan.codes_die else codes:
        heard, facts = yield ask(slug, "asked", "token", _exchange(facts, asked, answer, slug), WHY_WRONG[slug])
        given = tokens_in(heard)
        if given and slug == "wrong_resource":
            request = list_tools(facts, given.access)
            _, facts = yield ask(slug, "call", "call", request, "A token came. Does the MCP server take one that was asked for elsewhere?")
        if tokens and not given:
            break  # the code has been used: a refusal says nothing about this attempt
        tokens = given or tokens
        if tokens and plan.single_use:
            break
    return tokens, facts


def _exchange(facts: Facts, asked: Authorization, answer: Answer, slug: str) -> Request:
    """The token request for this code, with what the attempt changes."""
    pairs = {
        "grant_type": "authorization_code",
        "code": answer.code,
        "redirect_uri": asked.redirect_uri,
        "code_verifier": asked.verifier,
        **dict((("resource", asked.resource),) if asked.resource else resource_pair(facts)),
    }
    changes: Mapping[str, Mapping[str, str | None]] = {
        "missing_verifier": {"code_verifier": None},
        "wrong_verifier": {"code_verifier": asked.verifier[::-1]},
        "wrong_redirect": {"redirect_uri": ELSEWHERE},
        "missing_resource": {"resource": None},
        "wrong_resource": {"resource": FOREIGN},
    }
    kept = {**pairs, **changes.get(slug, {})}
    sent = tuple((name, value) for name, value in kept.items() if value is not None)
    return post_form(facts, endpoint(facts, "token_endpoint"), sent, proved=True)


def _with_tokens(facts: Facts, asked: Authorization, answer: Answer, plan: Plan, tokens: Tokens) -> Walk:
    door, grant = of_kind(plan.pending, "token"), of_kind(plan.pending, "grant")
    lives, ended = True, ""  # whether the access token works, and which attempt may have ended the grant
    if door or "revoked_token" in grant:
        heard, facts = yield from control(facts, tokens.access)
        lives = heard_call(heard) == "let_in"
    if door and lives:
        facts = yield from _door(facts, door, plan.other_route, tokens.access)
    if "revoked_token" in grant and lives:
        facts, ended = (yield from _revoked(facts, tokens)), "revoked_token"
    if "old_refresh" in grant and tokens.refresh:
        newest, facts = yield from _old_refresh(facts, tokens)
        tokens, ended = newest or tokens, "old_refresh"
    if "code_twice" in grant:
        return (yield from _code_twice(facts, asked, answer, tokens, ended))
    return ""


def _revoked(facts: Facts, tokens: Tokens) -> Attempts:
    why = "Revoke the access token of the audit's own sign-in."
    gone, facts = yield ask("revoked_token", "revoke", "revoke", revoke.request(facts, tokens.access, "access_token"), why)
    if gone.status == 200:
        why = "The token was revoked: it must be refused now."
        _, facts = yield ask("revoked_token", "asked", "call", list_tools(facts, tokens.access), why)
    return facts


def _old_refresh(facts: Facts, tokens: Tokens) -> Generator[Any, Any, tuple[Tokens | None, Facts]]:
    why = "The control: the refresh token must give a new pair."
    heard, facts = yield ask("old_refresh", "control", "refresh", refresh_request(facts, tokens.refresh), why)
    fresh = tokens_in(heard)
    if fresh is None or fresh.refresh in ("", tokens.refresh):
        return fresh, facts  # not rotated: there is no old one
    why = "The refresh token that was just replaced must be refused."
    heard, facts = yield ask("old_refresh", "asked", "replay", refresh_request(facts, tokens.refresh), why)
    return tokens_in(heard) or fresh, facts


def _code_twice(facts: Facts, asked: Authorization, answer: Answer, tokens: Tokens, ended: str) -> Walk:
    if ended and not tokens.refresh:
        return ""  # whether the grant lives cannot be seen, so a refusal would prove nothing
    if ended:
        why = "The control: does the grant still live? A refusal by a dead one would prove nothing."
        heard, facts = yield ask("code_twice", "control", "refresh", refresh_request(facts, tokens.refresh), why)
        if heard_token(heard) != "granted":
            return ""
        tokens = tokens_in(heard) or tokens
    why = "This code has been exchanged already: it must be refused."
    _, facts = yield ask("code_twice", "asked", "token", _exchange(facts, asked, answer, "control"), why)
    why = "Does what the code gave still work? The tokens of a code that came twice should end (RFC 6749 section 4.1.2)."
    yield ask("code_twice", "after", "call", list_tools(facts, tokens.access), why)
    return ""
