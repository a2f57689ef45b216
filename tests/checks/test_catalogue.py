"""Every check can say no and can let pass, and has all its texts."""

from __future__ import annotations

import re

import pytest
from corpus import EXAMPLES, MORE
from tape import Example, Tape, run_of

from app.checks.catalogue import BY_CODE, CHECKS, find
from app.checks.engine import examine
from app.checks.model import NOTE, STOP, WARN, Check, level_for
from app.checks.transport_words import KINDS
from app.flow.revisions import REVISIONS
from app.flow.steps import NAMES
from app.wire.failures import KINDS as WIRE_KINDS


def levels(tape: Tape, code: str) -> list[str]:
    return [f.level for f in examine(run_of(tape)) if f.code == code]


@pytest.mark.parametrize("code", [c.code for c in CHECKS])
def test_every_check_says_no_to_one_walk_and_lets_another_pass(code: str) -> None:
    example: Example = EXAMPLES[code]
    assert example.level in levels(example.fails, code)
    assert levels(example.passes, code) == []


@pytest.mark.parametrize(
    ("code", "tape", "level"),
    [(c, t, n) for c, walks in MORE.items() for _, t, n in walks],
    ids=[f"{c} {says}" for c, walks in MORE.items() for says, _, _ in walks],
)
def test_the_level_follows_what_else_the_walk_shows(code: str, tape: Tape, level: str) -> None:
    assert set(levels(tape, code)) == ({level} if level else set())


def test_no_example_is_without_its_check() -> None:
    assert set(EXAMPLES) == set(BY_CODE) and set(MORE) <= set(BY_CODE)


def test_codes_are_unique_and_name_a_step() -> None:
    assert len(BY_CODE) == len(CHECKS)
    for check in CHECKS:
        step, _, slug = check.code.partition(".")
        assert step in (*NAMES, "transport") and re.fullmatch(r"[a-z][a-z0-9_]*", slug), check.code


@pytest.mark.parametrize("check", CHECKS, ids=lambda c: c.code)
def test_every_text_is_there(check: Check) -> None:
    texts = (check.title, check.expected, check.why, check.fix_operator, check.fix_client, check.spec.name)
    assert all(text.strip() == text and text for text in texts)
    assert check.spec.url.startswith("https://") and check.on
    assert not check.title.endswith(".") and check.title[0] == check.title[0].upper()


@pytest.mark.parametrize("check", CHECKS, ids=lambda c: c.code)
def test_levels_are_words_of_the_model_and_name_known_revisions(check: Check) -> None:
    given = {level_for(check, revision) for revision in REVISIONS}
    assert given <= {STOP, WARN, NOTE, ""} and given != {""}
    assert isinstance(check.level, str) or set(check.level) <= set(REVISIONS)


def test_every_failure_of_the_wire_has_its_check() -> None:
    assert set(KINDS) == set(WIRE_KINDS)


def test_a_code_finds_its_check() -> None:
    assert find("token.pkce") is BY_CODE["token.pkce"] and find("token.nothing") is None
