"""What the answers to each attempt prove: pure functions of what one sign-in of an audit brought."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from app.flow.audits.attempts import BY_SLUG
from app.flow.audits.reading import Audit, Lap, exchange_of, find, heard_call, heard_token, tokens_in, what_of
from app.flow.facts import Facts
from app.flow.log import Entry
from app.flow.readings import said
from app.wire.messages import Exchange

ENFORCED, NOT_ENFORCED, ADVERTISED, UNKNOWN = "enforced", "not enforced", "advertised only", "could not judge"
WORDS = (ENFORCED, NOT_ENFORCED, ADVERTISED, UNKNOWN)


@dataclass(frozen=True)
class Verdict:
    """One of the four words, why, and the entries to look at; `control` is the request that was let in, 0 where there is none."""

    slug: str
    word: str
    says: str
    entries: tuple[int, ...] = ()
    control: int = 0
    audit: int = 0  # the entry with which the audit began; 0 = the walk's own evidence, or none

    @property
    def is_proved(self) -> bool:
        """Was it seen, and not only read or guessed?"""
        return self.word in (ENFORCED, NOT_ENFORCED)


def judge(audit: Audit, slug: str, facts: Facts) -> Verdict | None:
    """What one audit showed about one attempt; None while it waits for its turn, or for a code of its own."""
    reason = BY_SLUG[slug].lacks(facts)
    if reason:
        return Verdict(slug, UNKNOWN, reason)
    found = None
    for lap in audit.laps:
        seen = JUDGES.get(slug, _judge_code)(audit, lap, slug)
        if seen is not None:
            found = seen if found is None or seen.is_proved or not found.is_proved else found
    return Verdict(slug, found.word, found.says, found.entries, found.control, audit.began) if found else None


def _control(lap: Lap, before: Entry) -> Entry | None:
    """The newest MCP control of this lap before an attempt."""
    return next((e for e in reversed(lap.asked) if what_of(e) == ("control", "call") and e.seq < before.seq), None)


def _about_call(verdict_on: Entry, control: Entry | None, slug: str, *others: Entry) -> Verdict:
    """A control that was let in, and what the attempt met."""
    exchange = exchange_of(verdict_on)
    heard, entries = heard_call(exchange), (*(e.seq for e in others), verdict_on.seq)
    if control is None or heard_call(exchange_of(control)) != "let_in":
        return Verdict(slug, UNKNOWN, "The control was not let in, so a refusal proves nothing.", entries, control.seq if control else 0)
    if heard == "unclear":
        return Verdict(slug, UNKNOWN, f"The answer was {said(exchange)}, which neither lets in nor refuses.", entries, control.seq)
    good = BY_SLUG[slug].good
    if heard == "let_in":
        return Verdict(slug, NOT_ENFORCED, f"It was let in with {said(exchange)}; {good} was expected.", entries, control.seq)
    return Verdict(slug, ENFORCED, f"It was refused with {said(exchange)}{_other(exchange, good)}.", entries, control.seq)


def _other(exchange: Exchange, good: str) -> str:
    return "" if str(exchange.status) == good else f"; {good} is the usual answer"


def _judge_door(audit: Audit, lap: Lap, slug: str) -> Verdict | None:
    asked = find(lap.asked, slug, "asked")
    if asked is None:
        return _without_token(lap, slug)
    verdict = _about_call(asked, _control(lap, asked), slug)
    bare = find(lap.asked, "no_token", "asked")
    if slug != "token_in_query" or verdict.word != NOT_ENFORCED or bare is None or heard_call(exchange_of(bare)) != "let_in":
        return verdict
    says = f"{verdict.says} This door lets in without any token, so the one in the URL may not have been read."
    return Verdict(slug, NOT_ENFORCED, says, (bare.seq, *verdict.entries), verdict.control)


def _without_token(lap: Lap, slug: str) -> Verdict | None:
    """The control was refused, so the attempts behind it were not made. A lap of its own may still bring a token."""
    first = find(lap.asked, "control", "call")
    if first is None or lap.request is None or heard_call(exchange_of(first)) == "let_in":
        return None
    return Verdict(slug, UNKNOWN, f"A fresh token got {said(exchange_of(first))}, so a refusal would prove nothing.", (first.seq,))


def _judge_route(audit: Audit, lap: Lap, slug: str) -> Verdict | None:
    none, ours = find(lap.asked, slug, "none"), find(lap.asked, slug, "ours")
    if none is None:
        return _without_token(lap, slug)
    if ours is None and heard_call(exchange_of(none)) == "let_in":
        return Verdict(slug, NOT_ENFORCED, "The other route lets in without any token.", (none.seq,))
    if ours is None:
        says = f"The other route answers {said(exchange_of(none))} without a token, so it is no protected route."
        return Verdict(slug, UNKNOWN, says, (none.seq,))
    return _about_call(ours, _control(lap, none), slug, none)


def _judge_revoked(audit: Audit, lap: Lap, slug: str) -> Verdict | None:
    gone, asked = find(lap.asked, slug, "revoke"), find(lap.asked, slug, "asked")
    if gone is None:
        return _without_token(lap, slug)
    if asked is None:
        return Verdict(slug, UNKNOWN, f"The revocation was answered {said(exchange_of(gone))}, so nothing was revoked.", (gone.seq,))
    return _about_call(asked, _control(lap, gone), slug, gone)


def _judge_refresh(audit: Audit, lap: Lap, slug: str) -> Verdict | None:
    control, asked = find(lap.asked, slug, "control"), find(lap.asked, slug, "asked")
    if control is None:
        code = _redeemed(lap)
        given = tokens_in(exchange_of(code)) if code else None
        lacks = code is not None and given is not None and not given.refresh
        return Verdict(slug, UNKNOWN, "No refresh token came, so there is no old one.", (code.seq,)) if code and lacks else None
    if asked is None:
        return _refresh_failed(lap, control, slug)
    heard, entries = heard_token(exchange_of(asked)), (control.seq, asked.seq)
    if heard == "granted":
        says = "The replaced refresh token gave tokens right after the rotation. A grace window looks the same."
        return Verdict(slug, NOT_ENFORCED, says, entries, control.seq)
    return _refused_or_not(asked, control, slug, entries)


def _refresh_failed(lap: Lap, control: Entry, slug: str) -> Verdict | None:
    if heard_token(exchange_of(control)) == "granted":
        return Verdict(slug, UNKNOWN, "The refresh token was not rotated, so there is no old one.", (control.seq,))
    if find(lap.asked, "revoked_token", "revoke"):
        return None  # the revocation may have ended the grant: a fresh one will tell
    return Verdict(slug, UNKNOWN, f"The refresh itself got {said(exchange_of(control))}.", (control.seq,))


def _redeemed(lap: Lap) -> Entry | None:
    """The exchange that gave the lap's tokens."""
    return next((e for e in lap.asked if _is_code_exchange(e) and heard_token(exchange_of(e)) == "granted"), None)


