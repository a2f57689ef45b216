"""One sweep: a secret of each kind is planted, a whole run is walked at a gateway that says all of them back, and then everything that
comes out of the app is searched for every spelling of every one."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from attacks.arranged import PASSWORD, sign_in
from attacks.crawler import HREF, Crawl
from attacks.ring.echoing_gateway import Echoing, echoing_gateway, spellings
from robot import HttpUser
from running import App, running_app
from walker import walk

from app import create_app
from app.settings import Settings

KEY = "pl4nted-key-of-the-instance-0123456789"
LOUD = ("-m", "gunicorn", "--config", "tests/attacks/ring/loud.py")
TITLE = re.compile(r"<title>(.*?)</title>", re.S)


@dataclass
class Sweep:
    """What came out, by place; and what must not be in it, by kind."""

    places: dict[str, bytes]
    secrets: dict[str, str]
    marked: bytes


def found_in(octets: bytes, secrets: dict[str, str]) -> list[tuple[str, str]]:
    """(kind, spelling) of everything that stands there. Of a hex view eight bytes in a row are enough."""
    told = []
    for kind, value in secrets.items():
        told += [(kind, how) for how, spelled in spellings(value) if spelled.rstrip("=").encode() in octets]
        parts = [value.encode()[at : at + 8] for at in range(0, len(value) - 8, 8)]
        told += [(kind, "in hex") for part in parts if part.hex(" ").encode() in octets or part.hex().encode() in octets][:1]
    return told


@pytest.fixture(scope="module")
def sweep(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sweep]:
    folder = tmp_path_factory.mktemp("planted")
    settings = {"LOGIN": "password", "LOGIN_PASSWORD": PASSWORD, "SECRET_KEY": KEY, "METRICS_PATH": "/metrics"}
    with echoing_gateway() as gateway:
        with running_app(folder, started_by=LOUD, **settings) as app:
            user = walked(app, gateway)
            run = user.page.url.split("#")[0].split("?")[0]
            places, marked = outcome(app, user, run, folder / "map")
            cookies = {f"cookie {one.name}": str(one.value) for one in user.session.cookies}
        places |= {"log": app.log.read_bytes()}
        places |= {f"data: {path.name}": path.read_bytes() for path in (folder / "state").rglob("*") if path.is_file()}
        yield Sweep(places, gateway.known | cookies | {"key": KEY, "login": PASSWORD}, marked)


def walked(app: App, gateway: Echoing) -> HttpUser:
    """The whole way, to the end."""
    user = HttpUser(app.url)
    sign_in(user)
    typed = f"X-Password: {gateway.known['password']}\nCookie: mine={gateway.known['cookie']}"
    user.start({"target": f"{gateway.url}/mcp", "registration": "dcr", "headers": typed, "scope": ""})
    trail = walk(user, lambda _: None, until=frozenset({"done"}))
    assert {"authorize", "connected"} <= set(trail)
    return user


def outcome(app: App, user: HttpUser, run: str, folder: Path) -> tuple[dict[str, bytes], bytes]:
    """Every page and file by its address, and the file that a person gets who marks the choice."""
    lent = create_app(Settings(data_dir=str(folder), metrics_path="/metrics"))
    crawl = Crawl(user, lent).go(run)
    lent.extensions["explorer"].store.engine.dispose()
    places = {f"page {endpoint}": text.encode() for endpoint, text in crawl.texts.items()}
    twin = user.session.get(f"{run}.json", timeout=30).json()
    ends = [f"/exchanges/{one['seq']}{end}" for one in twin["exchanges"] for end in ("", "?view=raw", "?view=hex", "/resend")]
    ends += [f"/exchanges/{one['seq']}/{side}.txt" for one in twin["exchanges"] for side in ("request", "response")]
    for end in (*ends, "", ".json", ".har", ".md", ".sh", ".zip", "/score.md", "/score.json"):
        answer = user.session.get(run + end, timeout=30, allow_redirects=False)
        assert answer.status_code == 200, end
        places[f"of the run {end}"] = unpacked(answer.content) if end == ".zip" else answer.content
    pages = [answer.text for answer in user.answers if answer.url.startswith(app.url)] + [text.decode() for text in places.values()]
    places["titles"] = "\n".join(found for page in pages for found in TITLE.findall(page)).encode()
    places["addresses"] = "\n".join(addresses(app, user, pages)).encode()
    marked = user.session.post(f"{run}.har", data={"secrets": "on"}, timeout=30)
    return places, marked.content


def addresses(app: App, user: HttpUser, pages: list[str]) -> Iterator[str]:
    """Every address of ours that was opened or is linked, but the one at which the gateway's answer arrives: it is left at once."""
    for answer in user.answers:
        yield from (one.url for one in (*answer.history, answer) if one.url.startswith(app.url) and urlsplit(one.url).path != "/callback")
    for page in pages:
        yield from (unescape(found) for found in HREF.findall(page) if found.startswith(("/", app.url)))


def unpacked(octets: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(octets)) as bundle:
        return b"\n".join(bundle.read(name) for name in bundle.namelist())


@pytest.mark.attack("L1", "L3", "L4", "L6", "L7", "L8")
def test_no_planted_secret_is_found_in_any_place(sweep: Sweep) -> None:
    table = {place: found_in(octets, sweep.secrets) for place, octets in sweep.places.items()}
    assert {place: found for place, found in table.items() if found} == {}
    assert len(table) > 120 and {"page metrics", "page share.shared_run", "page share.shared_har", "log", "titles", "addresses"} <= set(
        table
    )
    assert any("sqlite3" in place and octets for place, octets in sweep.places.items())


def test_the_sweep_would_find_them(sweep: Sweep) -> None:
    """The file with secrets, which a person gets by marking a choice, holds each one that crossed the wire; labels stand where none may."""
    crossed = {kind: value for kind, value in sweep.secrets.items() if not kind.startswith("cookie ") and kind not in ("key", "login")}
    assert len(crossed) >= 11
    assert set(crossed) - {kind for kind, _ in found_in(sweep.marked, crossed)} == set()
    assert b"access#" in sweep.places["of the run "] and b"masked-access-" in sweep.places["of the run .har"]
    assert b" DEBUG " in sweep.places["log"] and b"run exported with secrets" in sweep.places["log"]
    one = {"any": "pl4nted-value-of-some-length"}
    for how, spelled in spellings(one["any"]):
        assert found_in(f"x {spelled} y".encode(), one), how
    assert found_in(one["any"].encode().hex(" ").encode(), one)
