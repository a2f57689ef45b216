"""A pytest plugin that only collects: it writes down, as JSON, which test names which entries. `marked_tests` runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
OUT = "REQUIREMENTS_OUT"
MARKS = ("mark.requirement", "@under", "@proves", "proves(", "under(")


def pytest_collection_finish(session: pytest.Session) -> None:
    marked = {item.nodeid: [id for mark in item.iter_markers("requirement") for id in mark.args] for item in session.items}
    has_mark = {item.nodeid for item in session.items if item.get_closest_marker("requirement")}
    if OUT in os.environ:
        Path(os.environ[OUT]).write_text(json.dumps({test: ids for test, ids in marked.items() if test in has_mark}), encoding="utf-8")


def marked_tests(out: Path) -> dict[str, list[str]]:
    """The ids that each marked test names, by test, as pytest itself collects them. Raises RuntimeError where it cannot."""
    files = [str(path) for path in sorted(TESTS.rglob("test_*.py")) if any(mark in path.read_text(encoding="utf-8") for mark in MARKS)]
    environment = os.environ | {OUT: str(out), "PYTHONPATH": os.pathsep.join([str(TESTS.parent), str(TESTS)])}
    command = [sys.executable, "-m", "pytest", "--all", "--collect-only", "-q", "-p", "requirements.collected", "-p", "no:cacheprovider"]
    done = subprocess.run([*command, *files], cwd=TESTS.parent, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stdout[-3000:] + done.stderr[-1000:])
    found: dict[str, list[str]] = json.loads(out.read_text(encoding="utf-8"))
    return found
