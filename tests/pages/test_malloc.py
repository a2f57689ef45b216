"""glibc's allocator beside many threads: few arenas, and what is free goes back."""

from __future__ import annotations

import mmap
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from app.pages import malloc

pytestmark = pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries have neither arenas nor the need")

ARENAS_OF_16_THREADS = """
import ctypes, sys, threading
from app.pages.malloc import bound_arenas
if sys.argv[1] == "bound":
    bound_arenas()
together = threading.Barrier(17)
def hold():
    block = bytes(50_000)
    together.wait()
threads = [threading.Thread(target=hold) for _ in range(16)]
[thread.start() for thread in threads]
together.wait()
libc = ctypes.CDLL(None)
libc.fdopen.restype = ctypes.c_void_p
out = ctypes.c_void_p(libc.fdopen(1, b"w"))
libc.malloc_info(0, out)
libc.fflush(out)
"""


def arenas(how: str) -> int:
    done = subprocess.run([sys.executable, "-c", ARENAS_OF_16_THREADS, how], capture_output=True, text=True, timeout=30, check=True)
    return done.stdout.count("<heap nr=")


def test_threads_share_two_arenas_where_each_would_have_its_own() -> None:
    assert arenas("bound") <= 2 < arenas("free")


def resident() -> int:
    """Bytes of this process that are in memory."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * mmap.PAGESIZE


def test_what_lies_free_between_what_lives_goes_back_to_the_system() -> None:
    kept = [bytes(1_000) for _ in range(60_000)]
    full = resident()
    del kept[:-1]  # the last one pins the end of the heap, so that it cannot shrink by itself
    malloc.give_back()
    assert full - resident() > 30_000_000
