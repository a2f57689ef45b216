"""`make faults`: every pair of step and fault, as a table of families by steps, on the screen and in RESULTS.md."""

from __future__ import annotations

import datetime
import os
import platform
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from families import FAULTS
from fault import STEPS, pairs_of
from playing import BUDGETS, PEOPLE, open_house
from walks import Met

EXACT = frozenset({"tls", "timeout", "reset", "closed", "refused", "too-large", "blocked"})  # here every single one must be right


def share_right(met: Sequence[Met]) -> float:
    return sum(one.is_right_class for one in met) / len(met) if met else 1.0


def table(met: Sequence[Met]) -> str:
    """One row a family; a cell says how many pairs held of how many, at each step."""
    families = list(dict.fromkeys(one.pair.fault.family for one in met))
    head = f"| family | faults | {' | '.join(STEPS)} | all hold | class right |"
    lines = [head, "|---" * (len(STEPS) + 4) + "|"]
    for family in [*families, ""]:
        mine = [one for one in met if family in ("", one.pair.fault.family)]
        cells = [_cell([one for one in mine if one.pair.step == step]) for step in STEPS]
        faults = len({one.pair.fault.slug for one in mine})
        lines.append(f"| {family or '**all**'} | {faults} | {' | '.join(cells)} | {_cell(mine)} | {share_right(mine):.1%} |")
    return "\n".join(lines)


def _cell(met: Sequence[Met]) -> str:
    return f"{sum(not one.wrong for one in met)} of {len(met)}" if met else "–"


def misses(met: Sequence[Met]) -> list[str]:
    return [
        f"* `{one.pair.id}`: {one.problem or 'no finding'} ({one.shown_class}); {'; '.join(one.wrong)}"
        for one in met
        if one.wrong or not one.is_right_class
    ]


def main() -> int:
    with tempfile.TemporaryDirectory() as folder, open_house(Path(folder)) as house:
        met = house.meet_all(pairs_of(FAULTS))
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    machine = f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}"
    budgets = ", ".join(f"{name}={value}" for name, value in BUDGETS.items() if name.endswith(("SECONDS", "BYTES")))
    longest = max(one.longest_s for one in met)
    says = (
        f"Made by `make faults` on {today}: {machine}; {budgets}.\n\n"
        "A cell counts the pairs at which everything held: each page answered 200, named the step, showed what was sent and what\n"
        "came, had one main finding with somebody to act, and let the person go on in the same run once the fault was gone.\n"
        f"The slowest single page took {longest:.1f} s, with {len(met)} walks by {PEOPLE} people at once."
    )
    bad = misses(met)
    text = f"# Faults survived\n\n{says}\n\n{table(met)}\n" + ("\n## Misses\n\n" + "\n".join(bad) + "\n" if bad else "")
    print(text)
    (Path(__file__).parent / "RESULTS.md").write_text(text, encoding="utf-8")
    print(f"{len(met) - len(bad)} passed, {len(bad)} failed")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
