"""Exchange the code for tokens (OAuth 2.1 section 4.1.3, RFC 7636 section 4.5, RFC 8707 section 2.2)."""

from __future__ import annotations

from dataclasses import replace

from app.flow.choices import DPOP_KEY
from app.flow.facts import Facts
from app.flow.grants import learn_tokens
from app.flow.log import Entry
from app.flow.machine import GRANTS, lacks
from app.flow.moves import Ask, Draw, Note, Walk
from app.flow.oauth import PURPOSES, document, endpoint, post_form, resource_pair, text
from app.flow.proofs import asks_for_nonce, wants_dpop
from app.wire.messages import Exchange, Request
from app.wire.parse.form import read_pairs


def needs(facts: Facts) -> str:
    if not facts.by_browser:
        return lacks(facts) or _no_endpoint(facts)
    if facts.answer is None or not facts.answer.code:
        return "No authorization code has come back."
    # judged by when it came, not by its text: a server may hand out the same code for every sign-in
    if any(sent > facts.answer.entry for _, sent in facts.codes_sent):
        return "The code was sent already; it is never sent twice unasked."
    return _no_endpoint(facts)


def _no_endpoint(facts: Facts) -> str:
    return "" if endpoint(facts, "token_endpoint") else "The metadata names no http(s) token_endpoint."


def skips(facts: Facts) -> str:
    return ""


def request(facts: Facts) -> Request:
    """The token request, with exactly what the authorization request said."""
    asked, answer = facts.authorization, facts.answer
    pairs = (
        ("grant_type", "authorization_code"),
        ("code", answer.code if answer else ""),
        ("redirect_uri", asked.redirect_uri if asked else ""),
        ("code_verifier", asked.verifier if asked else ""),
        *((("resource", asked.resource),) if asked and asked.resource else resource_pair(facts)),
    )
    return post_form(facts, endpoint(facts, "token_endpoint"), pairs, proved=True)


def walk(facts: Facts) -> Walk:
    """One request: codes are for single use. Where tokens are bound to a key, the key is drawn first."""
    before = len(facts.token_history)
    if wants_dpop(facts, facts.schemes, facts.resource_metadata) and not facts.dpop_key:
        drawn, facts = yield Draw(key=True)
        _, facts = yield Note(DPOP_KEY, {"jwk": drawn.key}, "Tokens will be bound to this key (RFC 9449).")
    if facts.by_browser:
        why = "The code is handed in together with the verifier whose hash went ahead."
        _, facts = yield Ask(request(facts), "code", why, PURPOSES)
    else:
        facts = yield from GRANTS[facts.options.grant](facts)
    return "" if len(facts.token_history) > before else "No access token came back."


def learn(facts: Facts, entry: Entry, exchange: Exchange) -> Facts:
    if entry.role == "id_jag":
        return replace(facts, id_jag=text(document(exchange) or {}, "access_token"))
    code = dict(read_pairs(exchange.request.body.decode("latin-1"))).get("code", "")
    if code and not asks_for_nonce(exchange):
        facts = replace(facts, codes_sent=(*facts.codes_sent, (code, entry.seq)))
    return learn_tokens(facts, entry, exchange, "token")
