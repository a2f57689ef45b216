"""Table, tests and README say the same."""

from __future__ import annotations

import pytest
from requirements import write_readme
from requirements.collected import marked_tests
from requirements.marks import entries_of, under, unknown, untested
from requirements.table import ENTRIES, OURS, RULES


@pytest.fixture(scope="module")
def marked(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    return marked_tests(tmp_path_factory.mktemp("requirements") / "marked.json")


def test_every_entry_of_the_table_has_a_test(marked: dict[str, list[str]]) -> None:
    assert untested(ENTRIES, marked) == []


def test_every_marked_test_names_entries_of_the_table(marked: dict[str, list[str]]) -> None:
    assert unknown(ENTRIES, marked) == []


def test_a_missing_tie_is_seen_from_both_ends() -> None:
    marked = {"test_a": ["C1@2025-03-26"], "test_b": ["C99@2025-03-26"], "test_c": []}
    assert untested(["C1@2025-03-26", "C2@2025-06-18"], marked) == ["C2@2025-06-18"]
    assert unknown(["C1@2025-03-26"], marked) == ["test_b: C99@2025-03-26", "test_c: nothing"]


def test_a_rule_is_run_in_its_own_revisions_only() -> None:
    assert entries_of(["C10", "C21"], "2025-03-26") == ("C21@2025-03-26",)
    assert [param.values[0] for param in under("C10").args[1]] == ["2025-11-25", "2026-07-28"]


def test_the_table_has_every_rule_once_and_a_reason_for_each_of_our_own() -> None:
    assert [rule.id for rule in RULES] == [f"C{number}" for number in range(1, 42)]
    assert [rule.id for rule in RULES if "+" in rule.levels and not rule.reason] == []
    assert all(len(rule.levels) == 4 and set(rule.levels) <= set("MSm+.") for rule in RULES)
    assert {entry.rule.id for entry in ENTRIES.values() if entry.level == OURS} == {rule.id for rule in RULES if "+" in rule.levels}


def test_the_readme_says_what_the_table_says() -> None:
    readme = write_readme.README.read_text(encoding="utf-8")
    assert write_readme.written(readme) == readme, "make rules"


def test_a_readme_that_differs_is_seen() -> None:
    readme = write_readme.README.read_text(encoding="utf-8")
    changed = readme.replace("| MUST |", "| MAY |", 1)
    assert changed != readme and write_readme.written(changed) != changed
    with pytest.raises(ValueError, match="no lines"):
        write_readme.written("no markers here")
