"""Grants without a browser: client_credentials (SEP-1046), a workload's JWT (SEP-1933), an enterprise's identity (SEP-990)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from app.flow.facts import Facts
from app.flow.moves import Ask, Part
from app.flow.oauth import PURPOSES, Pairs, endpoint, post_form, resource_pair, scope_to_ask
from app.wire.messages import Request

JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
TOKEN_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"  # noqa: S105  # a name of RFC 8693, no secret
ID_JAG = "urn:ietf:params:oauth:token-type:id-jag"
ID_TOKEN = "urn:ietf:params:oauth:token-type:id_token"  # noqa: S105
NO_BROWSER = "This grant needs no browser: a machine fetches its token by itself."
MACHINE_PURPOSES = PURPOSES | {
    "assertion": "the signed JWT that stands for the person's consent (RFC 7523 section 2.1)",
    "subject_token": "who the person is, as the identity provider said at sign-in (RFC 8693)",
    "subject_token_type": "the subject token is an OpenID Connect ID token",
    "requested_token_type": "an identity assertion grant for another authorization server",
    "audience": "the MCP server's authorization server, which will read the assertion",
}


def _scope(facts: Facts) -> Pairs:
    scope = scope_to_ask(facts)
    return (("scope", scope),) if scope else ()


def client_credentials(facts: Facts) -> Part:
    """One request, in the client's own name (OAuth 2.1 section 4.2)."""
    why = "The client asks in its own name: no person takes part."
    _, facts = yield Ask(token_request(facts, (("grant_type", "client_credentials"),)), "grant", why, MACHINE_PURPOSES)
    return facts


def jwt_bearer(facts: Facts) -> Part:
    """One request, sent once: a refused assertion is not tried again (SEP-1933)."""
    why = "The workload's own JWT is handed in for an access token."
    pairs = (("grant_type", JWT_BEARER), ("assertion", facts.options.assertion))
    _, facts = yield Ask(token_request(facts, pairs), "grant", why, MACHINE_PURPOSES)
    return facts


def id_jag(facts: Facts) -> Part:
    """First the identity provider, then the authorization server (SEP-990)."""
    why = "The enterprise's identity provider is asked for an assertion that this authorization server will accept."
    _, facts = yield Ask(_exchange_request(facts), "id_jag", why, MACHINE_PURPOSES)
    if not facts.id_jag:
        return facts
    why = "The assertion is handed in for an access token."
    pairs = (("grant_type", JWT_BEARER), ("assertion", facts.id_jag))
    _, facts = yield Ask(token_request(facts, pairs), "grant", why, MACHINE_PURPOSES)
    return facts


def token_request(facts: Facts, pairs: Pairs) -> Request:
    """A token request with resource and scope, authenticated as the client."""
    return post_form(facts, endpoint(facts, "token_endpoint"), (*pairs, *resource_pair(facts), *_scope(facts)), proved=True)


def _exchange_request(facts: Facts) -> Request:
    options = facts.options
    pairs = (
        ("grant_type", TOKEN_EXCHANGE),
        ("requested_token_type", ID_JAG),
        ("audience", facts.issuer),
        ("resource", facts.resource),
        *_scope(facts),
        ("subject_token", options.idp_id_token),
        ("subject_token_type", ID_TOKEN),
        *((("client_id", options.idp_client_id),) if options.idp_client_id else ()),
    )
    return post_form(facts, options.idp_token_endpoint, pairs, authenticated=False)


GRANTS: Mapping[str, Callable[[Facts], Part]] = {
    "client_credentials": client_credentials,
    "jwt_bearer": jwt_bearer,
    "id_jag": id_jag,
}


def lacks(facts: Facts) -> str:
    """What a machine grant needs and the start form did not say."""
    options = facts.options
    if options.grant == "jwt_bearer" and not options.assertion:
        return "The workload's JWT (assertion) was not entered on the start page."
    if options.grant == "id_jag" and not (options.idp_token_endpoint and options.idp_id_token):
        return "The identity provider's token endpoint and ID token were not entered on the start page."
    return ""
