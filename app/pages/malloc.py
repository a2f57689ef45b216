"""What glibc's allocator is told: it serves one program with few threads best, and this one has many that meet large answers."""

from __future__ import annotations

import ctypes

_LIBC = ctypes.CDLL(None)
# glibc's names of what mallopt sets: without these each of 32 threads keeps, in an arena of its own, the room of the largest answer it met
_LIMITS = {"M_ARENA_MAX": (-8, 2), "M_MMAP_THRESHOLD": (-3, 131_072), "M_TRIM_THRESHOLD": (-1, 262_144)}


def bound_arenas() -> None:
    """Before the first thread: few arenas, and large blocks that go back to the system as they are freed."""
    if hasattr(_LIBC, "mallopt"):  # musl has none
        for option, value in _LIMITS.values():
            _LIBC.mallopt(option, value)


def give_back() -> None:
    """Free pages between what lives go back to the system: glibc keeps them, 16 MB a worker after 400 s of eight walkers (measured)."""
    if hasattr(_LIBC, "malloc_trim"):
        _LIBC.malloc_trim(0)
