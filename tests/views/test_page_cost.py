"""How large and how slow a page may be."""

from __future__ import annotations

import gzip
import time
from pathlib import Path
from statistics import median

import healthy
import pytest
from page_marks import page_of
from tape import Tape, answer, run_of, take

from app.settings import Settings
from app.views.start_page import start_page

STATIC = Path(__file__).resolve().parents[2] / "static"


def long_walk(exchanges: int) -> Tape:
    again = [healthy.refreshed(answer(400, {"error": "invalid_grant", "error_description": f"attempt {n}"})) for n in range(exchanges)]
    return (*healthy.walk_to("refresh"), *(line for one in again for line in take("refresh", one, outcome="failed")))


def seconds_of(render, tape: Tape) -> float:  # type: ignore[no-untyped-def]
    run = run_of(tape)
    render("run", page_of(run))
    taken = []
    for _ in range(5):
        began = time.process_time()
        render("run", page_of(run))
        taken.append(time.process_time() - began)
    return median(taken)


@pytest.mark.slow
def test_two_hundred_exchanges_open_in_little_more_than_twelve(render) -> None:  # type: ignore[no-untyped-def]
    few, many = seconds_of(render, long_walk(5)), seconds_of(render, long_walk(190))
    assert many <= 12 * few, (few, many)  # the page alone: 38 times the exchanges, 190 findings


def test_two_hundred_exchanges_render_with_their_numbers(render) -> None:  # type: ignore[no-untyped-def]
    html = render("run", page_of(run_of(long_walk(190))))
    assert html.count("data-exchange=") >= 190 and len(html) < 700_000


def test_the_first_page_with_everything_is_at_most_60_kb(render) -> None:  # type: ignore[no-untyped-def]
    html = render("start", start_page(settings=Settings()))
    files = [p for p in STATIC.rglob("*") if p.suffix in (".css", ".js", ".svg")]
    size = len(gzip.compress(html.encode())) + sum(len(gzip.compress(p.read_bytes(), 9)) for p in files)
    assert size <= 60_000, size


def test_nothing_is_asked_from_elsewhere() -> None:
    for path in STATIC.glob("*.*"):
        text = path.read_text(encoding="utf-8")
        assert (
            "url(http" not in text
            and "url(//" not in text
            and "@import" not in text
            and "data:" not in text.replace("/* Pico's icons are data:", "")
        )
