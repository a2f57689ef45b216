"""The token endpoint: codes and refresh tokens become pairs (RFC 6749 sections 4.1.3 and 6, RFC 7636, RFC 8707)."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping

from flask import Response

from app.practice import clients, grants
from app.practice.answers import json_answer
from app.practice.clients import Client
from app.practice.desk import Desk, OAuthRefusal
from app.practice.gateway import route_of
from app.practice.grants import Code, Grant, Pair, Token
from app.practice.opaque import equal
from app.practice.reading import form
from app.practice.shaping import shaped

VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")  # RFC 7636 section 4.1


def token(desk: Desk) -> Response:
    """Answer a pair, or an error of RFC 6749 section 5.2."""
    sent = read_form()
    client = clients.authenticate(desk, sent)
    match sent.get("grant_type", ""):
        case "authorization_code":
            grant, pair = _redeem(desk, client, sent)
        case "refresh_token":
            grant, pair = _rotate(desk, client, sent)
        case "":
            raise OAuthRefusal("invalid_request", "grant_type is missing.")
        case _:
            raise OAuthRefusal("unsupported_grant_type", "grant_type must be authorization_code or refresh_token.")
    gateway, is_first = desk.gateway, sent["grant_type"] == "authorization_code"
    wrong = gateway.token_members if is_first else gateway.refresh_members
    members = shaped(gateway, route_of(gateway, grant.resource), _members(grant, pair), wrong)
    return json_answer(members, headers={"Pragma": "no-cache", "Cache-Control": gateway.answer_caching})


def read_form() -> Mapping[str, str]:
    """The form of a client. Raises OAuthRefusal."""
    try:
        return form()
    except ValueError as problem:
        raise OAuthRefusal("invalid_request", str(problem)) from None


def _redeem(desk: Desk, client: Client, sent: Mapping[str, str]) -> tuple[Grant, Pair]:
    _need(sent, "code", "code_verifier", "resource")
    _check_known_resource(desk, sent["resource"])
    code = grants.find_code(desk, sent["code"])
    if code is None:
        raise _invalid_grant(desk, "This code is not known.")
    _check_code(desk, client, code, sent)
    pair = grants.redeem(desk, code, "refresh_token" in client.grant_types)
    if pair is None:
        raise _reused(desk, code)
    return code.grant, pair


def _check_code(desk: Desk, client: Client, code: Code, sent: Mapping[str, str]) -> None:
    if code.grant.client_key != clients.key_of(desk, client.client_id):
        raise _invalid_grant(desk, "This code was issued to another client.")
    if sent.get("redirect_uri", "" if code.redirect_sent else code.redirect_uri) != code.redirect_uri:
        raise _invalid_grant(desk, "redirect_uri is not the one of the authorization request.")
    if not VERIFIER.fullmatch(sent["code_verifier"]):
        raise OAuthRefusal("invalid_request", "code_verifier must be 43 to 128 characters of the unreserved set.")
    if not equal(_challenge(sent["code_verifier"]), code.challenge):
        raise _invalid_grant(desk, "code_verifier does not belong to the code_challenge of the authorization request.")
    if code.used:
        raise _reused(desk, code)
    if code.expires_at <= desk.now():
        raise _invalid_grant(desk, f"This code expired: codes live {desk.gateway.code_seconds} seconds.")
    _check_resource(code.grant, sent["resource"])


def _rotate(desk: Desk, client: Client, sent: Mapping[str, str]) -> tuple[Grant, Pair]:
    _need(sent, "refresh_token")
    if "refresh_token" not in client.grant_types:
        raise OAuthRefusal("unauthorized_client", "The client did not register the refresh_token grant.")
    stored = grants.find_token(desk, sent["refresh_token"])
    if stored is None or stored.kind != "refresh":
        raise _invalid_grant(desk, "This refresh token is not known.")
    _check_refresh(desk, client, stored)
    _check_resource(stored.grant, sent.get("resource", stored.grant.resource))
    scope = _narrowed(stored, sent.get("scope", ""))
    pair = grants.rotate(desk, stored, scope, again=_is_taken_again(desk, stored))
    if pair is None:
        raise _replayed(desk, stored)
    return stored.grant, pair


def _check_refresh(desk: Desk, client: Client, stored: Token) -> None:
    if stored.grant.client_key != clients.key_of(desk, client.client_id):
        raise _invalid_grant(desk, "This refresh token was issued to another client.")
    if stored.grant.ended_why:
        raise _invalid_grant(desk, f"The grant has ended: {stored.grant.ended_why}")
    if stored.used and not _is_taken_again(desk, stored):
        raise _replayed(desk, stored)
    if min(stored.expires_at, stored.grant.expires_at) <= desk.now():
        raise _invalid_grant(desk, "The grant has expired.")


def _is_taken_again(desk: Desk, stored: Token) -> bool:
    """Is a refresh token that was used before good once more: for good, or within a grace window?"""
    young = stored.used_at is not None and desk.now() - stored.used_at <= desk.gateway.grace_seconds
    return desk.gateway.replay == "accept" or (young and desk.gateway.grace_seconds > 0)


def _narrowed(stored: Token, scope: str) -> str:
    """The scope of the next access token: omitted means the same (RFC 6749 section 6)."""
    if not set(scope.split()) <= set(stored.scope.split()):
        raise OAuthRefusal("invalid_scope", "A refresh cannot add to the scope of the grant.")
    return " ".join(scope.split()) or stored.scope


def _need(sent: Mapping[str, str], *names: str) -> None:
    missing = [name for name in names if name not in sent]
    if missing:
        raise OAuthRefusal("invalid_request", f"Missing: {', '.join(missing)}.")


def _check_known_resource(desk: Desk, resource: str) -> None:
    if route_of(desk.gateway, resource) is None:
        raise OAuthRefusal("invalid_target", "resource is not one of this gateway's routes.")


def _check_resource(grant: Grant, resource: str) -> None:
    if resource != grant.resource:
        raise OAuthRefusal("invalid_target", f"The grant is for {grant.resource} and no other resource.")


def _reused(desk: Desk, code: Code) -> OAuthRefusal:
    """RFC 6749 section 4.1.2: a second use should also revoke what the first use gave out."""
    grants.end_grant(desk, code.grant, "its authorization code was presented twice.")
    return _invalid_grant(desk, "This code was already redeemed. The grant has been ended.")


def _replayed(desk: Desk, stored: Token) -> OAuthRefusal:
    """RFC 9700 section 4.14.2: a replay means that somebody else holds the token, so nobody keeps one."""
    if desk.gateway.replay == "reject":
        return _invalid_grant(desk, "This refresh token was already used.")
    grants.end_grant(desk, stored.grant, "an old refresh token was presented again.")
    return _invalid_grant(desk, "This refresh token was already used. The grant has been ended.")


def _invalid_grant(desk: Desk, says: str) -> OAuthRefusal:
    return OAuthRefusal(desk.gateway.dead_grant_error, says)


def _challenge(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _members(grant: Grant, pair: Pair) -> dict[str, object]:
    members: dict[str, object] = {"access_token": pair.access, "token_type": "Bearer", "expires_in": pair.access_seconds}
    if pair.refresh:
        members["refresh_token"] = pair.refresh
    return members | {"scope": pair.scope, "resource": grant.resource}
