"""The tokens of a run: what can be read in them, against what was asked for, and whether the server's keys signed them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Annotated, Any

from markupsafe import Markup

from app.flow.facts import Facts, Tokens
from app.flow.log import Entry, Run
from app.views.decisions import ended
from app.views.documents_page import Member, members_in
from app.views.exchange_sides import coloured_lines
from app.views.keeping import Terms, keeping
from app.views.mask import Mask, mask_for, secrets_of
from app.views.shown_lines import Marker
from app.views.times import duration
from app.views.visible import host_of, is_web_link, visible
from app.views.wire_text import prose
from app.wire.messages import Exchange
from app.wire.parse.json import read_json
from app.wire.parse.jwt import Jwt, Verification, read_jwt, verify_with

NO_HTML = Markup()
DATES = ("exp", "iat", "nbf", "auth_time", "updated_at")
TOKENS_SHOWN = 12
SIGNED_BUT_LATE = ("expired", "not_yet_valid")
UNJUDGED = ("no_keys", "not_a_jwt", "encrypted")


@dataclass(frozen=True)
class Said:
    """One sentence about a token."""

    grade: Annotated[str, "ok, note, warn or stop"]
    glyph: Annotated[str, "its glyph"]
    says: Annotated[Markup, "the sentence"]


@dataclass(frozen=True)
class TokenView:
    """One token."""

    slug: Annotated[str, "its id on the page"]
    kind: Annotated[str, "access token, refresh token, ID token"]
    label: Annotated[str, "its label: equal labels are equal tokens"]
    href: Annotated[str, "the exchange that brought it"]
    seq: Annotated[int, "that exchange's number"]
    age: Annotated[str, "how it stands: how long it lives, what replaced it"]
    said: Annotated[tuple[Said, ...], "what can be said about it"]
    header: Annotated[tuple[Member, ...], "the members of a JWT's header; empty for an opaque token"] = ()
    claims: Annotated[tuple[Member, ...], "a JWT's claims"] = ()
    json: Annotated[Markup, "header and claims as JSON"] = NO_HTML


@dataclass(frozen=True)
class TokensPage:
    """All that templates/pages/tokens.html prints."""

    title: Annotated[str, "the page's title"]
    run_id: Annotated[str, "the run's id"]
    tokens: Annotated[tuple[TokenView, ...], "the tokens, newest first"]
    verify: Annotated[str, "where the button goes that fetches the keys; empty where it cannot"]
    keys: Annotated[Markup, "where the keys lie, or why they cannot be fetched"]
    keeping: Annotated[str, "where the run lives, how long, who sees it"]


def tokens_page(run: Run, facts: Facts, *, settings: Terms, now: float, judged: bool = True) -> TokensPage:
    """The page, at a moment (seconds since the epoch, UTC). Not `judged` in a lesson: the claims speak for themselves then."""
    hide = mask_for(secrets_of(run))
    keys = _newest_keys(run)
    found = list(dict.fromkeys(_tokens(run, facts)))[-TOKENS_SHOWN:]
    views = tuple(_view(number, run, facts, one, keys, hide, now) for number, one in enumerate(found, 1))
    url = str(facts.server.get("jwks_uri") or "")
    why_not = _why_not(url, facts, any(view.header for view in views)) if judged else ""
    can = judged and not why_not
    return TokensPage(
        title=f"Tokens · {host_of(run.target)}",
        run_id=run.id,
        tokens=tuple(sorted((view if judged else _plain(view) for view in views), key=lambda view: -view.seq)),
        verify=f"/runs/{run.id}/tokens/keys" if can else "",
        keys=prose(visible(hide(url), one_line=True) if can else why_not),
        keeping=keeping(settings),
    )


def _why_not(url: str, facts: Facts, has_jwt: bool) -> str:
    """Why no signature can be checked; empty where one can."""
    if not has_jwt:
        return "No token here is a JWT, so there is no signature to check."
    if facts.read_only:
        return "This run is a recording: nothing is fetched for it."
    return "" if is_web_link(url) else "The server's metadata names no `jwks_uri` that could be fetched, so no signature can be checked."


def _plain(view: TokenView) -> TokenView:
    """The token as it can be read, without what is missing or odd in it."""
    header, claims = (tuple(replace(m, mark="", grade="") for m in members if any(m.values)) for members in (view.header, view.claims))
    return replace(view, said=() if view.header else view.said, header=header, claims=claims)


@dataclass(frozen=True)
class _Held:
    """A token and where it came from."""

    kind: str
    value: str
    entry: int
    at: float
    expires_in: float | None = None


def _tokens(run: Run, facts: Facts) -> Iterator[_Held]:
    for tokens in facts.token_history:
        yield _Held("Access token", tokens.access, tokens.entry, tokens.at, tokens.expires_in)
        if tokens.refresh:
            yield _Held("Refresh token", tokens.refresh, tokens.entry, tokens.at)
        yield from _id_token(tokens)


def _id_token(tokens: Tokens) -> Iterator[_Held]:
    value = tokens.answer.get("id_token")
    if isinstance(value, str) and value:
        yield _Held("ID token", value, tokens.entry, tokens.at)


@dataclass(frozen=True)
class _Keys:
    entry: Entry
    document: Mapping[str, Any] | None


def _newest_keys(run: Run) -> _Keys | None:
    """The newest answer to a request for the server's keys."""
    for entry in reversed(run.entries):
        exchange = entry.body
        if isinstance(exchange, Exchange) and entry.role == "probe:keys:jwks":
            read = read_json(exchange.response.body) if exchange.response and exchange.status == 200 else None
            return _Keys(entry, read.document if read and read.is_object else None)
    return None


