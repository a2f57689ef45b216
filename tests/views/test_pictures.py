"""The pictures say what the log says: every exchange and browser leg once, times as recorded, the life of every code and token."""

from __future__ import annotations

import dataclasses

import corpus
import healthy
import pytest
from page_marks import NOW, Marks
from tape import CALLBACK, HOME, TARGET, Line, Tape, answer, get, run_of, take
from test_hostile_text import PAYLOADS, check, hostile_walk
from test_page_contract import SECRETS, WALKS
from test_page_cost import long_walk

from app.checks import engine
from app.flow.fold import facts_of
from app.flow.log import Leg, Run
from app.settings import Settings
from app.views.lanes import lanes
from app.views.lifeline import MOST_LIVES
from app.views.mask import mask_for
from app.views.pictures_page import PicturesPage, pictures_page
from app.views.secrets_of import secrets_of
from app.views.sequence import fit
from app.views.waterfall import Bar, Pause
from app.wire.messages import Exchange, Failure
from app.wire.messages import Marks as Times


def pictures_of(run: Run, *, until: int = 0, now: float = NOW) -> PicturesPage:
    return pictures_page(run, facts_of(run), engine.examine(run), engine.main_of(run), settings=Settings(), now=now, until=until)


def timed(tape: Tape, *times: Times) -> Tape:
    """The same lines, the exchanges with these times, the last of them for all that follow."""
    given = list(times)
    return tuple(
        dataclasses.replace(line, body=dataclasses.replace(line.body, started_at=0.0, marks=given.pop(0) if len(given) > 1 else given[0]))
        if isinstance(line.body, Exchange)
        else line
        for line in tape
    )


@pytest.fixture(params=WALKS.values(), ids=WALKS, scope="module")
def walked(request: pytest.FixtureRequest) -> Run:
    return run_of(request.param)


def test_every_exchange_and_every_leg_is_one_arrow_that_leads_to_it(walked: Run) -> None:
    arrows = pictures_of(walked).sequence.arrows
    drawn = [entry.seq for entry in walked.entries if isinstance(entry.body, Exchange | Leg)]
    assert sorted(arrow.seq for arrow in arrows) == drawn
    assert all(arrow.href == f"/runs/r1#e{arrow.seq}" for arrow in arrows)
    kinds = {
        entry.seq: "leg" if isinstance(entry.body, Leg) else "failure" if entry.body.failure else "exchange"
        for entry in walked.entries
        if entry.seq in drawn
    }  # type: ignore[union-attr]
    assert {arrow.seq: arrow.kind for arrow in arrows} == kinds


def test_arrows_stand_below_one_another_and_end_at_lanes(walked: Run) -> None:
    picture = pictures_of(walked).sequence
    heights, lines = [arrow.y for arrow in picture.arrows], {column.x for column in picture.columns}
    assert heights == sorted(set(heights)) and all(0 < y < picture.height for y in heights)
    assert all({arrow.start, arrow.end} <= lines and arrow.start != arrow.end for arrow in picture.arrows)


def test_every_exchange_has_its_bar(walked: Run) -> None:
    bars = [line for line in pictures_of(walked).waterfall.lines if isinstance(line, Bar)]
    assert [bar.seq for bar in bars] == [e.seq for e in walked.entries if isinstance(e.body, Exchange)]


def test_no_secret_is_in_the_pictures(walked: Run, render) -> None:  # type: ignore[no-untyped-def]
    html = render("pictures", pictures_of(walked))
    page = Marks(html)
    shown = "".join(page.text) + "".join(value for _, attrs in page.tags for value in attrs.values())
    assert not [secret for secret in (*SECRETS, *(s.value for s in secrets_of(walked))) if secret in shown]


@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS)
def test_hostile_text_is_inert_in_the_pictures(payload: str, render) -> None:  # type: ignore[no-untyped-def]
    written = payload.encode("utf-8", "replace").decode()
    tape = (
        *hostile_walk(payload),
        get("server_metadata", "oauth_root", f"https://gw.example/{written}", answer(200)),
    )
    run = run_of(tape)
    run.append(Leg("callback", f"{CALLBACK}?{payload}=1&code={payload}&error={payload}"), step="callback")
    check(render("pictures", pictures_of(run)))


