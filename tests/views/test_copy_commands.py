"""Commands to copy: what the program gets is the request, whatever stands in it, and masked values become variables."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from servers import scripted
from test_copy_forms import HOSTILE, as_a_program_splits, as_cmd_reads

from app.views.copy_commands import CopyForm, copy_forms
from app.views.mask import Mask, mask_for
from app.views.secrets_of import Secret, fingerprint
from app.wire.messages import Exchange, Request

BASH = shutil.which("bash") or "bash"
NOBODY = mask_for(())
TOKEN = "token-of-ada-1"
FORM = (("Content-Type", "application/x-www-form-urlencoded"),)


def masked(*values: tuple[str, str]) -> Mask:
    return mask_for(tuple(Secret(kind, value, fingerprint(value)) for kind, value in values))


def forms(request: Request, hide: Mask = NOBODY) -> dict[str, CopyForm]:
    return {form.slug: form for form in copy_forms(Exchange(request), hide)}


def told(command: str, folder: Path, program: str = "curl", **variables: str) -> list[str]:
    """The arguments that the program is started with when the command is pasted into a real bash; then what it reads."""
    (folder / program).write_text(f"#!{BASH}\nprintf '%s\\0' \"$@\" >{folder}/told; [ -t 0 ] || cat >{folder}/read\n", encoding="utf-8")
    (folder / program).chmod(0o700)
    environment = {"PATH": f"{folder}:{os.environ['PATH']}", "LC_ALL": "C.UTF-8", **variables}
    script = f"set -o history -o histexpand\n{command} </dev/null\n" if "|" not in command.split("\n")[0] else f"{command}\n"
    subprocess.run([BASH, "--norc"], input=script.encode("utf-8", "surrogatepass"), cwd=folder, env=environment, check=True)
    return (folder / "told").read_bytes().decode("utf-8", "surrogatepass").split("\0")[:-1]


def sendable(text: str) -> str:
    """What can stand in a header at all: one line, no NUL."""
    return text.replace("\0", "").replace("\r", "").replace("\n", "").strip()


@pytest.mark.parametrize("text", HOSTILE)
def test_curl_gets_hostile_headers_and_bodies_as_they_are(tmp_path: Path, text: str) -> None:
    request = Request(
        "POST", "https://gw.example/x", (("X-Odd", sendable(text)), ("Content-Type", "text/plain")), f"b{text}".encode("utf-8", "replace")
    )
    arguments = told(forms(request)["curl-bash"].text, tmp_path)
    assert not (tmp_path / "pwned").exists()
    assert arguments[:4] == ["--include", "--request", "POST", "https://gw.example/x"]
    assert arguments[5] == (f"X-Odd: {sendable(text)}" if sendable(text) else "X-Odd;")
    assert arguments[-2:] == ["--data-raw", f"b{text}".encode("utf-8", "replace").decode()]


@pytest.mark.parametrize("text", HOSTILE)
def test_httpie_gets_hostile_headers_so_that_it_reads_them_back(tmp_path: Path, text: str) -> None:
    form = forms(Request("GET", "https://gw.example/x", (("X-Odd", sendable(text)),)))["httpie"]
    if not form.text:
        assert "HTTPie has no way" in form.note
        return
    item = told(form.text, tmp_path, "http")[-1]
    assert as_httpie_reads(item) == ("X-Odd", ":" if sendable(text) else ";", sendable(text))
    assert not (tmp_path / "pwned").exists()


def as_httpie_reads(item: str) -> tuple[str, str, str]:
    """HTTPie's own rule: a backslash hides a separator; the first separator, the longest one there, parts name and value."""
    at, plain, hidden = 0, "", set()
    while at < len(item):
        if item[at] == "\\" and item[at + 1 : at + 2] in tuple(":;=@"):
            at += 1
            hidden.add(len(plain))
        plain += item[at]
        at += 1
    for place in range(len(plain)):
        for mark in ("==@", ":=@", ":=", "==", "=@", ":@", ":", ";", "=", "@"):
            if plain.startswith(mark, place) and not hidden & set(range(place, place + len(mark))):
                return plain[:place], mark, plain[place + len(mark) :]
    raise AssertionError(f"{item!r} has no separator")


@pytest.mark.parametrize("text", HOSTILE)
def test_python_gets_hostile_headers_and_bodies_as_they_are(text: str) -> None:
    request = Request("POST", "https://gw.example/x", (("X-Odd", text),), text.encode("utf-8", "replace"))
    tree = ast.parse(forms(request)["python"].text)
    call = next(node for node in ast.walk(tree) if isinstance(node, ast.Call) and ast.unparse(node.func) == "requests.request")
    keywords = {word.arg: ast.literal_eval(word.value) for word in call.keywords}
    assert keywords["headers"] == {"X-Odd": text}
    assert keywords.get("data", b"") == text.encode("utf-8", "replace")


def test_cmd_gets_the_request_or_says_that_it_cannot() -> None:
    request = Request("POST", "https://gw.example/x?a=%PATH%&b=1", (("X-Odd", '"&calc&"'),), b'{"a": "b&c"}')
    line = forms(request)["curl-cmd"].text
    assert as_a_program_splits(as_cmd_reads(line, {"PATH": "C:\\secret"})) == [
        *("curl", "--include", "--request", "POST", "https://gw.example/x?a=%PATH%&b=1", "--header", 'X-Odd: "&calc&"'),
        *("--data-raw", '{"a": "b&c"}'),
    ]
    form = forms(Request("POST", "https://gw.example/x", (), b"a\nb"))["curl-cmd"]
    assert form.text == "" and "line breaks" in form.note


