"""MCP Flow Explorer: walks an MCP gateway's OAuth flow in browser pages. `create_app` wires the parts; nothing else happens here."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from app.pages.wired import Wire, Wired
    from app.settings import Settings


def create_app(settings: Settings | None = None, *, wire: Wire | None = None) -> Flask:
    """The app. `settings` come from the environment unless given; `wire` is what sends, for tests that send nothing."""
    from flask import Flask

    from app.pages.blueprints import BLUEPRINTS
    from app.pages.practice_documents import documents_through
    from app.practice import create_practice
    from app.settings import from_environment
    from app.wire.parse.bounds import BOUNDS
    from app.wire.recorder import Wire as RealWire

    settings = settings or from_environment()
    BOUNDS.use(settings)
    wire = wire or RealWire(settings)
    app = Flask(__name__, static_folder=None, template_folder=str(beside("templates")))
    app.config.update(MAX_CONTENT_LENGTH=settings.form_bytes, MAX_FORM_MEMORY_SIZE=settings.form_bytes)
    parts = app.extensions["explorer"] = _parts(settings, wire)
    if settings.metrics_path:
        from app.pages.metrics import count_everything, show_metrics

        parts = app.extensions["explorer"] = count_everything(app, parts)
    _surround(app, parts)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    documents = documents_through(parts.wire, settings)
    app.register_blueprint(create_practice(settings, parts.store.engine, documents, keeper=parts.store.vault))
    if settings.metrics_path:
        show_metrics(app, parts)
    return app


def _parts(settings: Settings, wire: Wire) -> Wired:
    """What pages reach for."""
    from app.pages.jobs import Jobs
    from app.pages.memory import Memory
    from app.pages.oidc import provider_of
    from app.pages.password import password_of
    from app.pages.wired import Wired
    from app.practice.tables import metadata as practice_tables
    from app.store.database import StoreUnavailable
    from app.store.opening import open_store, unusable

    try:
        store = open_store(settings, beside=(practice_tables,))
    except StoreUnavailable as error:
        raise unusable(error) from None
    jobs = Jobs(store.leases, settings, wait_s=settings.place_seconds)
    return Wired(settings, store, jobs, wire, Memory(), password=password_of(settings), provider=provider_of(settings))


def _surround(app: Flask, parts: Wired) -> None:
    """What happens around every page: the gate before it, sessions, headers, errors, the frame, and static files beside it."""
    from app.pages.account import frame
    from app.pages.errors import explain_errors
    from app.pages.gate import guard
    from app.pages.headers import of_files, protect
    from app.pages.printed import keep_printed
    from app.pages.request_ids import stand_behind_proxies
    from app.pages.sessions import open_sessions
    from app.pages.static import serve_static
    from app.practice import MACHINE_ENDPOINTS

    guard(app, MACHINE_ENDPOINTS)
    open_sessions(app, parts.settings, parts.store.sessions)
    protect(app, parts.settings)
    keep_printed(app)
    explain_errors(app)
    frame(app, parts.settings)
    serve_static(app, beside("static"), tuple(of_files(parts.settings)))
    stand_behind_proxies(app, parts.settings)


def beside(name: str) -> Path:
    """A folder of ours: inside the package where it was installed from a wheel, else beside it."""
    package = Path(__file__).resolve().parent
    inside = package / name
    return inside if inside.is_dir() else package.parent / name
