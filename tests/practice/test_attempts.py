"""Attempts and rooms in the store: nothing is lost when forty people do the same thing at once, on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Engine

from app.practice.attempts import ALONE_SECONDS, GAVE_UP, OPEN, SHOWN, SOLVED, Attempts, Key, learner_of
from app.practice.rooms import MOST_ATTENDEES, ROOM_SECONDS, Refused, Room, Rooms, draw_code
from app.practice.tables import create_tables, sweep
from app.settings import Settings
from app.store.database import open_engine

PEOPLE = 40


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    database = request.getfixturevalue("postgres_database") if request.param == "postgresql" else ""
    opened = open_engine(Settings(data_dir=str(tmp_path), database_url=database))
    create_tables(opened)
    yield opened
    opened.dispose()


def rooms_of(engine: Engine, now: float = 1_000.0) -> Rooms:
    return Rooms(engine, lambda clear: clear[::-1], lambda sealed: sealed[::-1], lambda: now)


def opened(rooms: Rooms) -> Room:
    return rooms.open_room("Room", ["one", "two"])[0]


def test_forty_solves_at_once_count_forty_and_each_person_once(engine: Engine) -> None:
    attempts = Attempts(engine)
    keys = [Key(learner_of(f"person {n}"), "room", "one") for n in range(PEOPLE)]
    with ThreadPoolExecutor(PEOPLE) as pool:
        list(pool.map(lambda key: attempts.begin(key, f"gateway-{key.learner[:8]}", "run"), keys))
        firsts = list(pool.map(lambda key: attempts.end(key, SOLVED), keys * 3))
    assert sum(firsts) == PEOPLE
    assert [one.outcome for one in attempts.of_room("room")] == [SOLVED] * PEOPLE


def test_hints_and_wrong_answers_at_once_are_each_counted(engine: Engine) -> None:
    attempts, key = Attempts(engine), Key("me", "", "one")
    attempts.begin(key, "gateway", "run")
    with ThreadPoolExecutor(PEOPLE) as pool:
        list(pool.map(lambda n: attempts.count_wrong(key, "token", f"cause {n}"), range(PEOPLE)))
        list(pool.map(lambda _: attempts.open_hint(key, 3), range(PEOPLE)))
    found = attempts.find(key)
    assert found is not None
    assert (found.wrong, found.hints, found.said_step) == (PEOPLE, 3, "token")


def test_what_is_over_stays_as_it_ended(engine: Engine) -> None:
    attempts, key = Attempts(engine), Key("me", "", "one")
    attempts.begin(key, "gateway", "run")
    assert attempts.end(key, GAVE_UP)
    assert not attempts.end(key, SOLVED)
    attempts.count_wrong(key, "token", "late")
    attempts.begin(key, "gateway-2", "run-2")
    found = attempts.find(key)
    assert found is not None
    assert (found.outcome, found.wrong, found.run_id) == (GAVE_UP, 0, "run-2")


def test_progress_of_one_alone_expires_and_a_new_beginning_lengthens_it(engine: Engine) -> None:
    clock, key = [1_000.0], Key("me", "", "one")
    attempts = Attempts(engine, lambda: clock[0])
    attempts.begin(key, "gateway", "run")
    clock[0] += ALONE_SECONDS - 10
    attempts.begin(key, "gateway-2", "run-2")
    clock[0] += ALONE_SECONDS - 10
    assert attempts.find(key)
    clock[0] += 20
    assert attempts.find(key) is None
    assert attempts.of_learner("me", "") == []


def test_progress_is_written_only_where_it_changed(engine: Engine) -> None:
    clock = [1_000.0]
    attempts, key = Attempts(engine, lambda: clock[0]), Key("me", "room", "one")
    attempts.begin(key, "gateway", "run")
    clock[0] = 1_001.0
    attempts.note(key, "run", "token", "ready")
    clock[0] = 1_005.0
    attempts.note(key, "run", "token", "ready")
    found = attempts.find(key)
    assert found is not None
    assert (found.step, found.moved_at, found.seen_at) == ("token", 1_001.0, 1_001.0)
    clock[0] = 1_100.0
    attempts.note(key, "run", "token", "ready")
    attempts.note(key, "an older run", "probe", "ready")
    found = attempts.find(key)
    assert found is not None
    assert (found.step, found.moved_at, found.seen_at) == ("token", 1_001.0, 1_100.0)


def test_a_solution_for_all_ends_what_is_open_in_that_room_only(engine: Engine) -> None:
    attempts = Attempts(engine)
    for room, slug in (("a", "one"), ("a", "two"), ("b", "one")):
        attempts.begin(Key("me", room, slug), f"{room}{slug}", "run")
    attempts.begin(Key("you", "a", "one"), "g", "run")
    attempts.end(Key("you", "a", "one"), SOLVED)
    assert attempts.show_all("a", "one") == 1
    outcomes = {(one.room, one.slug, one.learner): one.outcome for room in "ab" for one in attempts.of_room(room)}
    assert outcomes == {
        ("a", "one", "me"): SHOWN,
        ("a", "one", "you"): SOLVED,
        ("a", "two", "me"): OPEN,
        ("b", "one", "me"): OPEN,
    }


def test_a_reset_forgets_what_it_names_and_hands_back_the_gateways(engine: Engine) -> None:
    attempts = Attempts(engine)
    for learner, slug in (("me", "one"), ("me", "two"), ("you", "one")):
        attempts.begin(Key(learner, "a", slug), f"{learner}-{slug}", "run")
    assert attempts.forget("a", learner="me", slug="two") == ["me-two"]
    assert sorted(attempts.forget("a", slug="one")) == ["me-one", "you-one"]
    assert attempts.of_room("a") == []


def test_solved_lessons_of_another_browser_come_over(engine: Engine) -> None:
    attempts = Attempts(engine)
    attempts.begin(Key("me", "", "one"), "g", "run")
    attempts.restore("me", ["one", "two"])
    attempts.restore("me", [])
    assert {one.slug: (one.outcome, one.run_id) for one in attempts.of_learner("me", "")} == {"one": (SOLVED, "run"), "two": (SOLVED, "")}


def test_forty_people_join_at_once_and_nobody_twice(engine: Engine) -> None:
    rooms = rooms_of(engine)
    room = opened(rooms)
    with ThreadPoolExecutor(PEOPLE) as pool:
        list(pool.map(lambda n: rooms.join(room, f"learner {n}", f"Name {n}"), range(PEOPLE)))
    rooms.join(room, "learner 3", "Another name")
    assert len(rooms.attendees(room.id)) == PEOPLE


def test_a_nickname_is_given_once_in_a_room(engine: Engine) -> None:
    rooms = rooms_of(engine)
    room, other = opened(rooms), opened(rooms)
    rooms.join(room, "a", "Ada")
    with pytest.raises(Refused, match="nickname"):
        rooms.join(room, "b", "ADA")
    assert rooms.join(other, "b", "Ada").name == "Ada"


def test_a_full_room_and_an_ended_one_let_nobody_in(engine: Engine) -> None:
    rooms = rooms_of(engine)
    room = opened(rooms)
    for n in range(MOST_ATTENDEES):
        rooms.join(room, f"learner {n}", f"Name {n}")
    with pytest.raises(Refused, match="full"):
        rooms.join(room, "one more", "One more")
    rooms.end(room.id)
    ended = rooms.find(room.id)
    assert ended is not None
    with pytest.raises(Refused, match="ended"):
        rooms.join(ended, "learner 3", "Three")


def test_a_room_is_found_by_its_code_however_it_is_typed_and_led_by_its_secret(engine: Engine) -> None:
    rooms = rooms_of(engine)
    room, secret = rooms.open_room("Room", ["one"])
    code = room.code
    for typed in (code, code.lower(), f"{code[:3]}-{code[3:]}", f" {code[:3]} {code[3:]} "):
        assert rooms.find_by_code(typed) == room
    assert rooms.find_by_code(draw_code()) is None
    assert room.is_led_by(secret)
    assert not any(room.is_led_by(wrong) for wrong in ("", "x", room.leader_key, code))


def test_what_people_typed_is_sealed_at_rest(engine: Engine, tmp_path: Path) -> None:
    rooms = rooms_of(engine)
    room, _ = rooms.open_room("Planted title", ["one"])
    rooms.join(room, "a", "Planted name")
    rooms.write_note(room.id, "Planted note")
    kept = b"".join(path.read_bytes() for path in tmp_path.glob("*.sqlite3*"))
    assert b"Planted" not in kept
    found = rooms.find(room.id)
    assert found is not None
    assert (found.title, found.note) == ("Planted title", "Planted note")


def test_another_choice_keeps_what_was_set(engine: Engine) -> None:
    rooms = rooms_of(engine)
    room = opened(rooms)
    rooms.lock(room.id, "one", True)
    rooms.open_hint(room.id, "one", 1)
    rooms.open_hint(room.id, "one", 1)
    rooms.choose(room, ["three", "one"])
    chosen = [(one.slug, one.is_locked, one.hints_open) for one in rooms.chosen(room.id)]
    assert chosen == [("three", False, 0), ("one", True, 1)]
    with pytest.raises(Refused):
        rooms.choose(room, [])


def test_rooms_expire_are_swept_and_can_be_purged(engine: Engine) -> None:
    rooms = rooms_of(engine)
    room, kept = opened(rooms), opened(rooms)
    rooms.join(room, "a", "Ada")
    rooms.purge(room.id)
    assert rooms.find(room.id) is None
    assert rooms.attendees(room.id) == []
    later = 1_000.0 + ROOM_SECONDS + 1
    assert rooms_of(engine, later).find(kept.id) is None
    assert sweep(engine, later + 86_400) >= 3
