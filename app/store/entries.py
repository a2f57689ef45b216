"""One entry's sealed part, as bytes and back: `why` and the body, exactly as they were.

MessagePack alone would turn tuples into lists and refuse lone surrogates and integers of more than 64 bits; all three
come out of hostile or merely odd JSON. Extension types carry them, so nothing that a gateway says can fail to be kept.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import fields, is_dataclass
from typing import Any

import msgspec
from msgspec.msgpack import Ext

from app.flow.log import Body, Choice, Entry, Leg
from app.wire.messages import Exchange

KINDS: dict[str, type[Choice] | type[Exchange] | type[Leg]] = {"choice": Choice, "exchange": Exchange, "leg": Leg}
for _type in KINDS.values():
    # what msgspec knows of a class it learns at the first use, and threads that come meanwhile crash the process (0.22); so learn it now
    with suppress(msgspec.ValidationError):
        msgspec.convert({}, _type)
_TUPLE, _TEXT, _INTEGER, _PAIRS, _SET = 1, 2, 3, 4, 5


def kind_of(body: Body) -> str:
    """choice, exchange or leg."""
    return next(kind for kind, body_type in KINDS.items() if isinstance(body, body_type))


def pack(entry: Entry) -> bytes:
    """`why` and the body. Raises TypeError for a value of a choice that is neither JSON nor bytes, tuple or frozenset."""
    return pack_value([entry.why, entry.body])


def unpack(seq: int, at: float, step: str, role: str, kind: str, packed: bytes) -> Entry:
    """The entry again; fields that it was kept without get their defaults."""
    why, body = unpack_value(packed)
    return Entry(seq, at, step, role, why, msgspec.convert(body, KINDS[kind]))


def pack_value(value: Any) -> bytes:
    """Any value that JSON knows, and bytes, tuples, frozensets and dataclasses (as mappings)."""
    return msgspec.msgpack.encode(_plain(value))


def unpack_value(packed: bytes) -> Any:
    """The value again. Raises msgspec.DecodeError."""
    return msgspec.msgpack.decode(packed, ext_hook=_from_extension)


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | float | bytes):
        return value
    if isinstance(value, str):
        return _plain_text(value)
    if isinstance(value, int):
        return value if -(2**63) <= value < 2**64 else Ext(_INTEGER, hex(value).encode())
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, tuple):
        return _extension(_TUPLE, value)
    if isinstance(value, frozenset):
        return _extension(_SET, tuple(value))
    if isinstance(value, Mapping):
        return _plain_mapping(value)
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    raise TypeError(f"{type(value).__name__} cannot be kept in an entry")


def _plain_text(value: str) -> str | Ext:
    try:
        value.encode()
    except UnicodeEncodeError:
        return Ext(_TEXT, value.encode("utf-8", "surrogatepass"))
    return str(value)


def _plain_mapping(value: Mapping[Any, Any]) -> dict[str, Any] | Ext:
    if all(isinstance(key, str) and isinstance(_plain_text(key), str) for key in value):
        return {key: _plain(item) for key, item in value.items()}
    return _extension(_PAIRS, tuple(side for pair in value.items() for side in pair))


def _extension(code: int, items: tuple[Any, ...]) -> Ext:
    return Ext(code, msgspec.msgpack.encode([_plain(item) for item in items]))


def _paired(packed: bytes) -> dict[Any, Any]:
    sides = iter(unpack_value(packed))
    return dict(zip(sides, sides, strict=True))


_READERS: dict[int, Callable[[bytes], Any]] = {
    _TUPLE: lambda packed: tuple(unpack_value(packed)),
    _TEXT: lambda packed: packed.decode("utf-8", "surrogatepass"),
    _INTEGER: lambda packed: int(packed, 16),
    _PAIRS: _paired,
    _SET: lambda packed: frozenset(unpack_value(packed)),
}


def _from_extension(code: int, packed: memoryview) -> Any:
    if code not in _READERS:
        raise msgspec.DecodeError(f"extension type {code} is not ours")
    return _READERS[code](bytes(packed))
