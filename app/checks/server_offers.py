"""What the authorization server's metadata offers: PKCE, a way to a client, refresh, revocation."""

from __future__ import annotations

from app.checks.declaration import by_revision, check
from app.checks.model import NOTE, STOP, WARN, Question, Seen, Verdict
from app.checks.reading import EMPTY, at, json_member, published, text, texts
from app.checks.specs import MCP_PKCE, MCP_REGISTRATION, rfc

ALL = "server_metadata/*"
PKCE = "code_challenge_methods_supported"
AUTH_METHODS = "token_endpoint_auth_methods_supported"


@check(
    "server_metadata.pkce_unsupported",
    ALL,
    level=by_revision(WARN, WARN, STOP, STOP),
    title="PKCE with S256 is not advertised",
    expected="code_challenge_methods_supported contains S256.",
    why="A client must refuse: without PKCE a stolen code is worth tokens. Some servers do check it and only forget to say so.",
    spec=MCP_PKCE,
    operator='Advertise code_challenge_methods_supported: ["S256"], and enforce it. Entra and Cognito need a facade that adds it.',
    client="Refuse, as the specification says.",
)
def pkce_unsupported(q: Question) -> Verdict:
    found = published(q)
    if found is EMPTY or "S256" in texts(found, PKCE):
        return None
    given = json_member(found, PKCE)
    level = WARN if q.facts.fallback else ""
    return Seen(f"{PKCE} is {given}.", actual=given, level=level, evidence=at(q, pointer=f"/{PKCE}"))


@check(
    "server_metadata.plain_pkce",
    ALL,
    level=WARN,
    title="The weak PKCE method plain is offered",
    expected="S256 alone.",
    why="With plain the challenge is the verifier itself: who reads the authorization URL can redeem the code.",
    spec=rfc(7636, "7.2"),
    operator="Remove plain, and refuse an authorization request that leaves the method out.",
    client="Always send S256.",
)
def plain_pkce(q: Question) -> Verdict:
    methods = texts(published(q), PKCE)
    if "plain" not in methods:
        return None
    return Seen(f"{PKCE} lists {', '.join(methods)}.", actual=", ".join(methods), evidence=at(q, pointer=f"/{PKCE}"))


@check(
    "server_metadata.no_client_path",
    ALL,
    level=STOP,
    title="There is no way to become a client",
    expected="registration_endpoint, or client_id_metadata_document_supported: true, or a client id that the person enters.",
    why='Clients print "does not support dynamic client registration" and stop.',
    spec=MCP_REGISTRATION,
    operator="Enable client metadata documents or dynamic registration, or hand out a pre-registered client id.",
    client="Enter a pre-registered client id on the start page.",
)
def no_client_path(q: Question) -> Verdict:
    found, options = published(q), q.before.options
    if found is EMPTY or options.client_id or text(found, "registration_endpoint") or q.facts.issuer in q.facts.clients:
        return None
    where = at(q, pointer="/registration_endpoint")
    if found.get("client_id_metadata_document_supported") is not True:
        return Seen(
            "No registration_endpoint, no client metadata documents, and no client id was entered.", actual="absent", evidence=where
        )
    if options.client_metadata_url or options.own_client_metadata_url:
        return None
    says = "Only client metadata documents are offered, and this tool has no public https address where the server could fetch one."
    return Seen(says, actual="client_id_metadata_document_supported only", evidence=where)


@check(
    "server_metadata.no_none_method",
    ALL,
    level=WARN,
    title="Public clients are not foreseen at the token endpoint",
    expected="token_endpoint_auth_methods_supported lists none.",
    why="A public client has no secret to show; registration may hand it one that it did not ask for, or refuse it.",
    spec=rfc(8414, "2"),
    operator="Add none to token_endpoint_auth_methods_supported, or give clients their secret ahead.",
    client="Use a method that the server lists, with the secret that registration returns.",
)
def no_none_method(q: Question) -> Verdict:
    found, options = published(q), q.before.options
    if found is EMPTY or options.client_secret or options.client_auth not in ("auto", "none") or "none" in texts(found, AUTH_METHODS):
        return None
    where = at(q, pointer=f"/{AUTH_METHODS}")
    if AUTH_METHODS not in found:
        return Seen(f"{AUTH_METHODS} is absent, which means client_secret_basic.", actual="absent", level=NOTE, evidence=where)
    listed = ", ".join(texts(found, AUTH_METHODS)) or "nothing"
    return Seen(f"{AUTH_METHODS} lists {listed}.", actual=listed, evidence=where)


@check(
    "server_metadata.authorize_has_query",
    ALL,
    level=WARN,
    title="The authorization endpoint already has a query",
    expected="Usually none; where there is one it must be kept.",
    why='A client that simply appends "?response_type=" breaks the URL.',
    spec=rfc(6749, "3.1"),
    operator="Prefer an endpoint without a query.",
    client="Append with & when the URL has a query already.",
)
def authorize_has_query(q: Question) -> Verdict:
    url = text(published(q), "authorization_endpoint")
    if "?" not in url:
        return None
    return Seen(f"authorization_endpoint is {url}.", actual=url, evidence=at(q, pointer="/authorization_endpoint"))


@check(
    "server_metadata.no_refresh_grant",
    ALL,
    level=NOTE,
    title="The refresh grant is not offered",
    expected="grant_types_supported lists refresh_token.",
    why="People will have to sign in again whenever the access token ends.",
    spec=rfc(8414, "2"),
    operator="Offer refresh tokens, and list the grant.",
    client="Do not count on a refresh token.",
)
def no_refresh_grant(q: Question) -> Verdict:
    found = published(q)
    grants = texts(found, "grant_types_supported")
    if not grants or "refresh_token" in grants:
        return None
    return Seen(
        f"grant_types_supported lists {', '.join(grants)}.", actual=", ".join(grants), evidence=at(q, pointer="/grant_types_supported")
    )


@check(
    "server_metadata.no_revocation",
    ALL,
    level=NOTE,
    title="No revocation endpoint is named",
    expected="revocation_endpoint, so that a client can hand its tokens back.",
    why="Signing out cannot end the grant; tokens live until they expire.",
    spec=rfc(7009, "2"),
    operator="Offer RFC 7009 revocation and name its endpoint.",
    client="Forget the tokens; nothing more can be done.",
)
def no_revocation(q: Question) -> Verdict:
    found = published(q)
    if found is EMPTY or text(found, "revocation_endpoint"):
        return None
    return Seen("The metadata has no revocation_endpoint.", actual="absent", evidence=at(q, pointer="/revocation_endpoint"))
