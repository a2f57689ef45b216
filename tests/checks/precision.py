"""`make precision`: which codes are found where they should be, and which are told where nothing is wrong. Writes a table into the README.

Two counts. Tapes: the examples of the catalogue that must show a code at the level that they name, those that must not, and healthy
walks of the canned and the practice gateway. Live walks: what the tests of `LIVE` write down while they walk through the pages, where
every server of ours misbehaves in every way that it can, and servers that nobody here wrote are held to a written list.
A NOTE about a healthy walk tells how a gateway behaves and is no alarm; STOP and WARN are.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path += [str(ROOT), *(str(ROOT / "tests" / name) for name in ("", "flow", "checks"))]

from canned import Gateway  # noqa: E402
from measured import WRITTEN_TO, WalkShown, walks_in  # noqa: E402
from practice_person import practice_gateway, whole_walk  # noqa: E402
from test_walks import walked  # noqa: E402

from app.checks.catalogue import CHECKS  # noqa: E402
from app.checks.engine import examine  # noqa: E402
from app.checks.examples.corpus import EXAMPLES, MORE  # noqa: E402
from app.checks.examples.healthy import walk_through  # noqa: E402
from app.checks.examples.tape import Example, Tape, run_of  # noqa: E402
from app.checks.model import NOTE, Finding  # noqa: E402

README = ROOT / "README.md"
BEGIN, END = "<!-- precision: begin, written by tests/checks/precision.py -->", "<!-- precision: end -->"
REVISIONS = ("auto", "2025-06-18", "2025-11-25", "2026-07-28")
ROUTES = ("linear-v1", "github-v1")
LIVE = ("tests/codes", "tests/practice/faults", "tests/interop/test_servers.py")
FOREIGN = {"python_sdk": "interop", "fastmcp": "interop-fastmcp", "typescript": "interop-ts"}  # server -> its environment in .cache
FOREIGN_WALK = "tests/interop/test_servers.py::test_the_whole_walk_and_exactly_these_findings"
Findings = Sequence[Finding]
Further = Sequence[tuple[str, Tape, str]]


@dataclass(frozen=True)
class Row:
    """One code: in how many of its walks it was found, and in how many of the others it was told all the same."""

    code: str
    found: int
    faulty: int
    alarms: int
    clean: int

    def __add__(self, other: Row) -> Row:
        return Row(self.code, self.found + other.found, self.faulty + other.faulty, self.alarms + other.alarms, self.clean + other.clean)

    def __str__(self) -> str:
        return f"{self.found} of {self.faulty} | {self.alarms} of {self.clean}"

    @property
    def is_clean(self) -> bool:
        return self.found == self.faulty and not self.alarms


def measured(code: str, example: Example, further: Further, healthy: Sequence[Findings]) -> Row:
    """One code over its own examples and over the healthy walks."""
    with_fault = [(example.fails, example.level), *((tape, level) for _, tape, level in further if level)]
    without = [example.passes, *(tape for _, tape, level in further if not level)]
    found = sum(level in _levels(examine(run_of(tape)), code) for tape, level in with_fault)
    alarms = sum(bool(_levels(examine(run_of(tape)), code)) for tape in without)
    alarms += sum(bool(_levels(findings, code) - {NOTE}) for findings in healthy)
    return Row(code, found, len(with_fault), alarms, len(without) + len(healthy))


def _levels(findings: Findings, code: str) -> set[str]:
    return {finding.level for finding in findings if finding.code == code}


def healthy_walks(folder: Path) -> list[Findings]:
    """What is found on whole walks through gateways that do everything right."""
    runs = [run_of(walk_through("confirm")), *(walked(Gateway(), revision=revision).run for revision in REVISIONS)]
    with practice_gateway(folder) as settings:
        runs += [whole_walk(settings, revision, route) for revision in REVISIONS for route in ROUTES]
    return [examine(run) for run in runs]


def rows(examples: Mapping[str, Example], more: Mapping[str, Further], healthy: Sequence[Findings]) -> list[Row]:
    """Every code of the catalogue, in its order."""
    return [measured(check.code, examples[check.code], more.get(check.code, ()), healthy) for check in CHECKS]


def walked_rows(walks: Iterable[WalkShown]) -> list[Row]:
    """The same count over live walks. A code that a walk says nothing about does not count in it."""
    counted = {check.code: [0, 0, 0, 0] for check in CHECKS}
    for walk in walks:
        told = {code for _, code in walk.told}
        loud = {code for level, code in walk.told if level != NOTE}
        for code in walk.expected:
            counted[code][0] += code in told
            counted[code][1] += 1
        silent = set(counted) if walk.clean is None else set(walk.clean)
        for code in silent - {*walk.expected, *walk.excused}:
            counted[code][2] += code in loud
            counted[code][3] += 1
    return [Row(code, *numbers) for code, numbers in counted.items()]


def live_walks(folder: Path) -> tuple[list[WalkShown], bool]:
    """(what the tests of LIVE write down while they run, did they pass?)"""
    file = folder / "walks.jsonl"
    file.touch()
    absent = [f"--deselect={FOREIGN_WALK}[{name}" for name in FOREIGN if name not in foreign_servers()]
    command = [sys.executable, "-m", "pytest", "-q", "-n", "2", "--dist", "loadgroup", "-p", "no:cacheprovider", *absent, *LIVE]
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, WRITTEN_TO: str(file)}, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        print(done.stdout[-4_000:])
    return walks_in(file), not done.returncode


def foreign_servers() -> list[str]:
    """The servers of other people that are installed here."""
    return [name for name, folder in FOREIGN.items() if (ROOT / ".cache" / folder / ".installed").exists()]


def family(code: str) -> str:
    return code.partition(".")[0]


def summed(rows: Iterable[Row], name: str) -> Row:
    """All of them as one row."""
    total = Row(name, 0, 0, 0, 0)
    for row in rows:
        total += row
    return total


def section(tapes: Sequence[Row], live: Sequence[Row], foreign: Sequence[str] = ()) -> str:
    """The README's section between its markers, heading included."""
    names = list(dict.fromkeys(family(row.code) for row in tapes))
    head = ["| | codes | tapes: found | false alarms | live: found | false alarms |", "|---|---|---|---|---|---|"]
    lines = [
        f"| `{name}` | {len(_of(tapes, name))} | {summed(_of(tapes, name), name)} | {summed(_of(live, name), name)} |" for name in names
    ]
    total = f"| all | {len(tapes)} | {summed(tapes, 'all')} | {summed(live, 'all')} |"
    each = ["| code | tapes: found | false alarms | live: found | false alarms |", "|---|---|---|---|---|"]
    each += [f"| `{tape.code}` | {tape} | {walk} |" for tape, walk in zip(tapes, live, strict=True)]
    return "\n".join(
        [BEGIN, *_words(foreign), *head, *lines, total, "", "<details><summary>Every code</summary>", "", *each, "", "</details>", END]
    )


