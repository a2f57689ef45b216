"""Work that waits for gateways, in a bounded pool beside the pages: one piece at a time for each run, by its lease."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field

from app.pages.log_lines import REQUEST_ID, log_failure
from app.settings import Settings
from app.store.database import StoreUnavailable
from app.store.leases import Lease, Leases, OwnerBusy

WAIT_SECONDS = 2.0  # for a free place; then the person is told
AGAIN_SECONDS = 0.25  # between two looks whether the same person's work elsewhere has ended
BEAT_SECONDS = 0.5  # how often leases are renewed and cancels are looked for
LEASE_SECONDS = 12.0  # a worker that missed so many beats is dead, not slow
LOOK_SECONDS = 1.0  # how long a POST waits, so that fast gateways need no polling
YOURS = "Your other runs are still waiting for their gateways. Wait for one of them, or cancel it, and press again."
EVERYBODYS = "Many people's gateways are being waited for just now. Nothing is lost; press again in a few seconds."


class AllBusy(Exception):
    """No place came free in time. `says` is for the person; nothing was started and nothing is lost."""

    def __init__(self, says: str) -> None:
        super().__init__(says)
        self.says = says


@dataclass
class Job:
    """One piece of work under way. `doing` is what a person would like to read while it lasts."""

    owner: str
    lease: Lease
    request: str = ""  # the id of the request that began it
    doing: str = ""
    stop: threading.Event = field(default_factory=threading.Event)
    lost: threading.Event = field(default_factory=threading.Event)  # the lease ran out under the work: nobody pressed cancel
    ended: threading.Event = field(default_factory=threading.Event)

    @property
    def run_id(self) -> str:
        return self.lease.run_id


Work = Callable[[Job], None]
Prepare = Callable[[], Work | None]


class Jobs:
    """The pool of one worker process. Threads are made when needed, so a fork never copies one."""

    def __init__(self, leases: Leases, settings: Settings, *, wait_s: float = WAIT_SECONDS, beat_s: float = BEAT_SECONDS) -> None:
        self._leases, self._wait_s, self._beat_s = leases, wait_s, beat_s
        self._places, self._places_of_one = settings.outgoing_per_worker, settings.outgoing_per_browser
        # a waiting click holds one of the server's threads, so few may wait: pages come first
        self._waiters = max(1, (settings.threads - settings.outgoing_per_worker) // 2)
        self._running: dict[str, Job] = {}
        self._taken: Counter[str] = Counter()
        self._waiting = 0
        self._turn = threading.Condition()
        self._keeper: threading.Thread | None = None

    def start(self, run_id: str, owner: str, step: str, prepare: Prepare) -> Job | None:
        """Take the run's lease, prepare the work under it in this thread, then do it in another.

        None where the run is being worked on already. What `prepare` raises comes out with the lease given back; where
        it returns None there was nothing to wait for, and the job has ended. Raises AllBusy, StoreUnavailable.
        """
        with ExitStack() as undo:
            self._enter(owner)
            undo.callback(self._leave, owner)
            lease = self._lease(run_id, step)
            if lease is None:
                return None
            undo.pop_all()
        return self._begin(Job(owner, lease, REQUEST_ID.get()), prepare)

    def _lease(self, run_id: str, step: str) -> Lease | None:
        """The lease. The owner's work on other workers and instances counts too, so this looks again until the patience is over."""
        give_up = time.monotonic() + self._wait_s
        while True:
            try:
                return self._leases.take_lease(run_id, step, LEASE_SECONDS, self._places_of_one)
            except OwnerBusy:
                if time.monotonic() + AGAIN_SECONDS > give_up:
                    raise AllBusy(YOURS) from None
                time.sleep(AGAIN_SECONDS)

    def _begin(self, job: Job, prepare: Prepare) -> Job:
        with ExitStack() as undo:
            undo.callback(self._end, job)
            with self._turn:
                self._running[job.lease.holder] = job
            self._keep_leases()
            if work := prepare():
                threading.Thread(target=self._do, args=(job, work), name=f"work-{job.run_id[:6]}", daemon=True).start()
                undo.pop_all()  # from here on the thread ends the job
        return job

    def cancel(self, run_id: str) -> Job | None:
        """Ask the work on a run to stop, whichever worker does it. The job, where it is this one's."""
        with self._turn:
            here = next((job for job in self._running.values() if job.run_id == run_id), None)
        if here:
            here.stop.set()
        self._leases.ask_cancel(run_id)
        return here

    def _enter(self, owner: str) -> None:
        with self._turn:
            if not self._has_room(owner):
                self._wait_for_room(owner)
            self._taken[owner] += 1

    def _has_room(self, owner: str) -> bool:
        return self._taken.total() < self._places and self._taken[owner] < self._places_of_one

    def _wait_for_room(self, owner: str) -> None:
        if self._waiting < self._waiters:
            self._waiting += 1
            try:
                if self._turn.wait_for(lambda: self._has_room(owner), self._wait_s):
                    return
            finally:
                self._waiting -= 1
        raise AllBusy(YOURS if self._taken[owner] >= self._places_of_one else EVERYBODYS)

    def _leave(self, owner: str) -> None:
        with self._turn:
            self._taken[owner] -= 1
            self._taken = +self._taken  # drops the zeros: owners must not pile up
            self._turn.notify_all()

    def _do(self, job: Job, work: Work) -> None:
        REQUEST_ID.set(job.request)
        try:
            work(job)
        except Exception as error:  # the last resort of a thread: nobody above it could say anything
            log_failure("work failed", error, run=job.run_id, step=job.lease.step)
        finally:
            self._end(job)

    def _end(self, job: Job) -> None:
        with self._turn:
            self._running.pop(job.lease.holder, None)
        try:
            self._leases.release(job.lease)
        except StoreUnavailable as error:  # the lease then runs out by itself
            log_failure("lease not released", error, run=job.run_id)
        finally:
            self._leave(job.owner)
            job.ended.set()

    def _keep_leases(self) -> None:
        with self._turn:
            if self._keeper is None or not self._keeper.is_alive():
                self._keeper = threading.Thread(target=self._beat, name="lease-keeper", daemon=True)
                self._keeper.start()

    def _beat(self) -> None:
        while True:
            with self._turn:
                self._turn.wait_for(lambda: not self._running, self._beat_s)
                if not self._running:
                    self._keeper = None
                    return
                jobs = list(self._running.values())
            for job in jobs:
                self._renew(job)

    def _renew(self, job: Job) -> None:
        try:
            lease = self._leases.renew(job.lease, LEASE_SECONDS)
            if lease is None:
                job.lost.set()  # before stop, so that whoever sees the stop can say why
            if lease is None or lease.cancelled:
                job.stop.set()
            elif job.doing and job.doing != lease.progress:
                self._leases.note_progress(job.run_id, job.doing)
        except StoreUnavailable as error:  # the next beat tries again; a lost lease shows there
            log_failure("lease not renewed", error, run=job.run_id)
