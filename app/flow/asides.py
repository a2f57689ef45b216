"""The requests of the separating probes. Every one names the step that it belongs to; the control is the first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from app.flow.edits import edited
from app.flow.facts import Edit, Facts
from app.flow.grants import refresh_request
from app.flow.log import ASIDE
from app.flow.mcp import PURPOSES as MCP_PURPOSES
from app.flow.mcp import first_era, initialize_params, post
from app.flow.moves import Aside, Draw, Drawn, Walk
from app.flow.oauth import PURPOSES, endpoint, get, post_form, post_json, resource_pair, text
from app.flow.steps.authorize import challenge
from app.flow.steps.register import DCR_PURPOSES, registration
from app.flow.steps.server_metadata import OAUTH, OIDC
from app.wire.messages import Header, Request
from app.wire.parse.json import read_json
from app.wire.parse.url import append_well_known, insert_well_known, split

ORIGIN = "https://example.test"  # a web page of nobody (RFC 6761 section 6.2)
FOREIGN = "https://example.test/mcp"
TIMES = 5


def aside(slug: str, what: str, step: str, request: Request, why: str, purposes: Mapping[str, str] = PURPOSES) -> Aside:
    """One request of a probe."""
    return Aside(request, f"{ASIDE}{slug}:{what}", why, purposes, step)


def first_request(facts: Facts, token: str = "") -> Request:
    """The first MCP request of the era that the server speaks."""
    if (facts.era or first_era(facts.options.revision)) == "modern":
        return post(facts, "server/discover", era="modern", token=token)
    return post(facts, "initialize", initialize_params(facts), era="legacy", token=token)


def _token(facts: Facts) -> str:
    return facts.token_history[-1].access if facts.token_history else ""


def three_tokens(facts: Facts) -> Walk:
    """No token, a made-up one, ours."""

    def ask(what: str, token: str, why: str) -> Aside:
        return aside("without_token", what, "call", first_request(facts, token), why, MCP_PURPOSES)

    yield ask("none", "", "The control: what does the server say to no token at all?")
    drawn, facts = yield Draw()
    yield ask("random", f"made-up-{drawn.nonce}", "And to a token that nobody issued?")
    yield ask("ours", _token(facts), "And to ours? Three equal answers mean that it is lost, or not told apart.")
    return ""


def other_slash(url: str) -> str:
    """The same URL with a slash more or less at the end of its path."""
    parts = split(url.split("#")[0])
    path = parts.path.removesuffix("/") if parts.path.endswith("/") and parts.path != "/" else f"{parts.path}/"
    return f"{parts.base}{path}{parts.query}"


def other_spelling(facts: Facts) -> Walk:
    """Both spellings without a token; an open one with a letter more; both with our token."""
    target = facts.options.target
    other = other_slash(target)

    def ask(what: str, url: str, why: str, token: str = "") -> Aside:
        request = replace(first_request(facts, token), url=url)
        return aside("other_slash", what, "call" if token else "probe", request, why, MCP_PURPOSES)

    here, facts = yield ask("here", target.split("#")[0], "The control: the URL as it was typed.")
    yield ask("other", other, "The same URL with a slash more or less at its end.")
    if here.status is not None and here.status < 300:
        yield ask("longer", f"{target.split('?')[0].rstrip('/')}x", "The URL is open; is its longer neighbour protected by a prefix rule?")
    if token := _token(facts):
        _, facts = yield ask("here_ours", target.split("#")[0], "The control with our token.", token)
        yield ask("other_ours", other, "Our token at the other spelling: is it let in there?", token)
    return ""


def dry(facts: Facts, drawn: Drawn, client_id: str = "") -> Request:
    """The authorization request as the browser carried it, with state and challenge of its own, so that no answer can be used."""
    asked = facts.authorization
    changes = (("state", drawn.state), ("code_challenge", challenge(drawn.verifier)), *((("client_id", client_id),) if client_id else ()))
    request = Request("GET", asked.url if asked else "", (("Accept", "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"),))
    return edited(request, Edit("authorize", set_params=changes))


def dry_request(facts: Facts) -> Walk:
    """One GET of the authorization URL."""
    drawn, facts = yield Draw()
    why = "What a browser without cookies gets at this address. Errors in client_id or redirect_uri are never sent back to us."
    yield aside("dry_authorize", "get", "authorize", dry(facts, drawn), why)
    return ""


def fresh_registration(facts: Facts) -> Walk:
    """The dry request with our client, a registration, the dry request with the new client."""
    drawn, facts = yield Draw()
    yield aside("fresh_client", "ours", "authorize", dry(facts, drawn), "The control: the dry request with our client id.")
    why = "One more registration, exactly like ours."
    request = post_json(endpoint(facts, "registration_endpoint"), registration(facts))
    answered, facts = yield aside("fresh_client", "register", "register", request, why, DCR_PURPOSES)
    value = read_json(answered.response.body).value if answered.response else None
    fresh = text(value, "client_id") if isinstance(value, dict) else ""
    if not fresh:
        return "The registration brought no client id, so there was nothing to compare with."
    drawn, facts = yield Draw()
    yield aside("fresh_client", "fresh", "authorize", dry(facts, drawn, fresh), "The same request with the fresh client id.")
    return ""


def invented_grants(facts: Facts) -> Walk:
    """A made-up code with our resource, without one, with a foreign one; then a made-up refresh token."""
    drawn, facts = yield Draw()
    url = endpoint(facts, "token_endpoint")

    def ask(what: str, resource: Iterable[tuple[str, str]], why: str) -> Aside:
        pairs = (
            ("grant_type", "authorization_code"),
            ("code", f"made-up-{drawn.nonce}"),
            ("redirect_uri", facts.options.redirect_uri),
            ("code_verifier", drawn.verifier),
            *resource,
        )
        return aside("false_code", what, "token", post_form(facts, url, pairs, proved=True), why)

    yield ask("code", resource_pair(facts), "The control: a code that nobody issued, for our resource. invalid_grant is right.")
    yield ask("no_resource", (), "The same without resource: does the server want one?")
    yield ask("foreign_resource", (("resource", FOREIGN),), "The same for a resource of nobody. invalid_target means that it is judged.")
    why = "A refresh token that nobody issued. invalid_grant is right: on anything else clients try for ever."
    yield aside("false_code", "refresh", "token", refresh_request(facts, f"made-up-{drawn.nonce}"), why)
    return ""


def preflight(url: str, names: str) -> Request:
    """What a browser asks before a POST with these headers (Fetch standard, CORS preflight)."""
    headers = (("Origin", ORIGIN), ("Access-Control-Request-Method", "POST"), ("Access-Control-Request-Headers", names))
    return Request("OPTIONS", url, headers)


def with_origin(request: Request) -> Request:
    header: Header = ("Origin", ORIGIN)
    return replace(request, headers=(*request.headers, header))


def browser_client(facts: Facts) -> Walk:
    """The requests of a client that is a web page, as its browser would send them."""
    target = facts.options.target
    asked = "authorization,content-type,mcp-protocol-version"
    why = "A browser asks first whether a page may send this request."
    yield aside("cors", "preflight", "probe", preflight(target, asked), why)
    why = "The 401: may a page read it, and its WWW-Authenticate?"
    yield aside("cors", "challenge", "probe", with_origin(first_request(facts)), why, MCP_PURPOSES)
    why = "May a page read the resource metadata?"
    yield aside("cors", "metadata", "resource_metadata", with_origin(get(facts.metadata_found_at)), why)
    if facts.server_url:
        yield aside("cors", "metadata", "server_metadata", with_origin(get(facts.server_url)), "May a page read the server's metadata?")
    if url := endpoint(facts, "token_endpoint"):
        yield aside("cors", "preflight", "token", preflight(url, "content-type"), "May a page send the token request?")
    if url := endpoint(facts, "registration_endpoint"):
        yield aside("cors", "preflight", "register", preflight(url, "content-type"), "May a page register?")
    return ""


def many_times(facts: Facts) -> Walk:
    """The same request five times, without a pause."""
    for number in range(1, TIMES + 1):
        why = f"Answer {number} of {TIMES}: instances that share their state answer alike."
        if facts.server_url:
            yield aside("five_times", str(number), "server_metadata", get(facts.server_url), why)
        elif facts.metadata_found_at:
            yield aside("five_times", str(number), "resource_metadata", get(facts.metadata_found_at), why)
        else:
            yield aside("five_times", str(number), "probe", first_request(facts), why, MCP_PURPOSES)
    return ""


def other_documents(facts: Facts) -> Walk:
    """Every well-known place of the issuer but the one that the walk has read (RFC 8414 section 5, OpenID Connect Discovery)."""
    issuer = facts.issuer
    places = (
        ("oauth", insert_well_known(issuer, OAUTH)),
        ("oidc", insert_well_known(issuer, OIDC)),
        ("oidc_appended", append_well_known(issuer, OIDC)),
    )
    asked = {facts.server_url}
    for what, url in places:
        if url not in asked:
            asked.add(url)
            yield aside("other_document", what, "server_metadata", get(url), "Some clients read this document. Does it say the same?")
    return ""


def previous_token(facts: Facts) -> Walk:
    """tools/list with the access token before the newest one."""
    older = next((t.access for t in reversed(facts.token_history) if facts.tokens and t.access != facts.tokens.access), "")
    if not older:
        return "There is only one access token."
    request = post(facts, "tools/list", era=facts.era or "modern", token=older)
    yield aside("old_access", "access", "refresh", request, "The access token that the refresh replaced: is it still good?", MCP_PURPOSES)
    return ""
