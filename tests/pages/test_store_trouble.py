"""A store in trouble: a sentence on every page, no fault of ours, and everything back when it is back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from browsers import Browser

from app.store.database import StoreUnavailable
from app.store.runs import RunGone

FULL = "The store is full: nothing new can be written down."


@pytest.fixture
def full(ada: Browser, monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """A browser with a run, whose store can no longer be written."""
    ada.start()

    def refuse(*_: object, **__: object) -> None:
        raise StoreUnavailable(FULL)

    for place in ("runs", "leases", "sessions", "states", "together"):
        monkeypatch.setattr(f"app.store.{place}.writing", refuse)
    yield monkeypatch


@pytest.mark.attack("D3")
def test_what_was_kept_can_still_be_read(ada: Browser, full: pytest.MonkeyPatch) -> None:
    assert ada.get("/").status_code == 200
    assert ada.look().state == "ready"


@pytest.mark.parametrize("path", ["/runs", "/runs/{run}/step", "/runs/{run}/delete", "/forget-everything"])
def test_writing_is_refused_with_the_store_s_own_sentence(ada: Browser, full: pytest.MonkeyPatch, path: str) -> None:
    answer = ada.post(path.format(run=ada.run_id), {"target": "https://g.example/mcp"})
    assert answer.status_code == 503
    assert FULL in answer.text
    assert answer.headers["Retry-After"] and "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_the_walk_goes_on_when_the_store_is_back(ada: Browser, full: pytest.MonkeyPatch) -> None:
    ada.post(f"/runs/{ada.run_id}/step")
    full.undo()
    assert ada.look().state == "ready"
    assert ada.press("run").state == "authorize"


def test_a_store_that_cannot_even_be_read_is_a_page_too(ada: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    ada.start()

    def refuse(*_: object) -> None:
        raise StoreUnavailable("The store cannot be reached at the moment.")

    for place in ("runs", "leases", "sessions", "states"):
        monkeypatch.setattr(f"app.store.{place}.reading", refuse)
    for path in ("/", f"/runs/{ada.run_id}", f"/runs/{ada.run_id}.json", "/callback?state=x"):
        answer = ada.get(path)
        assert answer.status_code == 503, path
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert Browser(ada.app).get("/").status_code == 200


def test_a_run_that_goes_while_it_is_looked_at_is_404(ada: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    ada.start()

    def gone(*_: object) -> None:
        raise RunGone

    monkeypatch.setattr("app.store.leases.Leases.lease_of", gone)
    assert ada.get(f"/runs/{ada.run_id}").status_code == 404
