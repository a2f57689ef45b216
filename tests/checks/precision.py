"""`make precision`: which codes are found where they should be, and which are told where nothing is wrong. Writes a table into the README.

Walks with a fault are the examples of the catalogue that must show a code, at the level that they name. Walks without it are the
examples that must not, and the healthy walks: the example's, the canned gateway's and the practice gateway's over real sockets.
A NOTE about a healthy walk tells how a gateway behaves and is no alarm; STOP and WARN are.
"""

from __future__ import annotations

import logging
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path += [str(ROOT), *(str(ROOT / "tests" / name) for name in ("", "flow", "checks"))]

from canned import Gateway  # noqa: E402
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
        return f"| `{self.code}` | {self.found} of {self.faulty} | {self.alarms} of {self.clean} |"


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


def section(table: Sequence[Row]) -> str:
    """The README's section between its markers, heading included."""
    families: dict[str, Row] = {}
    for row in table:
        name = row.code.partition(".")[0]
        families[name] = families.get(name, Row(name, 0, 0, 0, 0)) + row
    counts = {name: sum(row.code.startswith(f"{name}.") for row in table) for name in families}
    whole = Row("all", 0, 0, 0, 0)
    for row in table:
        whole += row
    head = ["| | codes | found | false alarms |", "|---|---|---|---|"]
    lines = [str(row).replace(" | ", f" | {counts[row.code]} | ", 1) for row in families.values()]
    total = f"| all | {len(table)} | {whole.found} of {whole.faulty} | {whole.alarms} of {whole.clean} |"
    each = ["| code | found | false alarms |", "|---|---|---|", *map(str, table)]
    return "\n".join(
        [BEGIN, *_words(), *head, *lines, total, "", "<details><summary>Every code</summary>", "", *each, "", "</details>", END]
    )


def _words() -> list[str]:
    return [
        "## What is recognised",
        "",
        "Each code over the walks that must show it and over those that must not: captured examples (`app/checks/examples`), and whole",
        "walks through healthy gateways (canned, and the practice gateway over real sockets, four settings of the revision each). The",
        "servers of the reference SDKs are held to a written list of what is true of them in `tests/interop`. "
        "`make precision` writes this table.",
        "",
    ]


def written(readme: str, new: str) -> str:
    """The README with this section in the place of the old one. Raises ValueError where the markers are missing."""
    before, begin, rest = readme.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"README.md has no lines {BEGIN} and {END}")
    return before + new + after


def main() -> int:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    with tempfile.TemporaryDirectory() as folder:
        table = rows(EXAMPLES, MORE, healthy_walks(Path(folder)))
    text = section(table)
    print(text)
    README.write_text(written(README.read_text(encoding="utf-8"), text), encoding="utf-8")
    wrong = [row.code for row in table if row.found < row.faulty or row.alarms]
    print(f"{len(table) - len(wrong)} passed, {len(wrong)} failed{': ' if wrong else ''}{', '.join(wrong)}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
