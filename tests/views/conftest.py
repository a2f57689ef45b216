from __future__ import annotations

import sys
from pathlib import Path

import pytest
from flask import Flask, render_template
from markupsafe import Markup

TESTS = Path(__file__).resolve().parents[1]
sys.path += [str(TESTS / "exchanges")]  # the example walks

from app.pages.account import Site  # noqa: E402
from app.settings import Settings  # noqa: E402


@pytest.fixture(scope="session")
def templates() -> Flask:
    """Our templates and nothing else: what they need of the app is a static address, a nonce, and nothing kept."""
    flask = Flask(__name__, static_folder=None, template_folder=str(TESTS.parent / "templates"))
    flask.add_url_rule("/static/<path:filename>", endpoint="static", build_only=True)
    flask.jinja_env.globals["csp_nonce"] = lambda: "nonce-of-this-page"
    flask.jinja_env.globals["printed"] = lambda groups, print_group: Markup("").join(map(print_group, groups))
    flask.jinja_env.globals["site"] = Site(has_account=True)
    return flask


@pytest.fixture
def render(templates: Flask):  # type: ignore[no-untyped-def]
    """`render("run", page)` is the HTML of pages/run.html."""

    def html(name: str, page: object) -> str:
        with templates.test_request_context("/"):
            return render_template(f"pages/{name}.html", page=page)

    return html


@pytest.fixture
def settings() -> Settings:
    return Settings()