def _is_code_exchange(entry: Entry) -> bool:
    slug, what = what_of(entry)
    return what_of(entry) == ("control", "code") or (what == "asked" and BY_SLUG[slug].needs == "code" if slug in BY_SLUG else False)


def _judge_twice(audit: Audit, lap: Lap, slug: str) -> Verdict | None:
    asked = find(lap.asked, slug, "asked")
    if asked is None:
        return None
    before = [e for e in lap.asked if e.seq < asked.seq and e.step in ("token", "refresh", "replay")]
    control = before[-1] if before else None
    if control is None or heard_token(exchange_of(control)) != "granted":
        return None
    if heard_token(exchange_of(asked)) == "granted":
        return Verdict(slug, NOT_ENFORCED, "The code gave tokens a second time.", (control.seq, asked.seq), control.seq)
    verdict = _refused_or_not(asked, control, slug, (asked.seq,))
    after = find(lap.asked, slug, "after")
    if verdict.word != ENFORCED or after is None:
        return verdict
    ended = {"refused": "The tokens it had given ended with it.", "let_in": "The tokens it had given still work, though they should end."}
    says = f"{verdict.says} {ended.get(heard_call(exchange_of(after)), '')}".strip()
    return Verdict(slug, ENFORCED, says, (asked.seq, after.seq), control.seq)


def _refused_or_not(asked: Entry, control: Entry | None, slug: str, entries: tuple[int, ...]) -> Verdict:
    exchange, control_seq = exchange_of(asked), control.seq if control else 0
    if heard_token(exchange) == "unclear":
        says = f"The answer was {said(exchange)}, which neither gives tokens nor refuses."
        return Verdict(slug, UNKNOWN, says, entries, control_seq)
    return Verdict(slug, ENFORCED, f"It was refused with {said(exchange)}.", entries, control_seq)


def _judge_code(audit: Audit, lap: Lap, slug: str) -> Verdict | None:
    """A wrong exchange of a code. A refusal counts where the code lived: it was the first try, or the code was good afterwards."""
    asked = find(lap.asked, slug, "asked")
    if asked is None:
        return None
    exchanges = [e for e in lap.asked if _is_code_exchange(e)]
    given = [e for e in exchanges if heard_token(exchange_of(e)) == "granted"]
    if asked in given:
        return _granted(lap, asked, slug)
    if any(e.seq < asked.seq for e in given):
        return None  # the code had been used
    later = next((e for e in given if e.seq > asked.seq), None)
    if later is not None:
        return _refused_or_not(asked, later, slug, (asked.seq,))
    if exchanges[0] is not asked:
        return None  # it may have died with the first wrong try
    verdict = _refused_or_not(asked, None, slug, (asked.seq,))
    if verdict.word != ENFORCED:
        return verdict
    says = f"{verdict.says} It was the first try with this code; the walk's own exchange, with everything right, gave tokens."
    return Verdict(slug, ENFORCED, says, verdict.entries)


def _granted(lap: Lap, asked: Entry, slug: str) -> Verdict:
    tried = find(lap.asked, slug, "call")
    if slug != "wrong_resource" or tried is None:
        return Verdict(slug, NOT_ENFORCED, f"Tokens came ({said(exchange_of(asked))}).", (asked.seq,))
    heard, entries = heard_call(exchange_of(tried)), (asked.seq, tried.seq)
    if heard == "refused":
        says = f"A token came for a resource of nobody, and the MCP server refused it with {said(exchange_of(tried))}."
        return Verdict(slug, ENFORCED, says, entries)
    if heard == "let_in":
        return Verdict(slug, NOT_ENFORCED, "A token came for a resource of nobody, and the MCP server let it in.", entries)
    return Verdict(slug, UNKNOWN, f"A token came; the MCP server answered {said(exchange_of(tried))}.", entries)


Judge = Callable[[Audit, Lap, str], Verdict | None]
JUDGES: Mapping[str, Judge] = {
    **dict.fromkeys(("no_token", "garbage_token", "token_in_query", "wrong_origin", "unknown_version"), _judge_door),
    "foreign_route": _judge_route,
    "revoked_token": _judge_revoked,
    "old_refresh": _judge_refresh,
    "code_twice": _judge_twice,
}
