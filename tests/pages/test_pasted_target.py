"""What people paste in place of an MCP URL, and what the start page makes of it."""

from __future__ import annotations

import base64
import json

import pytest
from browsers import BASE, Browser
from robot import Page

from app.pages.pasted_target import understand
from app.pages.start_form import FIELDS, read_start_form

URL = "https://gw.example/mcp/linear"
SECRET = "planted-key-5f2e"
HEADERS = {"X-Api-Key": SECRET}

ONE_SERVER = {
    "claude desktop, cursor": json.dumps({"mcpServers": {"linear": {"url": URL, "headers": HEADERS}}}),
    "claude code": json.dumps({"mcpServers": {"linear": {"type": "http", "url": URL, "headers": HEADERS}}}),
    "vs code": json.dumps({"servers": {"linear": {"type": "http", "url": URL, "headers": HEADERS}}, "inputs": []}),
    "vs code settings": json.dumps({"editor.x": 1, "mcp": {"servers": {"linear": {"url": URL, "headers": HEADERS}}}}),
    "windsurf": json.dumps({"mcpServers": {"linear": {"serverUrl": URL, "headers": HEADERS}}}),
    "gemini cli": json.dumps({"mcpServers": {"linear": {"httpUrl": URL, "headers": HEADERS}}}),
    "zed": json.dumps({"context_servers": {"linear": {"url": URL, "headers": HEADERS}}}),
    "codex": f'[mcp_servers.linear]\nurl = "{URL}"\nhttp_headers = {{ "X-Api-Key" = "{SECRET}" }}',
    "mcp-remote": json.dumps(
        {"mcpServers": {"linear": {"command": "npx", "args": ["-y", "mcp-remote", URL, "--header", f"X-Api-Key: {SECRET}"]}}}
    ),
    "bare server": json.dumps({"url": URL, "headers": HEADERS}),
    "piece of a file": f'"linear": {{"url": "{URL}", "headers": {{"X-Api-Key": "{SECRET}"}}}},',
    "with comments": f'{{ // my\n "mcpServers": {{ /* x */ "linear": {{"url": "{URL}", "headers": {{"X-Api-Key": "{SECRET}",}},}},}}}}',
    "a project of ~/.claude.json": json.dumps({"projects": {"/x": {"mcpServers": {"linear": {"url": URL, "headers": HEADERS}}}}}),
    "claude mcp add": f"claude mcp add --transport http linear {URL} --header 'X-Api-Key: {SECRET}'",
    "claude, several lines": f'claude mcp add --transport http linear \\\n  {URL} \\\n  --header "X-Api-Key: {SECRET}"',
    "claude mcp add-json": "claude mcp add-json linear '" + json.dumps({"type": "http", "url": URL, "headers": HEADERS}) + "'",
    "gemini mcp add": f"gemini mcp add -t http linear {URL} -H 'X-Api-Key: {SECRET}'",
    "npx": f"npx -y mcp-remote@latest {URL} --header=X-Api-Key:{SECRET}",
    "code --add-mcp": "code --add-mcp '" + json.dumps({"name": "linear", "url": URL, "headers": HEADERS}) + "'",
    "curl": f"$ curl -sS -x http://proxy.example:3128 -X POST '{URL}' -H 'X-Api-Key: {SECRET}' --data-raw '{{\"a\": 1}}'",
    "chrome's curl": f"curl '{URL}' \\\n  -H $'X-Api-Key: {SECRET}' \\\n  -H 'content-type: application/json'",
    "cursor link": "cursor://anysphere.cursor-deeplink/mcp/install?name=linear&config="
    + base64.urlsafe_b64encode(json.dumps({"url": URL, "headers": HEADERS}).encode()).decode().rstrip("="),
}


@pytest.mark.parametrize("name", ONE_SERVER)
def test_url_and_headers_are_taken_out_of_what_clients_are_given(name: str) -> None:
    found = understand(ONE_SERVER[name])
    assert (found.kind, found.fields.get("target")) == ("config", URL)
    assert found.fields.get("headers") == f"X-Api-Key: {SECRET}"
    assert SECRET not in found.says and "X-Api-Key" in found.says
    read = read_start_form(found.fields, own_places=set(), own_client_metadata_url="")
    assert read.mistakes == {}


@pytest.mark.parametrize(
    ("text", "target", "doubt"),
    [
        ("https://gw.example/.well-known/oauth-protected-resource/mcp/linear", URL, False),
        ("https://gw.example/.well-known/oauth-authorization-server/mcp/linear", URL, True),
        ("https://gw.example/mcp/linear/.well-known/openid-configuration", URL, True),
        ("https://gw.example/.well-known/oauth-protected-resource", "https://gw.example/mcp", True),
        (
            'WWW-Authenticate: Bearer realm="x", resource_metadata="https://gw.example/.well-known/oauth-protected-resource/mcp/linear"',
            URL,
            False,
        ),
    ],
)
def test_a_metadata_document_leads_to_the_mcp_url(text: str, target: str, doubt: bool) -> None:
    found = understand(text)
    assert (found.kind, found.fields) == ("metadata", {"target": target})
    assert ("guess" in found.says) is doubt


