"""One request of a failing client with its response, as people paste it."""

from __future__ import annotations

import pytest

from app.checks.engine import forbids, main_of
from app.flow.fold import facts_of
from app.flow.imported import BadFile, run_of_pair
from app.flow.pasted import LONGEST_CURL
from app.flow.standing import standing
from app.wire.messages import Exchange

TOKEN = """POST /token HTTP/1.1
Host: as.example
Content-Type: application/x-www-form-urlencoded

grant_type=authorization_code&code=the-code-1&redirect_uri=http%3A%2F%2Flocalhost%2Fcb&client_id=c&resource=https%3A%2F%2Fgw.example%2Fmcp"""
REGISTER = """curl -X POST 'https://as.example/register' \\
  -H 'Content-Type: application/json' \\
  --data-raw '{"redirect_uris":["http://127.0.0.1/cb"]}'"""
CALL = """> POST /mcp HTTP/2
> Host: gw.example
> authorization: Bearer a-token-of-the-client
> content-type: application/json
>
{"jsonrpc":"2.0","id":1,"method":"tools/list"}"""
PROBE = """curl https://gw.example/mcp --json '{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18"}}'"""
REFUSED = '< HTTP/2 401\n< www-authenticate: Bearer error="invalid_token", error_description="wrong audience"\n<\n'
ENDED = 'HTTP/1.1 400 Bad Request\nContent-Type: application/json\n\n{"error":"invalid_grant"}'
FORM = "Content-Type: application/x-www-form-urlencoded"
REFRESH = f"POST https://as.example/token\n{FORM}\n\ngrant_type=refresh_token&refresh_token=a-refresh-token"
METADATA = "GET https://gw.example/.well-known/oauth-protected-resource/mcp"
AUTHORIZE = "GET https://as.example/authorize?response_type=code&client_id=c&redirect_uri=http%3A%2F%2F127.0.0.1%2Fcb&state=the-state"


@pytest.mark.parametrize(
    ("request_text", "response_text", "code", "target"),
    [
        (TOKEN, ENDED, "token.missing_param", "https://gw.example/mcp"),
        (TOKEN + "&code_verifier=" + "v" * 43, ENDED, "token.invalid_grant", "https://gw.example/mcp"),
        (REGISTER, "HTTP/1.1 403 Forbidden\r\n\r\nno", "register.closed", "https://as.example/"),
        (CALL, REFUSED, "call.wrong_audience", "https://gw.example/mcp"),
        (PROBE, "HTTP/1.1 401 Unauthorized\n\n", "probe.no_challenge", "https://gw.example/mcp"),
        (REFRESH, ENDED, "refresh.invalid_grant", "https://as.example/"),
        (METADATA, "HTTP/1.1 200 OK\nContent-Type: text/html\n\n<!doctype html>", "resource_metadata.not_json", "https://gw.example/mcp"),
        (
            AUTHORIZE,
            "HTTP/1.1 302 Found\nLocation: http://127.0.0.1/cb?error=access_denied&state=the-state\n\n",
            "authorize.access_denied",
            "https://as.example/",
        ),
    ],
)
def test_a_pasted_pair_is_diagnosed(request_text: str, response_text: str, code: str, target: str) -> None:
    run = run_of_pair(request_text, response_text, at=1_000.0)
    found = main_of(run)
    assert found is not None and found.code == code
    assert run.target == target
    assert standing(facts_of(run), forbids(run), False).state == ("failed" if found.level == "STOP" or found.ends else "done")


def test_a_pair_in_which_all_is_well_says_so() -> None:
    tools = '{"tools":[{"name":"one","inputSchema":{"type":"object"}}]}'
    answer = f'HTTP/1.1 200 OK\nContent-Type: application/json\n\n{{"jsonrpc":"2.0","id":1,"result":{tools}}}'
    run = run_of_pair(CALL, answer, at=1_000.0)
    assert main_of(run) is None
    assert standing(facts_of(run), forbids(run), False).state == "done"


def test_a_pasted_length_that_no_longer_fits_is_no_cut_answer() -> None:
    run = run_of_pair(REFRESH, ENDED.replace("\n\n", "\nContent-Length: 9999\n\n"), at=1_000.0)
    told = next(e.body for e in run.entries if isinstance(e.body, Exchange))
    assert told.response is not None and told.response.complete


@pytest.mark.parametrize(
    ("request_text", "response_text", "says"),
    [
        ("", "", "Paste the request"),
        (TOKEN, " \n", "Paste the response too"),
        ("hello", ENDED, "request, line 1"),
        (TOKEN, "hello", "response, line 1"),
        ("POST /token HTTP/1.1\n\na=b", ENDED, "Add a Host header"),
        ("POST https://as.example/token\nnot a header", ENDED, "request, line 2"),
        (TOKEN, "HTTP/1.1 400\nA: b\nnot a header", "response, line 3"),
        ("curl 'https://as.example", ENDED, "quotation mark"),
        ("curl -d a=b", ENDED, "no http or https URL"),
        ("GET https://gw.example/", "HTTP/1.1 200 OK\n\nhello", "Nothing of an MCP or OAuth handshake"),
        ("x" * 11_000_000, ENDED, "10 MB"),
    ],
)
def test_what_cannot_be_read_is_named_with_its_line(request_text: str, response_text: str, says: str) -> None:
    with pytest.raises(BadFile) as refused:
        run_of_pair(request_text, response_text)
    assert says in refused.value.says


@pytest.mark.attack("D2")
def test_a_curl_command_that_no_browser_copies_is_refused_unread() -> None:
    with pytest.raises(BadFile, match="may have 100,000 characters"):
        run_of_pair("curl https://gw.example/mcp -d " + "a" * LONGEST_CURL, "HTTP/1.1 200 OK")
