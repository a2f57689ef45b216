"""The pool: one piece of work for each run, few places, few waiters, leases that are renewed and given back."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest

from app.pages.jobs import AllBusy, Job, Jobs, Work
from app.settings import Settings
from app.store.opening import Store

PATIENCE = 10.0  # seconds until a test that hangs fails


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    """Work waits for it; always opened at the end, so that no thread outlives its test."""
    event = threading.Event()
    yield event
    event.set()


def waiting_on(gate: threading.Event) -> Work:
    def work(job: Job) -> None:
        while not job.stop.is_set() and not gate.wait(0.01):
            pass

    return work


def start(jobs: Jobs, store: Store, owner: str, work: Work | None) -> Job | None:
    return jobs.start(store.runs.create(owner, "https://g.example/mcp").id, "probe", lambda: work)


def test_work_runs_beside_the_caller_and_gives_its_lease_back(store: Store, settings: Settings) -> None:
    done = threading.Event()
    job = start(Jobs(store.leases, settings), store, "ada", lambda job: done.set())
    assert job and job.ended.wait(PATIENCE) and done.is_set()
    assert store.leases.lease_of(job.run_id) is None


def test_two_clicks_make_one_piece_of_work(store: Store, settings: Settings, gate: threading.Event) -> None:
    jobs, other_worker = Jobs(store.leases, settings), Jobs(store.leases, settings)
    first = start(jobs, store, "ada", waiting_on(gate))
    assert first
    asked: list[str] = []
    for pool in (jobs, other_worker):
        assert pool.start(first.run_id, "probe", lambda: asked.append("prepared")) is None
    assert asked == []
    gate.set()
    assert first.ended.wait(PATIENCE)


def test_work_that_breaks_gives_everything_back_and_its_secret_stays_out_of_the_log(
    store: Store, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    def work(job: Job) -> None:
        raise ValueError("token s3cret-value")

    jobs = Jobs(store.leases, replace(settings, outgoing_per_browser=1))
    job = start(jobs, store, "ada", work)
    assert job and job.ended.wait(PATIENCE)
    assert "work failed" in caplog.text and "ValueError" in caplog.text
    assert "s3cret" not in caplog.text
    again = start(jobs, store, "ada", lambda job: None)
    assert again and again.ended.wait(PATIENCE)


def test_a_refused_choice_gives_the_lease_back(store: Store, settings: Settings) -> None:
    jobs, run = Jobs(store.leases, settings), store.runs.create("ada", "https://g.example/mcp")

    def refuse() -> None:
        raise LookupError("not now")

    with pytest.raises(LookupError):
        jobs.start(run.id, "probe", refuse)
    assert store.leases.lease_of(run.id) is None
    job = jobs.start(run.id, "probe", lambda: None)
    assert job and job.ended.is_set()


def test_a_browser_beyond_its_places_is_told_and_others_go_on(store: Store, settings: Settings, gate: threading.Event) -> None:
    jobs = Jobs(store.leases, replace(settings, outgoing_per_browser=2), wait_s=0.01)
    mine = [start(jobs, store, "ada", waiting_on(gate)) for _ in range(2)]
    with pytest.raises(AllBusy, match="Your other runs"):
        start(jobs, store, "ada", waiting_on(gate))
    grace = start(jobs, store, "grace", lambda job: None)
    assert grace and grace.ended.wait(PATIENCE)
    gate.set()
    assert all(job and job.ended.wait(PATIENCE) for job in mine)


def test_a_full_pool_refuses_and_a_waiter_gets_the_place_that_comes_free(store: Store, settings: Settings, gate: threading.Event) -> None:
    jobs = Jobs(store.leases, replace(settings, outgoing_at_once=1, threads=4), wait_s=PATIENCE)
    first = start(jobs, store, "ada", waiting_on(gate))
    got: list[Job | None] = []
    waiter = threading.Thread(target=lambda: got.append(start(jobs, store, "grace", lambda job: None)))
    waiter.start()
    while jobs._waiters._value:  # the one place to wait is not taken yet
        assert waiter.is_alive()
    with pytest.raises(AllBusy, match="Many people"):
        start(jobs, store, "linus", lambda job: None)
    gate.set()
    waiter.join(PATIENCE)
    assert first and first.ended.wait(PATIENCE)
    assert got and got[0] and got[0].ended.wait(PATIENCE)
    assert not jobs._running and jobs._waiters._value == 1


def test_the_lease_lives_as_long_as_the_work_and_shows_what_it_is_at(store: Store, settings: Settings, gate: threading.Event) -> None:
    jobs = Jobs(store.leases, settings, beat_s=0.005)

    def work(job: Job) -> None:
        job.doing = "GET https://g.example/mcp"
        waiting_on(gate)(job)

    job = start(jobs, store, "ada", work)
    assert job
    shown = iter(lambda: store.leases.lease_of(job.run_id), None)
    renewed = next(lease for lease in shown if lease.progress and lease.until > job.lease.until)
    assert renewed.progress == "GET https://g.example/mcp"


@pytest.mark.parametrize("same_worker", [True, False])
def test_cancel_reaches_the_work_in_any_worker(store: Store, settings: Settings, gate: threading.Event, same_worker: bool) -> None:
    jobs = Jobs(store.leases, settings, beat_s=0.005)
    job = start(jobs, store, "ada", waiting_on(gate))
    assert job
    (jobs if same_worker else Jobs(store.leases, settings)).cancel(job.run_id)
    assert job.ended.wait(PATIENCE)
    assert job.stop.is_set() and not job.lost.is_set()


def test_a_lost_lease_stops_the_work_and_is_told_from_a_cancel(store: Store, settings: Settings, gate: threading.Event) -> None:
    jobs = Jobs(store.leases, settings, beat_s=0.005)
    job = start(jobs, store, "ada", waiting_on(gate))
    assert job
    store.leases.release(job.lease)  # what an expired lease and another worker's take-over look like from here
    assert job.ended.wait(PATIENCE)
    assert job.stop.is_set() and job.lost.is_set()


def test_no_thread_is_left_when_nothing_is_under_way(store: Store, settings: Settings) -> None:
    jobs = Jobs(store.leases, settings, beat_s=0.005)
    job = start(jobs, store, "ada", lambda job: None)
    assert job and job.ended.wait(PATIENCE)
    keeper = jobs._keeper
    if keeper:
        keeper.join(PATIENCE)
    assert jobs._keeper is None


def test_one_person_s_work_counts_on_all_workers_together(store: Store, settings: Settings, gate: threading.Event) -> None:
    one, other = (Jobs(store.leases, replace(settings, outgoing_per_browser=2), wait_s=0.3) for _ in range(2))
    first, second = start(one, store, "ada", waiting_on(gate)), start(other, store, "ada", waiting_on(gate))
    assert first and second
    for pool in (one, other):
        with pytest.raises(AllBusy, match="Your other runs"):
            start(pool, store, "ada", waiting_on(gate))
    assert start(one, store, "bob", None)
    gate.set()
    assert first.ended.wait(PATIENCE) and second.ended.wait(PATIENCE)
    assert start(other, store, "ada", None), "the places are free again"


def test_places_count_on_all_workers_together(store: Store, settings: Settings, gate: threading.Event) -> None:
    one, other = (Jobs(store.leases, replace(settings, outgoing_at_once=2), wait_s=0.01) for _ in range(2))
    busy = [start(one, store, "ada", waiting_on(gate)), start(one, store, "bob", waiting_on(gate))]
    with pytest.raises(AllBusy, match="Many people"):
        start(other, store, "eve", waiting_on(gate))
    gate.set()
    assert all(job and job.ended.wait(PATIENCE) for job in busy)
    assert start(other, store, "eve", None)


def test_half_of_the_threads_at_most_look_whether_work_ends(store: Store, settings: Settings, gate: threading.Event) -> None:
    jobs = Jobs(store.leases, replace(settings, threads=2))
    job = start(jobs, store, "ada", waiting_on(gate))
    assert job
    looker = threading.Thread(target=jobs.look, args=(job,))
    looker.start()
    while jobs._lookers._value:
        assert looker.is_alive()
    assert not jobs.look(job), "the other click goes to the page at once"
    gate.set()
    looker.join(PATIENCE)
    assert job.ended.wait(PATIENCE) and jobs.look(job)
