from __future__ import annotations

from app.flow.log import Choice, Entry
from app.store.recent import LARGEST_BYTES, Recent


def entry(seq: int) -> Entry:
    return Entry(seq, 0.0, "", "", "", Choice("options"))


def test_it_answers_with_what_it_holds_and_nothing_else() -> None:
    recent = Recent()
    recent.put("a", entry(2), 10)
    recent.put("b", entry(1), 10)
    assert recent.get("a", 1, 3) == {2: entry(2)}


def test_the_longest_unused_gives_way_when_the_bytes_run_out() -> None:
    recent = Recent(most_bytes=30)
    for seq in (1, 2, 3):
        recent.put("a", entry(seq), 10)
    recent.get("a", 1, 1)
    recent.put("a", entry(4), 10)
    assert set(recent.get("a", 1, 4)) == {1, 3, 4}


def test_the_same_entry_twice_counts_once_and_one_too_large_holds_nothing() -> None:
    recent = Recent(most_bytes=30)
    for _ in range(5):
        recent.put("a", entry(1), 15)
    recent.put("a", entry(2), 15)
    assert set(recent.get("a", 1, 2)) == {1, 2}
    recent.put("a", entry(3), 31)
    assert recent.get("a", 1, 3) == {}


def test_a_forgotten_run_frees_its_place() -> None:
    recent = Recent(most_bytes=30)
    recent.put("a", entry(1), 20)
    recent.put("b", entry(1), 10)
    recent.forget("a")
    recent.put("b", entry(2), 20)
    assert recent.get("a", 1, 1) == {} and set(recent.get("b", 1, 2)) == {1, 2}


def test_a_very_large_entry_is_not_held_and_drives_no_other_out() -> None:
    recent = Recent()
    recent.put("a", entry(1), LARGEST_BYTES)
    recent.put("a", entry(2), LARGEST_BYTES + 1)
    assert set(recent.get("a", 1, 2)) == {1}
