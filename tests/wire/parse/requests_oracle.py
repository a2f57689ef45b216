"""What requests makes of recorded bytes: its own classes over a socket that is a buffer."""

from __future__ import annotations

import http.client
import io
from dataclasses import dataclass

import requests
from requests.adapters import HTTPAdapter
from urllib3._collections import HTTPHeaderDict
from urllib3.response import HTTPResponse


class Buffer:
    """As much of a socket as http.client reads from."""

    def __init__(self, received: bytes) -> None:
        self._received = received

    def makefile(self, mode: str) -> io.BytesIO:
        return io.BytesIO(self._received)


@dataclass(frozen=True)
class Read:
    """What requests reports; `error` is the name of the exception that it raises instead."""

    error: str = ""
    status: int = 0
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    def header(self, name: str) -> str:
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")


def as_requests(received: bytes, method: str = "GET") -> Read:
    """Read the bytes as requests would, put together as urllib3's connection does it."""
    plain = http.client.HTTPResponse(Buffer(received), method=method)
    try:
        plain.begin()
    except http.client.HTTPException:
        return Read("ConnectionError")  # urllib3 makes a ProtocolError of it, requests a ConnectionError
    try:
        answer = _response(plain, method)
        return Read("", answer.status_code, tuple(answer.headers.items()), answer.content)
    except Exception as error:
        return Read(type(error).__name__)


def _response(plain: http.client.HTTPResponse, method: str) -> requests.Response:
    asked = requests.Request(method, "http://gateway.test/").prepare()
    raw = HTTPResponse(
        body=plain,
        headers=HTTPHeaderDict(plain.msg.items()),
        status=plain.status,
        version=plain.version,
        reason=plain.reason,
        preload_content=False,
        decode_content=False,
        original_response=plain,
        enforce_content_length=True,
        request_method=method,
        request_url="/",
    )
    return HTTPAdapter().build_response(asked, raw)
