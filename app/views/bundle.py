"""The support bundle: one .zip for the other team, without secrets, with the same bytes each time it is made of the same run."""

from __future__ import annotations

import io
import json
import platform
import re
import zipfile
from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from app.flow.facts import Facts
from app.flow.log import Entry, Run
from app.flow.revisions import CLIENT_NAME, CLIENT_VERSION
from app.views.file_mask import FileMask
from app.views.har_entry import stamp, started
from app.wire.messages import Exchange

SCHEMA_VERSION = 1
FIRST_DAY = (1980, 1, 1, 0, 0, 0)  # a zip knows no earlier one; the clock of the machine stays out
# what gateways, balancers and tracing write beside an answer, so that an operator finds the request in a log
REQUEST_ID = re.compile(
    r"^(?:x-)?(?:[a-z]+-)?(?:request|correlation|trace|amzn-trace|transaction|operation|activity)-?id$|^cf-ray$|^traceparent$|^b3$|^x-b3-traceid$|"
    r"^x-cloud-trace-context$|^x-amz-cf-id$|^x-vercel-id$|^fly-request-id$|^sentry-trace$|^apim-request-id$"
)
SERVED_BY = ("server", "via", "x-powered-by", "x-served-by")
MOST_LISTED = 400  # lines of each kind; the HAR file has all of them
# of the start form: what shapes the walk; what may hold a secret stays out
OPTIONS = ("revision", "registration", "client_auth", "scope", "grant", "dpop", "redirect_uri", "client_metadata_url", "idp_token_endpoint")
README = """Support bundle of MCP Flow Explorer {version}

report.md         findings, steps and exchanges, for reading. Begin here.
run.har           every exchange, HAR 1.2. Opens in a browser's developer tools; this app imports it with the same findings.
run.json          state, steps and findings for programs, described by /schema/run-1.json of the app.
walk.sh           the same walk for bash, curl, jq and openssl, with variables in place of secrets.
environment.json  version, limits and options of the run, and the request ids that answers carried.

Tokens, codes, cookies, client secrets and verifiers are replaced: equal values have equal names, such as masked-access-3f9a.
Host names, URLs, client ids, scopes and error texts are in it. Look through it before it leaves your company.
"""


class Limits(Protocol):
    """The settings that can change what a run shows."""

    @property
    def mode(self) -> str: ...
    @property
    def connect_seconds(self) -> float: ...
    @property
    def exchange_seconds(self) -> float: ...
    @property
    def step_seconds(self) -> float: ...
    @property
    def body_bytes(self) -> int: ...
    @property
    def header_bytes(self) -> int: ...
    @property
    def exchanges_per_run(self) -> int: ...
    @property
    def ca_bundle(self) -> str: ...
    @property
    def outbound_proxy(self) -> str: ...


def bundle(files: Mapping[str, bytes]) -> bytes:
    """The zip of these files, by name in their order, and its own README first."""
    whole = {"README.txt": README.format(version=CLIENT_VERSION).encode(), **files}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        for name, content in whole.items():
            member = zipfile.ZipInfo(name, FIRST_DAY)
            member.compress_type = zipfile.ZIP_DEFLATED
            member.create_system, member.external_attr = 3, 0o644 << 16  # the same on every system
            packed.writestr(member, content, compresslevel=9)
    return out.getvalue()


def environment(run: Run, facts: Facts, settings: Limits) -> bytes:
    """What a reader must know of where and how the run was made, as JSON."""
    hide = FileMask(run)
    exchanges = [(entry, entry.body) for entry in run.entries if isinstance(entry.body, Exchange)]
    told = {
        "schema_version": SCHEMA_VERSION,
        "app": {"name": CLIENT_NAME, "version": CLIENT_VERSION, "python": platform.python_version()},
        "settings": _settings(settings),
        "run": {
            "target": hide(run.target),
            "began": stamp(run.entries[0].at if run.entries else run.created_at),
            "ended": stamp(run.entries[-1].at if run.entries else run.created_at),
            "entries": len(run.entries),
            "exchanges": len(exchanges),
            "protocol": hide(facts.protocol),
            "imported": facts.read_only or None,
        },
        "options": {name: hide(getattr(facts.options, name)) for name in OPTIONS if getattr(facts.options, name)},
        "header_names": [hide(line.partition(":")[0].strip()) for line in facts.options.headers.splitlines() if ":" in line],
        "request_ids": [line for entry, body in exchanges for line in _headers(entry, body, hide, ids=True)][:MOST_LISTED],
        "served_by": _distinct(line for entry, body in exchanges for line in _headers(entry, body, hide, ids=False)),
    }
    return (json.dumps(told, indent=1) + "\n").encode("ascii")


def _settings(settings: Limits) -> dict[str, Any]:
    """Whether a proxy or a private CA is in use is told, their names are not."""
    limits = {
        name: getattr(settings, name) for name in ("connect_seconds", "exchange_seconds", "step_seconds", "body_bytes", "header_bytes")
    }
    proxied = {"outbound_proxy": bool(settings.outbound_proxy), "own_ca_bundle": bool(settings.ca_bundle)}
    return {"mode": settings.mode, **limits, "exchanges_per_run": settings.exchanges_per_run, **proxied}


def _headers(entry: Entry, exchange: Exchange, hide: FileMask, *, ids: bool) -> Iterator[dict[str, Any]]:
    for field in exchange.response.fields if exchange.response else ():
        lower = field.name.lower()
        if REQUEST_ID.match(lower) if ids else lower in SERVED_BY:
            line = {"name": hide(field.name), "value": hide.header(field.name, field.value)[:500]}
            yield {"entry": entry.seq, "at": stamp(started(entry)), "step": entry.step, **line} if ids else line


def _distinct(lines: Iterator[dict[str, Any]]) -> list[dict[str, Any]]:
    return list({(line["name"].lower(), line["value"]): line for line in lines}.values())[:MOST_LISTED]
