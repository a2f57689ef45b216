"""The seam under `requests`: an adapter whose pools hold connections that record. Private parts of urllib3 used: none.

Everything that `requests` and urllib3 would do to a request (rewriting the URL, ordering headers, adding some) or to
an answer (skipping, joining, decoding) is passed by: the bytes are made by `outgoing` and kept by `Tap`.
"""

from __future__ import annotations

from typing import Any

from requests import PreparedRequest
from requests.adapters import HTTPAdapter
from requests.structures import CaseInsensitiveDict
from urllib3 import HTTPConnectionPool, HTTPResponse, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

from app.wire.call import Call


class RecordedConnection(HTTPConnection):
    """Passes to the call what urllib3 would otherwise do by http.client."""

    def __init__(self, *args: Any, call: Call, **others: Any) -> None:
        super().__init__(*args, **others)
        self.call = call

    def connect(self) -> None:
        self.sock = self.call.connect()
        self.is_verified = True  # an unverified peer has ended the exchange before

    def request(self, *_asked: Any, **_how: Any) -> None:
        if self.sock is None:
            self.connect()
        self.call.ask()

    def getresponse(self) -> HTTPResponse:  # type: ignore[override]  # as urllib3 itself departs from http.client
        """An empty answer for urllib3; the true one is in the recording."""
        self.call.listen()
        self.close()
        return HTTPResponse(body=b"", status=200, preload_content=False)


class RecordedTlsConnection(RecordedConnection, HTTPSConnection):
    pass


class RecordedPool(HTTPConnectionPool):
    ConnectionCls = RecordedConnection


class RecordedTlsPool(HTTPSConnectionPool):
    ConnectionCls = RecordedTlsConnection


class Asked(PreparedRequest):
    """A request as `requests` passes it on. It carries the call; its own headers and body stay empty, for the call has the bytes."""

    def __init__(self, call: Call, method: str) -> None:
        super().__init__()
        self.call = call
        self.method = method
        self.url = call.target.origin + "/"
        self.headers = CaseInsensitiveDict()


class RecordingAdapter(HTTPAdapter):
    """Gives every exchange a fresh pool, so no connection is ever used twice."""

    def get_connection_with_tls_context(
        self, request: PreparedRequest, verify: Any, proxies: Any = None, cert: Any = None
    ) -> HTTPConnectionPool:
        assert isinstance(request, Asked)
        target = request.call.target
        pool = RecordedTlsPool if target.scheme == "https" else RecordedPool
        return pool(target.host, target.port, maxsize=1, retries=False, call=request.call)

    def cert_verify(self, conn: Any, url: Any, verify: Any, cert: Any) -> None:
        """Whom to trust is decided in app.wire.tls."""

    def request_url(self, request: PreparedRequest, proxies: Any) -> str:
        return "/"  # the call holds the target byte for byte; and so urllib3's debug log never sees a code or a token
