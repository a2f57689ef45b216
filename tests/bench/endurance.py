"""What is left after the worst: killed workers, a restart in the middle, double clicks, and walks without end."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests
from families import FAULTS
from family import family, memory_of, open_files
from figures import Figure
from load import hurry
from robot import HttpUser
from running import App, running_app
from stage import Stage, listening
from walker import practice_visit, walk

SOAK_SECONDS = float(os.environ.get("SOAK_SECONDS", "600"))  # L-9 wants an hour of it; less is for trying the bench
WALKS_PER_SECOND, WALKERS, AT_ONCE, CLICKS, DOUBLE_CLICKS = 5.0, 12, 40, 2, 20
LONG_STEPS = {"EXCHANGE_SECONDS": "60", "STEP_SECONDS": "60"}  # a step that is killed must still be under way
SILENT_TOKEN = "token/hang-before-response"


def measure_killed(folder: Path) -> list[Figure]:
    """L-7: workers die while a code is on its way, and the whole service is restarted in the middle of a walk."""
    stage = Stage({fault.slug: fault for fault in FAULTS}, {})
    with listening(stage) as stage.origin, running_app(folder, **LONG_STEPS) as app:
        until_marked, state, again = _kill_with_the_code_on_its_way(app, stage)
    restarted = _restart_in_the_middle(folder)
    return [
        Figure("L-7 workers killed in a step: until the page says so", until_marked, "s", 15, f"it is marked {state}; a lease lasts 12 s"),
        Figure("L-7 steps that are not marked interrupted", float(state != "interrupted"), "", 0, "of 1"),
        Figure("L-7 walks that could not go on after it", float(not again), "", 0, "of 1, through a new grant"),
        Figure("L-7 codes that reached the token endpoint twice", stage.met[SILENT_TOKEN] - 1, "", 0, "counted at the gateway"),
        Figure("L-7 restart of the service in the middle: walks lost", float(restarted != "done"), "", 0, f"the walk ended {restarted}"),
    ]


def _kill_with_the_code_on_its_way(app: App, stage: Stage) -> tuple[float, str, bool]:
    """(seconds until the page stops saying `running`, the token step's state then, could the walk go on?)"""
    user = HttpUser(app.url, wait_seconds=0.2)
    user.start({"target": f"{stage.origin}/{SILENT_TOKEN}/mcp", "revision": "2026-07-28"})
    user.press("run")
    user.wait()
    user.press("authorize")
    workers = family(app.pid)[1:]
    for pid in workers:
        os.kill(pid, signal.SIGKILL)
    began = time.monotonic()
    _until_served(app, user)
    user.wait(30)
    seconds = time.monotonic() - began
    state = next(step["state"] for step in user.twin()["steps"] if step["name"] == "token")
    stage.heal(SILENT_TOKEN)
    user.press("run")
    user.wait()
    user.press("authorize")
    return seconds, state, user.wait().state in ("connected", "ready")


def _until_served(app: App, user: HttpUser) -> None:
    """The master starts new workers; until then connections may be refused or cut."""
    for _ in range(200):
        with contextlib.suppress(requests.ConnectionError):
            user.reload()
            return
        time.sleep(0.05)
    raise RuntimeError(f"no new workers:\n{app.log.read_text()[-2000:]}")


def _restart_in_the_middle(folder: Path) -> str:
    """The state in which a walk ends that was begun before a restart."""
    with running_app(folder) as app:
        user = HttpUser(app.url)
        user.start({"target": f"{app.practice}/mcp/linear-v1"})
        user.press("run")
        user.wait()
    with running_app(folder, PORT=str(app.port)):
        return walk(user, practice_visit)[-1]


def measure_double_clicks(app: App) -> list[Figure]:
    """L-8: two tabs press the same step at the same moment, again and again."""
    wrong = 0
    with ThreadPoolExecutor(CLICKS) as pool:
        for _ in range(DOUBLE_CLICKS):
            wrong += not _is_one_exchange(app, pool)
    how = f"{DOUBLE_CLICKS} times {CLICKS} clicks at once; each click is answered with the run page"
    return [Figure("L-8 double clicks that made more or less than one exchange", wrong, "", 0, how)]


def _is_one_exchange(app: App, pool: ThreadPoolExecutor) -> bool:
    user = HttpUser(app.url)
    user.start({"target": f"{app.practice}/mcp/linear-v1", "revision": "2026-07-28"})
    move = user.page.moves["step"]
    together = threading.Barrier(CLICKS)

    def click(_: int) -> int:
        together.wait(10)
        return user.session.post(move.url, data=move.values, timeout=30).status_code

    statuses = list(pool.map(click, range(CLICKS)))
    user.reload()
    user.wait()
    steps = [one["step"] for one in user.twin()["exchanges"]]
    user.close()
    return statuses == [200] * CLICKS and steps == ["probe"]


@dataclass
class Soak:
    """What was seen while it lasted; `sizes` of the database in bytes."""

    walks: int = 0
    troubles: list[str] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)
    files: list[int] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)


