"""Forty people in a room at once: nothing is lost, nothing breaks, pages stay quick. `make bench` writes the same figures down."""

from __future__ import annotations

from pathlib import Path

from room import measure_room
from running import running_app


def test_forty_people_walk_and_answer_at_once(tmp_path: Path) -> None:
    with running_app(tmp_path) as app:
        missed = [figure.row() for figure in measure_room(app) if not figure.is_held]
    assert missed == []