def _view(number: int, run: Run, facts: Facts, held: _Held, keys: _Keys | None, hide: Mask, now: float) -> TokenView:
    read = read_jwt(held.value)
    base = TokenView(
        slug=f"t{number}",
        kind=held.kind,
        label=hide(held.value) if held.value else "(empty)",
        href=f"/runs/{run.id}/exchanges/{held.entry}",
        seq=held.entry,
        age=_age(held, facts, now),
        said=tuple(_said(held, read, facts, keys, hide, now)),
    )
    if read is None:
        return base
    header = tuple(members_in([read.header], "jose", hide, is_oidc=False))
    claims = _for_kind(tuple(_dated(members_in([read.claims], "claims", hide, is_oidc=False), read.claims, now)), held)
    text = hide(json.dumps({"header": dict(read.header), "claims": dict(read.claims)}, ensure_ascii=False))
    return replace(base, header=header, claims=claims, json=coloured_lines(visible(text), Marker(base.slug), (), ()))


def _for_kind(claims: tuple[Member, ...], held: _Held) -> tuple[Member, ...]:
    """What RFC 9068 requires of access tokens is not missing in an ID token."""
    return claims if held.kind == "Access token" else tuple(claim for claim in claims if any(claim.values))


def _dated(members: Iterator[Member], part: Mapping[str, Any], now: float) -> Iterator[Member]:
    for member in members:
        at = part.get(member.name)
        if member.name in DATES and isinstance(at, int | float) and not isinstance(at, bool) and 0 <= at < 32_503_680_000:
            yield replace(member, values=(f"{member.values[0]}\n{moment(float(at), now)}",))
        else:
            yield member


def moment(at: float, now: float) -> str:
    """`2026-11-26 13:20:11 UTC, in 14 min` or `…, 3 min ago`."""
    away = f"in {duration(at - now)}" if at >= now else f"{duration(now - at)} ago"
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M:%S} UTC, {away}"


def _age(held: _Held, facts: Facts, now: float) -> str:
    newest = facts.tokens
    current = newest is not None and held.value in (newest.access, newest.refresh)
    told = ["the newest" if current else "replaced by a newer one" if held.kind != "ID token" else ""]
    if current and (end := ended(facts)):
        told.append(end)
    elif held.expires_in is not None:
        left = held.at + held.expires_in - now
        told.append(f"{duration(left)} left by expires_in" if left > 0 else f"over for {duration(-left)} by expires_in")
    return ", ".join(part for part in told if part)


OK, NOTE, WARN, STOP = ("ok", "✓"), ("note", "i"), ("warn", "!"), ("stop", "✗")


def _said(held: _Held, read: Jwt | None, facts: Facts, keys: _Keys | None, hide: Mask, now: float) -> Iterator[Said]:
    def say(grade: tuple[str, str], text: str) -> Said:
        return Said(*grade, prose(visible(hide(text))))

    if read is None:
        yield say(NOTE, "It is opaque: only its issuer can read it, and that is fine. Nothing about its audience can be seen from here.")
        return
    for problem in read.problems:
        yield say(STOP if "not signed" in problem else WARN, problem)
    if read.encrypted:
        yield say(NOTE, "It is encrypted; only its audience can read the claims.")
        return
    expires = read.claims.get("exp")
    if isinstance(expires, int | float) and expires <= now:
        yield say(WARN, f"It has expired: {duration(now - float(expires))} ago by this machine's clock.")
    if held.kind == "Access token":
        yield from (say(grade, text) for grade, text in _audience(read, facts))
    yield from (say(grade, text) for grade, text in _issuer(read, facts))
    yield say(*_signature(held, keys))


def _audience(read: Jwt, facts: Facts) -> Iterator[tuple[tuple[str, str], str]]:
    if not read.audience:
        yield WARN, "It has no `aud`: a resource server cannot tell whether it is meant (RFC 9068 section 2.2)."
        return
    named = ", ".join(f"`{one}`" for one in read.audience[:5])
    if facts.resource in read.audience:
        yield OK, f"`aud` {named} is the resource that was asked for."
    else:
        yield WARN, f"`aud` {named} is not the resource that was asked for, `{facts.resource}`."
    target = facts.options.target.split("#")[0]
    if target != facts.resource:
        fits = "is" if target in read.audience else "is not"
        yield NOTE, f"The URL that you entered, `{target}`, {fits} among them."


def _issuer(read: Jwt, facts: Facts) -> Iterator[tuple[tuple[str, str], str]]:
    issuer = read.claims.get("iss")
    published = facts.server.get("issuer") or facts.issuer
    if not isinstance(issuer, str):
        yield WARN, "It has no `iss`, so it does not say who issued it."
    elif issuer == published:
        yield OK, f"`iss` is the authorization server's issuer, `{issuer}`."
    else:
        yield WARN, f"`iss` says `{issuer}`, the metadata says `{published}`. They are compared letter by letter."


def _signature(held: _Held, keys: _Keys | None) -> tuple[tuple[str, str], str]:
    if keys is None:
        return NOTE, "The signature was not checked yet."
    if keys.document is None:
        return NOTE, f"Could not judge the signature: exchange {keys.entry.seq} brought no key set."
    return signature_words(verify_with(held.value, keys.document, now=keys.entry.at), keys.entry.seq)


def signature_words(found: Verification, seq: int) -> tuple[tuple[str, str], str]:
    """The outcome of a check in the words of this page: verified, not verified, could not judge."""
    by = f"with the keys of exchange {seq}"
    if found.ok:
        return OK, f"Signature verified {by}, and the token was within its time."
    if found.reason in SIGNED_BUT_LATE:
        return WARN, f"Signature verified {by}. {found.says}"
    if found.reason in UNJUDGED:
        return NOTE, f"Could not judge the signature {by}. {found.says}"
    return STOP, f"Signature not verified {by}. {found.says}"
