"""A gateway of a test on a port of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


@contextmanager
def served(answers: type[BaseHTTPRequestHandler], gateway: object) -> Iterator[str]:
    """Its URL, until the block ends. The handlers find the gateway as `self.gateway`."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Its", (answers,), {"gateway": gateway}))
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
