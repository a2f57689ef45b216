"""Sends one request and keeps everything: the public face of this package."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace

import requests
from requests.exceptions import RequestException
from urllib3.exceptions import HTTPError

from app.settings import Settings
from app.wire import failures
from app.wire.call import Call, Means
from app.wire.connection import Asked, RecordingAdapter
from app.wire.guard import Guard
from app.wire.limits import Cancelled, Patience, Stop
from app.wire.lookup import Lookups
from app.wire.messages import Exchange, Failure, Request
from app.wire.proxy import read_proxy
from app.wire.recording import Ended, Recording
from app.wire.target import Refused
from app.wire.tls import trust

logging.getLogger("urllib3").setLevel(logging.ERROR)  # its warnings quote URLs and headers

# Oddities of the response reader that leave nothing to read. What it says of framing is judged here while bytes come (app.wire.framing).
_UNREADABLE = {"bad_encoding": "bad_encoding", "decompression_bomb": "too_large"}


class Wire:
    """Sends requests, one connection each. Safe to share between threads; make one per process, it reads the CA files.

    Raises BadSetting at once for ALLOW_TARGETS, CA_BUNDLE or OUTBOUND_PROXY that cannot be used.
    """

    def __init__(self, settings: Settings) -> None:
        self._means = Means(settings, Guard(settings), Lookups(), trust(settings), read_proxy(settings.outbound_proxy))
        self._session = requests.Session()
        self._session.trust_env = False  # else .netrc replaces our Authorization header, and proxies of the environment hide the guard
        adapter = RecordingAdapter(max_retries=0)
        self._session.mount("https://", adapter)
        self._session.mount("http://", adapter)

    def send(self, request: Request, *, deadline_s: float | None = None, stop: Callable[[], bool] | None = None) -> Exchange:
        """One exchange, whatever the gateway or the network does; redirects are answers like others, never followed.

        `deadline_s` shortens EXCHANGE_SECONDS; `stop` is asked several times a second whether to give up.
        """
        recording = Recording(request)
        allowed = self._means.settings.exchange_seconds
        patience = Patience(allowed if deadline_s is None else min(allowed, deadline_s), Stop(stop) if stop else None)
        try:
            return self._send(request, recording, patience)
        except (Refused, Ended) as end:
            return recording.exchange(end.failure)
        except Cancelled:
            return recording.exchange(failures.cancelled().failure)
        except (RequestException, HTTPError) as error:  # none is known to get here; a surprise of a library is no crash of ours
            return recording.exchange(Failure("unreachable", f"The exchange could not be made ({type(error).__name__})."))

    def refusal(self, url: str) -> Failure | None:
        """Why this URL would not be sent to, as far as its text tells; no name is looked up."""
        try:
            self._means.guard.judge_url(url)
        except Refused as refused:
            return refused.failure
        return None

    def _send(self, request: Request, recording: Recording, patience: Patience) -> Exchange:
        target = self._means.guard.judge_url(request.url)
        call = Call(self._means, request, target, recording, patience)
        self._session.send(Asked(call, request.method), allow_redirects=False, stream=True, proxies={}, verify=True)
        exchange = recording.exchange()
        return exchange if call.answered_in_stream else _read_through(exchange)


def _read_through(exchange: Exchange) -> Exchange:
    """The exchange with a failure where the bytes are whole but nobody could read them."""
    if exchange.response is None:
        return replace(exchange, failure=Failure("not_http", "The answer is not readable as HTTP."))
    for oddity in exchange.response.oddities:
        if oddity.slug in _UNREADABLE:
            return replace(exchange, failure=Failure(_UNREADABLE[oddity.slug], oddity.says))
    return exchange
