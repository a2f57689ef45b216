"""Becoming a client: dynamic registration (RFC 7591) and what comes back."""

from __future__ import annotations

import re
from typing import Any

from app.checks.declaration import check
from app.checks.model import NOTE, STOP, WARN, Question, Seen, Verdict
from app.checks.reading import (
    at,
    document_of,
    ended_badly,
    header_of,
    json_member,
    quoted_error,
    request_of,
    sent_json,
    shape,
    status_of,
    text,
    texts,
    told,
)
from app.checks.specs import MCP_REGISTRATION, rfc
from app.checks.walls import is_bot_wall
from app.wire.parse.url import is_loopback_host, split

DCR = "register/dcr"
ABOUT_TYPE = re.compile(r"application_type|web clients?\b|native clients?\b|non-loopback", re.I)
TYPES: dict[str, tuple[Any, str]] = {  # RFC 7591 section 2; redirect_uris and client_secret_expires_at are asked about by name
    "client_secret": (str, "string"),
    "client_name": (str, "string"),
    "token_endpoint_auth_method": (str, "string"),
    "scope": (str, "string"),
    "grant_types": (list, "list"),
    "response_types": (list, "list"),
    "client_id_issued_at": (int | float, "number"),
}
ABOUT_REDIRECT = re.compile(r"redirect|callback|host .* not .*allow", re.I)


def refusal(q: Question) -> str:
    """The slug of the one refusal that this answer is; empty for a success or where nothing was answered."""
    status, words, error = status_of(q), told(q), text(document_of(q), "error")
    if status < 400 or is_bot_wall(q):
        return ""
    if status == 429:
        return "rate_limited"
    if status in (401, 403, 404, 405, 501):
        return "closed"
    if status >= 500:
        return ""
    if ABOUT_TYPE.search(words):
        return "application_type"
    if error == "invalid_redirect_uri" or ABOUT_REDIRECT.search(words):
        return "redirect_host_refused"
    return "scope_refused" if error == "invalid_scope" or "scope" in words else "unexpected_status"


def _when(q: Question, slug: str, says: str) -> Verdict:
    return Seen(says, actual=quoted_error(q)) if refusal(q) == slug else None


def _redirects(q: Question) -> str:
    return ", ".join(texts(sent_json(q), "redirect_uris")) or q.before.options.redirect_uri


@check(
    "register.rate_limited",
    DCR,
    level=STOP,
    title="Too many registrations",
    expected="201 with a client id.",
    why="A client that registers anew at each start runs into the limit; so do several people behind one address.",
    spec=rfc(7591, "3.2"),
    operator="Raise the limit, or offer client metadata documents.",
    client="Keep the client id of this issuer and use it again; wait as long as Retry-After says.",
)
def rate_limited(q: Question) -> Verdict:
    wait = header_of(q, "retry-after")
    return _when(q, "rate_limited", f"Registration answered {quoted_error(q)}." + (f" Retry-After: {wait}." if wait else ""))


@check(
    "register.closed",
    DCR,
    level=STOP,
    title="Registration is closed",
    expected="Open registration, or none advertised.",
    why="The registration endpoint does not let this client in.",
    spec=rfc(7591, "3"),
    operator="Open registration, turn on client metadata documents, or hand out a pre-registered client id; else do not advertise it.",
    client="Enter a pre-registered client id on the start page.",
)
def closed(q: Question) -> Verdict:
    guess = f" No metadata names this address: it is the default of 2025-03-26 ({request_of(q).url})." if q.before.guessed_endpoints else ""
    return _when(q, "closed", f"Registration answered {quoted_error(q)}.{guess}")


@check(
    "register.application_type",
    DCR,
    level=STOP,
    title="The kind of application does not fit the redirect URI",
    expected="native goes with a loopback redirect URI, web with an https one.",
    why="Without application_type a server takes web, and web clients may not have loopback redirects.",
    spec=MCP_REGISTRATION,
    operator="Accept loopback redirect URIs of native clients.",
    client="Send application_type: native for loopback, web for https (required by 2026-07-28). Retry with the other one is offered below.",
)
def application_type(q: Question) -> Verdict:
    sent = text(sent_json(q), "application_type") or "no application_type"
    return _when(q, "application_type", f"Registration answered {quoted_error(q)}. We sent {sent} with {_redirects(q)}.")


@check(
    "register.redirect_host_refused",
    DCR,
    level=STOP,
    title="The redirect URI is not allowed",
    expected="The server registers our callback address.",
    why="Many servers keep a list of callback hosts; a hosted tool's address is seldom on it.",
    spec=rfc(7591, "3.2.2"),
    operator="Add the callback address to the allow-list.",
    client="Retry with the other application_type, run the tool on the laptop (loopback is often allowed), or use a pre-registered id.",
)
def redirect_host_refused(q: Question) -> Verdict:
    host = split(_redirects(q).split(",")[0]).host
    hint = " Even a loopback address was refused." if is_loopback_host(host) else ""
    return _when(q, "redirect_host_refused", f"Registration of {_redirects(q)} answered {quoted_error(q)}.{hint}")


@check(
    "register.scope_refused",
    DCR,
    level=STOP,
    title="The requested scope is refused",
    expected="Scopes that the resource metadata lists can be registered.",
    why="Some servers know exactly one scope and refuse every other word.",
    spec=rfc(7591, "3.2.2"),
    operator="List in scopes_supported what may be registered, and ignore what is unknown.",
    client="Leave scope out, or send only what the resource metadata lists.",
)
def scope_refused(q: Question) -> Verdict:
    return _when(q, "scope_refused", f"Registration answered {quoted_error(q)}. We asked for scope {text(sent_json(q), 'scope')!r}.")


