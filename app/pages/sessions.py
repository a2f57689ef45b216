"""Browser sessions: ids on the server, a cookie with nothing but a session id in the browser."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Flask, Request, Response, session
from flask_session.cachelib import CacheLibSessionInterface

from app.pages.errors import explain_store
from app.settings import Settings
from app.store.database import StoreUnavailable
from app.store.sessions import Sessions

SESSION_ID_BYTES = 32
UNREAD = "unread_because"
FORMER = "former_ids"


class BrowserSessions(CacheLibSessionInterface):  # type: ignore[misc]
    """Flask-Session's interface over a store that may be in trouble: it says so instead of breaking half-way through an answer."""

    def open_session(self, app: Flask, request: Request) -> Any:
        """The session. Where the store cannot be read, an empty one that remembers why."""
        try:
            return super().open_session(app, request)
        except StoreUnavailable as error:
            unread = self.session_class(sid="", permanent=self.permanent)
            setattr(unread, UNREAD, error)
            return unread

    def regenerate(self, session: Any) -> None:
        """A new id for the session. The old one ends when the new one has been kept, so a store in trouble loses nobody's session."""
        if session:
            setattr(session, FORMER, [*getattr(session, FORMER, ()), session.sid])
            session.sid = self._generate_sid(self.sid_length)
            session.modified = True

    def save_session(self, app: Flask, session: Any, response: Response) -> None:
        """Save where something changed. Where that fails the answer becomes the sentence that says so."""
        if hasattr(session, UNREAD):
            return
        try:
            super().save_session(app, session, response)
            for former in getattr(session, FORMER, ()):
                self._delete_session(self._get_store_id(former))
        except StoreUnavailable as error:
            if response.status_code < 500:
                _turn_into(response, explain_store(error))


def _turn_into(response: Response, other: Response) -> None:
    response.headers.remove("Location")
    response.headers.update(other.headers)
    response.status_code = other.status_code
    response.set_data(other.get_data())


def refuse_unread_session() -> None:
    """Raises StoreUnavailable where this request's session could not be read: nobody may seem to have lost their runs by that."""
    error = getattr(session, UNREAD, None)
    if error is not None:
        raise error


def open_sessions(app: Flask, settings: Settings, sessions: Sessions) -> None:
    """Keep sessions in our store. Reading one creates nothing; the cookie is set when a run is started."""
    https = settings.base_url.startswith("https://")
    app.config.update(
        SESSION_COOKIE_NAME="__Host-explorer" if https else "explorer",  # the prefix keeps other hosts from setting it
        SESSION_COOKIE_SECURE=https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",  # Strict would not come along when the gateway sends the browser to /callback
        SESSION_REFRESH_EACH_REQUEST=False,  # or a slow page that only reads erases what another one wrote meanwhile
        PERMANENT_SESSION_LIFETIME=timedelta(seconds=max(settings.run_life_seconds, settings.saved_seconds)),  # saved targets, open shares
    )
    app.session_interface = BrowserSessions(client=sessions, permanent=True, sid_length=SESSION_ID_BYTES)
