"""`make bench`: every figure in one run, one table on the screen and in RESULTS.md."""

from __future__ import annotations

import datetime
import os
import platform
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from back_channel import measure_walk
from capture import measure_capture
from crowd import measure_crowds
from diagnosis import measure_diagnosis
from endurance import measure_double_clicks, measure_killed, measure_soak
from figures import Figure, table
from load import measure_hostile, measure_overfull, measure_stuck_beside_walkers, measure_visitors, measure_walkers
from opening import measure_opening
from room import measure_room
from running import App, running_app
from start import measure_first_page, measure_memory, measure_start


def measure(folder: Path) -> list[Figure]:
    """All figures, the quiet ones first; a server of its own for each kind of load, so that no row pays for the one before."""
    figures = [*measure_capture(folder), *measure_start(folder), *measure_diagnosis()]
    with running_app(folder) as app:
        figures += [*measure_first_page(app), *measure_memory(app), *measure_opening(app), *measure_walk(app), *measure_crowds(app)]
    for name, measure_load in LOADS.items():
        with running_app(_made(folder / name)) as app:
            figures += measure_load(app, folder / name)
    return [*figures, *measure_killed(_made(folder / "killed")), *measure_soak(_made(folder / "soak"))]


LOADS: dict[str, Callable[[App, Path], list[Figure]]] = {
    "room": lambda app, _: measure_room(app),
    "kept": lambda app, _: measure_walkers(app, "L-1", "keep"),
    "closed": lambda app, _: measure_walkers(app, "L-2", "close"),
    "stuck": lambda app, _: measure_stuck_beside_walkers(app),
    "overfull": lambda app, _: measure_overfull(app),
    "hostile": lambda app, _: measure_hostile(app),
    "visitors": measure_visitors,
    "clicks": lambda app, _: measure_double_clicks(app),
}


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


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
