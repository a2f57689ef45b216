"""One exchange as a person reads it: a row in a list, or in full."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from markupsafe import Markup

from app.checks.model import Finding
from app.flow.log import Entry
from app.views.finding_view import GLYPHS, WORDS, worst
from app.views.mask import Mask, labels_in
from app.views.times import clock, iso, milliseconds
from app.views.timing import Phase, phases
from app.views.visible import shortened, visible
from app.views.wire_text import NOTHING, Side, prose, request_side, response_side
from app.wire.messages import Exchange

URL_SHOWN = 500  # characters of a URL in a list
# statuses that are right although they look like errors: (step, role) -> status
REFUSALS: dict[tuple[str, str], tuple[int, ...]] = {
    ("probe", ""): (401,),
    ("confirm", "access"): (401,),
    ("confirm", "refresh"): (400,),
    ("replay", "old_refresh"): (400,),
    ("revoke", "access_after_revoke"): (401,),
    ("revoke", "refresh_after_revoke"): (400,),
}


@dataclass(frozen=True)
class ExchangeView:
    """One exchange. Sides are empty in a list row."""

    seq: Annotated[int, "the entry's number, for data-exchange"]
    step: Annotated[str, "the step that made it"]
    why: Annotated[Markup, "why it was made"]
    method: Annotated[str, "the request's method"]
    url: Annotated[str, "the request's URL, masked"]
    status: Annotated[str, "the status code, or an empty string"]
    family: Annotated[str, "2xx, 4xx … or none: the class of the status badge"]
    outcome: Annotated[str, "reason phrase or failure, in words"]
    failure: Annotated[str, "the failure's sentence, or empty"]
    verdict: Annotated[str, "ok, note, warn, stop or empty"]
    glyph: Annotated[str, "the verdict's glyph"]
    verdict_words: Annotated[str, "the verdict in words, for screen readers"]
    took: Annotated[str, "how long it took"]
    at: Annotated[str, "when it began, UTC"]
    at_iso: Annotated[str, "the same for machines"]
    href: Annotated[str, "its own page"]
    is_open: Annotated[bool, "are its bytes shown unfolded?"] = False
    request: Annotated[Side, "what was sent"] = NOTHING
    response: Annotated[Side, "what came"] = NOTHING
    phases: Annotated[tuple[Phase, ...], "where the time went"] = ()
    connection: Annotated[tuple[tuple[str, str], ...], "facts of the connection: name, text"] = ()
    oddities: Annotated[tuple[tuple[str, str], ...], "odd bytes: what, and what common clients read instead"] = ()
    hidden: Annotated[tuple[str, ...], "labels of the secrets that stand in it"] = ()


def exchange_row(run_id: str, entry: Entry, findings: Sequence[Finding], hide: Mask) -> ExchangeView:
    """One line of a list: `entry.body` must be an exchange."""
    exchange = entry.body
    assert isinstance(exchange, Exchange)
    verdict = verdict_of(entry, exchange, findings)
    response, failure = exchange.response, exchange.failure
    reason = visible(shortened(hide(response.reason), 80), one_line=True) if response else ""
    return ExchangeView(
        seq=entry.seq,
        step=entry.step,
        why=prose(visible(hide(entry.why))),
        method=visible(exchange.request.method, one_line=True),
        url=shortened(visible(hide(exchange.request.url), one_line=True), URL_SHOWN),
        status=str(response.status) if response else "",
        family=f"s{response.status // 100}xx" if response else "none",
        outcome=failure.kind.replace("_", " ") if failure else reason,
        failure=visible(hide(failure.says)) if failure else "",
        verdict=verdict,
        glyph=GLYPHS[verdict],
        verdict_words=WORDS[verdict],
        took=milliseconds(exchange.ms),
        at=clock(entry.at),
        at_iso=iso(entry.at),
        href=f"/runs/{run_id}/exchanges/{entry.seq}",
    )


def exchange_view(run_id: str, entry: Entry, findings: Sequence[Finding], hide: Mask, *, is_open: bool = False) -> ExchangeView:
    """The whole exchange."""
    row, exchange = exchange_row(run_id, entry, findings, hide), entry.body
    assert isinstance(exchange, Exchange)
    request, response = request_side(exchange, hide), response_side(exchange, hide)
    oddities = exchange.response.oddities if exchange.response else ()
    rest = {
        "is_open": is_open,
        "request": request,
        "response": response,
        "phases": phases(exchange.marks),
        "connection": connection_facts(exchange),
        "oddities": tuple((visible(hide(o.says)), visible(hide(o.others_read))) for o in oddities),
        "hidden": labels_in(f"{request.plain}\n{response.plain}", hide.secrets),
    }
    return ExchangeView(**{**vars(row), **rest})


def verdict_of(entry: Entry, exchange: Exchange, findings: Sequence[Finding]) -> str:
    """The worst finding about it; without one, what was expected is ok and the rest is not judged."""
    if found := worst(f for f in findings if f.entry == entry.seq):
        return found
    status = exchange.status
    if exchange.failure or status is None:
        return ""
    wanted = REFUSALS.get((entry.step, entry.role)) or REFUSALS.get((entry.step, ""), ())
    return "ok" if status in wanted or 200 <= status < 300 else ""


def connection_facts(exchange: Exchange) -> tuple[tuple[str, str], ...]:
    """Where the bytes went and how they were protected."""
    link = exchange.connection
    told = [("Address", link.remote), ("Tried", ", ".join(link.tried) if len(link.tried) > 1 else ""), ("Proxy", link.proxy)]
    if link.tls:
        told += [("TLS", link.tls.version), ("Cipher", link.tls.cipher), ("Verification", link.tls.error or "passed")]
        told.append(("Certificates", f"{len(link.tls.chain)} in the chain" if link.tls.chain else ""))
    return tuple((name, visible(text, one_line=True)) for name, text in told if text)
