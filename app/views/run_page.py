"""The run page: one line that says it all, the rail, the step before which it stands, and what has happened."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated

from app.checks.model import Finding
from app.flow.facts import Facts
from app.flow.log import Choice, Run
from app.flow.moves import Ask, Standing
from app.views.decisions import Ageing, Tool, Upstream, WayOut, code_age, servers, token_life, tools, upstream, way_out
from app.views.finding_view import FindingView, finding_view
from app.views.keeping import Terms, keeping
from app.views.mask import Mask, mask_for, secrets_of
from app.views.moves_view import Moves, moves
from app.views.past import Past, past_of
from app.views.request_form import Breakable, RequestForm, leaves_host, request_form
from app.views.steps import TITLES, RailStep, rail
from app.views.times import duration
from app.views.trials import Offered, Silence, Trials, silence, trials
from app.views.visible import host_of, visible
from app.views.words import Words, words
from app.wire.messages import Exchange

# state -> (glyph, words); {step} is the title of the step that the page stands before
STATES = {
    "ready": ("▸", "Ready for {step}"),
    "running": ("…", "{step} is under way"),
    "authorize": ("▸", "Your browser is needed"),
    "stepup": ("▸", "The server wants more permission"),
    "connect": ("▸", "An upstream account must be connected"),
    "connected": ("✓", "Connected: the token works"),
    "done": ("✓", "The walk is complete"),
    "failed": ("✗", "Stopped at {step}"),
    "imported": ("✓", "Imported: nothing stops this walk"),
}

COUNTED = (("ok", "as expected"), ("note", "with a note"), ("warn", "with a warning"), ("stop", "with a stop"))


@dataclass(frozen=True)
class Progress:
    """What goes on while a step is under way."""

    doing: Annotated[str, "the request that is being waited for, or empty"]
    elapsed: Annotated[str, "how long the step has run"]
    elapsed_seconds: Annotated[int, "the same as a number"]
    limit: Annotated[str, "when it is ended at the latest"]
    limit_seconds: Annotated[int, "the same as a number"]
    exchange_limit: Annotated[str, "when one exchange is ended at the latest"]
    since: Annotated[int, "seconds since the epoch at which it began"]
    exchanges: Annotated[int, "exchanges that this take has made so far"]


@dataclass(frozen=True)
class Top:
    """The one line that says it all."""

    glyph: Annotated[str, "the state's glyph"]
    says: Annotated[str, "the state as a sentence"]
    reason: Annotated[str, "one more sentence where the state needs it"]
    target: Annotated[str, "the MCP URL, masked"]
    revision: Annotated[str, "the revision asked for, and what was negotiated"]
    main: Annotated[FindingView | None, "the finding to read first"]
    code_age: Annotated[Ageing | None, "the code that waits to be exchanged"]
    token_life: Annotated[Ageing | None, "what is left of the access token"]
    progress: Annotated[Progress | None, "what goes on while the state is running"]


@dataclass(frozen=True)
class Panel:
    """The step that the page explains, and what must be decided there."""

    title: Annotated[str, "the step's title; empty at the end of the walk"]
    words: Annotated[Words, "what the step does, why, and what to look for"]
    request: Annotated[RequestForm | None, "the request about to be sent"]
    leaves_host: Annotated[bool, "does that request go to another host than the target's?"]
    way_out: Annotated[WayOut | None, "the authorization request that waits for the browser"]
    upstream: Annotated[Upstream | None, "the account that must be connected"]
    servers: Annotated[tuple[tuple[str, str, bool], ...], "authorization servers to choose from"]
    tools: Annotated[tuple[Tool, ...], "tools that may be called"]


@dataclass(frozen=True)
class RunPage:
    """All that templates/pages/run.html prints."""

    title: Annotated[str, "the page's title: host and step, never a secret"]
    run_id: Annotated[str, "the run's id"]
    state: Annotated[str, "for data-state"]
    step: Annotated[str, "for data-step"]
    top: Annotated[Top, "the one line that says it all"]
    moves: Annotated[Moves, "what can be pressed"]
    rail: Annotated[tuple[RailStep, ...], "the twelve steps"]
    panel: Annotated[Panel, "the step before which the page stands"]
    past: Annotated[Past, "what has happened"]
    hidden: Annotated[tuple[str, ...], "labels of the secrets that are masked on this page"]
    shown: Annotated[tuple[str, ...], "labels of the secrets that are shown in clear, on this page only"]
    exchanges_limit: Annotated[int, "how many exchanges the run may hold"]
    seen: Annotated[int, "how many entries the page shows: stops double clicks"]
    trials: Annotated[Trials | None, "separating probes that are offered"]
    silence: Annotated[Silence | None, "help for a browser that does not come back"]
    keeping: Annotated[str, "where the run lives, how long, who sees it"]


@dataclass(frozen=True)
class Wanted:
    """What the page's address, or the press that led to it, asks to see."""

    tool: Annotated[str, "the tool that the form is filled for"] = ""
    until: Annotated[int, "the newest entry of the page of a long story, 0 for its end"] = 0
    only: Annotated[str, "a filter, as it was typed"] = ""
    reveal: Annotated[frozenset[str], "labels of secrets to show in clear in what has happened; forms stay masked"] = frozenset()


