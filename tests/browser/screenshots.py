"""`make screenshots`: the main pages as people see them, on a desk, on a phone and in the dark, into .screenshots."""

from __future__ import annotations

import tempfile
from pathlib import Path

import chromium
from person import Person
from playwright.sync_api import Browser, sync_playwright
from running import App, running_app

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDER = ROOT / ".screenshots"
README_PICTURE = ROOT / "static" / "pictures" / "run.png"
DESK, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
OTHERS = {
    "start": "/",
    "checks": "/checks",
    "check": "/checks/token.code_expired",
    "problem": "/callback?code=x&state=y",
    "lost": "/runs/nope",
}


def take(person: Person, name: str, *, whole: bool = True) -> None:
    person.page.screenshot(path=str(FOLDER / f"{name}.png"), full_page=whole)


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


def look_around(browser: Browser, app: App, run: str, cookies: list[dict[str, object]], *, suffix: str, **options: object) -> None:
    """The same pages in another size or colour."""
    with Person.at(browser, app.url, **options) as somebody:
        somebody.page.context.add_cookies(cookies)  # type: ignore[arg-type]
        somebody.page.goto(run)
        take(somebody, f"run-{suffix}")
        somebody.page.goto(somebody.page.locator("[data-exchange] a[href*='/exchanges/']").first.evaluate("link => link.href"))
        take(somebody, f"exchange-{suffix}")
        for name in ("start", "checks", "check"):
            somebody.page.goto(app.url + OTHERS[name])
            take(somebody, f"{name}-{suffix}", whole=name != "checks")


def readme_picture(browser: Browser, app: App) -> None:
    """A whole walk, as large as a README shows it."""
    README_PICTURE.parent.mkdir(exist_ok=True)
    with Person.at(browser, app.url, viewport={"width": 1180, "height": 820}) as somebody:
        somebody.start({"target": f"{app.practice}/mcp/linear-v1"})
        somebody.authorize()
        somebody.press("run")
        somebody.authorize()
        somebody.page.goto(somebody.page.url.split("#")[0])
        somebody.page.screenshot(path=str(README_PICTURE))


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, running_app(Path(folder)) as app, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium.binary(), args=list(chromium.SWITCHES))
        context = browser.new_context(viewport=DESK)  # type: ignore[arg-type]
        person = Person(context.new_page(), app.url)
        run = walk(person, app)
        for name, path in OTHERS.items():
            person.page.goto(app.url + path)
            take(person, name, whole=name != "checks")
        cookies = context.cookies()
        look_around(browser, app, run, cookies, suffix="desk-dark", viewport=DESK, color_scheme="dark")  # type: ignore[arg-type]
        look_around(browser, app, run, cookies, suffix="phone", viewport=PHONE)  # type: ignore[arg-type]
        look_around(browser, app, run, cookies, suffix="phone-dark", viewport=PHONE, color_scheme="dark")  # type: ignore[arg-type]
        readme_picture(browser, app)
        browser.close()
    print(f"{len(list(FOLDER.glob('*.png')))} pictures in {FOLDER.name}, one more in static/pictures")


if __name__ == "__main__":
    main()
