"""Which lessons are solved, as a code that a person can type in another browser: a few letters, signed with the instance's key."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Callable, Iterable

SIGNATURE_BYTES = 8  # 64 bits: a guess is right once in 2 to the 64, and guessing is slow
MOST_NUMBER = 200  # lessons; a longer code is none of ours
LONGEST = 120  # characters that are read, with the dashes
UNREADABLE = "This is no code of ours: a letter is wrong, missing or too many. Copy it once more."

Sign = Callable[[str], str]  # a keyed hash as hexadecimal digits
Signs = Callable[[str], tuple[str, ...]]  # the same under every key that this app has


class ForgedCode(ValueError):
    """The code was mistyped, changed, or made elsewhere. The message is a sentence for a person."""


def code_of(numbers: Iterable[int], sign: Sign) -> str:
    """`ABCD-EFGH-…` for the numbers of solved lessons; an empty string where there are none."""
    bits = sum(1 << number for number in set(numbers) if 0 <= number < MOST_NUMBER)
    if not bits:
        return ""
    content = bits.to_bytes((bits.bit_length() + 7) // 8, "little")
    letters = base64.b32encode(content + _signature(content, sign)).decode().rstrip("=")
    return "-".join(letters[at : at + 4] for at in range(0, len(letters), 4))


def numbers_of(code: str, signs: Signs) -> frozenset[int]:
    """The numbers again. Blanks, dashes and small letters are forgiven. Raises ForgedCode."""
    letters = "".join(code[:LONGEST].upper().split()).replace("-", "").replace("0", "O").replace("1", "I")
    try:
        octets = base64.b32decode(letters + "=" * (-len(letters) % 8))
    except ValueError:
        raise ForgedCode(UNREADABLE) from None
    if base64.b32encode(octets).decode().rstrip("=") != letters:
        raise ForgedCode(UNREADABLE)  # the last letter has bits to spare, and one code must have one spelling
    content, signature = octets[:-SIGNATURE_BYTES], octets[-SIGNATURE_BYTES:]
    known = any(hmac.compare_digest(signature, bytes.fromhex(sign)[:SIGNATURE_BYTES]) for sign in signs(content.hex()))
    if not content or not known or len(content) * 8 > MOST_NUMBER:
        raise ForgedCode("This code was mistyped, changed, or made by another instance of this app, so nothing was taken from it.")
    bits = int.from_bytes(content, "little")
    return frozenset(number for number in range(MOST_NUMBER) if bits >> number & 1)


def _signature(content: bytes, sign: Sign) -> bytes:
    return bytes.fromhex(sign(content.hex()))[:SIGNATURE_BYTES]
