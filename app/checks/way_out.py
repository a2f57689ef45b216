"""The browser left and nothing came back: what a dry request to the same address tells (RFC 6749 section 4.1.2.1)."""

from __future__ import annotations

from app.checks.asides import way_out, weight
from app.checks.declaration import check
from app.checks.dry_reading import (
    DISABLED,
    DRY,
    LOOKED_AT,
    comes_back_to_itself,
    form_actions,
    lets_through,
    location,
    lost_cookies,
    mixes_names_of_this_machine,
    quoted,
    refusal,
    registered,
    sent_redirect,
    words_of,
)
from app.checks.model import NOTE, STOP, Evidence, NotAsked, Question, Seen, Spec, Verdict
from app.checks.reading import at, body_of, is_html, request_of, status_of
from app.checks.specs import rfc
from app.checks.walls import is_bot_wall
from app.wire.parse.url import compare, split

GAVE_UP, LOST = "choice:gave_up", "choice:session_lost"
CSP = Spec("Content Security Policy level 3, form-action", "https://www.w3.org/TR/CSP3/#directive-form-action")
COOKIES = Spec("RFC 6265bis, cookie attributes", "https://datatracker.ietf.org/doc/html/draft-ietf-httpbis-rfc6265bis")


@check(
    "authorize.local_error_page",
    *DRY,
    level=STOP,
    title="The authorization server shows an error page of its own",
    expected="A login or consent page, or a redirect on the way to it.",
    why="Errors in client_id or redirect_uri are never sent back to the client, so the browser stays on that page for ever.",
    spec=rfc(6749, "4.1.2.1"),
    operator="Look up this request in the authorization server's log; name the parameter that is wrong on the page.",
    client="Compare client_id and redirect_uri with what was registered, then the other parameters.",
)
def local_error_page(q: Question) -> Verdict:
    if is_bot_wall(q):
        return NotAsked("a wall answered, which judges programs; a browser may see another page")
    if refusal(q) != "local_error_page":
        return None
    return Seen(f"The authorization URL answers {quoted(q)}.", actual=str(status_of(q)))


@check(
    "authorize.redirect_mismatch",
    *DRY,
    GAVE_UP,
    level=STOP,
    title="The redirect URI is not the registered one",
    expected="redirect_uri equals a registered one; only the port of a loopback address may differ.",
    why="The server must not send the browser to an address that it does not know, so it shows an error page instead.",
    spec=rfc(8252, "7.3"),
    operator="Register this very address; let the port of loopback addresses vary, of the name localhost too.",
    client="Register and send the same string; 127.0.0.1 and localhost are two addresses.",
)
def redirect_mismatch(q: Question) -> Verdict:
    sent, known = sent_redirect(q), registered(q)
    nearest = f" Registered is {known[0]}. {compare(sent, known[0]).says}" if known else ""
    if q.entry.step == "authorize":
        if refusal(q) != "redirect_mismatch":
            return None
        return Seen(f"The server answers {quoted(q)}. We sent {sent}.{nearest}", actual=sent, evidence=_sent(q, "redirect_uri"))
    if not known or sent in known:
        return None
    out = way_out(q)
    return Seen(f"We sent {sent}.{nearest}", actual=sent, expected=known[0], about=out.seq if out else 0)


def _sent(q: Question, name: str) -> Evidence:
    return at(q, side="request", pointer=f"?{name}")


@check(
    "register.accepts_then_refuses",
    *DRY,
    level=STOP,
    title="Registration took the redirect URI, authorization refuses it",
    expected="What registration confirmed is good at the authorization endpoint.",
    why="The two endpoints judge by different lists: a client does everything right and still ends on an error page.",
    spec=rfc(7591, "3.2.1"),
    operator="Refuse at registration what authorization will refuse, or use one list for both.",
    client="Ask the operator for an entry in the list, or use another callback address.",
)
def accepts_then_refuses(q: Question) -> Verdict:
    if refusal(q) != "accepts_then_refuses":
        return None
    says = f"Registration confirmed {sent_redirect(q)}; the authorization URL answers {quoted(q)}."
    return Seen(says, actual=str(status_of(q)), evidence=_sent(q, "redirect_uri"))


