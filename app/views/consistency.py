"""Every URL of a run in one table, what tokens and clocks say beside each other, and documents that contradict."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Annotated, Any

from markupsafe import Markup, escape

from app.flow.facts import Facts, Tokens
from app.flow.log import Leg, Run
from app.views.mask import Mask
from app.views.url_marks import marked_pair
from app.views.visible import host_of, shortened, visible
from app.wire.messages import Exchange
from app.wire.parse.form import query_of, read_pairs
from app.wire.parse.jwt import read_jwt
from app.wire.parse.url import compare, same_origin, split

SKEW_SECONDS = 30.0
ENDPOINTS = (
    "authorization_endpoint",
    "token_endpoint",
    "registration_endpoint",
    "revocation_endpoint",
    "introspection_endpoint",
    "userinfo_endpoint",
    "jwks_uri",
)
LONGEST = 300


@dataclass(frozen=True)
class UrlRow:
    """One URL, cut into its pieces, beside the one that it should equal."""

    name: Annotated[str, "what it is"]
    source: Annotated[tuple[int, str] | None, "(number, address) of the entry that it came from"]
    url: Annotated[Markup, "the whole URL; the characters that differ are marked"]
    pieces: Annotated[tuple[tuple[str, str, bool], ...], "(piece, text, does it differ?) of scheme, host, port and path"]
    against: Annotated[str, "what it was compared with, or empty"]
    verdict: Annotated[str, "ok, warn, note or empty: the colour"]
    says: Annotated[str, "the difference in words"]


@dataclass(frozen=True)
class TokenRow:
    """One token answer beside the first."""

    name: Annotated[str, "which answer"]
    source: Annotated[tuple[int, str], "(number, address) of the entry"]
    scope: Annotated[Markup, "scope, what differs from the first marked"]
    audience: Annotated[Markup, "aud of a readable token, or that it is opaque"]
    lifetime: Annotated[str, "expires_in"]
    label: Annotated[str, "the token's fingerprint"]
    says: Annotated[str, "what differs from the first, or empty"]


@dataclass(frozen=True)
class ClockRow:
    """One host's clock against ours."""

    host: Annotated[str, "the host"]
    source: Annotated[tuple[int, str], "(number, address) of the newest answer with a Date"]
    date: Annotated[str, "its Date"]
    ahead: Annotated[str, "seconds ahead of ours, with a sign"]
    verdict: Annotated[str, "ok or warn"]


@dataclass(frozen=True)
class _Named:
    """A URL before it is shown. `like` names the URL that it should equal, `loosely` asks for the same origin only."""

    name: str
    url: str
    entry: int = 0
    like: str = ""
    loosely: bool = False


def url_rows(run: Run, facts: Facts, hide: Mask) -> tuple[UrlRow, ...]:
    """Target, challenge, metadata, issuer, endpoints, callback and token, in the order in which a client meets them."""
    named = [one for one in _named(run, facts) if one.url]
    by_name = {one.name: one for one in reversed(named)}
    return tuple(_url_row(run.id, one, by_name.get(one.like), hide) for one in named)


def _named(run: Run, facts: Facts) -> Iterator[_Named]:
    yield _Named("MCP URL", facts.options.target)
    yield _Named("resource_metadata of the challenge", facts.metadata_url, facts.challenge_entry, "MCP URL", loosely=True)
    yield _Named(
        "Resource metadata, fetched at",
        facts.metadata_found_at,
        facts.resource_metadata_entry,
        "resource_metadata of the challenge" if facts.metadata_url else "MCP URL",
        loosely=not facts.metadata_url,
    )
    yield _Named("resource", _text(facts.resource_metadata, "resource"), facts.resource_metadata_entry, "MCP URL")
    for number, issuer in enumerate(facts.issuers[:8]):
        yield _Named(f"authorization_servers/{number}", issuer, facts.resource_metadata_entry)
    chosen = next((f"authorization_servers/{n}" for n, issuer in enumerate(facts.issuers[:8]) if issuer == facts.issuer), "")
    yield _Named("Server metadata, fetched at", facts.server_url, facts.server_entry, chosen, loosely=True)
    yield _Named("issuer", _text(facts.server, "issuer"), facts.server_entry, chosen)
    for name in ENDPOINTS:
        yield _Named(name, _text(facts.server, name), facts.server_entry, "issuer", loosely=True)
    yield from _of_walk(run, facts)


def _of_walk(run: Run, facts: Facts) -> Iterator[_Named]:
    if facts.authorization:
        yield _Named("resource that was asked for", facts.authorization.resource, facts.authorization.entry, "resource")
        yield _Named("redirect_uri", facts.authorization.redirect_uri, facts.authorization.entry)
    back = next((e for e in reversed(run.entries) if isinstance(e.body, Leg) and e.body.kind == "callback" and not e.is_aside), None)
    if back is not None and isinstance(back.body, Leg):
        yield _Named("Callback, came back to", back.body.url.partition("?")[0], back.seq, "redirect_uri")
        yield _Named("iss of the callback", dict(reversed(read_pairs(query_of(back.body.url)))).get("iss", ""), back.seq, "issuer")
    tokens = facts.token_history[-1] if facts.token_history else None
    token = read_jwt(tokens.access) if tokens else None
    if tokens and token:
        yield _Named("iss of the token", _text(token.claims, "iss"), tokens.entry, "issuer")
        for audience in token.audience[:4]:
            yield _Named("aud of the token", audience, tokens.entry, "resource")


