"""`make bench`: every figure in one run, one table on the screen and in RESULTS.md."""

from __future__ import annotations

import datetime
import os
import platform
import sys
import tempfile
from pathlib import Path

from back_channel import measure_walk
from capture import measure_capture
from crowd import measure_crowds
from diagnosis import measure_diagnosis
from figures import Figure, table
from opening import measure_opening
from running import running_app
from start import measure_first_page, measure_memory, measure_start


def measure(folder: Path) -> list[Figure]:
    """All figures, the quiet ones first."""
    figures = [*measure_capture(folder), *measure_start(folder), *measure_diagnosis()]
    with running_app(folder) as app:
        figures += [*measure_first_page(app), *measure_memory(app), *measure_opening(app), *measure_walk(app), *measure_crowds(app)]
    return figures


def main() -> int:
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder:
        figures = measure(Path(folder))
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    machine = (
        f"{os.cpu_count()} cores (load {load:.1f} before), {platform.system()} {platform.machine()}, Python {platform.python_version()}"
    )
    made = f"Made by `make bench` on {today}: {machine}. Ratios are of medians, both sides in one run, turn about."
    text = f"# Figures\n\n{made}\n\n{table(figures)}\n"
    print(text)
    (Path(__file__).parent / "RESULTS.md").write_text(text, encoding="utf-8")
    missed = [figure.what for figure in figures if not figure.is_held]
    print(f"{len(figures) - len(missed)} passed, {len(missed)} failed")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
