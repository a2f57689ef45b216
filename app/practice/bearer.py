"""Who may call an MCP route: one bearer token in the header, of this route, living (RFC 6750, RFC 8707)."""

from __future__ import annotations

from dataclasses import dataclass

from flask import request

from app.practice import grants
from app.practice.desk import BearerRefusal, Desk
from app.practice.gateway import Route, known_resource
from app.practice.grants import Token

NONE_SENT = "No access token was sent; this route needs one."
NOBODY = "nobody"  # the account of a request that an open method let in without a token


@dataclass(frozen=True)
class Access:
    """What a valid access token allows."""

    account: str
    scopes: frozenset[str]


def admit(desk: Desk, route: Route) -> Access:
    """The access of this request. Raises BearerRefusal: 401, or 400 where two tokens came."""
    header, in_query = request.headers.get("Authorization", ""), "access_token" in request.args
    header = header if desk.gateway.reads_tokens else ""
    scheme, _, value = header.partition(" ")
    if scheme.lower() != "bearer":
        says = "Tokens in the query are not read; send the header." if in_query else NONE_SENT
        raise refuse(desk, route, 401, "", says)
    if in_query:
        raise refuse(desk, route, 400, "invalid_request", "Send the token in the header only.")
    token = grants.find_token(desk, value.strip())
    _check(desk, route, token)
    assert token is not None
    return Access(token.grant.account, frozenset(token.scope.split()))


def need(desk: Desk, route: Route, access: Access, *scopes: str) -> None:
    """Raise a 403 that names every scope of the operation (MCP 2025-11-25, scope challenge)."""
    if not set(scopes) <= access.scopes:
        raise refuse(desk, route, 403, "insufficient_scope", "The token lacks a scope that this needs.", " ".join(scopes))


def refuse(desk: Desk, route: Route, status: int, error: str, says: str, scope: str = "") -> BearerRefusal:
    """A refusal with this route's challenge."""
    return BearerRefusal(status, error, says, scope or desk.gateway.challenge_scope, route, bool(error))


def _check(desk: Desk, route: Route, token: Token | None) -> None:
    says = _objection(desk, route, token)
    if says:
        error = "invalid_token" if desk.gateway.explains_refusals else ""
        status = desk.gateway.dead_token_status if token is not None else 401
        raise refuse(desk, route, status, error, says if error else NONE_SENT)


def _objection(desk: Desk, route: Route, token: Token | None) -> str:
    if token is None:
        return "This access token is not known."
    if token.kind != "access":
        return "This is a refresh token; send the access token."
    if token.grant.resource != known_resource(desk.gateway, route):
        return f"This token is for {token.grant.resource} and no other route."
    if token.grant.ended_why:
        return f"The grant has ended: {token.grant.ended_why}"
    if token.revoked:
        return "This access token was revoked."
    if token.expires_at <= desk.now():
        return "This access token has expired."
    return ""
