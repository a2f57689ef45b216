"""A gateway that puts marked payloads into everything that it says, and a real Chromium that looks at every page that comes of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from playwright.sync_api import Browser, Page
from running import App, running_app

WATCH = """window.reports = [];
document.addEventListener('securitypolicyviolation', e => window.reports.push(e.violatedDirective + ' ' + e.blockedURI));"""
PAGES = ("", "/pictures", "/export", "/share", "/consistency", "/score", "/audit", "?filter=status-code:2xx")


def payload(canary: str) -> str:
    """Everything that could run or ask, in one text."""
    return (
        f"\"'></title></textarea></style></script><script>window.pwned=1</script><img src='{canary}/img' onerror=window.pwned=1>"
        f"<svg/onload=window.pwned=1><meta http-equiv=refresh content='0;url={canary}/meta'><link rel=prefetch href='{canary}/link'>"
        f"<iframe srcdoc='<script>parent.pwned=1</script>'></iframe>{{{{7*7}}}}${{7*7}}![x]({canary}/markdown) \u202e\u200b"
        f"<div hx-get='{canary}/hx' hx-trigger=load></div><base href='{canary}/'>"
    )


@dataclass
class Gateway:
    """What a client meets, and what it must never ask."""

    url: str = ""
    text: str = ""
    canary_asked: list[str] = field(default_factory=list)
    tokens: int = 0


class Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    gateway: Gateway

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        gateway, x = self.gateway, self.gateway.text
        if path.startswith("/canary"):
            gateway.canary_asked.append(self.path)
            return self._say(200, "")
        if path.startswith("/.well-known/oauth-protected-resource"):
            named = {"resource_name": x, "scopes_supported": ["mcp", x], x: {x: [x]}, "resource_documentation": "javascript:window.pwned=1"}
            return self._say(200, {"resource": f"{gateway.url}/mcp", "authorization_servers": [gateway.url], **named})
        if path.startswith("/.well-known/"):
            ends = {f"{name}_endpoint": f"{gateway.url}/{name}" for name in ("authorization", "token", "registration", "revocation")}
            flags = {"code_challenge_methods_supported": ["S256", x], "token_endpoint_auth_methods_supported": ["none", x]}
            told = {"response_types_supported": ["code", x], "service_documentation": f"data:text/html,{x}", x: x}
            return self._say(200, {"issuer": gateway.url, **ends, **flags, **told})
        if path == "/authorization":
            asked = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
            answer = urlencode({"code": "code-1", "state": asked["state"], "iss": gateway.url, x[:60]: x})
            self.send_response(302)
            self.send_header("Location", f"{asked['redirect_uri']}?{answer}")
            self.send_header("Content-Length", "0")
            return self.end_headers()
        return self._say(404, x, "text/html")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        gateway, x = self.gateway, self.gateway.text
        match self.path:
            case "/registration":
                sent = json.loads(body)
                return self._say(201, {**sent, "client_id": "client-1", "client_name": x, "client_uri": "javascript:1", x: x})
            case "/token":
                gateway.tokens += 1
                if b"refresh_token=" in body:
                    return self._say(400, {"error": x, "error_description": x, "error_uri": "javascript:window.pwned=1", x: x})
                pair = {"access_token": f"access-token-{gateway.tokens}", "refresh_token": f"refresh-token-{gateway.tokens}"}
                return self._say(200, {**pair, "token_type": "Bearer", "expires_in": 900, "scope": x, x: x})
            case "/mcp":
                return self._mcp(json.loads(body or b"{}"))
        return self._say(200, x, "text/html")

    def _mcp(self, message: dict[str, object]) -> None:
        gateway, x = self.gateway, self.gateway.text
        if "Authorization" not in self.headers:
            self.send_response(401, x.encode("ascii", "replace").decode())
            self.send_header(
                "WWW-Authenticate", f'Bearer resource_metadata="{gateway.url}/.well-known/oauth-protected-resource/mcp", scope="mcp"'
            )
            self.send_header("X-Said", x.encode("ascii", "replace").decode())
            self.send_header("Content-Length", "0")
            return self.end_headers()
        tool = {"name": x, "title": x, "description": x, "inputSchema": {"type": "object", "properties": {x: {"description": x}}}}
        result = {"tools": [tool], "supportedVersions": ["2026-07-28"], "serverInfo": {"name": x, "version": x}, "instructions": x, x: x}
        return self._say(200, {"jsonrpc": "2.0", "id": message.get("id"), "result": result})

    def _say(self, status: int, value: object, kind: str = "application/json") -> None:
        body = (value if isinstance(value, str) else json.dumps(value)).encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("X-Said", self.gateway.text.encode("ascii", "replace").decode())
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


@pytest.fixture(scope="module")
def hostile() -> Iterator[Gateway]:
    gateway = Gateway()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Its", (Answers,), {"gateway": gateway}))
    gateway.url = f"http://127.0.0.1:{server.server_address[1]}"
    gateway.text = payload(f"{gateway.url}/canary")
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield gateway
    server.shutdown()
    server.server_close()
    thread.join()


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
        page.goto("about:blank")
        with page.expect_console_message(lambda message: message.text == "it ran"):
            page.evaluate("text => document.write('<body>' + text)", hostile.text)
    finally:
        context.close()
    hostile.canary_asked.clear()