@check(
    "register.unexpected_status",
    DCR,
    "ended:register",
    level=STOP,
    last_resort=True,
    title="Registration failed",
    expected="201 with a client id.",
    why="Without a client id the person cannot be sent to the authorization server.",
    spec=rfc(7591, "3.2"),
    operator="Look up this request in the server's log; answer with an error of RFC 7591 section 3.2.2.",
    client="Enter a pre-registered client id on the start page.",
)
def unexpected_status(q: Question) -> Verdict:
    if reason := ended_badly(q):
        return Seen(reason)
    return _when(q, "unexpected_status", f"Registration answered {quoted_error(q)}.")


@check(
    "register.bad_answer",
    DCR,
    level=WARN,
    title="The registration answer is not what RFC 7591 says",
    expected="201, JSON, client_id, every registered value in its type, and client_secret_expires_at next to a secret.",
    why="Strict clients check the answer and stop at a member that is missing, null or of another type.",
    spec=rfc(7591, "3.2.1"),
    operator="Answer 201 and return all registered metadata, without null members.",
    client="Use what came back, not what was sent.",
)
def bad_answer(q: Question) -> Verdict:
    if not 200 <= status_of(q) < 300:
        return None
    found = document_of(q)
    if not text(found, "client_id"):
        given = json_member(found, "client_id")
        says = f"{status_of(q)} without a client_id. The answer is {shape(q)}."
        if not isinstance(found.get("client_id", ""), str | None):
            says = f"client_id is {given}, not a string."
        return Seen(says, actual=given, level=STOP, evidence=at(q, pointer="/client_id"))
    wrong = _faults(q, found)
    return Seen("; ".join(s for s, _ in wrong) + ".", actual=wrong[0][0], evidence=at(q, pointer=wrong[0][1])) if wrong else None


def _of_wrong_type(found: Any) -> list[tuple[str, str]]:
    """Members that strict clients read by their type. The value stays out of the sentence: a secret may stand there."""
    odd = [name for name, (kind, _) in TYPES.items() if found.get(name) is not None and not isinstance(found[name], kind)]
    return [(f"{name} is no {TYPES[name][1]}", f"/{name}") for name in odd]


def _faults(q: Question, found: Any) -> list[tuple[str, str]]:
    sent = texts(sent_json(q), "redirect_uris")
    faults = [(f"the status is {status_of(q)}, not 201", "")] if status_of(q) != 201 else []
    if "redirect_uris" not in found:
        faults.append(("redirect_uris is missing", "/redirect_uris"))
    elif not set(sent) <= set(texts(found, "redirect_uris")):
        faults.append((f"redirect_uris came back as {json_member(found, 'redirect_uris')}", "/redirect_uris"))
    if found.get("client_secret") and "client_secret_expires_at" not in found:
        faults.append(("client_secret without client_secret_expires_at", "/client_secret"))
    elif not isinstance(found.get("client_secret_expires_at"), int | float | None):
        faults.append((f"client_secret_expires_at is {json_member(found, 'client_secret_expires_at')}", "/client_secret_expires_at"))
    faults += _of_wrong_type(found)
    empty = sorted(name for name, value in found.items() if value is None)
    return faults + ([(f"null members: {', '.join(empty)}", f"/{empty[0]}")] if empty else [])


@check(
    "register.secret_for_public",
    DCR,
    level=WARN,
    title="A public client was made confidential",
    expected="token_endpoint_auth_method as it was asked for.",
    why="A client that keeps to what it asked for will meet invalid_client at the token endpoint.",
    spec=rfc(7591, "3.2.1"),
    operator="Register public clients with token_endpoint_auth_method none and without a secret.",
    client="Use the method and the secret that came back.",
)
def secret_for_public(q: Question) -> Verdict:
    found, asked = document_of(q), text(sent_json(q), "token_endpoint_auth_method")
    if not 200 <= status_of(q) < 300 or asked != "none" or not text(found, "client_id"):
        return None
    method = text(found, "token_endpoint_auth_method")
    if method not in ("", "none"):
        says = f"We asked for none and got token_endpoint_auth_method {method}."
        return Seen(says, actual=method, expected="none", evidence=at(q, pointer="/token_endpoint_auth_method"))
    if not found.get("client_secret"):
        return None
    return Seen("We asked for none; the answer has a client_secret all the same.", level=NOTE, evidence=at(q, pointer="/client_secret"))


@check(
    "register.mocked",
    DCR,
    "register/probe:fresh_client:register",
    level=NOTE,
    title="Registration looks like a stand-in",
    expected="Each registration makes a client of its own.",
    why="A gateway that always hands out the same client does not judge redirect URIs; its identity provider will, later.",
    spec=rfc(7591, "3.2.1"),
    operator="Make sure that the client behind it allows loopback redirects.",
    client="A refusal at the authorization page may come from here.",
)
def mocked(q: Question) -> Verdict:
    found = document_of(q)
    if not 200 <= status_of(q) < 300:
        return None
    if q.entry.is_aside:
        ours = q.before.client.client_id if q.before.client else ""
        same = bool(ours) and ours == text(found, "client_id")
        return Seen("Two registrations got one client id.", actual=ours, evidence=at(q, pointer="/client_id")) if same else None
    if found.get("client_id_issued_at") == 0:
        return Seen("client_id_issued_at is 0.", actual="0", evidence=at(q, pointer="/client_id_issued_at"))
    granted = texts(found, "grant_types")
    if not granted or "refresh_token" in granted or "refresh_token" not in texts(sent_json(q), "grant_types"):
        return None
    says = f"We asked for refresh_token too; grant_types came back as {', '.join(granted)}."
    return Seen(says, actual=", ".join(granted), evidence=at(q, pointer="/grant_types"))
