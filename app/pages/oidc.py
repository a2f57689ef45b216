"""Out to the OpenID provider and back. What is remembered meanwhile is sealed in a cookie: nothing is stored for strangers."""

from __future__ import annotations

import hmac
import json
import time
from dataclasses import asdict
from typing import TYPE_CHECKING

from flask import Blueprint, Response, redirect, request
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as Answer

from app.pages.departure import Departure, Identity, SignInFailed, refuse
from app.pages.limits import address, brake
from app.pages.log_lines import log_event
from app.pages.login import IN_ALL, shown
from app.pages.next_page import own_page
from app.pages.signed_in import Person, open_to_all, owner_of, sign_in
from app.pages.wired import wired
from app.settings import BadSetting, Settings
from app.store.vault import Unreadable

if TYPE_CHECKING:
    from app.pages.provider import Provider

SECONDS = 600  # from leaving to coming back
CALLBACK = "/login/callback"
NOT_FROM_HERE = "This sign-in was not begun in this browser, was used already, or is more than ten minutes old. Sign in again."

bp = Blueprint("oidc", __name__)


def provider_of(settings: Settings) -> Provider | None:
    """The provider where people sign in here, None where they do not. Raises BadSetting where Authlib is missing."""
    if settings.login != "oidc":
        return None
    try:
        from app.pages.provider import Provider
    except ModuleNotFoundError:
        raise BadSetting("LOGIN=oidc needs Authlib: pip install 'mcp-flow-explorer[oidc]'.") from None
    return Provider(settings, settings.base_url + CALLBACK)


@bp.get("/login/leave")
@open_to_all
def leave() -> Answer:
    """302 to the provider. A link and not a form: the content security policy lets no form lead elsewhere."""
    provider, most = _provider(), wired().settings.login_tries_per_minute * IN_ALL
    brake("sign-ins", address(), most, f"{most} sign-ins were begun from this address within a minute, as many as may be.")
    try:
        left = provider.leave()
    except SignInFailed as failed:
        return _refused(failed)
    answer = redirect(left.url, 302)
    kept = {**asdict(left), "url": "", "at": int(time.time()), "next": own_page(request.args.get("next", ""))}
    sealed = wired().store.vault.seal(json.dumps(kept).encode()).decode("ascii")
    answer.set_cookie(_cookie(), sealed, max_age=SECONDS, path="/", secure=_is_https(), httponly=True, samesite="Lax")
    return answer


@bp.get(CALLBACK)
@open_to_all
def come_back() -> Answer:
    """303 into the app as the person whom the provider names, or the sign-in page with the sentence that says what was wrong."""
    provider = _provider()
    try:
        kept = _kept()
        identity = provider.arrive(_departure(kept), {name: request.args[name] for name in request.args})
    except SignInFailed as failed:
        return _refused(failed)
    sign_in(_person(identity))
    log_event("signed in", how="oidc")
    return _without_cookie(redirect(own_page(kept["next"]) or "/", 303))


def _kept() -> dict[str, str]:
    """What was remembered when this browser left, where it fits the state that came back; taken once. Raises SignInFailed."""
    try:
        kept: dict[str, str] = json.loads(wired().store.vault.open(request.cookies.get(_cookie(), "").encode()))
    except (Unreadable, ValueError):
        refuse("no departure", NOT_FROM_HERE)
    states = request.args.getlist("state")
    if len(states) != 1 or not hmac.compare_digest(states[0].encode(), kept["state"].encode()):
        refuse("state", NOT_FROM_HERE)
    if time.time() - int(kept["at"]) > SECONDS or wired().store.counters.take("sign-in states", kept["state"], 1, SECONDS):
        refuse("state", NOT_FROM_HERE)
    if any(len(request.args.getlist(name)) > 1 for name in request.args):
        refuse("twice", "The provider's answer names something twice, so it was not used. Sign in again.")
    return kept


def _departure(kept: dict[str, str]) -> Departure:
    return Departure("", kept["state"], kept["nonce"], kept["verifier"])


def _person(identity: Identity) -> Person:
    return Person(identity.name, owner_of(identity.issuer, identity.subject))


def _provider() -> Provider:
    provider = wired().provider
    if provider is None:
        raise NotFound
    return provider


def _refused(failed: SignInFailed) -> Response:
    log_event("sign-in refused", why=failed.why)
    answer = shown("", failed.says)
    answer.status_code = 403
    _without_cookie(answer)
    return answer


def _without_cookie(answer: Answer) -> Answer:
    answer.delete_cookie(_cookie(), path="/", secure=_is_https(), httponly=True, samesite="Lax")
    return answer


def _is_https() -> bool:
    return wired().settings.base_url.startswith("https://")


def _cookie() -> str:
    return "__Host-sign-in" if _is_https() else "sign-in"
