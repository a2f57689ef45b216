"""The precision table: it agrees with the README, is clean, and would show a blind or a loud check."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from measured import WRITTEN_TO, WalkShown, note_walk, walks_in
from precision import BEGIN, README, Row, healthy_walks, measured, rows, section, tapes_in, walked_rows, written

from app.checks.engine import examine
from app.checks.examples.corpus import EXAMPLES, MORE
from app.checks.examples.tape import Example, run_of

CODE, OTHER = "server_metadata.issuer_slash", "server_metadata.plain_pkce"
GOOD: Example = EXAMPLES[CODE]


def test_the_readme_has_the_table_that_the_command_makes(tmp_path: Path) -> None:
    table = rows(EXAMPLES, MORE, healthy_walks(tmp_path))
    readme = README.read_text(encoding="utf-8")
    assert tapes_in(readme) == [f"`{row.code}` | {row}" for row in table], "run `make precision`"
    assert [row.code for row in table if not row.is_clean] == []


def test_live_walks_are_counted_code_by_code() -> None:
    walks = [
        WalkShown([("STOP", CODE), ("WARN", OTHER)], [CODE]),
        WalkShown([("NOTE", OTHER)], [CODE]),
        WalkShown([("STOP", CODE), ("WARN", OTHER)], [CODE], excused=[OTHER]),
        WalkShown([("STOP", OTHER)], clean=[CODE]),
    ]
    counted = {row.code: row for row in walked_rows(walks)}
    assert counted[CODE] == Row(CODE, 2, 3, 0, 1)
    assert counted[OTHER] == Row(OTHER, 0, 0, 1, 2)
    assert counted["token.pkce"] == Row("token.pkce", 0, 0, 0, 3)


def test_the_section_is_read_back_as_it_was_written() -> None:
    tapes, live = [Row(CODE, 1, 2, 3, 4)], [Row(CODE, 5, 6, 7, 8)]
    text = section(tapes, live)
    assert tapes_in(text) == [f"`{CODE}` | 1 of 2 | 3 of 4"]
    assert f"| `{CODE}` | 1 of 2 | 3 of 4 | 5 of 6 | 7 of 8 |" in text


def test_a_walk_is_written_down_only_where_somebody_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    note_walk([("STOP", CODE)], expected=[CODE])
    file = tmp_path / "walks"
    monkeypatch.setenv(WRITTEN_TO, str(file))
    note_walk([("STOP", CODE)], expected=[CODE])
    note_walk([("NOTE", OTHER)], clean=[CODE], excused=[OTHER])
    assert walks_in(file) == [WalkShown([("STOP", CODE)], [CODE]), WalkShown([("NOTE", OTHER)], [], [CODE], [OTHER])]


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
