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
from curve import plots
from curves import measure_curves
from diagnosis import measure_diagnosis
from endurance import measure_double_clicks, measure_killed, measure_soak
from figures import Figure, table
from load import measure_hostile, measure_overfull, measure_stuck_beside_walkers, measure_visitors, measure_walkers
from opening import measure_opening
from peer import measure_peer
from room import measure_room
from running import App, running_app
from start import measure_first_page, measure_memory, measure_start
from to_tokens import measure_to_tokens


def measure(folder: Path) -> list[Figure]:
    """All figures but the curves, the quiet ones first; a server of its own for each kind of load: no row pays for another."""
    figures = [*measure_capture(folder), *measure_start(folder), *measure_peer(_made(folder / "peer")), *measure_diagnosis()]
    figures += measure_to_tokens(_made(folder / "tokens"))
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


HOW_CURVES = (
    "Each bar is a median, or a p95 where it says so, on the machine above. A run grows by taking its first step again; "
    "runs in the store are rows of other people, inserted directly; a step includes the practice gateway's answer."
)


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def main() -> int:
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder:
        figures, curves = measure(Path(folder)), measure_curves(_made(Path(folder) / "curves"))
    figures += [curve.figure() for curve in curves if curve.bend is not None]
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    machine = (
        f"{os.cpu_count()} cores (load {load:.1f} before), {platform.system()} {platform.machine()}, Python {platform.python_version()}"
    )
    made = f"Made by `make bench` on {today}: {machine}. Ratios are of medians, both sides in one run, turn about."
    text = f"# Figures\n\n{made}\n\n{table(figures)}\n\n## Curves\n\n{HOW_CURVES}\n\n{plots(curves)}\n"
    print(text)
    (Path(__file__).parent / "RESULTS.md").write_text(text, encoding="utf-8")
    missed = [figure.what for figure in figures if not figure.is_held]
    bars = sum(figure.at_most is not None for figure in figures)
    print(f"{bars - len(missed)} passed, {len(missed)} failed, {len(figures) - bars} figures have no bar")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
