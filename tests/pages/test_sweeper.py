"""Each worker removes by itself what is over, says so in one line, and bears a store in trouble."""

from __future__ import annotations

import logging
import subprocess
import sys
import time
from pathlib import Path

import pytest
from browsers import Browser
from flask import Flask
from running import ROOT

from app.pages import sweeper
from app.pages.wired import Wired
from app.settings import Settings
from app.store.database import StoreUnavailable


def parts_of(app: Flask) -> Wired:
    parts: Wired = app.extensions["explorer"]
    return parts


@pytest.mark.attack("C4", "L8")
def test_a_run_that_is_over_goes_from_the_store_and_from_memory(app: Flask, ada: Browser, caplog: pytest.LogCaptureFixture) -> None:
    ada.start()
    ada.press("run")
    assert ada.run_id in parts_of(app).memory.held()
    assert sweeper.sweep_once(parts_of(app), time.time()) == {} and ada.look().state == "authorize"
    with caplog.at_level(logging.INFO):
        swept = sweeper.sweep_once(parts_of(app), time.time() + parts_of(app).settings.run_idle_seconds + 60)
    assert swept["runs"] == 1 and ada.run_id not in parts_of(app).memory.held()
    lines = [record.getMessage() for record in caplog.records if "swept" in record.getMessage()]
    assert len(lines) == 1 and lines[0].startswith('swept rows=2 tables="counters runs"')
    assert ada.get(f"/runs/{ada.run_id}").status_code == 404


def test_a_store_in_trouble_is_one_line_and_the_next_turn_tries_again(
    app: Flask, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    turns, naps = [], []

    def sweeps(*_: object, **__: object) -> dict[str, int]:
        turns.append(1)
        if len(turns) == 1:
            raise StoreUnavailable("The store is full.")
        return {}

    def nap(seconds: float) -> None:
        naps.append(seconds)
        if len(naps) == 3:
            raise SystemExit

    monkeypatch.setattr(sweeper, "sweep", sweeps)
    monkeypatch.setattr(sweeper.time, "sleep", nap)
    with caplog.at_level(logging.INFO), pytest.raises(SystemExit):
        sweeper._sweep_on(parts_of(app))
    assert len(turns) == 2 and naps[1:] == [sweeper.SWEEP_SECONDS] * 2
    assert [record.getMessage().split(" error")[0] for record in caplog.records] == ['not swept reason="The store is full."']


def test_a_worker_of_the_server_begins_to_sweep(tmp_path: Path) -> None:
    begins = """
import threading, types
from app import create_app
from app.serving import post_worker_init
post_worker_init(types.SimpleNamespace(wsgi=create_app()))
assert "sweeper" in [thread.name for thread in threading.enumerate()]
"""
    asked = [sys.executable, "-c", begins]
    ended = subprocess.run(asked, cwd=ROOT, env={"PATH": "", "DATA_DIR": str(tmp_path)}, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 0, ended.stderr


@pytest.mark.parametrize(("idle", "life", "pause"), [(7_200, 86_400, 300.0), (400, 86_400, 100.0), (7_200, 60, 15.0), (1, 1, 1.0)])
def test_the_shorter_runs_live_the_more_often_a_worker_sweeps(idle: int, life: int, pause: float) -> None:
    assert sweeper.pause_of(Settings(run_idle_seconds=idle, run_life_seconds=life)) == pause
