"""What the guard's tests share: a hosted instance's settings, name servers that lie, sockets that only note where they should go."""

from __future__ import annotations

import socket
from typing import Any

import pytest

HOSTED: dict[str, Any] = {"mode": "hosted", "public_url": "https://explorer.example.com", "connect_seconds": 0.5, "exchange_seconds": 1.0}


def names_answered(monkeypatch: pytest.MonkeyPatch, answers: dict[str, list[str]]) -> None:
    """Answer lookups of these names as a name server under an attacker's control would."""
    true = socket.getaddrinfo

    def faked(host: str, port: int, **how: Any) -> list[Any]:
        if host not in answers:
            return true(host, port, **how)
        return [entry for one in answers[host] for entry in true(one, port, **how)]

    monkeypatch.setattr(socket, "getaddrinfo", faked)
