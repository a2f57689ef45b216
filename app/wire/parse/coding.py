"""Content codings undone within bounds: gzip and deflate, at most two layers, at most so many bytes out of one (RFC 9110 section 8.4)."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from app.wire.parse.bounds import BOUNDS
from app.wire.parse.oddity import Oddity

LAYERS = 2  # nobody compresses twice on purpose; three layers are a bomb
SMALL_BYTES = 64_000  # below this a high ratio is a page of blanks, not a bomb
MEMBERS = 100  # gzip files in a row; each one more copies the rest of the body
_STEP = 262_144  # large enough that malloc gives each piece back to the system
_KNOWN_ELSEWHERE = ("br", "zstd", "compress", "x-compress", "dcb", "dcz")


@dataclass
class Decoded:
    """The bytes after decoding, and what was odd. `whole` is False where a limit stopped it."""

    content: bytes
    whole: bool = True
    oddities: list[Oddity] = field(default_factory=list)


def decode(content: bytes, codings: Sequence[str], limit: int, *, cut: bool = False) -> Decoded:
    """Undo codings, the last named first, until one cannot be undone; the bytes stay as they are then. Never raises.

    `limit` is in bytes. `cut` says that the framing was cut already, so that an early end is no news.
    """
    result = Decoded(content)
    layers = [c for c in codings if c not in ("", "identity")]
    if not content:
        return result
    budget = min(limit, max(BOUNDS.decompression_ratio * len(content), SMALL_BYTES))
    for depth, coding in enumerate(reversed(layers)):
        if not _may_undo(coding, depth, result, len(layers)):
            break
        if not _undo(coding, budget, result, cut):
            break
    return _capped(result, limit)


def _may_undo(coding: str, depth: int, result: Decoded, layers: int) -> bool:
    if depth >= LAYERS:
        result.oddities.append(Oddity("decompression_bomb", f"The body is compressed {layers} times; {LAYERS} layers were undone."))
        result.whole = False
        return False
    if coding in ("gzip", "x-gzip", "deflate"):
        return True
    if coding in _KNOWN_ELSEWHERE and _looks_plain(result.content):
        says = f"Content-Encoding says {coding}, but the body is plain text."
        result.oddities.append(Oddity("bad_encoding", says, f"requests fails on it where it can read {coding}, else it shows the text."))
    else:
        says = f"The body is compressed with {coding[:40]!r}, which was not offered; it is shown as it came."
        others = (
            "requests undoes it only where a further package is installed." if coding in ("br", "zstd") else "requests shows it as it came."
        )
        result.oddities.append(Oddity("unknown_encoding", says, others))
    return False


def _undo(coding: str, budget: int, result: Decoded, cut: bool) -> bool:
    """Undo one layer in place; False where it is not what it says or too much."""
    raw = result.content
    pieces, left, problem = _inflate(raw, _window(coding, raw), budget)
    if problem == "corrupt" and not any(pieces):
        what = "plain text" if _looks_plain(raw) else "something else"
        says = f"Content-Encoding says {coding}, but the body is {what}."
        result.oddities.append(Oddity("bad_encoding", says, "requests raises ContentDecodingError and shows nothing of the body."))
        return False
    result.content = b"".join(pieces)
    if problem and not (cut and problem == "cut"):
        result.oddities.append(_problem(problem, coding, len(result.content)))
    if left:
        follow = "One byte follows" if left == 1 else f"{left} bytes follow"
        result.oddities.append(Oddity("bad_encoding", f"{follow} the end of the {coding} data.", "requests ignores what follows."))
    result.whole = problem not in ("bomb", "corrupt")
    return not problem


def _problem(problem: str, coding: str, size: int) -> Oddity:
    if problem == "bomb":
        return Oddity(
            "decompression_bomb",
            f"The body grows beyond {size} bytes when decompressed; the rest was not read.",
            "requests decompresses all of it.",
        )
    if problem == "cut":
        return Oddity(
            "bad_encoding", f"The {coding} data ends early, after {size} decompressed bytes.", "requests takes the part for the whole."
        )
    return Oddity("bad_encoding", f"The {coding} data is damaged after {size} decompressed bytes.", "requests raises ContentDecodingError.")


def _window(coding: str, raw: bytes) -> int:
    """zlib's wbits: gzip; deflate with a zlib header as RFC 9110 asks, or bare as some servers send it."""
    if coding != "deflate":
        return 16 + zlib.MAX_WBITS
    has_header = len(raw) >= 2 and raw[0] & 0x0F == 8 and int.from_bytes(raw[:2], "big") % 31 == 0
    return zlib.MAX_WBITS if has_header else -zlib.MAX_WBITS


def _inflate(raw: bytes, window: int, budget: int) -> tuple[list[bytes], int, str]:
    """Decompressed pieces up to `budget` bytes, how many bytes lie behind the end, and what went wrong: cut, corrupt, bomb."""
    pieces: list[bytes] = []
    pending, left = raw, budget
    for _ in range(MEMBERS if window > zlib.MAX_WBITS else 1):
        pending, left, problem = _inflate_one(pending, window, left, pieces)
        if problem:
            return pieces, 0, problem
        if not pending.startswith(b"\x1f\x8b"):
            break
    return pieces, len(pending), ""


def _inflate_one(pending: bytes, window: int, left: int, pieces: list[bytes]) -> tuple[bytes, int, str]:
    """One compressed file: what lies behind it, how much of the budget is left, what went wrong."""
    inflater = zlib.decompressobj(window)
    try:
        while pending and not inflater.eof:
            pieces.append(inflater.decompress(pending, min(_STEP, left + 1)))
            left -= len(pieces[-1])
            pending = inflater.unconsumed_tail
            if left < 0:
                pieces[-1] = pieces[-1][:left]
                return b"", 0, "bomb"
    except zlib.error:
        return b"", left, "corrupt"
    return inflater.unused_data, left, "" if inflater.eof else "cut"


def _capped(result: Decoded, limit: int) -> Decoded:
    if len(result.content) > limit:
        result.oddities.append(Oddity("too_large", f"The body has {len(result.content)} bytes; the first {limit} are kept apart."))
        result.content, result.whole = result.content[:limit], False
    return result


def _looks_plain(content: bytes) -> bool:
    start = content[:2048]
    return not any(byte < 9 or 13 < byte < 32 or byte > 126 for byte in start)
