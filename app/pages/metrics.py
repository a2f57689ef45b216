"""Metrics in the Prometheus text format: how much, how long, how it ended. Labels are words of ours, never names of gateways."""

from __future__ import annotations

import hmac
import logging
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from flask import Flask, Response, g, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import NotFound, Unauthorized

from app.pages.log_lines import Listener, log
from app.pages.metrics_files import VARIABLE
from app.pages.signed_in import open_to_all
from app.pages.wired import Wire, Wired
from app.settings import LOOPBACK, BadSetting, Settings
from app.store.database import StoreUnavailable
from app.wire.messages import Exchange, Request

METHODS = frozenset({"GET", "HEAD", "POST", "OPTIONS"})
PAGE_SECONDS = (0.005, 0.02, 0.05, 0.1, 0.3, 1.0, 3.0)
EXCHANGE_SECONDS = (0.02, 0.1, 0.3, 1.0, 3.0, 10.0)


class Metrics:
    """The counters of one app; with several workers each writes its own and the page adds them up."""

    def __init__(self) -> None:
        self.registry = own = CollectorRegistry()
        self.requests = Counter("explorer_requests", "Requests by page and status.", ("method", "page", "status"), registry=own)
        self.seconds = Histogram("explorer_request_seconds", "Time to answer a request.", ("page",), registry=own, buckets=PAGE_SECONDS)
        self.events = Counter("explorer_events", "Events, by the words that the log has for them.", ("event",), registry=own)
        self.exchanges = Counter("explorer_exchanges", "Outgoing exchanges by how they ended.", ("outcome",), registry=own)
        self.took = Histogram("explorer_exchange_seconds", "Time of an outgoing exchange.", registry=own, buckets=EXCHANGE_SECONDS)
        self.under_way = Gauge("explorer_exchanges_under_way", "Outgoing exchanges under way.", registry=own, multiprocess_mode="livesum")

    def hear(self, says: str) -> None:
        """Count an event."""
        self.events.labels(says).inc()

    def text(self, parts: Wired) -> bytes:
        """Everything, of all workers of this instance."""
        shown = self.registry
        if VARIABLE in os.environ:
            shown = CollectorRegistry()
            MultiProcessCollector(shown)  # type: ignore[no-untyped-call]
        return generate_latest(shown) + generate_latest(_kept(parts))


class CountedWire:
    """The wire, with every exchange counted by its outcome: the class of the status, or the kind of the failure."""

    def __init__(self, wire: Wire, metrics: Metrics) -> None:
        self._wire, self._metrics = wire, metrics

    def send(self, request: Request, *, deadline_s: float, stop: Callable[[], bool]) -> Exchange:
        """Send, and count."""
        with self._metrics.under_way.track_inprogress(), self._metrics.took.time():
            exchange = self._wire.send(request, deadline_s=deadline_s, stop=stop)
        self._metrics.exchanges.labels(exchange.failure.kind if exchange.failure else f"{(exchange.status or 0) // 100}xx").inc()
        return exchange


def count_everything(app: Flask, parts: Wired) -> Wired:
    """The same parts with a counted wire. Every request and every event is counted from here on, before anything judges it."""
    metrics = app.extensions["explorer_metrics"] = Metrics()
    for older in [one for one in log.handlers if isinstance(one, Listener)]:
        log.removeHandler(older)  # of an app made before in this process
    log.addHandler(Listener(metrics.hear))
    log.setLevel(logging.INFO)
    app.before_request(_begin)
    app.after_request(lambda answer: _end(answer, metrics))
    return replace(parts, wire=CountedWire(parts.wire, metrics))


def show_metrics(app: Flask, parts: Wired) -> None:
    """Show the counters at METRICS_PATH, when all pages are in their places. Raises BadSetting where one lives there."""
    path, metrics = parts.settings.metrics_path, app.extensions["explorer_metrics"]
    if app.url_map.bind("").test(path, "GET"):
        raise BadSetting(f"METRICS_PATH={path} is the address of a page. Choose another one, such as /metrics.")

    def show() -> Response:
        _judge(parts.settings)
        return Response(metrics.text(parts), content_type=CONTENT_TYPE_LATEST)

    app.add_url_rule(path, "metrics", open_to_all(show))


def _begin() -> None:
    g.began = time.perf_counter()


def _end(answer: Response, metrics: Metrics) -> Response:
    page = request.endpoint or "none"
    method = request.method if request.method in METHODS else "other"
    metrics.requests.labels(method, page, str(answer.status_code)).inc()
    if "began" in g:
        metrics.seconds.labels(page).observe(time.perf_counter() - g.began)
    return answer


def _judge(settings: Settings) -> None:
    """The token where one is set; else only this machine itself, and not through a proxy."""
    if settings.metrics_token:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if not hmac.compare_digest(given.encode(), settings.metrics_token.encode()):
            raise Unauthorized("Metrics need METRICS_TOKEN as a bearer token.", www_authenticate=WWWAuthenticate("bearer"))
    elif request.remote_addr not in LOOPBACK or "X-Forwarded-For" in request.headers or "Forwarded" in request.headers:
        raise NotFound


class _Kept:
    """What the store holds at this moment, asked as the page is shown."""

    def __init__(self, parts: Wired) -> None:
        self._store = parts.store

    def collect(self) -> Iterator[Any]:
        try:
            size, runs = self._store.size.measure(), self._store.runs.count_all()
        except StoreUnavailable:
            yield GaugeMetricFamily("explorer_store_up", "Does the store answer?", 0)
            return
        yield GaugeMetricFamily("explorer_store_up", "Does the store answer?", 1)
        yield GaugeMetricFamily("explorer_store_bytes", "What STORE_BYTES bounds.", size)
        yield GaugeMetricFamily("explorer_runs", "Runs that are kept.", runs)


def _kept(parts: Wired) -> CollectorRegistry:
    shown = CollectorRegistry()
    shown.register(_Kept(parts))
    return shown
