"""Who is signed in: kept in the server-side session, for a working day, and only as long as the way of signing in stays the same."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from flask import current_app, request, session

from app.pages.sessions import refuse_unread_session
from app.pages.wired import wired

KEY = "person"
View = TypeVar("View", bound=Callable[..., object])


@dataclass(frozen=True)
class Person:
    """Somebody signed in. `owner` is empty where the way of signing in does not tell people apart."""

    name: str
    owner: str = ""


def open_to_all(view: View) -> View:
    """Mark a page that needs no sign-in."""
    view.open_to_all = True  # type: ignore[attr-defined]
    return view


def is_open(endpoint: str | None) -> bool:
    """Does this endpoint answer people who have not signed in?"""
    return getattr(current_app.view_functions.get(endpoint or ""), "open_to_all", False)


def signed_in() -> Person | None:
    """The person of this browser, None where nobody is. Raises StoreUnavailable."""
    refuse_unread_session()
    kept = session.get(KEY)
    if not isinstance(kept, dict) or kept.get("way") != _way() or not _is_fresh(kept.get("at")):
        return None
    return Person(str(kept.get("name", "")), str(kept.get("owner", "")))


def sign_in(person: Person) -> None:
    """Begin a session with a new id, so that no planted id becomes a signed-in one.

    The runs of this browser stay its own where people are not told apart; else they are those of the person.
    """
    before = _owner_to_keep() if not person.owner else ""
    session.clear()
    session[KEY] = {"name": person.name, "owner": person.owner, "at": int(time.time()), "way": _way()}
    if person.owner or before:
        session["owner"] = person.owner or before
    current_app.session_interface.regenerate(session)  # type: ignore[attr-defined]


def _owner_to_keep() -> str:
    """The owner of this browser's runs, where a sign-in of the same kind has run out; never that of a person."""
    kept = session.get(KEY)
    return str(session.get("owner", "")) if isinstance(kept, dict) and not kept.get("owner") else ""


def owner_of(issuer: str, subject: str) -> str:
    """The owner id of a person at a provider: the same in every browser, and not to be guessed from outside a session."""
    return "person-" + hashlib.sha256(f"{issuer}\0{subject}".encode()).hexdigest()


def _way() -> str:
    """A mark of how people sign in here: another password or another provider ends the sessions of the one before."""
    asked = wired().settings
    way = (asked.login, asked.login_password, asked.login_password_hash, asked.oidc_issuer, asked.oidc_client_id, asked.oidc_allowed)
    return wired().store.vault.blind("way of signing in", "\0".join(way))


def _is_fresh(at: object) -> bool:
    return isinstance(at, int) and 0 <= time.time() - at < wired().settings.sign_in_seconds


def is_asked_by_script() -> bool:
    """Does htmx ask for a piece of a page?"""
    return "HX-Request" in request.headers
