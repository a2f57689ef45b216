"""The exported script walks the practice gateway over real sockets, with a robot in the browser's place, to the final 401."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from practice_person import Person, practice_gateway, whole_walk

from app.flow.fold import fold
from app.settings import Settings
from app.views.script import script

PROMPT = "Paste that whole address: "


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Settings]:
    with practice_gateway(tmp_path) as settings:
        yield settings


def brought_back(settings: Settings, url: str) -> str:
    """The address at which a browser ends that signs in and agrees."""
    somebody = Person(settings, "auto", "linear-v1")
    page = somebody.send("GET", url, {}, b"")
    for _ in range(12):
        if page.status in (302, 303) and page.location.startswith(settings.redirect_uri):
            return page.location
        page = somebody._onward(page)
    raise AssertionError("the practice gateway does not let go")


def walk_with(settings: Settings, path: Path) -> tuple[str, int]:
    """Run the script, answer its prompts. Returns what it printed, and its exit code."""
    process = subprocess.Popen(
        ["bash", str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=path.parent
    )
    assert process.stdin and process.stdout
    stop = threading.Timer(60, process.kill)
    stop.start()
    printed = asked = ""
    while chunk := process.stdout.read1(65_536).decode("utf-8", "replace"):
        printed += chunk
        if printed.endswith(PROMPT) and printed != asked:
            asked = printed
            url = next(line for line in reversed(printed.splitlines()) if line.startswith("http"))
            process.stdin.write(f"{brought_back(settings, url)}\n".encode())
            process.stdin.flush()
    stop.cancel()
    code = process.wait(10)
    process.stdin.close()
    process.stdout.close()
    return printed, code


@pytest.mark.parametrize(("revision", "route"), [("2026-07-28", "linear-v1"), ("2025-11-25", "github-v1"), ("auto", "linear-v1")])
def test_the_script_reaches_tokens_and_the_final_401_at_the_same_gateway(
    settings: Settings, tmp_path: Path, revision: str, route: str
) -> None:
    run = whole_walk(settings, revision, route)
    path = tmp_path / "walk.sh"
    path.write_text(script(run, fold(run)), encoding="utf-8")
    printed, code = walk_with(settings, path)
    assert code == 0, printed[-3000:]
    assert "Every answer was as in the run" in printed and printed.count('"access_token"') >= 3
    confirm = printed.partition("=== Confirm")[2]
    assert "[as in the run: 401]" in confirm and "[as in the run: 400]" in confirm
