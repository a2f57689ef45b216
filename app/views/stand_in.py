"""What stands for a secret in a file that leaves this app: `masked-access-3f9a`.

A label such as `access#3f9a` cannot do there, because `#` ends a URL. Equal values have equal stand-ins, so whoever reads
the file can still tell "the same token?"; a stand-in that comes back in an imported file is shown by its old label.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from typing import Any

from app.wire.parse.jwt import read_jwt

STAND_IN = re.compile(
    r"(?:eyJ[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*\.)?masked-(?P<kind>[a-z_]{3,24})-(?P<digits>[0-9a-f]{8}|[0-9a-f]{4}|short)(?:-[0-9]{1,4})?\x7f?"
)
PUBLIC_CLAIMS = ("aud", "iss", "exp", "nbf", "iat")  # what checks judge; whom a token is about stays out
PUBLIC_HEADER = ("alg", "typ")
LONGEST_CLAIMS = 2_000


def label_of(value: str) -> str:
    """The label that a stand-in stands for, or an empty string where the value is none."""
    found = STAND_IN.fullmatch(value) if "masked-" in value else None
    return f"{found['kind']}#{found['digits']}" if found else ""


def stand_in(kind: str, digits: str, value: str, tells: Callable[[str], bool], number: int = 0) -> str:
    """What stands for a value. A JWT keeps its shape and the public claims; `number` tells short values apart, which have no digits.

    `tells` says of a text whether it gives a secret away.
    """
    # DEL is the one character that no token may hold and that JSON and UTF-8 carry as it is: a check sees that the value was odd too
    odd = "" if all(" " <= letter <= "~" for letter in value) else "\x7f"
    plain = f"masked-{kind}-{digits}" + (f"-{number}" if number else "") + odd
    token = read_jwt(value) if value.startswith("eyJ") and value.count(".") == 2 else None
    if token is None:
        return plain
    header = {name: token.header[name] for name in PUBLIC_HEADER if isinstance(token.header.get(name), str)}
    claims = {name: token.claims[name] for name in PUBLIC_CLAIMS if name in token.claims}
    # the stand-in's own name among the claims: no part of it may equal a part of the token
    return f"{_part(header, tells)}.{_part({**claims, 'masked': plain}, tells)}.{plain}"


def _part(members: dict[str, Any], tells: Callable[[str], bool]) -> str:
    written = json.dumps(members)
    if len(written) > LONGEST_CLAIMS or tells(written):
        written = json.dumps({"masked": members.get("masked", "")})
    return base64.urlsafe_b64encode(written.encode()).rstrip(b"=").decode()
