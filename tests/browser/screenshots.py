"""`make screenshots`: every page as people see it, on a desk, on a phone and in the dark, into .screenshots."""

from __future__ import annotations

import tempfile
from pathlib import Path

import chromium
from every_page import Map
from person import Person
from playwright.sync_api import Browser, sync_playwright
from running import App, running_app

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDER = ROOT / ".screenshots"
README_PICTURES = ROOT / "static" / "pictures"
DESK, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
BY_HAND = {"problem": "/callback?code=x&state=y", "lost": "/runs/nope"}
TALL = 3_000  # pixels; the catalogue is longer than anybody looks at


def take(person: Person, name: str) -> None:
    height = min(TALL, person.page.evaluate("document.documentElement.scrollHeight"))
    size = {"x": 0, "y": 0, "width": person.page.viewport_size["width"], "height": height}  # type: ignore[index]
    person.page.screenshot(path=str(FOLDER / f"{name}.png"), full_page=True, clip=size)  # type: ignore[arg-type]


def walk(person: Person, app: App) -> str:
    """Walk the practice gateway, with a picture at every stop. Returns the run's address."""
    person.start({"target": f"{app.practice}/mcp/linear-v1"})
    take(person, "run-authorize")
    person.authorize()
    take(person, "run-connected")
    person.press("run")
    take(person, "run-second-grant")
    person.authorize()
    take(person, "run-done")
    return person.page.url.split("#")[0]


def addresses(person: Person, app: App, run: str) -> dict[str, str]:
    """Every page that a browser shows, by the name of its picture."""
    seq = person.page.locator("[data-exchange]").first.get_attribute("data-exchange")
    with tempfile.TemporaryDirectory() as folder:
        known = Map(Path(folder), {"run_id": run.rsplit("/", 1)[1], "seq": int(seq or 0)})
    paths = {name.replace(".", "-"): path for name, path in known.found.items()} | BY_HAND
    pages = {name: app.url + path for name, path in paths.items()} | {"run-filtered": f"{run}?filter=status-code:4xx"}
    return {name: url for name, url in pages.items() if "text/html" in person.page.request.get(url).headers["content-type"]}


def look_around(
    browser: Browser, app: App, pages: dict[str, str], cookies: list[dict[str, object]], suffix: str, **options: object
) -> None:
    """The pages in one size and colour."""
    with Person.at(browser, app.url, **options) as somebody:
        somebody.page.context.add_cookies(cookies)  # type: ignore[arg-type]
        for name, url in pages.items():
            somebody.page.goto(url)
            take(somebody, f"{name}{suffix}")
        somebody.errors[:] = [error for error in somebody.errors if "status of 40" not in error]  # asked for on purpose


def readme_pictures(browser: Browser, app: App) -> None:
    """A whole walk, who spoke with whom in it, and a walk that was stopped; as large as a README shows them."""
    README_PICTURES.mkdir(exist_ok=True)
    with Person.at(browser, app.url, viewport={"width": 1180, "height": 820}) as somebody:
        somebody.start({"target": f"{app.practice}/mcp/linear-v1"})
        somebody.authorize()
        somebody.press("run")
        somebody.authorize()
        run = somebody.page.url.split("#")[0]
        for name, url in (("run", run), ("pictures", f"{run}/pictures")):
            somebody.page.goto(url)
            somebody.page.screenshot(path=str(README_PICTURES / f"{name}.png"))
        somebody.page.goto(f"{app.url}/practice/faults?fault=other-issuer")
        somebody.page.locator("button:has-text('Open this gateway')").click()
        somebody.page.wait_for_load_state()
        somebody.page.locator("a:has-text('Walk')").first.click()
        somebody.page.wait_for_load_state()
        somebody.press("new")
        somebody.page.screenshot(path=str(README_PICTURES / "finding.png"))


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, running_app(Path(folder)) as app, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium.binary(), args=list(chromium.SWITCHES))
        context = browser.new_context(viewport=DESK)  # type: ignore[arg-type]
        person = Person(context.new_page(), app.url)
        run = walk(person, app)
        pages, cookies = addresses(person, app, run), context.cookies()
        look_around(browser, app, pages, cookies, "", viewport=DESK)  # type: ignore[arg-type]
        look_around(browser, app, pages, cookies, "-dark", viewport=DESK, color_scheme="dark")  # type: ignore[arg-type]
        look_around(browser, app, pages, cookies, "-phone", viewport=PHONE)  # type: ignore[arg-type]
        look_around(browser, app, pages, cookies, "-phone-dark", viewport=PHONE, color_scheme="dark")  # type: ignore[arg-type]
        readme_pictures(browser, app)
        browser.close()
    print(f"{len(list(FOLDER.glob('*.png')))} pictures in {FOLDER.name}, three more in static/pictures")


if __name__ == "__main__":
    main()
