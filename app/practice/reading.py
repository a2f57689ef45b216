"""Reading what strangers send: bounded, strict about doubles, never raising more than ValueError."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import NoReturn
from urllib.parse import parse_qsl

from flask import request

BODY_BYTES = 65_536  # 20 x the largest registration seen
FIELDS = 100  # 5 x the longest authorize request seen
TEXT_CHARACTERS = 8_192  # what fits in the longest request line that gunicorn accepts


class Doubled(ValueError):
    """A parameter came more than once (RFC 6749 section 3.1)."""

    def __init__(self, names: frozenset[str]) -> None:
        super().__init__(f"Sent more than once: {', '.join(sorted(names))}.")
        self.names = names


def body() -> bytes:
    """The request's body. Raises RequestEntityTooLarge beyond BODY_BYTES."""
    request.max_content_length = BODY_BYTES
    return request.get_data()


def parameters(raw: bytes) -> tuple[Mapping[str, str], frozenset[str]]:
    """Form or query parameters without the empty ones (RFC 6749 section 3.1), and the names sent twice.

    Raises ValueError where the bytes are no UTF-8, hold control characters or are too many.
    """
    try:
        pairs = parse_qsl(raw.decode(), keep_blank_values=True, max_num_fields=FIELDS, errors="strict")
    except UnicodeDecodeError:
        raise ValueError("The parameters are not UTF-8.") from None
    except ValueError:
        raise ValueError("There are too many parameters.") from None
    if not all(is_plain(text) for pair in pairs for text in pair):
        raise ValueError("The parameters hold control characters or are too long.")
    names = [name for name, _ in pairs]
    return {name: value for name, value in pairs if value}, frozenset(name for name in names if names.count(name) > 1)


def query() -> tuple[Mapping[str, str], frozenset[str]]:
    return parameters(request.query_string)


def form() -> Mapping[str, str]:
    """The form's parameters. Raises ValueError, also for doubles and for another content type."""
    if request.mimetype != "application/x-www-form-urlencoded":
        raise ValueError("The body must be application/x-www-form-urlencoded.")
    sent, doubled = parameters(body())
    if doubled:
        raise Doubled(doubled)
    return sent


def json_value(raw: bytes) -> object:
    """The JSON value. Raises ValueError for anything that is not strict JSON, too deep or too long in its numbers."""
    try:
        return json.loads(raw.decode(), parse_constant=_refuse)
    except RecursionError:
        raise ValueError("The JSON is nested too deep.") from None


def is_plain(text: str, limit: int = TEXT_CHARACTERS) -> bool:
    """Text that a table can keep and a page can show: no control characters, no lone surrogates, not too long."""
    return len(text) <= limit and not any(ord(letter) < 32 or ord(letter) == 127 or 0xD800 <= ord(letter) <= 0xDFFF for letter in text)


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON.")
