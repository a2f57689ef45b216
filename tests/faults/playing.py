"""Everything of this ring under one roof: the stage, the ports that misbehave, the app with short budgets, and many people at once."""

from __future__ import annotations

import contextlib
import datetime
import socket
import ssl
import sys
import warnings
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "wire"))  # certificates that trustme does not make

import trustme
from certificates import make_leaf
from families import FAULTS
from fault import BODY_LIMIT_BYTES, HEADER_LIMIT_BYTES, Pair
from running import App, running_app
from servers import refusing_port, silent_backlog
from stage import Stage, listening, perform
from walks import Met, meet

PEOPLE = 16  # as many as two cores serve without anybody's healthy exchange running into the short budgets below
NOW = datetime.datetime.now(datetime.UTC)
DAY = datetime.timedelta(days=1)
BUDGETS = {
    "CONNECT_SECONDS": "1.5",
    "EXCHANGE_SECONDS": "3",
    "STEP_SECONDS": "10",
    "BODY_BYTES": str(BODY_LIMIT_BYTES),
    "HEADER_BYTES": str(HEADER_LIMIT_BYTES),
    "OUTGOING_AT_ONCE": "120",
    "OUTGOING_PER_BROWSER": "4",
    "THREADS": "96",
}


@dataclass(frozen=True)
class House:
    """A running app and the stage that its people meet."""

    app: App
    stage: Stage

    def meet_all(self, pairs: Sequence[Pair]) -> list[Met]:
        with ThreadPoolExecutor(PEOPLE) as people:
            return list(people.map(lambda pair: meet(self.app.url, self.stage, pair), pairs))


@contextlib.contextmanager
def open_house(folder: Path) -> Iterator[House]:
    """Start everything; end it behind."""
    authority = trustme.CA()
    bundle = folder / "authority.pem"
    authority.cert_pem.write_to_path(str(bundle))
    with contextlib.ExitStack() as stack:
        addresses = dict(_addresses(stack, authority, folder))
        stage = Stage({fault.slug: fault for fault in FAULTS}, addresses)
        stage.origin = stack.enter_context(listening(stage))
        app = stack.enter_context(running_app(folder, **BUDGETS, CA_BUNDLE=str(bundle)))
        yield House(app, stage)


def _addresses(stack: contextlib.ExitStack, authority: trustme.CA, folder: Path) -> Iterator[tuple[str, str]]:
    yield "refused", f"http://127.0.0.1:{refusing_port()}"
    yield "silent", f"http://127.0.0.1:{stack.enter_context(silent_backlog())}"
    for kind, context in _contexts(authority, folder).items():
        yield f"tls-{kind}", stack.enter_context(listening(None, context))
    yield "tls-plain-text", stack.enter_context(_saying(b"HTTP/1.1 400 Bad Request\r\n\r\n")).replace("http:", "https:")
    yield "tls-garbage", stack.enter_context(_saying(b"\x16\x03\x03\x00\x02ab")).replace("http:", "https:")
    yield "tls-cut", stack.enter_context(_saying(b"")).replace("http:", "https:")
    literals = {
        "link-local": "169.254.7.7",
        "metadata": "169.254.169.254",
        "multicast": "224.0.0.1",
        "unspecified": "0.0.0.0",
        "nat64": "[64:ff9b::a9fe:a9fe]",
        "reserved": "240.0.0.1",
    }
    yield from ((f"blocked-{kind}", f"https://{literal}") for kind, literal in literals.items())


def _contexts(authority: trustme.CA, folder: Path) -> dict[str, ssl.SSLContext]:
    old = _served(authority.issue_cert("127.0.0.1", key_type=trustme.KeyType.RSA))
    old.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():  # that the version is outdated is the point here
        warnings.simplefilter("ignore", DeprecationWarning)
        old.minimum_version, old.maximum_version = ssl.TLSVersion.MINIMUM_SUPPORTED, ssl.TLSVersion.TLSv1_1
    alone = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    alone.load_cert_chain(make_leaf(folder / "alone.pem", issuer="leaf"))
    return {
        "expired": _served(authority.issue_cert("127.0.0.1", not_before=NOW - 9 * DAY, not_after=NOW - DAY)),
        "not-yet-valid": _served(authority.issue_cert("127.0.0.1", not_before=NOW + DAY, not_after=NOW + 9 * DAY)),
        "wrong-host": _served(authority.issue_cert("other.example")),
        "unknown-ca": _served(trustme.CA().issue_cert("127.0.0.1")),
        "self-signed": alone,
        "too-old": old,
    }


def _served(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


@contextlib.contextmanager
def _saying(octets: bytes) -> Iterator[str]:
    """A port that says the same to everybody, whatever comes first."""
    with listening(Saying(octets)) as origin:
        yield origin


@dataclass(frozen=True)
class Saying:
    """What such a port says, before it reads anything that is HTTP."""

    octets: bytes

    def say(self, sock: socket.socket) -> None:
        sock.recv(65_536)
        perform(sock, (self.octets,) if self.octets else ())
