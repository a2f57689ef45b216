"""Every attack that we know of has a test that names it."""

from __future__ import annotations

import re
from pathlib import Path

from attacks.attack_marks import TESTS, marked_tests, unknown, untested
from attacks.attack_rows import ROWS


def test_every_row_has_a_test() -> None:
    assert untested(ROWS, marked_tests()) == []


def test_every_mark_names_a_row() -> None:
    assert unknown(ROWS, marked_tests()) == []


def test_a_missing_tie_is_seen_from_both_ends(tmp_path: Path) -> None:
    (tmp_path / "test_one.py").write_text(
        '@pytest.mark.attack("S1", "Z9")\n@pytest.mark.slow\ndef test_a(): ...\n\n'
        "@pytest.mark.attack()\ndef test_b(): ...\n\ndef test_c(): ...\n"
    )
    marked = marked_tests(tmp_path)
    assert marked == {"test_one.py::test_a": ["S1", "Z9"], "test_one.py::test_b": []}
    assert untested(["S1", "S2"], marked) == ["S2"]
    assert unknown(["S1", "S2"], marked) == ["test_one.py::test_a: Z9", "test_one.py::test_b: nothing"]


def test_the_readme_counts_the_rows() -> None:
    readme = (TESTS.parent / "README.md").read_text(encoding="utf-8")
    assert f"{len(ROWS)} ways to attack" in readme
    named = re.findall(r"`((?:views|pages|wire|store|flow|checks)/[a-z/]*(?:\.py)?)`", readme.split("## Security")[1].split("## Tests")[0])
    assert len(named) > 8 and [name for name in named if not (TESTS.parent / "app" / name).exists()] == []
