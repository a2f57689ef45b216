"""The start page: one field is enough."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Protocol
from urllib.parse import urlencode

from app.flow.log import Run
from app.views.dance import Dance, dance
from app.views.finding_view import GLYPHS
from app.views.keeping import Terms, keeping
from app.views.mask import mask_url
from app.views.start_fields import ADVANCED, TARGET, WITHOUT_PERSON, Field, filled, is_touched, visible_input
from app.views.steps import TITLES
from app.views.times import duration
from app.views.visible import shortened, visible
from app.views.words import Words, words

PRACTICE_ROUTE = "/practice/mcp/linear-v1"
NEWEST = 6  # runs that stand in the open; the rest is folded
FOUND = "This reads like what a client prints. The likeliest causes:"
NOT_UNDERSTOOD = "No MCP URL was found in it, and no error that this app knows. Look it up in the catalogue, or type the URL."


@dataclass(frozen=True)
class Recent:
    """A run of this browser, and where it stands; `state` is empty where nobody looked."""

    run: Run
    state: str = ""
    step: str = ""
    main: str = ""
    level: str = ""


class Saved(Protocol):
    """A saved target."""

    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def fields(self) -> Mapping[str, str]: ...


@dataclass(frozen=True)
class RecentRun:
    """A run of this browser that still exists."""

    href: Annotated[str, "its page"]
    target: Annotated[str, "its target, masked"]
    age: Annotated[str, "when it began"]
    glyph: Annotated[str, "its verdict's glyph, or empty"] = ""
    verdict: Annotated[str, "ok, note, warn, stop or none: the colour"] = "none"
    says: Annotated[str, "where it stands, in words"] = ""


@dataclass(frozen=True)
class SavedTarget:
    """A saved target in its list."""

    id: Annotated[str, "its id"]
    name: Annotated[str, "the name that the person gave it"]
    target: Annotated[str, "its URL"]
    href: Annotated[str, "the start form, filled with it"]
    more: Annotated[str, "what else is saved with it, in words"]


class Choice(Protocol):
    """One of several servers that were pasted."""

    @property
    def name(self) -> str: ...
    @property
    def url(self) -> str: ...


class Understood(Protocol):
    """What was pasted, as far as this app understands it."""

    @property
    def kind(self) -> str: ...
    @property
    def says(self) -> str: ...
    @property
    def choices(self) -> Sequence[Choice]: ...
    @property
    def fills(self) -> bool: ...


@dataclass(frozen=True)
class Pasted:
    """What was understood of a paste."""

    says: Annotated[str, "the sentences about it"]
    text: Annotated[str, "the paste again, to choose from or to look up; empty where it is not needed any more"]
    choices: Annotated[tuple[tuple[str, str, str], ...], "(name as it is sent back, name, URL) of each server to choose from"]
    answers: Annotated[tuple[tuple[str, str], ...], "(code, title) of the checks that find the cause of an error"]
    is_recording: Annotated[bool, "does it belong on the import page?"]
    is_ready: Annotated[bool, "is the form filled in?"]


@dataclass(frozen=True)
class StartPage:
    """All that templates/pages/start.html prints."""

    title: Annotated[str, "the page's title"]
    target: Annotated[Field, "the one field that is enough"]
    advanced: Annotated[tuple[Field, ...], "the rest of the form"]
    without_person: Annotated[tuple[Field, ...], "grants without a browser, keys, bound tokens"]
    is_machine_open: Annotated[bool, "is that part unfolded?"]
    is_open: Annotated[bool, "is the rest unfolded, because something in it was typed or is wrong?"]
    mistakes: Annotated[int, "how many fields are wrong"]
    practice: Annotated[str, "the link that fills in the practice gateway"]
    is_practice: Annotated[bool, "is the practice gateway filled in?"]
    recent: Annotated[tuple[RecentRun, ...], "the newest runs of this browser"]
    older: Annotated[tuple[RecentRun, ...], "the rest of them"]
    saved: Annotated[tuple[SavedTarget, ...], "saved targets of this browser"]
    shared: Annotated[int, "open shared links of this browser"]
    words: Annotated[Words, "what this app does"]
    keeping: Annotated[str, "where runs live, how long, who sees them"]
    pasted: Annotated[Pasted | None, "what was understood of a paste"]
    dance: Annotated[Dance, "the picture of the twelve steps"]
    pasting: Annotated[str, "what stands in the paste field: a text that nobody understood"]


def start_page(
    *,
    settings: Terms,
    typed: Mapping[str, str] | None = None,
    mistakes: Mapping[str, str] | None = None,
    recent: Sequence[Recent] = (),
    saved: Sequence[Saved] = (),
    shared: int = 0,
    now: float = 0.0,
    understood: Understood | None = None,
    pasted: str = "",
    answers: Sequence[tuple[str, str]] = (),
) -> StartPage:
    """The form as it was typed, with a sentence at each wrong field; a typed client_secret is not sent back."""
    typed, mistakes = typed or {}, mistakes or {}
    practice_url = settings.practice_base + PRACTICE_ROUTE
    advanced = tuple(filled(one, typed, mistakes) for one in ADVANCED)
    machine = tuple(filled(one, typed, mistakes) for one in WITHOUT_PERSON)
    return StartPage(
        title="MCP Flow Explorer",
        target=filled(TARGET, typed, mistakes),
        advanced=advanced,
        without_person=machine,
        is_machine_open=any(map(is_touched, machine)),
        is_open=any(map(is_touched, (*advanced, *machine))),
        mistakes=len(mistakes),
        practice="/?" + urlencode({"target": practice_url}),
        is_practice=typed.get("target", "").startswith(settings.practice_base + "/practice/"),
        recent=tuple(_recent(one, now) for one in recent[:NEWEST]),
        older=tuple(_recent(one, now) for one in recent[NEWEST:]),
        saved=tuple(_saved(one) for one in saved),
        shared=shared,
        words=words("start"),
        keeping=keeping(settings),
        pasted=_pasted(understood, pasted, answers) if understood else None,
        dance=dance(),
        pasting=visible_input(pasted) if understood and not understood.fills else "",
    )


def _pasted(understood: Understood, text: str, answers: Sequence[tuple[str, str]]) -> Pasted:
    """An error of a client leads to its checks; the paste itself goes back only where it is needed once more."""
    says = understood.says
    if understood.kind == "error":
        says = FOUND if answers else NOT_UNDERSTOOD
    needed = bool(understood.choices) or understood.kind == "error"
    return Pasted(
        says=visible(says),
        text=visible_input(text) if needed else "",
        choices=tuple(
            (visible_input(one.name), visible(shortened(one.name, 80), one_line=True) or "unnamed", _shown(one.url))
            for one in understood.choices
        ),
        answers=tuple(answers),
        is_recording=understood.kind == "har",
        is_ready=understood.fills,
    )


def _shown(url: str) -> str:
    return visible(shortened(mask_url(url, ()), 120), one_line=True)


def _recent(one: Recent, now: float) -> RecentRun:
    run = one.run
    verdict = one.level.lower() or ("ok" if one.state in ("done", "connected") else "")
    return RecentRun(
        href=f"/runs/{run.id}",
        target=_shown(run.target),
        age=f"{duration(now - run.created_at)} ago",
        glyph=GLYPHS[verdict] if one.state else "",
        verdict=verdict or "none",
        says=visible(one.main) or _stands(one),
    )


def _stands(one: Recent) -> str:
    words = {"done": "complete", "connected": "connected", "failed": "stopped", "lesson": "a lesson", "running": "under way", "": ""}
    return words.get(one.state, f"at {TITLES.get(one.step, 'its start')}".lower() if one.step else "not begun")


def _saved(one: Saved) -> SavedTarget:
    rest = [visible(f"{name} {value}", one_line=True) for name, value in one.fields.items() if name != "target"]
    return SavedTarget(
        id=one.id,
        name=visible(one.name, one_line=True),
        target=_shown(one.fields.get("target", "")),
        href="/?" + urlencode(dict(one.fields)),
        more=shortened(", ".join(rest), 160),
    )
