"""Many people at once, in a process of their own: crowd_walkers.py walk|stick|begin APP_URL TARGET PEOPLE. Prints one JSON line."""

from __future__ import annotations

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import requests
from robot import HttpUser
from walker import practice_visit, walk


def whole_walk(base: str, target: str) -> str:
    """One person's whole walk; an empty string, or what went wrong."""
    user = HttpUser(base, wait_seconds=1.0)
    try:
        user.start({"target": target})
        walk(user, practice_visit)
    except (RuntimeError, KeyError, LookupError, requests.RequestException) as trouble:
        return f"{type(trouble).__name__}: {trouble}"[:300]
    finally:
        user.close()
    return "" if user.state == "done" else f"ended {user.state} ({user.problem})"


def press_run(base: str, target: str, seconds: float, *, ends: str = "") -> str:
    """One person presses `run` and looks at the page until the step has ended, in the state `ends` where it is given."""
    user = HttpUser(base, wait_seconds=1.0)
    try:
        user.start({"target": target})
        user.press("run")
        user.wait(seconds)
    except (RuntimeError, KeyError, requests.RequestException) as trouble:
        return f"{type(trouble).__name__}: {trouble}"[:300]
    finally:
        user.close()
    return "" if ends in ("", user.state) else f"ended {user.state} ({user.problem})"


# stick: at a gateway that never answers; begin: to the gateway's login
CROWDS = {"walk": whole_walk, "stick": partial(press_run, seconds=30), "begin": partial(press_run, seconds=60, ends="authorize")}


def main() -> None:
    what, base, target, people = sys.argv[1:5]
    one = CROWDS[what]
    began = time.monotonic()
    with ThreadPoolExecutor(int(people)) as pool:
        troubles = [trouble for trouble in pool.map(lambda _: one(base, target), range(int(people))) if trouble]
    print(json.dumps({"seconds": time.monotonic() - began, "troubles": troubles}))


if __name__ == "__main__":
    main()
