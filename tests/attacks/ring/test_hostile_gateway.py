"""A gateway that puts marked payloads into everything that it says, and a real Chromium that looks at every page that comes of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from attacks.crawler import Crawl
from attacks.ring.hostile_gateway import Gateway, hostile_gateway
from playwright.sync_api import Browser, Page
from robot import HttpUser
from running import App, running_app

from app import create_app
from app.settings import Settings

WATCH = """window.reports = [];
document.addEventListener('securitypolicyviolation', e => window.reports.push(e.violatedDirective + ' ' + e.blockedURI));"""
pytestmark = pytest.mark.xdist_group("hostile gateway")  # one walk for all
LINE = re.compile(r"20\d\d-\d\d-\d\dT[\d:.]+Z [A-Z]+ [\w.]+: |MCP Flow Explorer is ready at ")
NARROW = 320  # CSS pixels: WCAG 2.2 success criterion 1.4.10
PAGES = ("", "/pictures", "/export", "/share", "/consistency", "/score", "/audit", "?filter=status-code:2xx")

# links with a scheme that runs something, and links to others that would tell them where they were followed from
ODD_LINKS = """[...document.querySelectorAll('a[href], area[href], form[action], button[formaction]')].filter(one => {
  const to = new URL(one.formAction || one.action || one.href, location.href)
  if (!['http:', 'https:'].includes(to.protocol)) return true
  const tells = !(one.rel || '').includes('noopener') || !one.rel.includes('noreferrer')
  return one.href && to.origin !== location.origin && !one.dataset.action && tells
}).map(one => one.outerHTML.slice(0, 300))"""
WIDEST = """most => [...document.querySelectorAll('body *')].filter(one => one.getBoundingClientRect().right > most + 1)
  .map(one => one.outerHTML.slice(0, 90)).slice(0, 4)"""
LEAVES = ("authorize.leave", "audit.leave")


@pytest.fixture(scope="module")
def hostile() -> Iterator[Gateway]:
    with hostile_gateway() as gateway:
        yield gateway


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    with running_app(tmp_path_factory.mktemp("hostile")) as running:
        yield running


@pytest.fixture(scope="module")
def walked(app: App, hostile: Gateway, browser: Browser) -> Iterator[tuple[Page, str]]:
    """A browser that has walked through the hostile gateway, and the address of the run."""
    context = browser.new_context()
    page = context.new_page()
    page.add_init_script(WATCH)
    page.goto(app.url)
    page.locator("form[data-action=new] [name=target]").fill(f"{hostile.url}/mcp")
    page.locator("form[data-action=new] button[type=submit], form[data-action=new] button:not([type])").first.click()
    page.wait_for_url("**/runs/**")
    run = page.url.split("#")[0].split("?")[0]
    for action in ("run", "authorize", "run"):
        settle(page)
        if page.locator(f"[data-action={action}]").count():
            press(page, action)
    settle(page)
    yield page, run
    context.close()


def settle(page: Page) -> None:
    page.wait_for_selector("body:not([data-state=running])", timeout=30_000)


def press(page: Page, action: str) -> None:
    move = page.locator(f"[data-action={action}]").first
    if move.evaluate("one => one.tagName") == "A":
        page.goto(str(move.evaluate("one => one.href")))
        page.wait_for_url("**/runs/**")
    else:
        with page.expect_response(lambda answer: answer.request.method == "POST"):
            move.evaluate("one => one.requestSubmit()")
        page.wait_for_load_state()


def look(page: Page, url: str) -> str:
    """Open everything that is folded, and see that nothing ran and nothing was reported."""
    page.goto(url)
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
    assert page.evaluate("window.pwned") is None, url
    assert page.evaluate("window.reports") == [], url
    assert page.evaluate(ODD_LINKS) == [], url
    text = page.locator("body").inner_text()
    assert "49![x]" not in text and "}}$49" not in text, url
    assert page.evaluate("Object.keys(localStorage).length + Object.keys(sessionStorage).length") == 0 or "access-token" not in str(
        page.evaluate("JSON.stringify([localStorage, sessionStorage])")
    )
    return text


@pytest.mark.attack("X1", "X2", "X3", "L6")
def test_chromium_runs_nothing_of_it_on_any_page(walked: tuple[Page, str], hostile: Gateway) -> None:
    page, run = walked
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    shown = look(page, run)
    steps = {one.get_attribute("data-exchange") for one in page.locator("[data-exchange]").all()}
    assert (len(steps) >= 8, hostile.tokens) == (True, 2), "the walk did not come to the refused refresh"
    assert shown.count("window.pwned=1") > 3, "the payload is not on the page, so that nothing was proved"
    seqs = [one.get_attribute("data-exchange") for one in page.locator("[data-exchange]").all()]
    for path in (*PAGES, *(f"/exchanges/{seq}" for seq in dict.fromkeys(seqs))):
        look(page, run + path)
    assert [url for url in asked if hostile.url in url] == []
    assert hostile.canary_asked == []


@dataclass
class Watched:
    """What a browser tells of its pages that no page of ours should make it tell."""

    told: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)

    def watch(self, page: Page, origin: str) -> None:
        page.on("dialog", lambda dialog: (self.told.append(f"dialog at {page.url}: {dialog.message}"), dialog.dismiss()))
        page.on("pageerror", lambda error: self.told.append(f"error at {page.url}: {error}"))
        page.on("console", lambda line: self.told.append(f"{line.type} at {page.url}: {line.text}") if line.type == "error" else None)
        page.on("popup", lambda other: self.told.append(f"a window at {page.url}: {other.url}"))
        page.on("download", lambda file: self.told.append(f"a file at {page.url}: {file.url}"))
        page.on("request", lambda asked: None if asked.url.startswith(origin) else self.foreign.append(asked.url))


def all_pages(app: App, page: Page, run: str, folder: Path) -> list[str]:
    """One address of each page that the url map leads to, and every exchange of this run; found by a person without scripts."""
    lent = create_app(Settings(data_dir=str(folder)))
    user = HttpUser(app.url)
    for cookie in page.context.cookies(app.url):
        user.session.cookies.set(str(cookie["name"]), str(cookie["value"]), domain="127.0.0.1", path="/")
    target = str(user.session.get(f"{run}.json", timeout=30).json()["target"])
    crawl = Crawl(user, lent, {"target": target, "title": "a room", "name": "a name"}).go(run)
    lent.extensions["explorer"].store.engine.dispose()
    for one in user.session.cookies:  # pressing began runs, and each draws a new session id
        if one.name in {cookie["name"] for cookie in page.context.cookies(app.url)}:
            page.context.add_cookies([{"name": one.name, "value": str(one.value), "url": app.url}])
    seqs = [one["seq"] for one in user.session.get(f"{run}.json", timeout=30).json()["exchanges"]]
    ends = ("?view=raw", "?view=hex", "/resend")
    found = [url for endpoint, url in crawl.pages.items() if not endpoint.startswith("practice.") and endpoint not in LEAVES]
    several = [f"{run}/exchanges/{seq}{end}" for number, seq in enumerate(seqs) for end in ("", ends[number % 3])]
    answers = ((url, user.session.get(url, timeout=30, allow_redirects=False)) for url in dict.fromkeys([*found, *several]))
    return [url for url, one in answers if one.status_code == 200 and one.headers.get("Content-Type", "").startswith("text/html")]


@pytest.mark.attack("X1", "X2", "X3", "X4")
def test_every_page_of_the_url_map_stays_quiet(walked: tuple[Page, str], app: App, hostile: Gateway, tmp_path: Path) -> None:
    page, run = walked
    urls = all_pages(app, page, run, tmp_path)
    own = page.context.new_page()
    own.add_init_script(WATCH)
    watched, shown = Watched(), 0
    watched.watch(own, app.url)
    for url in urls:
        shown += "window.pwned=1" in look(own, url)
    own.close()
    assert (watched.told, watched.foreign, hostile.canary_asked) == ([], [], [])
    assert len(urls) > 45 and shown > 15, (len(urls), shown)


@pytest.mark.attack("X5")
def test_no_page_is_wider_than_a_small_telephone(walked: tuple[Page, str], hostile: Gateway) -> None:
    page, run = walked
    page.goto(run)
    seqs = [one.get_attribute("data-exchange") for one in page.locator("[data-exchange]").all()]
    wide = {}
    page.set_viewport_size({"width": NARROW, "height": 640})
    for path in (
        *PAGES,
        "/tokens",
        "/documents",
        *(f"/exchanges/{seq}{end}" for seq in dict.fromkeys(seqs) for end in ("", "?view=hex", "/resend")),
    ):
        look(page, run + path)
        if page.evaluate("document.documentElement.scrollWidth") > NARROW:
            wide[path] = page.evaluate(WIDEST, NARROW)
    page.set_viewport_size({"width": 1280, "height": 720})
    assert wide == {}


@pytest.mark.attack("X1", "L7")
def test_nor_behind_a_shared_link_nor_in_print(walked: tuple[Page, str], hostile: Gateway) -> None:
    page, run = walked
    origin = run.split("/runs/")[0]
    made = page.request.post(f"{run}/share", headers={"Origin": origin})
    shared = {"/shared/" + part.split('"')[0].split("<")[0].strip() for part in made.text().split("/shared/")[1:]}
    assert shared
    for path in shared:
        look(page, origin + path)
    page.emulate_media(media="print")
    look(page, run)
    page.emulate_media(media="screen")
    page.goto(run)
    assert hostile.canary_asked == []


@pytest.mark.attack("X1", "X3")
def test_nor_where_the_recording_is_read_in_again(walked: tuple[Page, str], hostile: Gateway) -> None:
    """The file with everything in it, as somebody may send it around."""
    page, run = walked
    origin = run.split("/runs/")[0]
    recording = page.request.post(f"{run}.har", form={"secrets": "on"}, headers={"Origin": origin}).body()
    file = {"name": "walk.har", "mimeType": "application/json", "buffer": recording}
    made = page.request.post(f"{origin}/import", multipart={"har": file}, headers={"Origin": origin}, max_redirects=0)  # type: ignore[dict-item]
    assert made.status == 303, made.text()[-800:]
    read = origin + made.headers["location"]
    assert look(page, read).count("window.pwned=1") > 3
    seqs = dict.fromkeys(one.get_attribute("data-exchange") for one in page.locator("[data-exchange]").all())
    for path in ("/pictures", "/documents", "/tokens", "/score", *(f"/exchanges/{seq}" for seq in seqs)):
        if page.request.get(read + path).ok:
            look(page, read + path)
    assert hostile.canary_asked == []


@pytest.mark.attack("L2")
def test_every_event_is_one_line_of_the_log(walked: tuple[Page, str], app: App) -> None:
    lines = app.log.read_text(encoding="utf-8", errors="replace").splitlines()
    assert [line for line in lines if not LINE.match(line)] == [] and len(lines) > 10
    assert not [line for line in lines if "forged" in line or "pwned" in line]
    assert LINE.match("2026-01-01T00:00:00.000Z INFO explorer: forged") and not LINE.match("forged")


@pytest.mark.attack("X2", "X6")
def test_files_of_the_run_are_downloads_and_markdown_shows_it_as_code(walked: tuple[Page, str], tmp_path: Path) -> None:
    page, run = walked
    for ending in ("har", "md", "sh", "json", "zip"):
        answer = page.request.get(f"{run}.{ending}")
        assert answer.ok and not answer.headers["content-type"].startswith("text/html"), ending
        assert answer.headers["x-content-type-options"] == "nosniff"
    assert "access-token-1" not in page.request.get(f"{run}.md").text()


def test_what_would_run_is_seen_to_run(walked: tuple[Page, str], browser: Browser, hostile: Gateway) -> None:
    """The same payload on a page that nobody guards."""
    context = browser.new_context()
    try:
        page = context.new_page()
        page.add_init_script("Object.defineProperty(window, 'pwned', { set() { console.log('it ran') } })")
        watched = Watched()
        watched.watch(page, "about:")
        page.goto("about:blank")
        page.evaluate("console.error('said'); setTimeout(() => alert('shown'))")
        page.evaluate("document.body.innerHTML = '<a href=javascript:x>1</a><a href=https://x.example/>2</a>'")
        assert len(page.evaluate(ODD_LINKS)) == 2
        asks = page.expect_request(lambda asked: asked.url.startswith(hostile.url))
        with page.expect_console_message(lambda message: message.text == "it ran"), asks:
            page.evaluate("text => document.write('<body>' + text)", hostile.text)
        assert any("dialog" in one for one in watched.told) and any("said" in one for one in watched.told), watched
        assert any(url.startswith(hostile.url) for url in watched.foreign)
    finally:
        context.close()
    hostile.canary_asked.clear()
