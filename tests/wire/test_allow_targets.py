"""ALLOW_TARGETS, and the app as its own target."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from dialling import HOSTED, names_answered
from servers import answer, scripted

from app.settings import BadSetting, Settings
from app.wire.guard import read_allowed
from app.wire.messages import Request
from app.wire.recorder import Wire


def test_an_allowed_target_is_an_address_and_a_port() -> None:
    with scripted(answer()) as lab, scripted(answer()) as canary:
        wire = Wire(Settings(**HOSTED, allow_targets=f"127.0.0.0/8:{lab.port}, [fd00::]/8:*"))
        assert wire.send(Request("GET", lab.url)).status == 200
        failure = wire.send(Request("GET", canary.url)).failure
        assert failure is not None
        assert failure.kind == "blocked_scheme"
        assert canary.conversations == []


@pytest.mark.attack("S3")
@pytest.mark.parametrize(
    ("allow", "url", "passes"),
    [
        ("lab.example:8080", "http://lab.example:8080/", True),
        ("lab.example:*", "http://LAB.example.:81/", True),
        ("lab.example:8080", "http://lab.example:8081/", False),
        ("lab.example:8080", "http://evil.lab.example:8080/", False),
        ("10.0.0.0/8:443", "https://lab.example/", True),
        ("10.0.0.0/8:443", "https://meta.example/", False),
        ("169.254.0.0/16:*", "https://meta.example/", False),
        ("meta.example:*", "https://meta.example/", False),
        ("10.0.0.1:*", "https://two.example/", False),
    ],
)
def test_what_an_entry_allows(allow: str, url: str, passes: bool, monkeypatch: pytest.MonkeyPatch, dialled: list[Any]) -> None:
    names = {
        "lab.example": ["10.0.0.1"],
        "lab.example.": ["10.0.0.1"],
        "meta.example": ["169.254.169.254"],
        "two.example": ["10.0.0.1", "10.0.0.2"],
    }
    names_answered(monkeypatch, names | {"evil.lab.example": ["10.0.0.1"]})
    Wire(Settings(**HOSTED, allow_targets=allow)).send(Request("GET", url))
    assert bool(dialled) is passes


@pytest.mark.parametrize(
    "text",
    [
        "x",
        "x:",
        "x:0",
        "x:99999",
        "10.0.0.0/99:1",
        "10.0.0.1/8:1",
        "999.1.1.1:1",
        "::1:80",
        "[zz]:1",
        "[fd00::]/200:1",
        "a b:1",
        "http://x:1",
    ],
)
def test_an_entry_that_cannot_be_read_stops_the_start(text: str) -> None:
    with pytest.raises(BadSetting, match="ALLOW_TARGETS"):
        Wire(Settings(allow_targets=f"fine.example:1,{text}"))


def test_entries_with_blanks_and_without_content_are_fine() -> None:
    assert len(read_allowed(" a.example:1 , ,10.0.0.1:*,")) == 2


@pytest.mark.attack("S8")
@pytest.mark.parametrize(
    ("url", "practice"),
    [
        ("https://explorer.example.com/practice/linear-v1/mcp", True),
        ("https://explorer.example.com/practice", True),
        ("https://explorer.example.com/.well-known/oauth-protected-resource/practice/linear-v1", True),
        ("https://explorer.example.com/", False),
        ("https://explorer.example.com/runs/1", False),
        ("https://explorer.example.com/practices", False),
        ("https://explorer.example.com/practice/../runs", False),
        ("https://explorer.example.com/practice/%2e%2e/runs", False),
        ("https://explorer.example.com/practice%2f..%2fruns", False),
        ("https://explorer.example.com./runs/1", False),
        ("https://EXPLORER.example.com.:443/practice/x", False),
        ("https://explorer.example.com:8443/practice/x", None),
        ("http://explorer.example.com/practice/x", None),
    ],
)
def test_the_app_itself_is_refused_but_for_its_practice_gateway(
    url: str, practice: bool | None, monkeypatch: pytest.MonkeyPatch, dialled: list[Any]
) -> None:
    names_answered(monkeypatch, {"explorer.example.com": ["10.1.2.3"]})  # as behind a balancer
    failure = Wire(Settings(**HOSTED)).send(Request("GET", url)).failure
    assert failure is not None
    expected = {True: "refused", False: "blocked_self", None: failure.kind if failure.kind.startswith("blocked_") else "blocked"}
    assert failure.kind == expected[practice]
    assert bool(dialled) is bool(practice)


def test_a_laptop_reaches_its_practice_gateway_but_not_its_own_pages(make_wire: Callable[..., Wire]) -> None:
    with scripted(answer()) as server:
        wire = make_wire(port=server.port)
        assert wire.send(Request("GET", f"http://localhost:{server.port}/practice/linear-v1/mcp")).status == 200
        failure = wire.send(Request("GET", f"http://127.0.0.1:{server.port}/")).failure
    assert failure is not None
    assert failure.kind == "blocked_self"
