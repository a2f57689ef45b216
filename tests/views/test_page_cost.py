"""How large and how slow a page may be."""

from __future__ import annotations

import gzip
from pathlib import Path

import healthy
import pytest
from page_marks import page_of
from tape import Tape, answer, choice, get, run_of, take

from app.settings import Settings
from app.views.start_page import start_page
from app.wire.messages import Exchange

STATIC = Path(__file__).resolve().parents[2] / "static"


def long_walk(exchanges: int) -> Tape:
    again = [healthy.refreshed(answer(400, {"error": "invalid_grant", "error_description": f"attempt {n}"})) for n in range(exchanges)]
    return (*healthy.walk_to("refresh"), *(line for one in again for line in take("refresh", one, outcome="failed")))


def test_two_hundred_exchanges_render_with_their_numbers(render) -> None:  # type: ignore[no-untyped-def]
    html = render("run", page_of(run_of(long_walk(190))))
    assert html.count("data-exchange=") >= 190 and len(html) < 700_000


def test_a_thousand_exchanges_stay_one_page_of_bounded_size(render) -> None:  # type: ignore[no-untyped-def]
    run = run_of(long_walk(1_000))
    page = page_of(run)
    html = render("run", page)
    assert html.count("data-exchange=") == 200 and len(html) < 400_000
    assert page.past.left_out == page.past.exchanges - 200 and f'href="{page.past.older}"' in html
    assert page.past.anchors["refresh"] == "#refresh" and page.past.anchors["probe"].startswith("?until=")


def test_the_pages_of_a_long_run_hold_every_exchange_once() -> None:
    run = run_of(long_walk(650))
    met, until, newer = [], 0, set()
    for _ in range(10):
        past = page_of(run, until=until).past
        groups = [*past.earlier, *([past.latest] if past.latest else [])]
        met += [item.exchange.seq for group in groups for item in group.items if item.exchange]
        newer.add(past.newer)
        if not past.older:
            break
        until = int(past.older.removeprefix("?until="))
    assert sorted(met) == [e.seq for e in run.entries if isinstance(e.body, Exchange)]
    assert {"", "?"} < newer and page_of(run, until=1).past.older == "" and page_of(run, until=10**8).past.newer == ""


def test_many_takes_of_one_step_are_folded_but_for_the_ends() -> None:
    few, many = page_of(run_of(long_walk(4))).past, page_of(run_of(long_walk(30))).past
    assert not any(stretch.says for stretch in few.stretches)
    assert [stretch.says for stretch in many.stretches if stretch.says] == ["26 more takes of Refresh (26 exchanges)"] or [
        stretch.says for stretch in many.stretches if stretch.says
    ] == ["26 more takes of Refresh, each stop (26 exchanges)"]
    assert [group for stretch in many.stretches for group in stretch.groups] == list(many.earlier)


def test_a_story_is_told_again_only_where_something_has_happened() -> None:
    run = run_of(long_walk(20))
    first, again = page_of(run).past, page_of(run).past
    assert all(one is two for one, two in zip(first.earlier, again.earlier, strict=True))
    run.append(choice("gave_up").body)
    assert page_of(run).past.earlier[-1] is not first.earlier[-1]
    other = run_of(long_walk(20))
    assert page_of(other).past.earlier[0] is not first.earlier[0], "another log under the same name"


def test_a_run_of_large_answers_is_not_kept_in_memory() -> None:
    run = run_of((*healthy.walk_to("call"), *take("call", *(healthy.tools(answer(200, b"x" * 700_000)) for _ in range(3)))))
    first, again = page_of(run).past, page_of(run).past
    assert not any(one is two for one, two in zip(first.earlier, again.earlier, strict=True))


PAYLOADS = {"markup": "<", "quotes": '"', "hidden": "\u202e", "letters": "語"}


@pytest.mark.attack("X5")
@pytest.mark.parametrize("letter", PAYLOADS.values(), ids=PAYLOADS)
@pytest.mark.parametrize("where", ["errors", "urls", "edits", "bodies"])
def test_no_page_is_larger_than_a_megabyte_whatever_a_gateway_says(letter: str, where: str, render) -> None:  # type: ignore[no-untyped-def]
    long = letter * 3_000
    url = f"https://gw.example/{long}" if letter != "\u202e" else "https://gw.example/" + "x" * 3_000
    said = answer(400, {"error": long[:200], "error_description": long})
    edit = choice("edit", "refresh", step="refresh", set_params=[[long, long]])
    takes = {
        "errors": take("refresh", healthy.refreshed(said), outcome="failed", reason=long),
        "urls": take("server_metadata", get("server_metadata", "x", url, answer(404)), outcome="failed", reason=long),
        "edits": take("refresh", edit, healthy.refreshed(said), outcome="failed"),
        "bodies": take("call", *(healthy.tools(answer(200, (letter * 60_000).encode("utf-8", "replace"))) for _ in range(12))),
    }
    run = run_of((*healthy.walk_to("refresh"), *takes[where] * (190 if where != "bodies" else 3)))
    assert len(render("run", page_of(run)).encode()) < 1_000_000


def test_the_first_page_with_everything_is_at_most_60_kb(render) -> None:  # type: ignore[no-untyped-def]
    html = render("start", start_page(settings=Settings()))
    files = [p for p in STATIC.rglob("*") if p.suffix in (".css", ".js", ".svg")]
    size = len(gzip.compress(html.encode())) + sum(len(gzip.compress(p.read_bytes(), 9)) for p in files)
    assert size <= 60_000, size


@pytest.mark.attack("X2")
def test_nothing_is_asked_from_elsewhere() -> None:
    for path in STATIC.glob("*.*"):
        text = path.read_text(encoding="utf-8")
        assert (
            "url(http" not in text
            and "url(//" not in text
            and "@import" not in text
            and "data:" not in text.replace("/* Pico's icons are data:", "")
        )