def measure_soak(folder: Path) -> list[Figure]:
    """L-9: walks as fast as five a second; runs live a tenth of the time, so that the store must be swept to stay as large."""
    life = str(max(20, int(SOAK_SECONDS / 10)))
    with running_app(folder, RUN_IDLE_SECONDS=life, RUN_LIFE_SECONDS=life) as app:
        hurry(app, "close", AT_ONCE)  # a room at once: what is kept ready, connections to the store for one, is there before it is measured
        soak = _soaked(app, folder / "state")
    last = len(soak.memory) * 3 // 4
    first = len(soak.memory) // 4
    grown, larger = (_growth(values, first, last) for values in (soak.memory, soak.sizes))
    # the fewest that were seen: what is open for visitors of this moment comes and goes, what leaks stays
    wider = (min(soak.files[last:]) / min(soak.files[first : max(first + 1, 2 * first)]) - 1) * 100
    named = f"L-9 soak of {SOAK_SECONDS:.0f} s:"
    how = f"{soak.walks} walks, {soak.walks / SOAK_SECONDS:.1f} a second, runs live {life} s; below: the last quarter against the second"
    return [
        Figure(f"{named} troubles", len(soak.troubles), "", 0, "; ".join(sorted(set(soak.troubles)))[:200] or how),
        Figure(f"{named} memory grew (PSS)", grown, "%", 5, f"{soak.memory[first]:.0f} to {soak.memory[-1]:.0f} MiB"),
        Figure(f"{named} open files grew, the fewest at one moment", wider, "%", 5, f"{min(soak.files)} to {max(soak.files)} in all"),
        Figure(
            f"{named} the store grew",
            larger,
            "%",
            25,
            f"{soak.sizes[first] / 1e6:.1f} to {soak.sizes[-1] / 1e6:.1f} MB",
        ),
    ]


def _growth(values: list[Any], first: int, last: int) -> float:
    """By how many percent the mean of the last quarter is above that of the second."""
    early, late = values[first : max(first + 1, 2 * first)], values[last:]
    return (sum(late) / len(late) / (sum(early) / len(early)) - 1) * 100


def _soaked(app: App, state: Path) -> Soak:
    soak, end = Soak(), time.monotonic() + SOAK_SECONDS
    with ThreadPoolExecutor(WALKERS) as pool:
        walkers = [pool.submit(_walk_on, app, soak, end) for _ in range(WALKERS)]
        while time.monotonic() < end:
            time.sleep(min(5.0, SOAK_SECONDS / 40))
            soak.memory.append(memory_of(app.pid).pss)
            soak.files.append(open_files(app.pid))
            soak.sizes.append(sum(path.stat().st_size for path in state.glob("*.sqlite3*")))
        for one in walkers:
            one.result()
    return soak


def _walk_on(app: App, soak: Soak, end: float) -> None:
    """One walk after the other, no more than this walker's share of the pace."""
    while (began := time.monotonic()) < end:
        user = HttpUser(app.url)
        try:
            user.start({"target": f"{app.practice}/mcp/linear-v1"})
            trail = walk(user, practice_visit)
            if trail[-1] != "done":
                soak.troubles.append(f"ended {trail[-1]} ({user.problem})")
        except (RuntimeError, KeyError, LookupError, requests.RequestException) as trouble:
            soak.troubles.append(f"{type(trouble).__name__}: {trouble}"[:200])
        finally:
            user.close()
        soak.walks += 1
        time.sleep(max(0.0, min(end, began + WALKERS / WALKS_PER_SECOND) - time.monotonic()))
