"""The one place where pages meet views and templates: a look in, an HTML or JSON answer out."""

from __future__ import annotations

from flask import Response

from app.checks.model import Check
from app.flow.log import Entry
from app.pages.look import Look
from app.pages.start_form import StartForm


def start(form: StartForm) -> Response:
    """The start page."""
    raise NotImplementedError


def run(look: Look) -> Response:
    """The run page."""
    raise NotImplementedError


def twin(look: Look) -> Response:
    """The run's masked JSON."""
    raise NotImplementedError


def exchange(look: Look, entry: Entry, shown: frozenset[str]) -> Response:
    """The page of one exchange; `shown` are the labels of secrets to show in clear."""
    raise NotImplementedError


def catalogue(checks: tuple[Check, ...]) -> Response:
    """The list of all checks."""
    raise NotImplementedError


def check(one: Check) -> Response:
    """The page of one check."""
    raise NotImplementedError
