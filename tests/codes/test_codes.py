"""Each code of the catalogue through the pages: a server fails in this way, a person presses what is offered, and the page says so.

A tape of app/checks/examples is played as a walk of its own: real buttons, this run's state, ids and clock. STOP and WARN must be the
main finding (`data-problem`), a NOTE must stand on the page at its level.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from entries import ENTRIES
from fragments import NOT_PLAYED
from measured import note_walk
from player import Player
from robot import Page
from scripts import SCRIPTS

from app.checks.catalogue import BY_CODE
from app.checks.examples.corpus import EXAMPLES, MORE
from app.checks.examples.tape import Tape
from app.checks.transport_words import KINDS

TESTS = Path(__file__).resolve().parents[1]
PLAYED = tuple(code for code in BY_CODE if code not in SCRIPTS)


def assert_shown(page: Page, code: str) -> None:
    level = EXAMPLES[code].level
    assert (level, code) in page.codes, page.codes
    if level != "NOTE" or BY_CODE[code].ends:
        assert page.problem == code, page.codes


@pytest.mark.parametrize("code", PLAYED)
def test_a_server_that_fails_so_is_named_on_the_page(player: Player, code: str) -> None:
    page = player.play(EXAMPLES[code].fails)
    note_walk(page.codes, expected=[code], clean=[])
    assert_shown(page, code)
    assert player.wire.left == [], "the tape answers what nobody asked"


@pytest.mark.parametrize("code", SCRIPTS)
def test_what_no_tape_can_play_is_named_on_the_page_too(tmp_path: Path, code: str) -> None:
    page = SCRIPTS[code][1](tmp_path).page
    note_walk(page.codes, expected=[code], clean=[])
    assert_shown(page, code)


@pytest.mark.parametrize("code", PLAYED)
def test_the_walk_that_passes_is_not_named(player: Player, code: str) -> None:
    page = player.play(EXAMPLES[code].passes)
    note_walk(page.codes, clean=[code])
    assert code not in [shown for _, shown in page.codes]


FURTHER = [(code, says, tape, level) for code, walks in MORE.items() for says, tape, level in walks]
LEFT_OUT = {(code, says) for walks in NOT_PLAYED.values() for code, sayings in walks.items() for says in sayings}
LIVE = [walk for walk in FURTHER if walk[:2] not in LEFT_OUT]


@pytest.mark.parametrize(("code", "says", "tape", "level"), LIVE, ids=[f"{code} {says}" for code, says, _, _ in LIVE])
def test_the_level_on_the_page_follows_what_else_the_walk_shows(player: Player, code: str, says: str, tape: Tape, level: str) -> None:
    page = player.play(tape)
    note_walk(page.codes, expected=[code] if level else [], clean=[] if level else [code])
    assert {shown for shown, named in page.codes if named == code} == ({level} if level else set()), page.codes


def test_every_walk_that_is_left_out_exists() -> None:
    assert {(code, says) for code, says, _, _ in FURTHER} >= LEFT_OUT and len(LEFT_OUT) < len(LIVE) / 5


def test_all_121_entries_are_codes_of_ours_and_none_is_left_out() -> None:
    assert len(ENTRIES) == len(set(ENTRIES.values())) == 121
    assert set(ENTRIES.values()) <= set(BY_CODE)
    assert {*PLAYED, *SCRIPTS} == set(BY_CODE) and all(reason for reason, _ in SCRIPTS.values())


@pytest.mark.parametrize("kind", KINDS)
def test_a_failure_that_is_played_here_without_a_socket_has_its_test_on_one(kind: str) -> None:
    spellings = (f'"{kind}"', f'"{kind.removeprefix("blocked_")}"')  # the guard's tests name the reason alone
    folder = "pages" if kind == "interrupted" else "wire"  # only the pages know that a lease was lost
    sources = [path.read_text(encoding="utf-8") for path in (TESTS / folder).glob("test_*.py")]
    assert any(spelling in source for spelling in spellings for source in sources), f"no test of {folder} names {kind}"
