"""In a lesson neither the filter nor the pictures tell what the checks found: a tick would say as much as a cross."""

from __future__ import annotations

import corpus
import healthy
from page_marks import Marks, page_of
from tape import Tape, choice, run_of
from test_pictures import pictures_of

from app.views.unjudged import unjudged
from app.views.waterfall import Bar

LESSON = choice("lesson", slug="one", room="")
WALK: Tape = (*healthy.walk_to("probe"), LESSON, *corpus.EXAMPLES["probe.no_challenge"].fails[1:])
LONG: Tape = (*healthy.walk_to("probe"), LESSON, *healthy.walk_through("confirm")[1:])


def test_the_chips_count_no_verdict_and_the_filter_knows_none() -> None:
    judged, veiled = (page_of(run_of(tape)).past.bar for tape in (healthy.walk_through("confirm"), LONG))
    assert judged and veiled
    assert {chip.kind for chip in judged.chips} == {"status", "verdict", "step"}
    assert {chip.kind for chip in veiled.chips} == {"status", "step"}
    filtered = page_of(run_of(LONG), only="verdict:ok").past.bar
    assert filtered and filtered.matching == 0


def test_the_pictures_judge_nothing(render) -> None:  # type: ignore[no-untyped-def]
    page = unjudged(pictures_of(run_of(LONG)))
    html = render("pictures", page)
    assert "as expected" not in html and 'class="arrow exchange ok"' not in html and '"verdict ok"' not in html
    assert {arrow.verdict for arrow in page.sequence.arrows} == {""} or {arrow.verdict for arrow in page.sequence.arrows} == {"none"}
    assert {line.verdict for line in page.waterfall.lines if isinstance(line, Bar)} <= {"", "none"}
    assert "as expected" in render("pictures", pictures_of(run_of(healthy.walk_through("confirm")))), "and they do elsewhere"


def test_what_failed_to_arrive_is_still_drawn() -> None:
    page = pictures_of(run_of(WALK))
    assert [arrow.verdict for arrow in page.sequence.arrows] == ["none"]


def test_the_page_of_a_lesson_has_no_code_of_a_finding(render) -> None:  # type: ignore[no-untyped-def]
    html = Marks(render("pictures", pictures_of(run_of(WALK))))
    assert "probe.no_challenge" not in "".join(html.text)
