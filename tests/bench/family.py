"""What a running server holds: memory and open files of the master and its workers."""

from __future__ import annotations

import contextlib
import re
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

LOOK_SECONDS = 0.5  # between two looks at the memory; adding it up costs the kernel some milliseconds


@dataclass(frozen=True)
class Memory:
    """MiB of all processes together: `pss` counts a shared page once, `rss` counts it for each process that has it."""

    pss: float
    rss: float


@dataclass
class Peak:
    """The most that was seen so far."""

    pss: float = 0.0
    rss: float = 0.0

    def see(self, memory: Memory) -> None:
        self.pss, self.rss = max(self.pss, memory.pss), max(self.rss, memory.rss)


def family(pid: int) -> list[int]:
    """A process and all below it that still live."""
    children: list[str] = []
    with contextlib.suppress(OSError):
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    return [pid, *(one for child in children for one in family(int(child)))]


def memory_of(pid: int) -> Memory:
    """Memory of the whole family at this moment."""
    texts = []
    for one in family(pid):
        with contextlib.suppress(OSError):  # it ended meanwhile
            texts.append(Path(f"/proc/{one}/smaps_rollup").read_text(encoding="ascii"))
    return Memory(_mib(texts, "Pss"), _mib(texts, "Rss"))


def _mib(texts: list[str], name: str) -> float:
    return sum(int(found) for text in texts for found in re.findall(rf"^{name}:\s+(\d+)", text, re.M)) / 1024


def until_all_are_there(pid: int, processes: int, seconds: float = 10.0) -> None:
    """Workers start one after the other, and the first one answers before the next is there. Raises RuntimeError where it never is."""
    deadline = time.monotonic() + seconds
    while len(family(pid)) < processes:
        if time.monotonic() > deadline:
            raise RuntimeError(f"{len(family(pid))} processes of {processes}")
        time.sleep(0.02)


def open_files(pid: int) -> int:
    """File descriptors of the whole family."""
    count = 0
    for one in family(pid):
        with contextlib.suppress(OSError):
            count += len(list(Path(f"/proc/{one}/fd").iterdir()))
    return count


@contextlib.contextmanager
def watched(pid: int) -> Iterator[Peak]:
    """The peak of the family's memory while the block runs."""
    peak, over = Peak(), threading.Event()

    def look() -> None:
        while not over.wait(LOOK_SECONDS):
            peak.see(memory_of(pid))

    watcher = threading.Thread(target=look, daemon=True)
    watcher.start()
    try:
        yield peak
    finally:
        over.set()
        watcher.join()
        peak.see(memory_of(pid))


def until_memory_is_below(pid: int, pss: float, seconds: float) -> Memory:
    """Look until it has come down, at most so long. The last look."""
    deadline = time.monotonic() + seconds
    while (seen := memory_of(pid)).pss > pss and time.monotonic() < deadline:
        time.sleep(LOOK_SECONDS)
    return seen