def test_a_masked_token_becomes_a_variable_in_every_form(tmp_path: Path) -> None:
    request = Request("GET", "https://gw.example/mcp", (("Authorization", f"Bearer {TOKEN}"),))
    made = forms(request, masked(("access", TOKEN)))
    assert not [form for form in made.values() if TOKEN in form.text]
    assert (
        told(made["curl-bash"].text, tmp_path, ACCESS_TOKEN="it's $(touch pwned) mine")[-1]
        == "Authorization: Bearer it's $(touch pwned) mine"
    )
    assert not (tmp_path / "pwned").exists()
    line = as_cmd_reads(made["curl-cmd"].text, {"ACCESS_TOKEN": TOKEN})
    assert as_a_program_splits(line)[-1] == f"Authorization: Bearer {TOKEN}"
    assert '"Bearer " + os.environ["ACCESS_TOKEN"]'.replace('"Bearer "', "'Bearer '") in made["python"].text
    assert made["curl-bash"].note == f"Set first: `ACCESS_TOKEN=…` for access#{fingerprint(TOKEN)}."


def test_a_masked_code_in_a_form_is_encoded_by_curl_and_the_rest_stays_byte_for_byte(tmp_path: Path) -> None:
    body = b"grant_type=authorization_code&code=the%2Fcode-1&resource=https%3A%2F%2Fgw.example%2Fmcp"
    made = forms(Request("POST", "https://gw.example/token", FORM, body), masked(("code", "the/code-1")))
    arguments = told(made["curl-bash"].text, tmp_path, CODE="the/code-1")
    assert arguments[-6:] == [
        *("--data-raw", "grant_type=authorization_code", "--data-urlencode", "code=the/code-1"),
        *("--data-raw", "resource=https%3A%2F%2Fgw.example%2Fmcp"),
    ]


def test_two_values_of_one_kind_keep_two_names() -> None:
    hide = masked(("access", "token-one-1"), ("access", "token-two-2"))
    text = forms(Request("GET", "https://gw.example/", (("A", "token-one-1"), ("B", "token-two-2"))), hide)["curl-bash"].text
    assert '"$ACCESS_TOKEN"' in text and f'"$ACCESS_TOKEN_{fingerprint("token-two-2").upper()}"' in text


def test_what_the_program_writes_itself_is_left_out_and_odd_urls_stay_as_they_are() -> None:
    request = Request(
        "GET", "https://gw.example/a/../[x]{y}", (("Host", "h"), ("Content-Length", "0"), ("Accept-Encoding", "gzip"), ("Accept", "a/b"))
    )
    text = forms(request)["curl-bash"].text
    assert "Host" not in text and "Content-Length" not in text and "Accept-Encoding" not in text and "'Accept: a/b'" in text
    assert "--globoff" in text and "--path-as-is" in text


def test_bytes_that_are_no_text_go_through_a_pipe(tmp_path: Path) -> None:
    octets = bytes(range(256))
    arguments = told(forms(Request("POST", "https://gw.example/", (), octets))["curl-bash"].text, tmp_path)
    assert arguments[-2:] == ["--data-binary", "@-"] and (tmp_path / "read").read_bytes() == octets


@pytest.mark.parametrize("url", ["file:///etc/passwd", "javascript:alert(1)", "-o/tmp/x", "https://", "https://gw.example/\u202ex"])
def test_an_address_that_is_no_web_address_is_no_command(url: str) -> None:
    assert forms(Request("GET", url)) == {} and forms(Request("GET; rm", "https://gw.example/")) == {}


@pytest.mark.skipif(not shutil.which("curl"), reason="needs curl")
@pytest.mark.parametrize("body", [b"", b"a=1&b=it%27s%20%24%28x%29", b'{"a": "\xc3\xbc\n!"}', bytes(range(256))])
def test_a_real_curl_sends_the_same_lines_and_body(tmp_path: Path, body: bytes) -> None:
    kind = "application/x-www-form-urlencoded" if body.startswith(b"a=1") else "application/json"
    told = (("Content-Type", kind),) if body else ()
    headers = (*told, ("Accept", "application/json"), ("X-Odd", 'it\'s $(x) \\ "q"'), ("User-Agent", "ours"), ("X-Odd", "2"))
    with scripted(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n") as server:
        command = forms(Request("POST" if body else "GET", f"{server.url}/a/../b?x=[1]&y={{2}}", headers, body))["curl-bash"].text
        subprocess.run([BASH, "-c", f"{command} --silent --noproxy '*'"], cwd=tmp_path, capture_output=True, check=True)
        head, _, came = bytes(server.log().got).partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    assert lines[0] == f"{'POST' if body else 'GET'} /mcp/a/../b?x=[1]&y={{2}} HTTP/1.1"
    ours = [line for line in lines[1:] if not line.startswith(("Host:", "Content-Length:"))]
    assert sorted(ours) == sorted(f"{name}: {value}" for name, value in headers) and came == body