def _text(document: Any, member: str) -> str:
    value = document.get(member)
    return value if isinstance(value, str) else ""


def _url_row(run_id: str, one: _Named, other: _Named | None, hide: Mask) -> UrlRow:
    url = shortened(hide(one.url), LONGEST)
    source = _link(run_id, one.entry) if one.entry else None
    pieces = _pieces(one.url, other.url if other else one.url, hide, but_path=one.loosely)
    if other is None:
        return UrlRow(one.name, source, escape(visible(url, one_line=True)), pieces, "", "", "")
    if one.loosely:
        same = same_origin(one.url, other.url)
        shown = escape(visible(url, one_line=True))
        says = "On the same host." if same else f"Another origin than {visible(hide(host_of(other.url)))}; that is allowed, if it is meant."
        return UrlRow(one.name, source, shown, pieces, other.name, "ok" if same else "note", says)
    marked, _ = marked_pair(url, shortened(hide(other.url), LONGEST))
    found = compare(one.url, other.url)
    return UrlRow(one.name, source, marked, pieces, other.name, "ok" if found.same else "warn", "The same." if found.same else found.says)


def _pieces(url: str, other: str, hide: Mask, *, but_path: bool) -> tuple[tuple[str, str, bool], ...]:
    """Scheme, host, port and path; where only the origin should agree, another path is no difference."""
    one, two = split(url), split(other)
    cut = (
        ("scheme", one.scheme, two.scheme),
        ("host", one.host, two.host),
        ("port", one.port, two.port),
        ("path", f"{one.path}{one.query}", f"{two.path}{two.query}"),
    )
    shown = ((name, visible(shortened(hide(a), 120), one_line=True), a != b) for name, a, b in cut)
    return tuple((name, text, differs and not (but_path and name == "path")) for name, text, differs in shown)


def _link(run_id: str, seq: int) -> tuple[int, str]:
    return seq, f"/runs/{run_id}#e{seq}"


def token_rows(run: Run, facts: Facts, hide: Mask) -> tuple[TokenRow, ...]:
    """Each token answer beside the first: a refresh must not widen what was granted, nor change whom it is for."""
    history = facts.token_history
    return tuple(_token_row(run.id, tokens, history[0], hide) for tokens in history)


NAMES = {"token": "Code exchange", "refresh": "Refresh", "replay": "Replay", "held": "Before the recording"}


def _token_row(run_id: str, tokens: Tokens, first: Tokens, hide: Mask) -> TokenRow:
    scope, first_scope = tokens.scope or "", first.scope or ""
    audience, first_audience = audience_of(tokens), audience_of(first)
    differs = [
        name
        for name, is_other in (
            ("scope", set(scope.split()) != set(first_scope.split())),
            ("audience", audience != first_audience),
            ("token type", tokens.token_type.lower() != first.token_type.lower()),
        )
        if is_other
    ]
    return TokenRow(
        name=NAMES.get(tokens.source, tokens.source),
        source=_link(run_id, tokens.entry),
        scope=marked_pair(shortened(hide(scope), LONGEST) or "not said", shortened(hide(first_scope), LONGEST) or "not said")[0],
        audience=marked_pair(shortened(hide(audience), LONGEST), shortened(hide(first_audience), LONGEST))[0],
        lifetime=f"{tokens.expires_in:g} s" if tokens.expires_in is not None else "not said",
        label=hide(tokens.access) if hide(tokens.access) != tokens.access else "",
        says=f"Other {' and '.join(differs)} than the first." if differs else "",
    )


def audience_of(tokens: Tokens) -> str:
    """`aud` of a readable token, else what the answer says, else that it cannot be read."""
    token = read_jwt(tokens.access)
    if token is not None:
        return ", ".join(token.audience) or "no aud"
    return _text(tokens.answer, "resource") or "opaque"


def clock_rows(run: Run, hide: Mask) -> tuple[ClockRow, ...]:
    """The newest Date of every host, against the time at which we asked."""
    found: dict[str, ClockRow] = {}
    for entry in run.entries:
        body = entry.body
        if not (isinstance(body, Exchange) and body.response and body.started_at):
            continue
        date = body.response.header("date")
        seconds = _ahead(date, body.started_at)
        if seconds is not None:
            host = visible(hide(host_of(body.request.url)), one_line=True)
            verdict = "ok" if abs(seconds) <= SKEW_SECONDS else "warn"
            found[host] = ClockRow(host, _link(run.id, entry.seq), visible(date, one_line=True)[:60], f"{round(seconds):+d} s", verdict)
    return tuple(found.values())


def _ahead(date: str, at: float) -> float | None:
    try:
        return parsedate_to_datetime(date).timestamp() - at
    except (ValueError, OverflowError, TypeError):
        return None


def spread(rows: Sequence[ClockRow]) -> str:
    """What the clocks say together."""
    if not rows:
        return "No answer has a Date header, so the clocks cannot be compared."
    ahead = [float(row.ahead.removesuffix(" s")) for row in rows]
    far = max(*ahead, 0.0) - min(*ahead, 0.0)
    if far <= SKEW_SECONDS:
        return "The clocks agree to the second." if far < 1 else f"The clocks agree within {far:.0f} s."
    return f"The clocks differ by {far:.0f} s. A fresh token may look expired, or not yet valid."
