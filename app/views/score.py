"""The score sheet of a run: coverage first, then the findings by level, then the audit. For a page, for Markdown and for JSON."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Protocol

from app.checks.model import NOTE, STOP, WARN, Finding
from app.flow.facts import Facts
from app.flow.log import Run
from app.views.audit_rows import AttemptLike, Row, VerdictLike, summary, verdict_rows
from app.views.finding_view import GLYPHS
from app.views.keeping import Terms, keeping
from app.views.mask import Mask, mask_for, secrets_of
from app.views.report import code, own
from app.views.times import iso
from app.views.visible import host_of, shortened, visible

SCHEMA_VERSION = 1
LEVELS = (
    (STOP, "MUST", "A client that keeps to the specification has to stop here."),
    (WARN, "SHOULD", "It works with patient clients and fails with strict ones, or it weakens the protection."),
    (NOTE, "Good to know", "Allowed; or it was wrong and the walk has got past it."),
)


class CoverageLike(Protocol):
    """How many questions could be asked."""

    @property
    def asked(self) -> tuple[str, ...]: ...
    @property
    def unasked(self) -> tuple[tuple[str, tuple[str, ...]], ...]: ...
    @property
    def total(self) -> int: ...


@dataclass(frozen=True)
class Line:
    """One finding in a list."""

    code: Annotated[str, "the catalogue code"]
    title: Annotated[str, "the check's title"]
    says: Annotated[str, "what was seen, masked"]
    entry: Annotated[int, "the entry that it is about"]
    href: Annotated[str, "where to look"]


@dataclass(frozen=True)
class Level:
    """The findings of one level."""

    level: Annotated[str, "STOP, WARN or NOTE, for data-level"]
    word: Annotated[str, "MUST, SHOULD or good to know"]
    means: Annotated[str, "what the level means, one sentence"]
    glyph: Annotated[str, "its glyph"]
    colour: Annotated[str, "stop, warn or note"]
    lines: Annotated[tuple[Line, ...], "its findings"]


@dataclass(frozen=True)
class Score:
    """All that templates/pages/score.html prints."""

    title: Annotated[str, "the page's title"]
    run_id: Annotated[str, "the run's id"]
    target: Annotated[str, "the MCP URL, masked"]
    revision: Annotated[str, "the revision asked for, and what was negotiated"]
    began: Annotated[str, "when the run began, UTC"]
    state: Annotated[str, "the run's state, for data-state"]
    step: Annotated[str, "the run's step, for data-step"]
    asked: Annotated[int, "how many questions could be asked"]
    total: Annotated[int, "how many there are"]
    percent: Annotated[int, "the first of the second, for the bar"]
    unasked: Annotated[tuple[tuple[str, tuple[str, ...]], ...], "(why, codes) of the others"]
    main: Annotated[Line | None, "the finding to read first"]
    levels: Annotated[tuple[Level, ...], "findings by level"]
    proved: Annotated[int, "attempts of the audit with a proof"]
    audit: Annotated[str, "its verdicts counted"]
    rows: Annotated[tuple[Row, ...], "one verdict for each attempt"]
    keeping: Annotated[str, "where the run lives, how long, who sees it"]


def score(
    run: Run,
    facts: Facts,
    findings: Sequence[Finding],
    main: Finding | None,
    coverage: CoverageLike,
    attempts: Sequence[AttemptLike],
    verdicts: Iterable[VerdictLike],
    *,
    settings: Terms,
    state: str,
    step: str,
) -> Score:
    """The sheet, masked."""
    hide = mask_for(secrets_of(run))
    rows = verdict_rows(run.id, attempts, verdicts, hide)
    spoken = facts.protocol if facts.protocol != facts.options.revision else ""
    return Score(
        title=f"Score sheet · {host_of(run.target)}",
        run_id=run.id,
        target=visible(hide(run.target), one_line=True),
        revision=visible(f"{facts.options.revision}{f', speaks {spoken}' if spoken else ''}", one_line=True)[:80],
        began=iso(run.entries[0].at if run.entries else run.created_at),
        state=state,
        step=step,
        asked=len(coverage.asked),
        total=coverage.total,
        percent=round(100 * len(coverage.asked) / max(1, coverage.total)),
        unasked=tuple((_sentence(visible(hide(why), one_line=True)), codes) for why, codes in coverage.unasked),
        main=_line(main, run.id, hide) if main else None,
        levels=tuple(_level(level, word, means, findings, run.id, hide) for level, word, means in LEVELS),
        proved=sum(row.word in ("enforced", "not enforced") for row in rows),
        audit=summary(rows),
        rows=rows,
        keeping=keeping(settings),
    )


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _level(level: str, word: str, means: str, findings: Sequence[Finding], run_id: str, hide: Mask) -> Level:
    lines = tuple(_line(finding, run_id, hide) for finding in findings if finding.level == level)
    return Level(level, word, means, GLYPHS[level.lower()], level.lower(), lines)


def _line(finding: Finding, run_id: str, hide: Mask) -> Line:
    says = visible(shortened(hide(finding.says), 300), one_line=True)
    return Line(finding.code, finding.title, says, finding.entry, f"/runs/{run_id}#e{finding.entry}")


def score_json(sheet: Score) -> dict[str, Any]:
    """The sheet for programs. `schema_version` changes when a member does; codes and slugs are stable."""
    return {
        "schema_version": SCHEMA_VERSION,
        "run": sheet.run_id,
        "target": sheet.target,
        "revision": sheet.revision,
        "began": sheet.began,
        "state": sheet.state,
        "coverage": {
            "asked": sheet.asked,
            "total": sheet.total,
            "not_asked": [{"because": why, "codes": list(codes)} for why, codes in sheet.unasked],
        },
        "problem": sheet.main.code if sheet.main else None,
        "levels": {level.level: len(level.lines) for level in sheet.levels},
        "findings": [
            {"code": line.code, "level": level.level, "entry": line.entry, "says": line.says}
            for level in sheet.levels
            for line in level.lines
        ],
        "audit": {
            "proved": sheet.proved,
            "total": len(sheet.rows),
            "verdicts": [
                {
                    "attempt": row.slug,
                    "verdict": row.word,
                    "level": row.level,
                    "says": row.says.striptags(),
                    "entries": [seq for seq, _ in row.evidence],
                    "control": row.control[0] if row.control else None,
                    "spec": {"name": row.spec, "url": row.url},
                }
                for row in sheet.rows
            ],
        },
    }


def score_markdown(sheet: Score) -> str:
    """The sheet for a ticket. What a stranger wrote stands in code only."""
    lines = [
        "# MCP Flow Explorer: score sheet",
        "",
        f"- Target: {code(sheet.target)}",
        f"- Revision: {code(sheet.revision)}",
        f"- Began: {sheet.began}",
        f"- State: {sheet.state}",
        "",
        f"**{sheet.asked} of {sheet.total} questions could be asked ({sheet.percent} %); {sheet.proved} of {len(sheet.rows)} attempts"
        " of the audit are proved.** Secrets are replaced.",
        "",
        *(f"- Not asked, {len(codes)}: {own(why)}" for why, codes in sheet.unasked),
        "",
        "| level | means | findings |",
        "|---|---|---|",
        *(f"| {level.word} ({level.level}) | {level.means} | {len(level.lines)} |" for level in sheet.levels),
        "",
    ]
    for level in sheet.levels:
        lines += [f"- {level.level} {code(line.code)}, entry {line.entry}: {code(line.says)}" for line in level.lines]
    lines += [
        "",
        "## Audit",
        "",
        f"{sheet.audit}.",
        "",
        "| attempt | verdict | level | what came | exchanges | clause |",
        "|---|---|---|---|---|---|",
    ]
    for row in sheet.rows:
        seen = ", ".join(str(seq) for seq, _ in row.evidence) or "–"
        told = code(row.says.striptags()).replace("|", "\\|")
        lines.append(f"| {row.label} | **{row.word}** | {row.level} | {told} | {seen} | [{row.spec}]({row.url}) |")
    return "\n".join(lines) + "\n"
