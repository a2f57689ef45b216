"""What the browser brought back: state, issuer, shape (RFC 6749 section 4.1.2, RFC 9207)."""

from __future__ import annotations

from app.checks.declaration import by_revision, check
from app.checks.model import NOTE, STOP, WARN, Evidence, Question, Seen, Verdict
from app.checks.reading import returned, text
from app.checks.specs import MCP_ISS, mcp_authorization, rfc
from app.flow.facts import Authorization
from app.flow.log import Leg
from app.wire.parse.url import compare, same_but_slash

ON = "leg:callback"
ONCE = ("state", "code", "iss", "error")


def first(q: Question, name: str) -> str:
    return returned(q).get(name, [""])[0]


def on_leg(q: Question, name: str) -> Evidence:
    """Evidence: a query parameter of the callback."""
    return Evidence(q.entry.seq, side="leg", pointer=f"?{name}")


def fits(q: Question) -> bool:
    """Does the state belong to the newest authorization request?"""
    asked = q.before.authorization
    return asked is not None and first(q, "state") == asked.state


def _asked(q: Question) -> Authorization | None:
    """The request to which the state belongs, the newest one or an older one."""
    return next((a for a in reversed(q.before.authorizations) if a.state == first(q, "state")), None)


def issuer_doubt(q: Question) -> str:
    """missing or mismatch (RFC 9207 section 2.4), compared as plain strings; empty where the answer's issuer is in order."""
    asked, given = _asked(q), returned(q).get("iss")
    if asked is None:
        return ""
    if given is None:
        return "missing" if q.before.server.get("authorization_response_iss_parameter_supported") is True else ""
    # without resource metadata (2025-03-26) the document alone names the issuer, and we guessed it without a slash
    told = text(q.before.server, "issuer") if q.before.fallback else ""
    same = given[0] == asked.issuer or (given[0] == told and same_but_slash(told, asked.issuer))
    return "" if same else "mismatch"


def may_quote(q: Question) -> bool:
    """Texts of an answer with a wrong issuer or state are never shown: they may be another's (2026-07-28)."""
    return fits(q) and issuer_doubt(q) != "mismatch" and not (issuer_doubt(q) == "missing" and q.revision >= "2026-07-28")


@check(
    "callback.duplicate",
    ON,
    level=WARN,
    title="The callback came twice",
    expected="One request to /callback for each authorization.",
    why="A browser or a link scanner that fetches ahead burns the code; a reload must not send it again.",
    spec=rfc(6749, "4.1.2"),
    operator="Nothing; if it is a prefetch, the consent page offers the callback as a plain link.",
    client="Answer prefetches with 204, and show the stored result on a reload.",
)
def duplicate(q: Question) -> Verdict:
    leg = q.entry.body
    ahead = (
        [f"{n}: {v}" for n, v in leg.headers if n.lower() in ("sec-purpose", "purpose", "x-moz") and "prefetch" in v.lower()]
        if isinstance(leg, Leg)
        else []
    )
    if ahead:
        return Seen(f"The browser fetched the callback ahead of time ({ahead[0]}).", actual=ahead[0])
    answer, code = q.before.answer, first(q, "code")
    if answer is None or not code or code != answer.code:
        return None
    return Seen("The same code came back a second time; it was not sent again.", evidence=on_leg(q, "code"))


@check(
    "callback.wrong_shape",
    ON,
    level=STOP,
    title="The callback has neither a code nor an error",
    expected="A GET with code and state (or error and state) in the query, each once.",
    why="There is nothing to exchange for tokens. Parameters behind a # never reach a server.",
    spec=rfc(6749, "4.1.2"),
    operator="Answer response_type=code with a redirect that carries code and state in the query.",
    client="Ask for response_type=code, and for no response_mode other than query.",
)
def wrong_shape(q: Question) -> Verdict:
    found, leg = returned(q), q.entry.body
    if isinstance(leg, Leg) and leg.method != "GET":
        return Seen(f"The browser came back with {leg.method} (form_post).", actual=leg.method)
    doubled = [n for n in ONCE if len(found.get(n, [])) > 1]
    if doubled:
        differs = any(len(set(found[n])) > 1 for n in doubled)
        says = f"{', '.join(doubled)} stands in the query more than once, with {'different values' if differs else 'the same value'}."
        return Seen(says, level="" if differs else WARN, evidence=on_leg(q, doubled[0]))
    if first(q, "code") or "error" in found or ("state" in found and not fits(q)):
        return None
    names = ", ".join(found) or "no parameters at all"
    return Seen(f"The callback carries {names}: neither code nor error.", actual=names)


@check(
    "callback.state_mismatch",
    ON,
    level=STOP,
    title="The state is not ours",
    expected="state comes back unchanged, once.",
    why="An answer with a foreign state may have been started by somebody else; its code must not be redeemed.",
    spec=mcp_authorization("Open redirection", "security-considerations"),
    operator="Return state byte for byte; some servers cut it at 255 characters.",
    client="Start the sign-in again, in one tab.",
)
def state_mismatch(q: Question) -> Verdict:
    if fits(q) or not ({"code", "error", "state"} & set(returned(q))):
        return None
    level = NOTE if q.before.answer is not None else ""
    if "state" not in returned(q):
        return Seen("The callback has no state.", actual="absent", level=level)
    if _asked(q) is not None:
        says = "The state belongs to an older request of this run; a newer one was started meanwhile (another tab?)."
        return Seen(says, level=level, evidence=on_leg(q, "state"))
    return Seen("The state belongs to no request of this run.", level=level, evidence=on_leg(q, "state"))


@check(
    "callback.iss_mismatch",
    ON,
    level=by_revision(WARN, WARN, WARN, STOP),
    title="Another issuer answered",
    expected="iss equals the issuer that the browser was sent to, character by character.",
    why="A code of another server must not be sent on: that is the mix-up attack. Error texts of such an answer are not shown.",
    spec=MCP_ISS,
    operator="Send the issuer exactly as the metadata spells it, slash included.",
    client="Refuse, and send the code nowhere.",
)
def iss_mismatch(q: Question) -> Verdict:
    asked = _asked(q)
    if asked is None or issuer_doubt(q) != "mismatch":
        return None
    given = first(q, "iss")
    level = STOP if "error" in returned(q) else ""
    says = f"iss is {given}, but the browser was sent to {asked.issuer}. {compare(given, asked.issuer).says}"
    return Seen(says, actual=given, expected=asked.issuer, level=level, evidence=on_leg(q, "iss"))


@check(
    "callback.iss_missing",
    ON,
    level=by_revision(WARN, WARN, WARN, STOP),
    title="The issuer is announced but missing",
    expected="iss in every authorization response, as the metadata promises.",
    why="Whoever removed it could be hiding which server answered; clients must refuse.",
    spec=MCP_ISS,
    operator="Send iss in success and error responses, or stop advertising authorization_response_iss_parameter_supported.",
    client="Refuse. Check that no framework of yours drops the parameter.",
)
def iss_missing(q: Question) -> Verdict:
    if not fits(q) or issuer_doubt(q) != "missing":
        return None
    expected = q.before.authorization.issuer if q.before.authorization else ""
    return Seen("The metadata says that iss is sent, the callback has none.", actual="absent", expected=expected)
