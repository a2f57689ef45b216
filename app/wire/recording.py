"""What one exchange has given so far; becomes the frozen Exchange at its end."""

from __future__ import annotations

from dataclasses import dataclass, field
from time import monotonic, time

from app.wire.messages import Connection, Exchange, Failure, Marks, Request, Tls


class Ended(Exception):
    """The exchange ended without a whole answer; `failure` says how. No OSError, so urllib3 and requests let it pass as it is."""

    def __init__(self, kind: str, says: str) -> None:
        super().__init__(says)
        self.failure = Failure(kind, says)


@dataclass
class Recording:
    """Filled by the one thread that sends. `marks` are seconds since `began`."""

    request: Request
    sent: bytearray = field(default_factory=bytearray)
    received: bytearray = field(default_factory=bytearray)
    marks: dict[str, float] = field(default_factory=dict)
    remote: str = ""
    tried: list[str] = field(default_factory=list)
    tls: Tls | None = None
    proxy: str = ""
    started_at: float = field(default_factory=time)
    began: float = field(default_factory=monotonic)

    def mark(self, name: str) -> None:
        self.marks[name] = monotonic() - self.began

    def exchange(self, failure: Failure | None = None) -> Exchange:
        """The exchange as it stands now."""
        self.mark("end")
        return Exchange(
            request=self.request,
            sent=bytes(self.sent),
            received=bytes(self.received),
            started_at=self.started_at,
            marks=Marks(**self.marks),
            connection=Connection(self.remote, tuple(self.tried), self.tls, self.proxy),
            failure=failure,
        )