@check(
    "authorize.consent_csp_form_action",
    *DRY,
    level=STOP,
    title="The page's policy keeps its form from ending at our callback",
    expected="form-action names the origin of the validated redirect URI, or is left out.",
    why="In Chrome and Edge Approve then does nothing at all; the browser's console says that it refused to send form data.",
    spec=CSP,
    operator="Add the origin of the validated redirect URI to form-action, or answer the form with a page that links to it.",
    client="Try another browser: Firefox does not apply form-action to redirects.",
)
def consent_csp_form_action(q: Question) -> Verdict:
    goal, page = sent_redirect(q), request_of(q).url
    closed = [sources for sources in form_actions(q) if not lets_through(sources, page, goal)]
    body = body_of(q)[:LOOKED_AT].lower()
    if not closed or status_of(q) >= 400 or b"<form" not in body:
        return None
    is_login = b'type="password"' in body or b"type=password" in body
    shown = f"form-action {closed[0] or 'with an empty list'}"
    more = " This is the login page; the consent page usually has the same policy." if is_login else ""
    level = "WARN" if is_login else weight(q)
    return Seen(f"The page says {shown}; our callback is at {_origin(goal)}.{more}", actual=shown, expected=_origin(goal), level=level)


def _origin(url: str) -> str:
    return split(url).base or url


@check(
    "authorize.login_loop",
    *DRY,
    level=STOP,
    title="The sign-in would go round in circles",
    expected="The cookie that the server sets is one that the browser brings back.",
    why="Without its cookie the server has forgotten the request when the browser returns from the login, and begins anew.",
    spec=COOKIES,
    operator="Use SameSite=Lax (not Strict), Secure on https, one host name throughout, and no Domain of another host.",
    client="Open everything under one host name: 127.0.0.1 and localhost do not share cookies.",
)
def login_loop(q: Question) -> Verdict:
    if comes_back_to_itself(q):
        return Seen("The server redirects the request to the same address again.", actual=location(q), evidence=at(q, header="Location"))
    if mixes_names_of_this_machine(q):
        says = f"{split(request_of(q).url).host} sends the browser on to {split(location(q)).host}: cookies of one are not the other's."
        return Seen(says, actual=location(q), level=weight(q), evidence=at(q, header="Location"))
    lost = list(lost_cookies(q))
    return Seen(" ".join(lost[:3]), actual=lost[0], level=weight(q), evidence=at(q, header="Set-Cookie")) if lost else None


@check(
    "authorize.consent_blocked_upstream",
    *DRY,
    level=NOTE,
    title="Approve is greyed out until an upstream is connected",
    expected="A button that can be pressed, or a sentence that says what is missing.",
    why="The gateway lets nobody agree before the account behind it is connected.",
    spec=rfc(6749, "4.1.1"),
    operator="Say next to the button that Connect comes first.",
    client="Press Connect on that page first, then Approve.",
)
def consent_blocked_upstream(q: Question) -> Verdict:
    page = body_of(q)[:LOOKED_AT].decode("utf-8", "replace")
    if status_of(q) >= 400 or not is_html(q) or not DISABLED.search(page) or "connect" not in words_of(q).lower():
        return None
    return Seen("The page has a disabled button and asks to connect something first.")


@check(
    "callback.never_came",
    GAVE_UP,
    level=STOP,
    title="The browser left and nothing came back",
    expected="A request to our callback, with a code or an error.",
    why="The server or the browser keeps the answer: an error page, a blocked Approve button, a login loop, or a closed tab.",
    spec=rfc(6749, "4.1.2"),
    operator="Look at what the browser shows now, and for this client in the log of the authorization server.",
    client="Send the dry authorize request from this page, look at the browser's console, then try again in one tab.",
)
def never_came(q: Question) -> Verdict:
    asked, out = q.before.authorization, way_out(q)
    host = split(asked.url).host if asked else "the server"
    waited = f" {q.entry.at - asked.left_at:.0f} s" if asked and asked.left_at is not None else ""
    says = f"The browser left for {host}; no request came to {sent_redirect(q)} in{waited or ' the meantime'}. {_looked(q)}"
    return Seen(says, actual="no callback", about=out.seq if out else 0)


def _looked(q: Question) -> str:
    asked = q.before.authorization
    since = q.run.entries[asked.entry if asked else 0 : q.entry.seq]
    if any(e.role == "probe:dry_authorize:get" for e in since):
        return "The dry request is among the exchanges below."
    return "The dry authorize request tells an error page of the server from something in the browser."


@check(
    "callback.session_lost",
    LOST,
    level=STOP,
    title="The browser came back without its session",
    expected="The browser that left comes back, and brings this app's cookie.",
    why="The answer cannot be tied to a person, so it is not used. Mostly the app was opened under another host name than the callback's.",
    spec=rfc(6749, "10.12"),
    operator="Nothing.",
    client="Open this app at the address of its callback and nowhere else, allow its cookies, and start again.",
)
def session_lost(q: Question) -> Verdict:
    out = way_out(q)
    home = _origin(q.before.options.redirect_uri)
    says = f"An answer with our state came to {home}, but that browser brought no session. Open the app there and nowhere else."
    return Seen(says, actual="a callback without our cookie", about=out.seq if out else 0)
