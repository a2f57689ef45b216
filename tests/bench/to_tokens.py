"""From the first page to tokens in Chromium, ours and the MCP Inspector's, at one gateway: clicks, fields, seconds."""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit

import chromium
from figures import Figure, ratio_of_medians
from hand import Hand
from peer import running_inspector
from playwright.sync_api import Browser, Page, TimeoutError, sync_playwright
from running import running_app

Walk = Callable[[Page, str], None]
ONLY_HERE = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1"
HERE = frozenset({"localhost", "127.0.0.1", ""})  # a blob: or data: URL has no host
PATIENCE = 15_000  # milliseconds that a page may take to offer the next thing
SHOWN = 160  # characters of a page that did not get there


@dataclass(frozen=True)
class Walked:
    """`clicks` and `fields` on the tool's own pages, `elsewhere` the clicks on all others; `foreign` are the hosts asked that are not here.

    `stuck` is what the page showed where no tokens came, an empty string where they did.
    """

    clicks: int
    fields: int
    elsewhere: int
    seconds: float
    foreign: frozenset[str]
    stuck: str


def measure_to_tokens(folder: Path, times: int = 5) -> list[Figure]:
    """Turn about at one gateway, each turn with a fresh server and a fresh browser profile on both sides."""
    with browser_on_this_machine() as browser, running_app(_made(folder / "gateway")) as gateway:
        target = f"{gateway.practice}/mcp/linear-v1"
        ours, theirs = [], []
        for turn in range(times):
            with running_app(folder) as app:
                ours.append(walked(browser, app.url, target, type_and_start))
            with running_inspector(_made(folder / f"turn-{turn}")) as (url, _):
                theirs.append(walked(browser, url, target, add_and_connect))
        given = _url_given_before(browser, folder, target)
    return [*our_rows(ours), *their_rows(ours, theirs), given]


def _url_given_before(browser: Browser, folder: Path, target: str) -> Figure:
    """A link with the target in it, and a command with the server's URL in it: nothing is left to type."""
    with running_app(folder) as app:
        ours = walked(browser, f"{app.url}/?target={quote(target, safe='')}", target, start_and_allow)
    with running_inspector(_made(folder / "given"), "--server-url", target, "--transport", "http") as (url, _):
        theirs = walked(browser, url, target, connect)
    beside = ours.stuck or theirs.stuck or f"the MCP Inspector, with the URL in its command: {theirs.clicks}"
    return Figure("first page to tokens: clicks where a link holds the URL", ours.clicks if not ours.stuck else math.nan, "", None, beside)


@contextmanager
def browser_on_this_machine() -> Iterator[Browser]:
    """Chromium that finds no host but this one."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium.binary(), args=[*chromium.SWITCHES, ONLY_HERE])
        yield browser
        browser.close()


def walked(browser: Browser, first_page: str, target: str, walk: Walk) -> Walked:
    """The walk with a profile that knows nothing. The clock runs from asking for the first page, and nobody pauses."""
    context, foreign = browser.new_context(), set()
    hand, page = Hand(context), context.new_page()
    page.set_default_timeout(PATIENCE)
    page.on("request", lambda request: foreign.add(urlsplit(request.url).hostname or ""))
    stuck, began = "", time.monotonic()
    try:
        page.goto(first_page)
        walk(page, target)
    except TimeoutError:
        stuck = f"not reached, it showed: {_shown(page)}"
    seconds, own = time.monotonic() - began, "/".join(first_page.split("/")[:3])
    context.close()
    elsewhere = hand.presses.total() - hand.presses[own]
    return Walked(hand.presses[own], hand.fields[own], elsewhere, seconds, frozenset(foreign) - HERE, stuck)


def _shown(page: Page) -> str:
    """What the page says about the trouble, else how it begins."""
    trouble = page.locator("[role=alert], [data-problem]").all_inner_texts()
    return " ".join(" ".join(trouble or page.locator("body").all_inner_texts()).split())[:SHOWN]


def type_and_start(page: Page, target: str) -> None:
    """The field has the focus as soon as the page is there."""
    page.locator("#target:focus").wait_for()
    page.keyboard.insert_text(target)
    start_and_allow(page, target)


def start_and_allow(page: Page, _: str) -> None:
    """Start, leave for the gateway, come back connected: the tokens are there and were taken by the gateway."""
    page.locator("form[data-action=new] button[value=run]").click()
    page.locator("a[data-action=authorize]").first.click()
    allow(page)
    page.locator("body[data-state=connected]").wait_for()


def add_and_connect(page: Page, target: str) -> None:
    """The MCP Inspector's own way: a server is added by hand, then switched on."""
    page.get_by_role("button", name="Add Servers").click()
    page.get_by_role("menuitem", name="Add manually").click()
    form = page.get_by_role("dialog")
    form.get_by_label("Server ID").fill("gateway")
    form.get_by_label("Transport").click()
    page.get_by_role("option", name="streamable-http").click()
    form.get_by_label("URL").fill(target)
    form.get_by_role("button", name="Add", exact=True).click()
    form.wait_for(state="hidden")
    connect(page, target)


