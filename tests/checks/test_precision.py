"""The precision table: it agrees with the README, is clean, and would show a blind or a loud check."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from precision import BEGIN, README, Row, healthy_walks, measured, rows, section, written

from app.checks.engine import examine
from app.checks.examples.corpus import EXAMPLES, MORE
from app.checks.examples.tape import Example, run_of

CODE = "server_metadata.issuer_slash"
GOOD: Example = EXAMPLES[CODE]


def test_the_readme_has_the_table_that_the_command_makes(tmp_path: Path) -> None:
    healthy = healthy_walks(tmp_path)
    table = rows(EXAMPLES, MORE, healthy)
    readme = README.read_text(encoding="utf-8")
    assert written(readme, section(table)) == readme, "run `make precision`"
    assert [row.code for row in table if row.found < row.faulty or row.alarms] == []


def test_a_check_that_sees_nothing_is_seen() -> None:
    assert measured(CODE, replace(GOOD, fails=GOOD.passes), (), ()) == Row(CODE, 0, 1, 0, 1)


def test_the_wrong_level_does_not_count_as_found() -> None:
    assert measured(CODE, replace(GOOD, level="NOTE"), (), ()).found == 0


def test_an_alarm_about_a_fine_walk_is_seen() -> None:
    assert measured(CODE, replace(GOOD, passes=GOOD.fails), (), ()) == Row(CODE, 1, 1, 1, 1)
    assert measured(CODE, GOOD, [("it must not be told here", GOOD.fails, "")], ()).alarms == 1


def test_an_alarm_about_a_healthy_gateway_is_seen_and_a_note_is_none() -> None:
    loud = examine(run_of(GOOD.fails))
    assert measured(CODE, GOOD, (), [loud]) == Row(CODE, 1, 1, 1, 2)
    assert measured(CODE, GOOD, (), [[replace(f, level="NOTE") for f in loud]]).alarms == 0


def test_a_readme_without_the_markers_is_refused() -> None:
    with pytest.raises(ValueError, match="precision: begin"):
        written("# No table here\n", BEGIN)
