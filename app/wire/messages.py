"""What was asked and what came: one exchange as bytes, with its times, its connection and its failure.

Everything here is frozen. Bytes are kept as they crossed the wire; text, JSON and masks are views made elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from app.wire.parse.response import Response, read_response

Header = tuple[str, str]


@dataclass(frozen=True)
class Request:
    """A request about to be sent. `headers` keep order and case.

    The wire adds Host, User-Agent, Accept-Encoding and Content-Length where they are missing (app.wire.outgoing).
    """

    method: str
    url: str
    headers: tuple[Header, ...] = ()
    body: bytes = b""
    rpc_id: str = ""  # when set, an SSE answer is read until the JSON-RPC message with this id has come

    def header(self, name: str) -> str:
        """The first value of a header, or an empty string."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")


@dataclass(frozen=True)
class Failure:
    """What came instead of an answer. `kind` is the slug of `transport.<kind>`, `says` one sentence for a person."""

    kind: str
    says: str


@dataclass(frozen=True)
class Tls:
    """The TLS connection, also of a failed handshake. `chain` holds DER certificates, leaf first."""

    version: str = ""
    cipher: str = ""
    chain: tuple[bytes, ...] = ()
    error: str = ""  # what the verification said, empty when it passed


@dataclass(frozen=True)
class Connection:
    """Where the bytes went. Addresses are written `ip:port`, IPv6 in brackets."""

    remote: str = ""
    tried: tuple[str, ...] = ()
    tls: Tls | None = None
    proxy: str = ""


@dataclass(frozen=True)
class Marks:
    """Seconds since the exchange started (monotonic clock); None where that point was never reached."""

    dns: float | None = None
    tcp: float | None = None
    tls: float | None = None
    send: float | None = None
    sent: float | None = None
    first_byte: float | None = None
    headers: float | None = None
    last_byte: float | None = None
    end: float | None = None


@dataclass(frozen=True)
class Exchange:
    """One request and its answer or failure. `sent` and `received` are the exact bytes, partial ones too."""

    request: Request
    sent: bytes = b""
    received: bytes = b""
    started_at: float = 0.0  # seconds since the epoch, UTC
    marks: Marks = field(default_factory=Marks)
    connection: Connection = field(default_factory=Connection)
    failure: Failure | None = None

    @cached_property
    def response(self) -> Response | None:
        """The answer as read from the recorded bytes by our own reader; None where no status line came."""
        return read_response(self.received, self.request.method)

    @property
    def room(self) -> int:
        """Bytes that the answer takes in memory: as it came, and as it was read; a compressed one may be a hundred times larger then."""
        return len(self.received) + (len(self.response.body) if self.response else 0)

    @property
    def status(self) -> int | None:
        """The final status code, or None where none came."""
        return self.response.status if self.response else None

    @property
    def ms(self) -> float:
        """Milliseconds from start to end."""
        return round((self.marks.end or 0.0) * 1000, 1)