@pytest.mark.parametrize(
    ("text", "target"),
    [
        (f" <{URL}> ", URL),
        (f'"{URL}",', URL),
        (f"{URL}#tools", URL),
        ("gw.example/mcp/linear", URL),
        ("localhost:8080/mcp", "http://localhost:8080/mcp"),
        (f"Please connect your client to {URL}.", URL),
    ],
)
def test_a_url_in_its_wrapping_is_a_url(text: str, target: str) -> None:
    assert understand(text).fields == {"target": target}


@pytest.mark.parametrize(
    "text", [f"Authorization: Bearer {SECRET}", f"Bearer {SECRET}", "eyJhbGciOiJub25lIn0.eyJhIjoxfQ.c2ln", "authorization:x"]
)
def test_a_credential_is_explained_and_never_used(text: str) -> None:
    found = understand(text)
    assert found.kind == "credential" and not found.fields and SECRET not in found.says


def test_an_authorization_header_of_a_configuration_is_left_out_and_said() -> None:
    config = {"mcpServers": {"a": {"url": URL, "headers": {"Authorization": f"Bearer {SECRET}", "X-Team": "${TEAM}", "Accept": "x"}}}}
    found = understand(json.dumps(config))
    assert found.fields["headers"] == "X-Team: ${TEAM}"
    assert "Authorization header was left out" in found.says and "placeholder" in found.says and SECRET not in found.says


def test_of_several_servers_one_is_chosen_by_name() -> None:
    text = json.dumps({"mcpServers": {"a": {"url": URL}, "b": {"url": f"{URL}2"}, "local": {"command": "node", "args": ["x.js"]}}})
    found = understand(text)
    assert found.kind == "several" and [(c.name, c.url) for c in found.choices] == [("a", URL), ("b", f"{URL}2")]
    assert understand(text, chosen="b").fields == {"target": f"{URL}2"}
    assert understand(text, chosen="nobody").kind == "several"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("", "nothing"),
        ('{"log": {"version": "1.2"', "har"),
        (json.dumps({"mcpServers": {"fs": {"command": "npx", "args": ["-y", "server-filesystem", "/tmp"]}}}), "local"),
        ("Error: Incompatible auth server: does not support dynamic client registration", "error"),
        ("it does not work", "error"),
        ("https://user:pw@gw.example/mcp", "nothing"),
        ("{" * 5_000, "error"),
        ('{"a": [1, null, {"url": 5}], "servers": {"x": "y", "z": {"url": 7, "headers": [1]}}}', "error"),
        ("curl 'unclosed", "error"),
    ],
)
def test_everything_else_has_its_own_kind(text: str, kind: str) -> None:
    assert understand(text).kind == kind


def test_fields_are_those_of_the_form() -> None:
    assert all(set(understand(text).fields) <= set(FIELDS) for text in ONE_SERVER.values())


def test_a_paste_fills_the_form_and_its_secret_stands_in_no_address(ada: Browser) -> None:
    answer = ada.post("/understand", {"pasted": ONE_SERVER["claude mcp add"]})
    page = Page(BASE, answer.text)
    assert answer.status_code == 200 and "Set-Cookie" not in answer.headers
    assert answer.text.count('data-action="new"') == 1
    assert page.moves["new"].values["target"] == URL and page.moves["new"].values["headers"].strip() == f"X-Api-Key: {SECRET}"
    assert "Nothing was sent yet" in answer.text
    assert not [form.url for form in page.forms if SECRET in form.url] and f"={SECRET}" not in answer.text
    assert ada.post("/runs", page.moves["new"].values).status_code == 303


def test_a_paste_in_the_url_field_is_read_as_well_and_nothing_starts(ada: Browser) -> None:
    answer = ada.post("/runs", {"target": "gw.example/mcp/linear", "scope": "typed-before", "pace": "run"})
    page = Page(BASE, answer.text)
    assert answer.status_code == 400 and "https:// was put before it" in answer.text
    assert page.moves["new"].values["target"] == URL and "typed-before" in answer.text


def test_several_servers_are_offered_as_buttons(ada: Browser) -> None:
    text = json.dumps({"mcpServers": {"<b>a</b>": {"url": URL}, "b": {"url": f"{URL}2"}}})
    page = Page(BASE, ada.post("/understand", {"pasted": text}).text)
    assert "<b>a</b>" not in page.text
    form = next(form for form in page.forms if ("server", "b") in form.buttons)
    again = Page(BASE, ada.post("/understand", {**form.values, "server": "<b>a</b>"}).text)
    assert again.moves["new"].values["target"] == URL


def test_an_error_leads_to_its_checks_and_a_recording_to_the_import(ada: Browser) -> None:
    said = "Error: Incompatible auth server: does not support dynamic client registration"
    text = ada.post("/understand", {"pasted": said}).text
    assert 'href="/checks/' in text and 'action="/checks"' in text
    assert 'href="/checks/' in ada.post("/runs", {"target": said}).text
    assert "Go to the import page" in ada.post("/understand", {"pasted": '{"log": {}}'}).text
    assert "no error that this app knows" in ada.post("/understand", {"pasted": "hm"}).text


def test_another_sites_page_cannot_fill_the_form(ada: Browser) -> None:
    assert ada.post("/understand", {"pasted": URL}, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
