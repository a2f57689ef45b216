"""What the person may press now, the main move first, each with its words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from app.flow.facts import Facts
from app.flow.moves import Standing
from app.views.steps import TITLES
from app.views.visible import host_of, is_web_link, visible

LINKS = ("authorize", "stepup", "connect")
SINGLE = ("refresh", "replay", "revoke", "confirm")
QUIET = ("forget", "restart")
OWN_PANEL = ("call_tool", "connect", "gave_up")  # shown where they belong, not in the row of buttons
REPLAY_COST = (
    "Presents the old refresh token as a thief would. "
    "A server that watches for theft ends the whole grant; the walk then asks for a new one."
)


@dataclass(frozen=True)
class Move:
    """One button or link. `name` is the page contract's word."""

    name: Annotated[str, "the data-action name"]
    label: Annotated[str, "the button's words"]
    hint: Annotated[str, "what it will do, or what it costs"]
    href: Annotated[str, "the form's action or the link's address"]
    is_link: Annotated[bool, "is it a GET link?"]
    is_external: Annotated[bool, "does it leave this app at once?"] = False
    fields: Annotated[tuple[tuple[str, str], ...], "hidden fields of the form"] = ()


@dataclass(frozen=True)
class Moves:
    """All moves of one page, each exactly once."""

    main: Annotated[Move | None, "the one big button"]
    beside: Annotated[tuple[Move, ...], "further moves, as ordinary buttons"]
    single: Annotated[tuple[Move, ...], "steps on the tokens in hand, each by itself"]
    quiet: Annotated[tuple[Move, ...], "moves that set things back"]
    connect: Annotated[tuple[Move, ...], "links to upstream servers"]
    call_tool: Annotated[Move | None, "the tool form's move"]
    gave_up: Annotated[Move | None, "ends the wait for a browser that does not come back"] = None

    @property
    def hint(self) -> str:
        """What the main button does or costs."""
        main = self.main or (self.connect[0] if self.connect else None)
        return main.hint if main else ""


def moves(run_id: str, facts: Facts, standing: Standing, told: str, *, seen: int, now: float) -> Moves:
    """Words for every offer of the standing, on a page that explains the step `told`. `seen` entries are shown: it stops double clicks."""
    fields = (("seen", str(seen)),)
    made = [_move(run_id, name, facts, standing, told, fields, now) for name in standing.offers if name != "connect"]
    row = [move for move in made if move.name not in QUIET and move.name not in OWN_PANEL]
    links = _connect_links(facts) if "connect" in standing.offers else ()
    main = row[0] if row and not links else None
    return Moves(
        main=main,
        beside=tuple(move for move in row if move is not main and move.name not in SINGLE),
        single=tuple(move for move in row if move is not main and move.name in SINGLE),
        quiet=tuple(move for move in made if move.name in QUIET),
        connect=links,
        call_tool=next((move for move in made if move.name == "call_tool"), None),
        gave_up=next((move for move in made if move.name == "gave_up"), None),
    )


def _move(run_id: str, name: str, facts: Facts, standing: Standing, told: str, fields: tuple[tuple[str, str], ...], now: float) -> Move:
    label, hint = _words(name, facts, standing, told, now)
    if name in LINKS:
        return Move(name, label, hint, f"/runs/{run_id}/authorize", True)
    return Move(name, label, hint, f"/runs/{run_id}/{name}", False, False, fields)


def _connect_links(facts: Facts) -> tuple[Move, ...]:
    urls = facts.connect.urls if facts.connect else ()
    return tuple(
        Move("connect", f"Open {host_of(url)}", "Opens in a new tab. Come back here when it says that you are connected.", url, True, True)
        for url in urls
        if is_web_link(url)
    )


def _words(name: str, facts: Facts, standing: Standing, told: str, now: float) -> tuple[str, str]:
    title = TITLES.get(standing.step, "")
    by_name: Mapping[str, tuple[str, str]] = {
        "run": _run_words(standing),
        "step": (f"Only {title.lower()}" if title else "Only one step", "One step, then the page waits for you."),
        "cancel": ("Cancel", "Stops what is under way. What was recorded stays."),
        "authorize": (f"Authorize at {_server_host(facts)}", "Your browser goes there. It comes back here by itself."),
        "stepup": (f"Ask {_server_host(facts)} for more", "The same page again, with the scopes that the server wants."),
        "retry": _retry_words(standing, told),
        "gave_up": ("Stop waiting", "Ends the wait and names what the walk knows. An answer that comes late is still taken."),
        "go_on": ("Go on anyway", "Strict clients stop here. The finding stays; you see what comes next."),
        "call_tool": ("Call the tool", "Sends tools/call with the arguments that you see."),
        "refresh": ("Refresh", "Exchanges the refresh token for a new pair."),
        "replay": _replay_words(facts, now),
        "revoke": ("Revoke", "Hands the tokens back and tries them once more."),
        "confirm": ("Confirm", "Tries access token and refresh token: both must be refused."),
        "forget": ("Forget this client", "Registers anew the next time. The old registration stays at the server."),
        "restart": ("Start over", "A new run with the same settings. This one stays."),
    }
    return by_name.get(name, (visible(name), ""))


def _run_words(standing: Standing) -> tuple[str, str]:
    if standing.state == "connected":
        rest = SINGLE[SINGLE.index(standing.step) :]
        told = f"{', '.join(rest).capitalize()}."
        return "Run the rest", f"{told} {REPLAY_COST}" if "replay" in rest else told
    if standing.step == "probe":
        return "Start the walk", "Goes on by itself until your browser is needed."
    if standing.step == "token":
        return "Exchange the code", "Then calls the server with the token."
    return "Continue", "Goes on by itself until you must decide."


def _retry_words(standing: Standing, told: str) -> tuple[str, str]:
    if standing.state == "connect":
        return "I have connected it: try again", "Repeats the call that was waiting."
    if standing.state in ("authorize", "stepup"):
        return "Draw a new request", "Fresh state and verifier; answers to the old request no longer count."
    if told in ("callback", "token"):
        return "Try again", "A code is never handed in twice, so this begins at your browser. What came before stays below."
    return "Try again", "Takes this step anew. What came before stays below."


def _replay_words(facts: Facts, now: float) -> tuple[str, str]:
    if not facts.replays:
        return "Replay the old token", REPLAY_COST
    age = f" {max(0, int(now - facts.rotated_at))} s have passed since the rotation." if facts.rotated_at else ""
    return "Once more, after a pause", f"A grace window ends with time; missing detection does not.{age}"


def _server_host(facts: Facts) -> str:
    url = facts.authorization.url if facts.authorization else ""
    return host_of(url) or "the authorization server"
