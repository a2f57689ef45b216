"""What is kept of runs between requests: the beginning of a log is never derived twice, and memory stays bounded."""

from __future__ import annotations

import pytest
from canned import Gateway, Walker

from app.checks.engine import examined
from app.flow.fold import fold
from app.flow.log import Run
from app.pages.memory import Memory
from app.wire.messages import Exchange


def read_again(run: Run) -> Run:
    """The same run as another request reads it from the store."""
    return Run(run.id, run.owner, run.target, run.created_at, list(run.entries))


def test_what_was_derived_is_there_when_the_run_is_read_again(gateway: Gateway) -> None:
    walker, memory = Walker(gateway), Memory()
    walker.go()
    known = examined(walker.run)
    memory.remember(walker.run)
    again = memory.recall(read_again(walker.run))
    assert len(again.folded) == len(again.entries)
    assert examined(again) is known


def test_a_log_that_grew_is_examined_anew_from_the_folded_beginning(gateway: Gateway) -> None:
    walker, memory = Walker(gateway), Memory()
    walker.take("probe")
    known = examined(walker.run)
    memory.remember(read_again(walker.run))
    kept = memory.recall(read_again(walker.run))
    walker.take("resource_metadata")
    memory.remember(kept)
    again = memory.recall(read_again(walker.run))
    assert fold(again) == fold(walker.run)
    assert examined(again) is not known


def test_a_run_is_not_changed_by_what_another_reader_does_with_it(gateway: Gateway) -> None:
    walker, memory = Walker(gateway), Memory()
    walker.take("probe")
    fold(walker.run)
    memory.remember(walker.run)
    one, other = memory.recall(read_again(walker.run)), memory.recall(read_again(walker.run))
    one.folded.clear()
    assert len(other.folded) == len(other.entries)


def test_runs_with_large_answers_give_way_by_their_bytes(gateway: Gateway) -> None:
    walker = Walker(gateway)
    walker.take("probe")
    fold(walker.run)
    crossed = sum(len(entry.body.sent) + len(entry.body.received) for entry in walker.run.entries if isinstance(entry.body, Exchange))
    memory = Memory(most_bytes=3 * crossed)
    for number in range(5):
        memory.remember(Run(f"r{number}", "o", "t", 0.0, list(walker.run.entries), folded=list(walker.run.folded)))
    known = [bool(memory.recall(Run(f"r{number}", "o", "t", 0.0, list(walker.run.entries))).folded) for number in range(5)]
    assert known == [False, False, True, True, True]


def test_the_bytes_of_a_log_are_counted_again_only_when_it_has_grown(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    walker, memory, counted = Walker(gateway), Memory(), list[int]()
    monkeypatch.setattr(Run, "room", property(lambda run: counted.append(len(run.entries)) or 1))
    walker.take("probe")
    first = len(walker.run.entries)
    memory.remember(walker.run)
    memory.remember(read_again(walker.run))
    walker.take("resource_metadata")
    memory.remember(read_again(walker.run))
    assert counted == [first, len(walker.run.entries)]


def test_one_run_that_is_larger_than_all_room_is_not_kept(gateway: Gateway) -> None:
    walker, memory = Walker(gateway), Memory(most_bytes=100)
    walker.take("probe")
    fold(walker.run)
    memory.remember(walker.run)
    assert memory.recall(read_again(walker.run)).folded == []


def test_the_runs_unused_for_longest_give_way(gateway: Gateway) -> None:
    walker, memory = Walker(gateway), Memory(most_entries=20)
    walker.take("probe")
    fold(walker.run)
    for number in range(20):
        memory.remember(Run(f"r{number}", "o", "t", 0.0, list(walker.run.entries), folded=list(walker.run.folded)))
    assert memory.recall(Run("r0", "o", "t", 0.0, list(walker.run.entries))).folded == []
    assert memory.recall(Run("r19", "o", "t", 0.0, list(walker.run.entries))).folded


def test_a_deleted_run_is_forgotten(gateway: Gateway) -> None:
    walker, memory = Walker(gateway), Memory()
    walker.take("probe")
    fold(walker.run)
    memory.remember(walker.run)
    memory.forget(walker.run.id)
    assert memory.recall(read_again(walker.run)).folded == []
