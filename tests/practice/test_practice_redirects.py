from __future__ import annotations

import pytest

from app.practice.redirects import matches


@pytest.mark.parametrize(
    ("registered", "sent"),
    [
        ("http://127.0.0.1/cb", "http://127.0.0.1:49152/cb"),
        ("http://127.0.0.1:8000/cb", "http://127.0.0.1/cb"),
        ("http://localhost:1/cb?a=b", "http://localhost:2/cb?a=b"),
        ("http://[::1]/cb", "http://[::1]:7/cb"),
        ("https://c.example/cb", "https://c.example/cb"),
    ],
)
def test_equal_but_for_a_loopback_port(registered: str, sent: str) -> None:
    assert matches(registered, sent)


@pytest.mark.parametrize(
    ("registered", "sent"),
    [
        ("https://c.example/cb", "https://c.example:444/cb"),
        ("https://c.example/cb", "https://c.example/cb/"),
        ("https://c.example/cb", "https://C.example/cb"),
        ("https://c.example/cb", "https://c.example/cb?x=1"),
        ("http://127.0.0.1/cb", "http://localhost/cb"),
        ("http://127.0.0.1/cb", "http://127.0.0.1:80/CB"),
        ("http://127.0.0.1/cb", "http://127.0.0.1:9/cb#x"),
        ("http://127.0.0.1/cb", "http://127.0.0.1:9@evil.example/cb"),
        ("http://127.0.0.1/cb", "http://evil.example\\@127.0.0.1/cb"),
        ("http://127.0.0.1/cb", "https://127.0.0.1/cb"),
        ("http://127.0.0.1/cb", "http://127.0.0.1:x/cb"),
        ("http://127.0.0.1/cb", "http://127.0.0.1:9/cb#"),
        ("http://127.0.0.1/cb", "http://127.0.0.1:9/cb?"),
        ("http://127.0.0.1/cb", ""),
    ],
)
def test_nothing_else_is_equal(registered: str, sent: str) -> None:
    assert not matches(registered, sent)
