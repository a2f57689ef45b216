"""The text behind the bytes of a JSON body: which encoding, and where a character stands in the bytes."""

from __future__ import annotations

from dataclasses import dataclass

from app.wire.parse.oddity import Oddity

_BOMS = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe\x00\x00", "utf-32-le"),
    (b"\x00\x00\xfe\xff", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)


@dataclass(frozen=True)
class Text:
    """A decoded body. `skipped` is the length of its byte order mark; oddities carry byte offsets."""

    text: str
    encoding: str
    skipped: int
    sound: bool  # every byte was part of a letter
    oddities: tuple[Oddity, ...]

    def bytes_at(self, start: int, end: int) -> tuple[int, int]:
        """Byte offsets for character offsets; (0, 0) where the body could not be decoded soundly."""
        if not self.sound:
            return 0, 0
        first = self.skipped + len(self.text[:start].encode(self.encoding))
        return first, first + len(self.text[start:end].encode(self.encoding))


def read_text(body: bytes) -> Text:
    """Decode by byte order mark, else by the zeros that UTF-16 and UTF-32 leave in JSON, else as UTF-8. Never raises.

    Bytes that are no letters become U+FFFD.
    """
    mark, encoding = next(((m, e) for m, e in _BOMS if body.startswith(m)), (b"", _guess(body)))
    odd: list[Oddity] = []
    if mark:
        odd.append(Oddity("bom", "The body starts with a byte order mark; some clients refuse that.", "", 0, len(mark)))
    if encoding != "utf-8":
        odd.append(Oddity("utf16", f"The body is {encoding.upper()}, not UTF-8 as RFC 8259 asks.", "", 0, len(body)))
    text, broken = _decoded(body[len(mark) :], encoding, len(mark))
    return Text(text, encoding, len(mark), not broken, (*odd, *broken))


def _guess(body: bytes) -> str:
    start = body[:4]
    if len(start) < 4 or b"\0" not in start:
        return "utf-8"
    if start[:3] == b"\0\0\0" or start[1:] == b"\0\0\0":
        return "utf-32-be" if start[0] == 0 else "utf-32-le"
    if start[0] == 0 or start[1] == 0:
        return "utf-16-be" if start[0] == 0 else "utf-16-le"
    return "utf-8"


def _decoded(body: bytes, encoding: str, skipped: int) -> tuple[str, list[Oddity]]:
    try:
        return body.decode(encoding), []
    except UnicodeDecodeError as error:
        start = skipped + error.start
        says = f"Byte {start} of the body is not {encoding.upper()}; clients show another letter or refuse the text."
        return body.decode(encoding, "replace"), [Oddity("not_utf8", says, "", start, skipped + error.end)]
