"""Work that waits for gateways, in a bounded pool beside the pages: one piece at a time for each run, by its lease."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field

from app.pages.log_lines import REQUEST_ID, log_failure
from app.settings import Settings
from app.store.database import StoreUnavailable
from app.store.leases import Lease, Leases, NoRoom, OwnerBusy

WAIT_SECONDS = 2.0  # for a free place; then the person is told
AGAIN_SECONDS = 0.25  # between two looks whether work in other workers has ended
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

    lease: Lease
    request: str = ""  # the id of the request that began it
    doing: str = ""
    stop: threading.Event = field(default_factory=threading.Event)
    lost: threading.Event = field(default_factory=threading.Event)  # the lease ran out under the work: nobody pressed cancel
    ended: threading.Event = field(default_factory=threading.Event)

    @property
    def run_id(self) -> str:
        return self.lease.run_id


def _says(full: NoRoom) -> str:
    return YOURS if isinstance(full, OwnerBusy) else EVERYBODYS


Work = Callable[[Job], None]
Prepare = Callable[[], Work | None]


class Jobs:
    """The pool of one worker process. Threads are made when needed, so a fork never copies one.

    How much may be under way at once is counted in the leases, on all workers together: the kernel does not share visitors out evenly.
    """

    def __init__(self, leases: Leases, settings: Settings, *, wait_s: float = WAIT_SECONDS, beat_s: float = BEAT_SECONDS) -> None:
        self._leases, self._wait_s, self._beat_s = leases, wait_s, beat_s
        self._places, self._places_of_one = settings.outgoing_at_once, settings.outgoing_per_browser
        # who waits for a place, or looks whether the work ends at once, holds one of the server's threads: pages keep a quarter of them
        self._waiters, self._lookers = (threading.BoundedSemaphore(max(1, settings.threads // part)) for part in (4, 2))
        self._running: dict[str, Job] = {}
        self._turn = threading.Condition()
        self._keeper: threading.Thread | None = None

    def start(self, run_id: str, step: str, prepare: Prepare) -> Job | None:
        """Take the run's lease, prepare the work under it in this thread, then do it in another.

        None where the run is being worked on already. What `prepare` raises comes out with the lease given back; where
        it returns None there was nothing to wait for, and the job has ended. Raises AllBusy, StoreUnavailable.
        """
        lease = self._lease(run_id, step)
        return self._begin(Job(lease, REQUEST_ID.get()), prepare) if lease else None

    def look(self, job: Job) -> bool:
        """Wait for a moment whether the work ends, so that fast gateways need no polling. Has it ended?"""
        if self._lookers.acquire(blocking=False):
            try:
                job.ended.wait(LOOK_SECONDS)
            finally:
                self._lookers.release()
        return job.ended.is_set()

    def _lease(self, run_id: str, step: str) -> Lease | None:
        try:
            return self._take(run_id, step)
        except NoRoom as full:
            if not self._waiters.acquire(blocking=False):
                raise AllBusy(_says(full)) from None
        try:
            return self._lease_later(run_id, step)
        finally:
            self._waiters.release()

    def _take(self, run_id: str, step: str) -> Lease | None:
        return self._leases.take_lease(run_id, step, LEASE_SECONDS, self._places_of_one, self._places)

    def _lease_later(self, run_id: str, step: str) -> Lease | None:
        """Look again whenever work ends here, and now and then for what ends elsewhere, until the patience is over."""
        give_up = time.monotonic() + self._wait_s
        while True:
            with self._turn:
                self._turn.wait(min(AGAIN_SECONDS, self._wait_s))
            try:
                return self._take(run_id, step)
            except NoRoom as full:
                if time.monotonic() >= give_up:
                    raise AllBusy(_says(full)) from None

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
            job.ended.set()
            with self._turn:
                self._turn.notify_all()

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