def connect(page: Page, _: str) -> None:
    """Its last server's switch, the gateway's pages, and back until it says that it is connected."""
    page.get_by_label("Connect or disconnect").last.locator("xpath=..").click()
    allow(page)
    page.get_by_text("Connected", exact=True).first.wait_for()


def allow(page: Page) -> None:
    """At the practice gateway, which has never seen this browser: sign in, connect the upstream, authorize."""
    for form in ("login", "connect", "approve"):
        page.locator(f"form[data-practice={form}] button").first.click()


def our_rows(turns: Sequence[Walked]) -> list[Figure]:
    """The most that any turn took; not a number where one did not get there."""
    stuck, last, foreign = _stuck(turns), turns[-1], _foreign(turns)
    beside = stuck or f"and {last.elsewhere} on the gateway's pages; {len(turns)} turns in Chromium"
    return [
        Figure("first page to tokens: clicks on our pages", _most(turns, "clicks"), "", 3, beside),
        Figure("first page to tokens: fields to fill in", _most(turns, "fields"), "", 1, stuck or "the gateway's URL"),
        Figure("first page to tokens: hosts asked beyond this machine", len(foreign), "", 0, ", ".join(foreign)),
    ]


def their_rows(ours: Sequence[Walked], theirs: Sequence[Walked]) -> list[Figure]:
    """The same of the MCP Inspector, and how long both took."""
    stuck, last, foreign = _stuck(theirs), theirs[-1], _foreign(theirs)
    mine, its = ([turn.seconds for turn in turns] for turns in (ours, theirs))
    ratio = math.nan if stuck or _stuck(ours) else ratio_of_medians(mine, its)
    seconds = (
        f"{statistics.median(mine):.2f} and {statistics.median(its):.2f} s without a person's pauses, medians of {len(mine)}, turn about"
    )
    fields = "a name, the URL; and one list to choose from, whose clicks are counted"
    return [
        Figure(
            "the MCP Inspector: clicks on its pages", _most(theirs, "clicks"), "", None, stuck or f"and {last.elsewhere} on the gateway's"
        ),
        Figure("the MCP Inspector: fields to fill in", _most(theirs, "fields"), "", None, stuck or fields),
        Figure("the MCP Inspector: hosts asked beyond this machine", len(foreign), "", None, ", ".join(foreign)),
        Figure("first page to tokens / the MCP Inspector's", ratio, "x", None, stuck or _stuck(ours) or seconds),
    ]


def _most(turns: Sequence[Walked], what: str) -> float:
    return math.nan if _stuck(turns) else max(getattr(turn, what) for turn in turns)


def _foreign(turns: Sequence[Walked]) -> list[str]:
    return sorted({host for turn in turns for host in turn.foreign})


def _stuck(turns: Sequence[Walked]) -> str:
    return next((turn.stuck for turn in turns if turn.stuck), "")


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder
