"""A shared snapshot: masked when made, read without a session, nothing to press, over in time, ended at once."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from urllib.parse import quote

import pytest
from browsers import BASE, Browser
from canned import AS, Gateway, json_reply
from flask import Flask
from robot import Page
from sqlalchemy import select

from app.store.database import reading
from app.store.shares import shares
from app.store.size import LOOK_SECONDS

KEY = "planted/header+key=17"
TOOL = "planted-tool-secret-55"


@pytest.fixture
def walked_through(ada: Browser, gateway: Gateway) -> Browser:
    """A run with secrets of every kind in it, some of them echoed by the gateway in other spellings."""
    issue = gateway.issue

    def echoing(scope: str = "mcp:tools"):  # type: ignore[no-untyped-def]
        status, _, body = issue(scope)  # type: ignore[misc]
        token = json.loads(body)["access_token"]
        echo = {"echo": base64.b64encode(token.encode()).decode(), "url": f"https://x.example/?t={quote(token, safe='')}"}
        return json_reply({**json.loads(body), **echo}, status, **{"Set-Cookie": "sid=planted-cookie-31; HttpOnly", "X-Echo": token})

    gateway.issue = echoing  # type: ignore[method-assign, assignment]
    ada.start(pace="run", headers=f"X-Api-Key: {KEY}")
    ada.settled()
    ada.log_in()
    return ada


def known(person: Browser) -> set[str]:
    facts = person.facts
    assert facts.tokens and facts.authorization and facts.answer
    found = {facts.tokens.access, facts.tokens.refresh, facts.authorization.verifier, facts.authorization.state, facts.answer.code}
    return found | {KEY, "planted-cookie-31"}


def spellings(secret: str) -> set[str]:
    made = {secret, quote(secret, safe=""), json.dumps(secret)[1:-1], base64.b64encode(secret.encode()).decode()}
    return made | {base64.urlsafe_b64encode(secret.encode()).decode().rstrip("="), secret.encode().hex()}


def leaks(person: Browser, text: str) -> list[str]:
    return [secret for secret in known(person) if any(one in text for one in spellings(secret))]


def share(person: Browser, **form: str) -> str:
    """Make a link; its path."""
    assert person.post(f"/runs/{person.run_id}/share", form).status_code == 303
    listed = person.get(person.answer.location).text
    return re.findall(rf"{BASE}(/shared/[\w-]+)", listed)[0]


def test_a_link_opens_in_a_private_window_and_shows_the_run(app: Flask, walked_through: Browser) -> None:
    place = share(walked_through)
    stranger = Browser(app)
    answer = stranger.get(place)
    page = Page(f"{BASE}{place}", answer.text)
    assert answer.status_code == 200 and "Set-Cookie" not in answer.headers
    assert page.state == "connected" and answer.text.count("data-exchange=") == len(twin(walked_through)["exchanges"])
    assert "Whoever has the link can read it until" in answer.text and "Only the browser that started a run" not in answer.text
    assert answer.headers["X-Robots-Tag"] == "noindex, nofollow" and '<meta name="robots" content="noindex' in answer.text
    assert answer.headers["Referrer-Policy"] == "no-referrer" and answer.headers["Cache-Control"] == "no-store"


def twin(person: Browser) -> dict[str, list[dict[str, object]]]:
    return dict(person.get(f"/runs/{person.run_id}.json").get_json())


@pytest.mark.attack("L7")
def test_everything_behind_a_link_can_be_read_and_nothing_pressed(app: Flask, walked_through: Browser) -> None:
    place = share(walked_through)
    stranger = Browser(app)
    open_places, seen = [place], set()
    while open_places:
        here = open_places.pop()
        answer = stranger.get(here)
        seen.add(here)
        assert answer.status_code == 200, here
        assert answer.headers["X-Robots-Tag"].startswith("noindex") and answer.headers["Referrer-Policy"] == "no-referrer"
        assert leaks(walked_through, answer.text) == [], here
        if answer.mimetype == "text/html":
            assert [word for word in ("<form", "data-action", " hx-", "/runs/") if word in answer.text] == [], here
            hrefs = {href.partition("#")[0] for href in re.findall(r'href="(/shared/[^"]+)"', answer.text)}
            open_places += [href for href in hrefs - seen if href not in open_places]
    assert {f"{place}.json", f"{place}.har", f"{place}/pictures"} <= seen and len([one for one in seen if "/exchanges/" in one]) >= 7


def test_findings_numbers_and_states_are_those_of_the_run(app: Flask, ada: Browser, gateway: Gateway) -> None:
    gateway.on["POST /token"] = lambda request: json_reply({"error": "invalid_grant"}, 400)
    ada.start(pace="run")
    ada.settled()
    ada.log_in()
    live, place = twin(ada), share(ada)
    shared = Browser(app).get(f"{place}.json").get_json()
    assert shared["id"] == place.rpartition("/")[2]
    for name in ("state", "step", "problem", "findings", "exchanges", "steps", "revision", "target"):
        assert json.dumps(shared[name]) == json.dumps(live[name]), name
    assert shared["problem"] == "token.invalid_grant"


@pytest.mark.attack("L7")
def test_the_row_in_the_database_holds_no_secret_after_its_seal_is_opened(app: Flask, walked_through: Browser) -> None:
    place = share(walked_through)
    store = app.extensions["explorer"].store
    with reading(store.engine) as connection:
        sealed = connection.scalar(select(shares.c.sealed))
    assert store.vault.open(sealed) and leaks(walked_through, store.vault.open(sealed).decode("latin-1")) == []
    content = store.shares.load(place.rpartition("/")[2]).content
    assert leaks(walked_through, content.decode()) == [] and b"masked-access-" in content
    unpacked = [base64.b64decode(found).decode("latin-1") for found in re.findall(r'"base64": "([^"]+)"', content.decode())]
    assert [leaks(walked_through, text) for text in unpacked if leaks(walked_through, text)] == []


def test_a_snapshot_stays_as_it_was_when_the_run_goes_on(app: Flask, ada: Browser) -> None:
    ada.start(pace="run")
    ada.settled()
    place = share(ada)
    ada.log_in()
    stranger = Browser(app)
    assert Page(BASE, stranger.get(place).text).state == "authorize"
    assert "the-code-1" not in stranger.answer.text


@pytest.mark.attack("L7")
def test_a_revoked_link_is_gone_and_only_its_owner_revokes(app: Flask, walked_through: Browser) -> None:
    place = share(walked_through)
    action = f"/shares/{place.rpartition('/')[2]}/revoke"
    stranger = Browser(app)
    stranger.start()
    assert stranger.post(action).status_code == 404 and stranger.get(place).status_code == 200
    assert walked_through.post(action, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert f'action="{action}"' in walked_through.get(f"/runs/{walked_through.run_id}").text
    assert walked_through.post(action, {"run": walked_through.run_id}).status_code == 303
    for ending in ("", ".json", ".har", "/exchanges/3"):
        assert stranger.get(place + ending).status_code == 404


@pytest.mark.attack("L7")
def test_a_link_ends_in_a_week_or_in_a_day(app: Flask, walked_through: Browser) -> None:
    store = app.extensions["explorer"].store
    for days, seconds in (("", 7 * 86_400), ("1", 86_400), ("900", 7 * 86_400), ("x", 7 * 86_400)):
        share_id = share(walked_through, days=days).rpartition("/")[2]
        found = store.shares.load(share_id)
        assert found.until - found.made_at == pytest.approx(seconds)


def test_links_outlive_their_run_in_the_list_of_the_browser_but_not_its_deletion(app: Flask, walked_through: Browser) -> None:
    place = share(walked_through)
    assert place in walked_through.get("/shares").text and Browser(app).get("/shares").status_code == 200
    assert place not in Browser(app).get("/shares").text
    walked_through.post(f"/runs/{walked_through.run_id}/delete")
    assert Browser(app).get(place).status_code == 404


def test_forgetting_everything_ends_all_links(app: Flask, walked_through: Browser) -> None:
    place = share(walked_through)
    walked_through.post("/forget-everything")
    assert Browser(app).get(place).status_code == 404


def test_somebody_elses_run_cannot_be_shared(app: Flask, walked_through: Browser) -> None:
    other = Browser(app)
    other.start()
    assert other.post(f"/runs/{walked_through.run_id}/share").status_code == 404
    assert other.get(f"/runs/{walked_through.run_id}/share").status_code == 404


def test_a_browser_shares_only_so_much(make_app: Callable[..., Flask]) -> None:
    ada = Browser(make_app(shares_per_browser=1))
    ada.start()
    share(ada)
    assert ada.post(f"/runs/{ada.run_id}/share").status_code == 429 and "Revoke one" in ada.answer.text


def test_a_run_that_is_too_large_is_refused_with_another_way(ada: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    ada.start(pace="run")
    ada.settled()
    monkeypatch.setattr("app.pages.share.MOST_SHARED", 1_000)
    assert ada.post(f"/runs/{ada.run_id}/share").status_code == 400 and "Export it as a HAR file" in ada.answer.text
    monkeypatch.undo()
    monkeypatch.setattr("app.pages.share.PARSED_BYTES", 1_000)  # read anew for each reader
    place = share(ada)
    assert [ada.get(place).status_code for _ in range(2)] == [200, 200]


def test_an_imported_run_can_be_shared_too(app: Flask, walked_through: Browser) -> None:
    content = walked_through.get(f"/runs/{walked_through.run_id}.har").data
    head = b'--edge\r\nContent-Disposition: form-data; name="har"; filename="a.har"\r\n\r\n'
    walked_through._open("POST", "/import", data=head + content + b"\r\n--edge--\r\n", content_type="multipart/form-data; boundary=edge")
    walked_through.run_id = walked_through.answer.location.rpartition("/")[2]
    assert Browser(app).get(share(walked_through)).status_code == 200


@pytest.mark.attack("X1")
def test_hostile_text_of_a_gateway_is_inert_behind_a_link(app: Flask, ada: Browser, gateway: Gateway) -> None:
    text = '</a><form action="/x"></form><script>window.pwned=1</script>'
    gateway.prm |= {"resource_name": text}
    gateway.metadata |= {"service_documentation": f"{AS}/{text}"}
    ada.start(pace="run")
    ada.settled()
    place = share(ada)
    stranger = Browser(app)
    pages = [stranger.get(place).text, *(stranger.get(f"{place}/exchanges/{x['seq']}").text for x in twin(ada)["exchanges"])]
    assert any("&lt;script&gt;window.pwned" in page or "&lt;form" in page for page in pages)
    assert all("<script>window" not in page and "<form" not in page for page in pages)


def test_where_people_sign_in_the_link_is_enough_and_everything_else_is_closed(make_app: Callable[..., Flask]) -> None:
    hosted = {
        "mode": "hosted",
        "public_url": BASE,
        "secret_key": "x" * 32,
        "login": "password",
        "login_password": "correct horse battery staple",
    }
    app = make_app(**hosted)
    ada = Browser(app)
    ada.post("/login", {"password": "correct horse battery staple"})
    ada.start()
    place = share(ada)
    stranger = Browser(app)
    for ending in ("", ".json", ".har"):
        assert stranger.get(place + ending).status_code == 200, ending
    assert stranger.get("/shares").status_code in (302, 303, 401, 403) and "/login" in stranger.answer.headers.get("Location", "/login")
    assert stranger.post(f"/shares/{place.rpartition('/')[2]}/revoke").status_code != 303 or stranger.get(place).status_code == 200


@pytest.mark.attack("D1")
def test_a_full_store_takes_no_new_link_and_those_that_live_stay(app: Flask, walked_through: Browser) -> None:
    place, size = share(walked_through), app.extensions["explorer"].store.size
    object.__setattr__(size._settings, "store_bytes", 1)
    size._looked_at -= LOOK_SECONDS
    answer = walked_through.post(f"/runs/{walked_through.run_id}/share", {})
    assert answer.status_code == 503 and "runs and links, as much as it may" in answer.text
    assert Browser(app).get(place).status_code == 200
