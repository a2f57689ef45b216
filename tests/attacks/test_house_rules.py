"""The rules of tests/attacks/rules.yml, asked by semgrep: our sources break none, and each sees what breaks it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
SEMGREP = ROOT / ".cache" / "semgrep" / "bin" / "semgrep"  # `make test` installs it, into an environment of its own
RULES = ROOT / "tests" / "attacks" / "rules.yml"
BROKEN = ROOT / "tests" / "attacks" / "broken"
WANTED = re.compile(r"\b(ruleid|ok): ([\w, -]+?)(?: #\}|$)")
pytestmark = pytest.mark.slow


def asked(folder: Path, own: Path) -> dict[str, Any]:
    """What semgrep says of app/ and templates/ in a folder. It calls nobody: a proxy that does not answer stands in its way."""
    flags = ("--metrics=off", "--disable-version-check", "--jobs=2", "--json", "--project-root=.", "--no-git-ignore")
    nowhere = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY"), "http://127.0.0.1:9")
    keeps = {"SEMGREP_SETTINGS_FILE": str(own / "settings.yml"), "SEMGREP_LOG_FILE": str(own / "log")}
    done = subprocess.run(
        [str(SEMGREP), "scan", *flags, f"--config={RULES}", "app", "templates"],
        cwd=folder,
        env=os.environ | nowhere | keeps,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, Any] = json.loads(done.stdout)
    assert found["errors"] == []
    return found


def lines_of(found: dict[str, Any]) -> set[tuple[str, int, str]]:
    return {(one["path"], one["start"]["line"], one["check_id"].rpartition(".")[2]) for one in found["results"]}


def wanted_lines(folder: Path) -> tuple[set[tuple[str, int, str]], set[str]]:
    """The line below each `ruleid: name`, and the names that some `ok:` line clears."""
    broken, cleared = set(), set()
    for path in (path for path in folder.rglob("*") if path.is_file()):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            for kind, names in WANTED.findall(line):
                for name in names.split(", "):
                    if kind == "ok":
                        cleared.add(name)
                    else:
                        broken.add((path.relative_to(folder).as_posix(), number + 1, name))
    return broken, cleared


@pytest.mark.attack("H2")
def test_no_source_and_no_template_breaks_a_rule(tmp_path: Path) -> None:
    found = asked(ROOT, tmp_path)
    sources = [*(ROOT / "app").rglob("*.py"), *(ROOT / "templates").rglob("*.html")]
    assert lines_of(found) == set()
    assert len(set(found["paths"]["scanned"]) & {path.relative_to(ROOT).as_posix() for path in sources}) == len(sources) > 300


def test_each_rule_sees_what_breaks_it_and_nothing_else(tmp_path: Path) -> None:
    shutil.copytree(BROKEN, tmp_path / "broken")
    broken, _ = wanted_lines(BROKEN)
    assert lines_of(asked(tmp_path / "broken", tmp_path)) == broken


def test_every_rule_is_proved_from_both_sides() -> None:
    rules = set(re.findall(r"^  - id: ([\w-]+)$", RULES.read_text(encoding="utf-8"), flags=re.M))
    broken, cleared = wanted_lines(BROKEN)
    assert {name for _, _, name in broken} == rules and len(rules) >= 15
    assert cleared - rules == set() and len(cleared) > 12
