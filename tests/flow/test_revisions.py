"""The table of revisions: every column decides something, and `auto` becomes what was negotiated."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from app.flow.revisions import REVISIONS, Revision, rules

APP = Path(__file__).resolve().parents[2] / "app"


@pytest.mark.parametrize("column", [f.name for f in fields(Revision)])
def test_no_column_is_there_for_nothing(column: str) -> None:
    asked = re.compile(rf"(?:\brules\([^)]*\)|\brules_for\(\w+\)|REVISIONS\[\w+\])\.{column}\b")
    assert any(asked.search(path.read_text(encoding="utf-8")) for path in APP.rglob("*.py")), f"nobody asks for {column}"


@pytest.mark.parametrize(
    ("given", "era", "protocol", "name"),
    [
        ("2025-06-18", "modern", "2026-07-28", "2025-06-18"),
        ("auto", "", "", "2026-07-28"),
        ("auto", "legacy", "", "2025-11-25"),
        ("auto", "legacy", "2025-03-26", "2025-03-26"),
        ("auto", "", "1999-01-01", "2026-07-28"),
    ],
)
def test_the_chosen_revision_wins_then_the_negotiated_then_the_era(given: str, era: str, protocol: str, name: str) -> None:
    assert rules(given, era, protocol) is REVISIONS[name]