def test_one_origin_is_one_lane_and_is_called_what_it_does() -> None:
    run = run_of(healthy.walk_through("confirm"))
    found = lanes(run, mask_for(secrets_of(run)))
    assert [(lane.title, lane.host) for lane in found] == [
        ("Your browser", ""),
        ("Explorer", "this app"),
        ("MCP server and authorization server", "gw.example"),
    ]


def test_origins_apart_have_lanes_apart_and_many_share_the_last() -> None:
    elsewhere = healthy.walk_to("token")
    hosts = [get("server_metadata", "oauth_root", f"https://as{n}.example/.well-known/x", answer(404)) for n in range(9)]
    leg = Line("authorize", Leg("authorize", "https://login.example/authorize?client_id=1"))
    run = run_of((*healthy.walk_to("resource_metadata"), leg, *take("server_metadata", *hosts)))
    found = lanes(run, mask_for(secrets_of(run)))
    assert [lane.title for lane in found][2:5] == ["MCP server", "Authorization page", "Authorization server"]
    assert found[-1].title == "Other hosts" and found[-1].host == "5 more" and len(found) == 2 + 6 + 1
    picture = pictures_of(run).sequence
    assert [arrow.to for arrow in picture.arrows][-5:] == ["Other hosts"] * 5
    assert len(lanes(run_of(elsewhere), mask_for(()))) == 3


def test_what_never_came_is_drawn_apart_from_what_came() -> None:
    run = run_of(take("probe", healthy.discover(Failure("timeout", "Nothing came."))))
    (arrow,) = pictures_of(run).sequence.arrows
    assert (arrow.kind, arrow.result, arrow.glyph) == ("failure", "timeout", "✗") and "timeout" in arrow.says


def test_a_long_label_keeps_its_beginning_and_its_end() -> None:
    assert fit("/.well-known/oauth-protected-resource/mcp/one", 20) == "/.well-kn…ce/mcp/one"
    assert fit("short", 20) == "short" and len(fit("x" * 99, 13)) == 13


def test_many_takes_are_one_line_and_a_thousand_exchanges_are_pages(render) -> None:  # type: ignore[no-untyped-def]
    page = pictures_of(run_of(long_walk(1_000)))
    assert len(page.sequence.arrows) == 3 and next(b.title for b in page.sequence.bands if b.is_fold).startswith("197 more takes")
    assert page.left_out == page.exchanges - 200 and len(render("pictures", page)) < 1_000_000
    older = pictures_of(run_of(long_walk(1_000)), until=int(page.older.removeprefix("?until=")))
    assert older.newer and all("?until=" in arrow.href for arrow in older.sequence.arrows)


TWO_STEPS = Times(0.1, 0.2, 0.4, 0.4, 0.4, 0.9, 0.9, 1.0, 1.0)


def test_phases_sum_to_the_whole_and_pauses_are_folded_out() -> None:
    tape = timed(
        (*take("probe", healthy.discover(healthy.refusal())), *take("resource_metadata", healthy.metadata(answer(404)))), TWO_STEPS
    )
    tape = (*tape[:4], dataclasses.replace(tape[4], later=60.0), *tape[5:])
    water = pictures_of(run_of(tape)).waterfall
    first, pause, second = water.lines
    assert isinstance(first, Bar) and isinstance(pause, Pause) and isinstance(second, Bar)
    assert (pause.says, pause.is_person) == ("1 min 1 s without a request", False)
    assert first.parts[0].x == 0 and second.parts[0].x == 500.0, "a pause has no length on the axis"
    assert sum(part.width for part in (*first.parts, *second.parts)) == pytest.approx(1_000, abs=2)
    assert sum(share.width for share in water.shares) == pytest.approx(1_000, abs=1)
    assert {share.name: share.percent for share in water.shares} == {
        "DNS lookup": 10, "Initial connection": 10, "TLS": 20, "Request sent": 0, "Waiting for server response": 50, "Content download": 10,
    }  # fmt: skip
    assert (water.on_wire, water.person, water.paused) == ("2.0 s", "", "1 min 1 s")


