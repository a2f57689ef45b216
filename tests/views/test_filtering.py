"""A filter finds what it names and nothing else, however odd the words; chips type what a person would type."""

from __future__ import annotations

import time
from urllib.parse import parse_qs, urlsplit

import healthy
import pytest
from page_marks import Marks, page_of
from tape import Tape, answer, get, run_of, take

from app.checks import engine
from app.flow.log import Run
from app.views.filtering import MOST_TERMS, FilterBar, Term, candidates, filter_bar, matching, read_filter
from app.views.secrets_of import secrets_of
from app.wire.messages import Exchange, Failure

WALK = healthy.walk_through("confirm")


def found(text: str, tape: Tape = WALK) -> list[tuple[str, int | None]]:
    """(step, status) of the exchanges that a filter lets through."""
    run = run_of(tape)
    fitting = matching(candidates(run.entries, engine.examine(run)), read_filter(text)[0], secrets_of(run))
    return [(e.step, e.body.status) for e in run.entries if isinstance(e.body, Exchange) and e.seq in fitting]


def bar_of(run: Run, text: str) -> FilterBar | None:
    every = candidates(run.entries, engine.examine(run))
    return filter_bar("/runs/r1", text, every, matching(every, read_filter(text)[0]))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", 18),
        ("status-code:401", 3),
        ("STATUS-CODE:4XX", 6),
        ("status-code:none", 0),
        ("method:post step:token", 1),
        ("step:probe step:token", 2),
        ('step:"Server metadata"', 1),
        ("-step:probe", 17),
        ("-step:probe -status-code:200", 6),
        ("verdict:note", 1),
        ("verdict:ok status-code:400", 2),
        ("url:well-known", 2),
        ("domain:gw.example", 18),
        ("domain:other", 0),
        ("code:rejected_grant", 1),
        ("/revoke", 4),
        ("grant_type=refresh_token invalid_grant", 3),
        ("https://gw.example/register", 2),
        ("nothing-like-it", 0),
        ("failure:timeout", 0),
    ],
)
def test_a_filter_finds_what_it_names(text: str, expected: int) -> None:
    assert len(found(text)) == expected, found(text)


def test_a_failure_is_found_by_its_kind() -> None:
    tape = take("probe", healthy.discover(Failure("connect_timeout", "No answer.")))
    assert found("failure:timeout", tape) == found("status-code:none", tape) == [("probe", None)]


def test_a_label_finds_every_place_of_its_value() -> None:
    run = run_of(WALK)
    label = next(secret.label for secret in secrets_of(run) if secret.value == "refresh-1")
    assert found(f"secret:{label}") == [("token", 200), ("refresh", 200), ("replay", 400)]
    assert found("secret:refresh#0000") == []


def test_what_is_no_key_is_text_and_is_said() -> None:
    terms, unknown = read_filter('colour:red https://x/ -a "two words" "open step:')
    assert unknown == ("colour",)
    assert terms == (
        Term("", "colour:red"), Term("", "https://x/"), Term("", "a", True), Term("", "two words"), Term("", "open step:"),
    )  # fmt: skip
    bar = bar_of(run_of(WALK), "colour:red")
    assert bar and bar.matching == 0 and bar.notes == ("“colour:” is no key of this filter, so it was searched as text.",)


@pytest.mark.parametrize(
    "text", ["-", ":", '"', '""', "step:", "-step:", "status-code:", "\x00", "\ud800", "٣", "(" * 400, "a " * 900, ".*[", "\u202e"]
)
def test_odd_words_are_read(text: str) -> None:
    terms, _ = read_filter(text)
    assert len(terms) <= MOST_TERMS
    found(text)
    bar_of(run_of(WALK), text)


def test_reading_a_filter_takes_no_longer_than_its_length_asks() -> None:
    began = time.process_time()
    for text in ('"' * 100_000, "-a:" * 50_000, "a" * 200_000, "a:" * 100_000):
        read_filter(text)
    assert time.process_time() - began < 5  # a pattern that went back and forth would take minutes


def test_chips_count_the_whole_run_and_switch_their_term() -> None:
    bar = bar_of(run_of(WALK), "status-code:4xx probe")
    assert bar
    counts = {chip.label: (chip.count, chip.is_on) for chip in bar.chips}
    assert counts["2xx"] == (12, False) and counts["4xx"] == (6, True)
    assert counts["as expected"] == (17, False) and counts["note"] == (1, False) and counts["Revoke"] == (5, False)
    queries = {chip.label: parse_qs(urlsplit(chip.href).query).get("filter", [""])[0] for chip in bar.chips}
    assert queries["4xx"] == "probe" and queries["2xx"] == "status-code:4xx probe status-code:2xx"
    assert read_filter(queries["note"])[0][-1] == Term("verdict", "note")


def test_a_short_run_has_no_bar_and_its_filter_still_works() -> None:
    run = run_of(healthy.walk_to("server_metadata"))
    assert bar_of(run, "") is None and bar_of(run, "  ") is None
    bar = bar_of(run, "step:probe")
    assert bar and (bar.matching, bar.exchanges) == (1, 2)


def test_the_page_shows_only_what_fits(render) -> None:  # type: ignore[no-untyped-def]
    run = run_of(WALK)
    page = page_of(run, only="step:confirm status-code:400")
    html = Marks(render("run", page))
    assert html.values("data-exchange") == ["43"] and "1 of 18 exchanges" in "".join(html.text)
    assert page.past.latest is None
    assert len(Marks(render("run", page_of(run))).values("data-exchange")) == 18


def test_what_was_typed_comes_back_as_text(render) -> None:  # type: ignore[no-untyped-def]
    typed = '"><script>window.pwned=1</script>'
    html = Marks(render("run", page_of(run_of(WALK), only=typed)))
    assert [attrs["value"] for tag, attrs in html.tags if attrs.get("id") == "filter"] == [typed]
    assert not [tag for tag, attrs in html.tags if tag == "script" and "src" not in attrs]


def test_a_filter_keeps_its_pages_apart() -> None:
    many = [line for n in range(450) for line in take("register", get("register", "x", f"https://gw.example/{n}", answer(404)))]
    past = page_of(run_of((*healthy.walk_to("register"), *many)), only="step:register").past
    assert past.left_out == 250 and past.older.endswith("&filter=step%3Aregister")
