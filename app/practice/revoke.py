"""The revocation endpoint (RFC 7009): 200 and an empty body, whatever the token was."""

from __future__ import annotations

from flask import Response

from app.practice import clients, grants
from app.practice.desk import Desk, OAuthRefusal
from app.practice.token import read_form


def revoke(desk: Desk) -> Response:
    """An access token ends alone, a refresh token ends its grant. Unknown and foreign tokens: 200, nothing happens."""
    sent = read_form()
    client = clients.authenticate(desk, sent)
    if "token" not in sent:
        raise OAuthRefusal("invalid_request", "token is missing.")
    stored = grants.find_token(desk, sent["token"])
    if stored is not None and stored.grant.client_key == clients.key_of(desk, client.client_id):
        if stored.kind in desk.gateway.unsupported_revocation:
            raise OAuthRefusal("unsupported_token_type", f"This server does not revoke {stored.kind} tokens.")
        if stored.kind not in desk.gateway.revokes:
            pass
        elif stored.kind == "refresh":
            grants.end_grant(desk, stored.grant, "it was revoked.")
        else:
            grants.revoke_token(desk, stored)
    return Response(status=200, headers={"Cache-Control": "no-store"})
