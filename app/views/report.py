"""A run as a Markdown report for a ticket. What a stranger wrote stands in code only: it cannot format, link, ping or load anything."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from app.checks.model import Finding
from app.flow.facts import Facts
from app.flow.log import Entry, Leg, Run
from app.flow.moves import Standing
from app.flow.revisions import CLIENT_NAME, CLIENT_VERSION
from app.views.file_mask import FileMask, masked_received, masked_sent
from app.views.finding_view import place
from app.views.har_entry import stamp, started
from app.views.leg_view import showable
from app.views.steps import STATE_WORDS, rail
from app.views.visible import shortened, visible
from app.views.wire_text import CONTROLS
from app.wire.messages import Exchange

SHOWN = 8_000  # characters of one side of an exchange; the HAR file has the rest
TICKS = re.compile("`+")
MARKUP = re.compile(r"[\\*_\[\]<>#|~]")
LEVELS = {"STOP": "Stop", "WARN": "Warning", "NOTE": "Note"}


def report(run: Run, facts: Facts, findings: Sequence[Finding], standing: Standing, main: Finding | None) -> str:
    """The whole report, secrets masked."""
    hide, legs = FileMask(run), showable(run, findings)
    lines = [
        "# MCP Flow Explorer: report of a run",
        "",
        f"- Target: {code(hide(run.target))}",
        f"- Revision: {code(facts.options.revision)}{f', speaks {code(hide(facts.protocol))}' if facts.protocol else ''}",
        f"- Began: {stamp(run.entries[0].at if run.entries else run.created_at)}",
        f"- State: {standing.state}",
        f"- Made with: {CLIENT_NAME} {CLIENT_VERSION}",
        *([f"- {facts.read_only}"] if facts.read_only else []),
        "",
        "Secrets are replaced; equal values have equal names.",
        "",
        *_main(main, hide),
        *_steps(run, facts, findings, standing, hide),
        *_findings(findings, main, hide),
        "## Exchanges",
        "",
        *(line for entry in run.entries for line in _entry(replace(entry, body=legs.get(entry.seq, entry.body)), hide)),
    ]
    return "\n".join(lines).rstrip("\n") + "\n"


def code(text: str) -> str:
    """Text of a stranger as a code span of one line: a fence longer than any run of ticks in it (CommonMark section 6.1)."""
    shown = visible(shortened(text, 1_000), one_line=True)
    if not shown.strip():
        return "(empty)"
    ticks = "`" * (max(map(len, TICKS.findall(shown)), default=0) + 1)
    return f"{ticks} {shown} {ticks}" if shown[0] in "` " or shown[-1] in "` " else f"{ticks}{shown}{ticks}"


def own(text: str) -> str:
    """A sentence of ours: `names` stay code, what could be taken for markup is escaped."""
    return MARKUP.sub(r"\\\g<0>", " ".join(text.split()))


def fenced(text: str, kind: str = "text") -> list[str]:
    """Text of a stranger as a block: the fence is longer than any run of ticks in it (CommonMark section 4.5)."""
    shown = visible(shortened(text, SHOWN))
    ticks = "`" * max(3, max(map(len, TICKS.findall(shown)), default=0) + 1)
    return [f"{ticks}{kind}", *shown.split("\n"), ticks, ""]


def _main(main: Finding | None, hide: FileMask) -> Iterator[str]:
    yield "## Main finding"
    yield ""
    if main is None:
        yield "None: nothing stops this walk."
        yield ""
        return
    yield from _finding(main, hide)


def _findings(findings: Sequence[Finding], main: Finding | None, hide: FileMask) -> Iterator[str]:
    others = [finding for finding in findings if finding is not main]
    if not others:
        return
    yield "## Other findings"
    yield ""
    for finding in others:
        yield from _finding(finding, hide)


def _finding(finding: Finding, hide: FileMask) -> Iterator[str]:
    past = f", {finding.past}" if finding.past else ""
    yield f"### {LEVELS.get(finding.level, finding.level)}: {finding.title} ({code(finding.code)}, entry {finding.entry}{past})"
    yield ""
    yield from fenced(hide(finding.says))
    yield f"- Expected (per spec): {code(hide(finding.expected))}"
    if finding.actual:
        yield f"- Actual (received): {code(hide(finding.actual))}"
    yield f"- Where: {code(hide(place(finding.evidence)))}"
    yield f"- Why it matters: {own(finding.why)}"
    yield f"- The operator: {own(finding.fix_operator)}"
    yield f"- The client: {own(finding.fix_client)}"
    yield f"- Clause: [{finding.spec.name}]({finding.spec.url})"
    yield ""


def _steps(run: Run, facts: Facts, findings: Sequence[Finding], standing: Standing, hide: FileMask) -> Iterator[str]:
    yield "## Steps"
    yield ""
    yield "| # | step | state | verdict | time |"
    yield "|---|---|---|---|---|"
    for step in rail(run, facts, findings, standing, hide):
        verdict = f"{step.glyph} {step.verdict_words}" if step.verdict else "–"
        yield f"| {step.number} | {step.title} | {STATE_WORDS[step.state]} | {verdict} | {step.took or '–'} |"
    yield ""


def _entry(entry: Entry, hide: FileMask) -> Iterator[str]:
    body = entry.body
    if isinstance(body, Leg):
        yield f"### Entry {entry.seq}: the browser ({body.kind})"
        yield ""
        yield from fenced(hide(f"{body.method} {body.url}"), "http")
    if isinstance(body, Exchange):
        yield f"### Entry {entry.seq}: {entry.step or 'beside the walk'}, {stamp(started(entry))}, {body.ms:g} ms"
        yield ""
        yield from fenced(_side(masked_sent(body, hide)) or hide(f"{body.request.method} {body.request.url}"), "http")
        if body.failure:
            yield f"No whole answer: {code(hide(body.failure.says))}"
            yield ""
        if body.received:
            yield from fenced(_side(_read(body, hide)), "http")


def _read(exchange: Exchange, hide: FileMask) -> bytes:
    """Head and readable body of an answer; without an answer the bytes that came."""
    response = exchange.response
    if response is None:
        return masked_received(exchange, hide)
    return hide.octets(exchange.received[: response.body_start]) + hide.octets(response.body)


def _side(octets: bytes) -> str:
    """Bytes as text; a body that is none is only counted."""
    head, blank, body = octets.partition(b"\r\n\r\n")
    if len(CONTROLS.findall(body[:2_000])) > len(body[:2_000]) // 10:
        body = f"({len(body):,} bytes that are no text)".encode()
    return (head + blank + body).decode("utf-8", "replace").replace("\r\n", "\n").strip("\n")