def test_the_persons_own_time_stands_apart() -> None:
    tape = timed(healthy.walk_through("token"), Times(first_byte=0.1, end=0.2))
    tape = tuple(dataclasses.replace(line, later=90.0) if line.step == "callback" else line for line in tape)
    water = pictures_of(run_of(tape)).waterfall
    pauses = [line for line in water.lines if isinstance(line, Pause)]
    assert [pause.says for pause in pauses if pause.is_person] == ["1 min 30 s at the authorization server, in your browser"]
    assert water.person == "1 min 30 s" and "6 s without a request" in [pause.says for pause in pauses]


def test_a_recording_without_times_says_so(render) -> None:  # type: ignore[no-untyped-def]
    page = pictures_of(run_of(healthy.walk_to("register")))
    assert not page.waterfall.has_times and "No times were recorded." in render("pictures", page)


def test_an_empty_run_says_so(render) -> None:  # type: ignore[no-untyped-def]
    assert "Nothing has been sent yet." in render("pictures", pictures_of(run_of(healthy.walk_to("probe"))))


def lives_of(tape: Tape, now: float = NOW) -> dict[str, tuple[list[str], str, bool]]:
    """kind and number -> (kinds of events, what is known at the end, is it over?)"""
    lives = pictures_of(run_of(tape), now=now).lifeline.lives
    return {f"{life.kind} {n}": ([event.kind for event in life.events], life.standing, life.is_over) for n, life in enumerate(lives, 1)}


def test_the_whole_walk_tells_every_life() -> None:
    told = lives_of(healthy.walk_through("confirm"))
    assert {name: kinds for name, (kinds, _, _) in told.items()} == {
        "code 1": ["issued", "exchanged"],
        "access 2": ["issued", "used", "used"],
        "refresh 3": ["issued", "rotated", "replayed"],
        "access 4": ["issued"],
        "refresh 5": ["issued", "rotated"],
        "access 6": ["issued", "used", "revoked", "refused", "refused"],
        "refresh 7": ["issued", "refused", "revoked", "refused"],
    }
    assert told["refresh 3"][1:] == ("tried again after it was replaced (30: answered 400)", True)
    assert told["access 6"][1] == "refused when last tried (42)" and told["code 1"][1] == "exchanged for tokens (20)"


def test_a_token_that_lives_after_its_revocation_is_not_called_dead() -> None:
    told = lives_of(corpus.EXAMPLES["revoke.no_effect"].fails)
    assert ("answered 200 when tried after it was revoked (42)", False) in {(standing, over) for _, standing, over in told.values()}


def test_a_lifetime_is_told_and_runs_out() -> None:
    tape = healthy.walk_to("refresh")
    at = run_of(tape).entries[-1].at
    assert lives_of(tape, at)["access 2"][1] == "answered 200 when last used (24); lives 14 min 55 s more, said the server"
    assert lives_of(tape, at + 1_000)["access 2"][1:] == ("its lifetime has passed, 1 min 45 s ago", True)


def test_an_unknown_token_that_is_revoked_has_no_life_and_a_short_one_is_not_shown(render) -> None:  # type: ignore[no-untyped-def]
    tape = (*healthy.walk_to("token"), *take("token", healthy.code_sent(healthy.granted(1, access_token="ab", refresh_token=None))))
    page = pictures_of(run_of(tape))
    assert [life.label for life in page.lifeline.lives][1] == "access 2"
    told = lives_of(healthy.walk_through("confirm"))
    assert not [name for name in told if name.startswith("token")]


def test_many_lives_are_bounded_and_the_rest_is_counted() -> None:
    again = [line for n in range(60) for line in take("token", healthy.code_sent(healthy.granted(100 + n), code=f"code-number-{n}"))]
    picture = pictures_of(run_of((*healthy.walk_to("token"), *again))).lifeline
    assert len(picture.lives) == MOST_LIVES and picture.left_out == 60 * 3 + 1 - MOST_LIVES


def test_the_target_and_home_of_the_examples_are_one_origin() -> None:
    assert TARGET.startswith(HOME), "the lanes above are counted by it"
