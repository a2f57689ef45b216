"""MCP Flow Explorer: walks an MCP gateway's OAuth flow in browser pages. `create_app` wires the parts; nothing else happens here."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from app.pages.wired import Wire
    from app.settings import Settings

FORM_BYTES = 64_000  # the longest form is an edited request; bodies of gateways never come in here


def create_app(settings: Settings | None = None, *, wire: Wire | None = None) -> Flask:
    """The app. `settings` come from the environment unless given; `wire` is what sends, for tests that send nothing."""
    from flask import Flask

    from app.pages.account import frame
    from app.pages.blueprints import BLUEPRINTS
    from app.pages.errors import explain_errors
    from app.pages.gate import guard
    from app.pages.headers import fixed, protect
    from app.pages.jobs import Jobs
    from app.pages.memory import Memory
    from app.pages.password import password_of
    from app.pages.practice_documents import documents_through
    from app.pages.printed import keep_printed
    from app.pages.sessions import open_sessions
    from app.pages.static import serve_static
    from app.pages.wired import Wired
    from app.practice import MACHINE_ENDPOINTS, create_practice
    from app.practice.tables import metadata as practice_tables
    from app.settings import from_environment
    from app.store.database import create_tables
    from app.store.opening import open_store
    from app.wire.recorder import Wire as RealWire

    settings = settings or from_environment()
    store, wire = open_store(settings), wire or RealWire(settings)
    create_tables(store.engine, practice_tables)
    app = Flask(__name__, static_folder=None, template_folder=str(beside("templates")))
    app.config.update(MAX_CONTENT_LENGTH=FORM_BYTES, MAX_FORM_MEMORY_SIZE=FORM_BYTES)
    app.extensions["explorer"] = Wired(settings, store, Jobs(store.leases, settings), wire, Memory(), password_of(settings))
    guard(app, MACHINE_ENDPOINTS)
    open_sessions(app, settings, store.sessions)
    protect(app, settings)
    keep_printed(app)
    explain_errors(app)
    frame(app, settings)
    serve_static(app, beside("static"), tuple(fixed(settings)))
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    app.register_blueprint(create_practice(settings, store.engine, documents_through(wire, settings)))
    return app


def beside(name: str) -> Path:
    """A folder of ours: inside the package where it was installed from a wheel, else beside it."""
    package = Path(__file__).resolve().parent
    inside = package / name
    return inside if inside.is_dir() else package.parent / name