EVERYTHING = Wanted()


def run_page(
    run: Run,
    facts: Facts,
    findings: Sequence[Finding],
    standing: Standing,
    *,
    settings: Terms,
    now: float,
    main: Finding | None = None,
    ask: Ask | None = None,
    breaks: Iterable[Breakable] = (),
    probes: Iterable[Offered] = (),
    progress: str | None = None,
    wanted: Wanted = EVERYTHING,
) -> RunPage:
    """The page of a run. `ask` previews the next request, `breaks` and `probes` can be made now."""
    hide, seen = mask_for(secrets_of(run)), len(run.entries)
    clear = mask_for(hide.secrets, wanted.reveal) if wanted.reveal else hide
    told = step_told(standing, main)
    steps, offered = rail(run, facts, findings, standing, hide, told), moves(run.id, facts, standing, told, seen=seen, now=now)
    doing = _progress(run, progress, settings, hide, now) if standing.state == "running" else None
    form = request_form(run.id, facts, standing, ask, breaks, hide, seen=seen, problem=main.code if main else "")
    return RunPage(
        title=f"{TITLES.get(told, 'Complete')} · {host_of(run.target)}",
        run_id=run.id,
        state=standing.state,
        step=standing.step,
        top=_top(run, facts, standing, main, steps, told, doing, hide, now),
        moves=offered,
        rail=steps,
        panel=_panel(run, facts, standing, told, form, wanted.tool if offered.call_tool else None, hide, now),
        past=past_of(run, findings, main, clear, until=wanted.until, only=wanted.only if doing is None else "", judged=not facts.is_veiled),
        hidden=clear.hidden_labels,
        shown=clear.shown_labels,
        exchanges_limit=settings.exchanges_per_run,
        seen=seen,
        trials=trials(run, standing, probes, hide),
        silence=silence(run, facts, offered, now=now),
        keeping=keeping(settings),
    )


def step_told(standing: Standing, main: Finding | None) -> str:
    """The step that the page explains: after a failure the one that failed, not the one that cannot be reached."""
    return main.step if main and standing.state == "failed" and main.step in TITLES else standing.step


def _top(
    run: Run,
    facts: Facts,
    standing: Standing,
    main: Finding | None,
    steps: Sequence[RailStep],
    told: str,
    doing: Progress | None,
    hide: Mask,
    now: float,
) -> Top:
    glyph, says = STATES.get("imported" if facts.read_only and standing.state == "done" else standing.state, ("", standing.state))
    return Top(
        glyph=glyph,
        says=says.format(step=TITLES.get(told, "the walk")),
        reason=visible(hide(standing.reason)) or summary(steps, standing),
        target=visible(hide(run.target), one_line=True),
        revision=revision_words(facts),
        main=finding_view(main, hide, run.id) if main else None,
        code_age=code_age(facts, standing, now=now),
        token_life=token_life(facts, now=now),
        progress=doing,
    )


def _panel(
    run: Run, facts: Facts, standing: Standing, told: str, form: RequestForm | None, tool: str | None, hide: Mask, now: float
) -> Panel:
    choosing = standing.step in ("register", "authorize") and standing.state != "running"
    return Panel(
        title=TITLES.get(told, ""),
        words=words(told or "done"),
        request=form,
        leaves_host=leaves_host(form, run.target),
        way_out=way_out(facts, standing, hide, now=now),
        upstream=upstream(facts, standing, hide),
        servers=servers(facts, hide) if choosing else (),
        tools=() if tool is None else tools(facts, tool, hide),
    )


def summary(steps: Sequence[RailStep], standing: Standing) -> str:
    """At the end: how many steps ended how."""
    if standing.state != "done":
        return ""
    counts = {word: sum(step.verdict == verdict for step in steps) for verdict, word in COUNTED}
    counts["skipped"] = sum(step.state == "skipped" for step in steps)
    told = ", ".join(f"{count} {word}" for word, count in counts.items() if count).capitalize()
    return f"{told}." if told else ""


def revision_words(facts: Facts) -> str:
    """`auto`, and what it turned out to be."""
    chosen = facts.options.revision
    spoken = visible(facts.protocol, one_line=True)[:40]
    return f"{chosen}, speaks {spoken}" if spoken and spoken != chosen else chosen


def _progress(run: Run, doing: str | None, settings: Terms, hide: Mask, now: float) -> Progress:
    began = next((e for e in reversed(run.entries) if isinstance(e.body, Choice) and e.body.name == "take"), None)
    since = began.at if began else now
    made = sum(isinstance(e.body, Exchange) for e in run.entries[began.seq if began else 0 :])
    return Progress(
        doing=visible(hide(doing or "")),
        elapsed=duration(now - since),
        elapsed_seconds=min(max(0, int(now - since)), int(settings.step_seconds)),
        limit=duration(settings.step_seconds),
        limit_seconds=max(1, int(settings.step_seconds)),
        exchange_limit=duration(settings.exchange_seconds),
        since=int(since),
        exchanges=made,
    )
