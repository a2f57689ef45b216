"""From the exception at the root to one named Failure with a sentence for a person."""

from __future__ import annotations

import errno
import socket

from app.wire.limits import Patience
from app.wire.recording import Ended, Recording
from app.wire.target import Target

_BLOCKED = """
scheme port userinfo self loopback private link_local metadata cgnat multicast reserved unspecified documentation benchmark
"""
_BROKEN = """
refused connect_timeout timeout reset closed_early dns_failed unreachable cancelled interrupted proxy_failed
tls_expired tls_not_yet_valid tls_wrong_host tls_unknown_ca tls_incomplete_chain tls_too_old tls_client_certificate
tls_not_spoken tls_failed not_http bad_framing bad_encoding too_large bad_url bad_header
"""
KINDS = (*_BROKEN.split(), *(f"blocked_{reason}" for reason in _BLOCKED.split()))
"""Every Failure.kind; `interrupted` is set by whoever knows why the wire was stopped (app/pages/moves.py)."""

_GONE = {errno.ECONNRESET, errno.EPIPE, errno.ECONNABORTED, errno.ESHUTDOWN, errno.ENOTCONN}


def no_connection(error: OSError, where: str, patience: Patience) -> Ended:
    """Why a TCP connection to `where` (host:port) could not be made."""
    if isinstance(error, TimeoutError) or error.errno == errno.ETIMEDOUT:
        return Ended("connect_timeout", f"{where} did not answer the connection attempt within {patience.seconds:.2g} s.")
    if error.errno in _GONE:  # the connection stood for less time than it takes to notice
        return Ended("reset", f"{where} reset the connection as soon as it stood.")
    if error.errno == errno.ECONNREFUSED:
        return Ended("refused", f"{where} refuses connections: nothing listens on that port, or a firewall says no.")
    return Ended("unreachable", f"There is no way to {where} from here ({_reason(error)}).")


def no_address(error: socket.gaierror, host: str) -> Ended:
    """Why a name has no address."""
    if error.errno == socket.EAI_AGAIN:
        return Ended("dns_failed", f"The name server gave no answer about {host}.")
    return Ended("dns_failed", f"No address is known for the name {host}.")


def lost(error: OSError, target: Target, recording: Recording) -> Ended:
    """Why an open connection broke."""
    where = f"{target.host}:{target.port}"
    if error.errno in _GONE:
        return Ended("reset", f"{where} reset the connection {_phase(recording)}.")
    return Ended("unreachable", f"The connection to {where} broke {_phase(recording)} ({_reason(error)}).")


def too_late(target: Target, recording: Recording, patience: Patience) -> Ended:
    """The total deadline passed."""
    says = f"{target.host}:{target.port} was given {patience.seconds:g} s for this exchange, and they were over {_phase(recording)}."
    return Ended("timeout", says)


def closed(target: Target, recording: Recording) -> Ended:
    """The peer closed before the answer was whole."""
    return Ended("closed_early", f"{target.host}:{target.port} closed the connection {_phase(recording)}.")


def cancelled() -> Ended:
    return Ended("cancelled", "You cancelled this exchange.")


def _reason(error: OSError) -> str:
    return error.strerror or type(error).__name__


def _phase(recording: Recording) -> str:
    marks, came = recording.marks, len(recording.received)
    if "tcp" not in marks:
        return "before a connection stood"
    if "send" not in marks:
        return "during the TLS handshake"
    if not came:
        return "before any byte of an answer came" if "sent" in marks else "while the request was being sent"
    if "headers" not in marks:
        return f"within the headers of the answer, after {came:,} bytes"
    return f"within the body of the answer, after {came:,} bytes"