def _of(rows: Sequence[Row], name: str) -> list[Row]:
    return [row for row in rows if family(row.code) == name]


def _words(foreign: Sequence[str]) -> list[str]:
    return [
        "## What is recognised",
        "",
        "Each code over the walks that must show it and over those that must not. Tapes are the captured examples (`app/checks/examples`)",
        "and whole walks of healthy gateways. Live walks go through the pages: the tapes again, played by a wire that misbehaves"
        " (`tests/codes`),",
        "the practice gateway with each of its faults over real sockets, and foreign servers against a written list of what is true of",
        f"them (`tests/interop`; walked for this table: {', '.join(foreign) or 'none'}). `make precision` writes this table.",
        "",
    ]


def written(readme: str, new: str) -> str:
    """The README with this section in the place of the old one. Raises ValueError where the markers are missing."""
    before, begin, rest = readme.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"README.md has no lines {BEGIN} and {END}")
    return before + new + after


def tapes_in(readme: str) -> list[str]:
    """The cells of the section that tapes filled, one text for each code, to compare without walking live."""
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in readme.partition(BEGIN)[2].partition(END)[0].splitlines()]
    return [" | ".join(row[:3]) for row in rows if len(row) == 5 and row[0].startswith("`")]


def main() -> int:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    with tempfile.TemporaryDirectory() as folder:
        tapes = rows(EXAMPLES, MORE, healthy_walks(Path(folder)))
        walks, passed = live_walks(Path(folder))
    live = walked_rows(walks)
    text = section(tapes, live, foreign_servers())
    print(text)
    README.write_text(written(README.read_text(encoding="utf-8"), text), encoding="utf-8")
    wrong = [tape.code for tape, walk in zip(tapes, live, strict=True) if not (tape.is_clean and walk.is_clean and walk.faulty)]
    print(f"{len(tapes) - len(wrong)} passed, {len(wrong)} failed{': ' if wrong else ''}{', '.join(wrong)}")
    return 1 if wrong or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
