"""Codes of progress: short, signed, forgiving to fingers and to nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.practice.progress_code import MOST_NUMBER, ForgedCode, code_of, numbers_of
from app.store.vault import Vault

VAULT, OTHER = Vault(("k" * 32,)), Vault(("o" * 32,))


def sign(text: str) -> str:
    return VAULT.blind("progress", text)


def signs(text: str) -> tuple[str, ...]:
    return VAULT.blinds("progress", text)


@given(st.frozensets(st.integers(0, MOST_NUMBER - 1), min_size=1))
def test_what_goes_in_comes_out(numbers: frozenset[int]) -> None:
    assert numbers_of(code_of(numbers, sign), signs) == numbers


def test_a_code_is_short_enough_to_type() -> None:
    assert len(code_of(range(1, 39), sign).replace("-", "")) <= 24
    assert code_of([], sign) == ""


def test_small_letters_blanks_and_look_alikes_are_forgiven() -> None:
    code = code_of([1, 5, 30], sign)
    typed = code.lower().replace("-", " ").replace("o", "0").replace("i", "1")
    assert numbers_of(typed, signs) == {1, 5, 30}


def test_every_altered_letter_is_rejected() -> None:
    code = code_of([1, 2, 3], sign).replace("-", "")
    for at, letter in enumerate(code):
        for other in "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567":
            if other != letter:
                with pytest.raises(ForgedCode):
                    numbers_of(code[:at] + other + code[at + 1 :], signs)


@pytest.mark.parametrize("typed", ["", "A", "HELLO", "=1+1", "A" * 500, "ÄÖÜ", "\x00", "AAAA-AAAA-AAAA-AAAA"])
def test_nonsense_is_rejected_with_a_sentence(typed: str) -> None:
    with pytest.raises(ForgedCode, match=r"\.$"):
        numbers_of(typed, signs)


def test_a_code_of_another_instance_is_rejected_and_one_of_an_older_key_is_not() -> None:
    code = code_of([7], lambda text: OTHER.blind("progress", text))
    with pytest.raises(ForgedCode):
        numbers_of(code, signs)
    both = Vault(("n" * 32, "o" * 32))
    assert numbers_of(code, lambda text: both.blinds("progress", text)) == {7}
