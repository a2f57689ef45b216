"""Right, beside what is wrong: the shapes that app/__init__.py has. Never imported."""

from flask import Flask


# ok: route-beside-the-gate
def create_app(settings):
    app = Flask(__name__)
    parts = made_of(settings)
    _surround(app, parts)
    return app


# ok: route-beside-the-gate
def _surround(app, parts):
    from app.pages.gate import guard

    guard(app, parts.machines)
    protect(app)
