from __future__ import annotations

import subprocess
import sys
from types import MappingProxyType
from typing import Any

import msgspec
import pytest
from house import ROOT
from hypothesis import given
from hypothesis import strategies as st

from app.flow.log import Body, Choice, Entry, Leg
from app.store.entries import kind_of, pack, pack_value, unpack, unpack_value
from app.wire.messages import Connection, Exchange, Failure, Marks, Request, Tls

REQUEST = Request("POST", "https://g/\ud800", (("Content-Type", "text/plain"), ("X", "é")), b"\x00\xff", "7")
BODIES: list[Body] = [
    Choice("options"),
    Choice("edit", {"set_params": (("a", "b"),), "drop_params": (), "entry": 3, "ratio": 0.1, "none": None, "yes": True}),
    Choice("call_tool", {"arguments": {"big": 2**80, "small": -(2**70), "list": [1, (2,)], "\udfff": {"": b"x"}, "set": frozenset("a")}}),
    Exchange(REQUEST),
    Exchange(
        REQUEST,
        b"POST / HTTP/1.1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n\xff",
        1.25,
        Marks(0.001, 0.002, None, 0.0, 0.004, 0.1, 0.2, 0.3, 0.30000000000000004),
        Connection("[::1]:443", ("10.0.0.1:443", "[::1]:443"), Tls("TLSv1.3", "AES", (b"\x30\x82", b""), "expired"), "http://proxy"),
        Failure("timeout", "Nothing came."),
    ),
    Leg("callback", "/callback?code=%00\ud800", "POST", (("Sec-Purpose", "prefetch"),), b"code=1"),
]


def there_and_back(body: Body, why: str = "because") -> Entry:
    return unpack(4, 5.5, "token", "code", kind_of(body), pack(Entry(4, 5.5, "token", "code", why, body)))


@pytest.mark.parametrize("body", BODIES, ids=lambda body: type(body).__name__)
def test_a_body_comes_back_exactly_as_it_was(body: Body) -> None:
    entry = there_and_back(body, "w\ud800y")
    assert entry == Entry(4, 5.5, "token", "code", "w\ud800y", body)
    assert repr(entry.body) == repr(body)  # equality alone would let 1 pass for 1.0 and True


def test_an_answer_that_was_read_already_is_not_kept_twice() -> None:
    exchange = Exchange(REQUEST, received=b"HTTP/1.1 204 No Content\r\n\r\n")
    before = pack(Entry(1, 0.0, "", "", "", exchange))
    assert exchange.status == 204
    assert pack(Entry(1, 0.0, "", "", "", exchange)) == before


def test_a_read_only_mapping_comes_back_as_a_mapping() -> None:
    assert there_and_back(Choice("client", MappingProxyType({"answer": MappingProxyType({"a": 1})}))).body == Choice(
        "client", {"answer": {"a": 1}}
    )


def test_fields_of_another_version_do_no_harm() -> None:
    older_and_newer = pack_value(["why", {"kind": "callback", "url": "/callback", "of_tomorrow": 1}])
    assert unpack(1, 0.0, "callback", "callback", "leg", older_and_newer).body == Leg("callback", "/callback")


def test_what_no_log_should_hold_is_refused() -> None:
    with pytest.raises(TypeError, match="object cannot be kept"):
        pack_value({"a": object()})


def test_two_hundred_levels_of_odd_keys_can_be_kept() -> None:
    deep: Any = "end"
    for _ in range(200):
        deep = {"\ud800": deep}
    assert unpack_value(pack_value(deep)) == deep


@pytest.mark.parametrize("garbage", [b"", b"\xc1", b"\x92\x01", b"\xc7\x01\x63\x00"])
def test_garbage_is_a_decode_error(garbage: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        unpack_value(garbage)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(st.characters()) | st.binary(),
    lambda inner: st.lists(inner) | st.lists(inner).map(tuple) | st.dictionaries(st.text(st.characters()), inner),
    max_leaves=20,
)


@given(st.dictionaries(st.text(st.characters(exclude_categories=[])), anything))
def test_whatever_json_can_say_comes_back(values: dict[str, Any]) -> None:
    assert repr(unpack_value(pack_value(values))) == repr(values)


AT_ONCE = """
import sys, threading
from app.store.entries import unpack

packed, together = bytes.fromhex(sys.argv[1]), threading.Barrier(32)

def read():
    together.wait()
    unpack(1, 1.0, "token", "", "exchange", packed)

threads = [threading.Thread(target=read) for _ in range(32)]
sys.setswitchinterval(1e-6)
for thread in threads: thread.start()
for thread in threads: thread.join()
"""


@pytest.mark.parametrize("turn", range(5))
def test_threads_that_read_the_first_entries_of_a_process_at_once_do_not_end_it(turn: int) -> None:
    """Every second process died of it: a worker that came up where many were waiting."""
    packed = pack(
        Entry(1, 1.0, "token", "", "", Exchange(Request("POST", "https://gw.example/token"), received=b"HTTP/1.1 200 OK\r\n\r\n"))
    )
    ended = subprocess.run([sys.executable, "-c", AT_ONCE, packed.hex()], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert (ended.returncode, ended.stderr) == (0, "")
