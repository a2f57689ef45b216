"""What is judged before any page runs: the host, the bytes, where an unsafe request comes from, and whether somebody is signed in."""

from __future__ import annotations

from urllib.parse import unquote_to_bytes, urlencode, urlsplit

from flask import Flask, Request, current_app, redirect, request
from werkzeug.exceptions import BadRequest, Forbidden
from werkzeug.wrappers import Response

from app.pages.errors import refusal, wants_json
from app.pages.next_page import wanted
from app.pages.signed_in import is_asked_by_script, is_open, signed_in
from app.pages.wired import wired
from app.settings import Settings

SAFE = {"GET", "HEAD", "OPTIONS", "TRACE"}
EXPLAINED_POST = "callback.explain_post"  # from the gateway's site by nature; it is explained, never carried out
LOOPBACK = {"127.0.0.1", "localhost", "::1"}


def guard(app: Flask, machine_endpoints: frozenset[str]) -> None:
    """Judge every request of this app, in this order: host, bytes, origin, sign-in.

    `machine_endpoints` are called by programs and take no cookies: they judge bytes by themselves and have no origin to compare.
    """
    app.extensions["explorer_machines"] = machine_endpoints
    for judge in (judge_host, judge_bytes, judge_origin, judge_sign_in):
        app.before_request(judge)


def judge_host() -> Response | None:
    """Refuse foreign Host headers; lead a person who typed loopback's other name to the one that keeps the cookie."""
    settings = wired().settings
    if "HTTP_HOST" not in request.environ and request.environ.get("SERVER_PROTOCOL") == "HTTP/1.1":
        raise BadRequest("This request names no Host, as HTTP/1.1 requires (RFC 9112 section 3.2).")  # of two, gunicorn says so
    asked_by_address = ("/healthz", "/readyz", settings.metrics_path if settings.metrics_token else "/healthz")
    if request.path in asked_by_address:  # by balancers and monitors; a page that rebinds its name to this machine has no token
        return None
    here = place(request.host)
    if here not in known_places(settings):
        raise BadRequest(f"This app is set up to be opened at {settings.base_url}. To use another address, set PUBLIC_URL.")
    if here == place(urlsplit(settings.base_url).netloc) or request.endpoint is None or _is_practice():
        return None
    if request.method in ("GET", "HEAD"):
        return redirect(settings.base_url + request.full_path.removesuffix("?"), 302)
    raise BadRequest(f"Open this app at {settings.base_url}: a browser keeps the cookies of two host names apart.")


def known_places(settings: Settings) -> set[tuple[str, str]]:
    """The hosts that this app answers to; on a laptop every name of loopback, so that it can lead to the right one."""
    own = place(urlsplit(settings.base_url).netloc)
    known = {own, place(urlsplit(settings.practice_base).netloc)}
    if not settings.hosted and own[0] in LOOPBACK:
        known |= {(name, own[1]) for name in LOOPBACK}
    return known


def place(netloc: str) -> tuple[str, str]:
    """Host name and port of a Host header; the default ports of http and https count as none (a proxy may end TLS)."""
    host, _, port = netloc.lower().rpartition(":") if not netloc.endswith("]") else (netloc.lower(), "", "")
    host, port = (host, port) if host else (port, "")
    return host.strip("[]"), "" if port in ("80", "443") else port


def judge_bytes() -> None:
    """Refuse bytes that are not UTF-8, and NUL, before any page or log sees them (the callback records what came)."""
    if _is_machine():
        return
    raw_path = request.environ.get("PATH_INFO", "").encode("latin-1", "replace")
    query = request.query_string
    if not _is_text(raw_path) or (request.path != "/callback" and not _is_text(unquote_to_bytes(query))):
        raise BadRequest("The address holds bytes that are not UTF-8 text.")
    if request.method not in SAFE and request.mimetype == "application/x-www-form-urlencoded":
        form = request.get_data(cache=True, parse_form_data=False)
        if not _is_text(unquote_to_bytes(form)):
            raise BadRequest("The form holds bytes that are not UTF-8 text.")


def _is_text(raw: bytes) -> bool:
    try:
        return "\0" not in raw.decode("utf-8")
    except UnicodeDecodeError:
        return False


def judge_origin() -> None:
    """Refuse an unsafe request that another site's page made a browser send (Fetch Metadata, then Origin)."""
    if request.method in SAFE or _is_machine() or request.endpoint == EXPLAINED_POST:
        return
    if not is_from_here(request, own_origin(wired().settings)):
        raise Forbidden(
            "Another site's page sent this request, so it was not carried out. Open the page in this app and press the button there."
        )


def judge_sign_in() -> Response | None:
    """Lead people who have not signed in to /login; programs get 401. Addresses that lead nowhere stay what they are."""
    if not wired().settings.has_sign_in or request.endpoint is None or is_open(request.endpoint) or _is_practice() or signed_in():
        return None
    following = wanted()
    login = "/login" + ("?" + urlencode({"next": following}) if following else "")
    if wants_json() or is_asked_by_script():
        answer = refusal(401, "Sign in first", f"Open {wired().settings.base_url}/login in this browser and sign in.")
        answer.headers["HX-Redirect"] = login
        return answer
    return redirect(login, 303)


def own_origin(settings: Settings) -> str:
    """The origin whose pages hold the forms for this address: the app's, or the practice gateway's."""
    return settings.practice_base if _is_practice() else settings.base_url


def is_from_here(asked: Request, own: str) -> bool:
    """Sec-Fetch-Site decides where it is sent; else Origin must be our own; both absent = not a browser."""
    site = asked.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = asked.headers.get("Origin")
    return origin is None or origin.lower() == own.lower()


def _is_machine() -> bool:
    endpoints: frozenset[str] = current_app.extensions["explorer_machines"]
    return request.endpoint in endpoints


def _is_practice() -> bool:
    return (request.blueprint or "").split(".")[0] == "practice"
