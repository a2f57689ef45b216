"""The reference Python SDK's client at the practice gateway: through the healthy one, and what the page of a broken one says of it."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
from robot import HttpUser
from running import ROOT, App

CACHE = ROOT / ".cache"
HERE = ROOT / "tests" / "interop"

PYTHON = CACHE / "interop" / "bin" / "python"


@pytest.fixture
def ada(app: App) -> Iterator[HttpUser]:
    user = HttpUser(app.url)
    yield user
    user.close()


def sdk_at(url: str) -> Any:
    """What the SDK's client told."""
    if not (CACHE / "interop" / ".installed").exists():
        raise RuntimeError("Not installed: interop. Type: make test")
    ran = subprocess.run([PYTHON, HERE / "sdk_client.py", url], cwd=ROOT, capture_output=True, text=True, timeout=60)
    return json.loads(ran.stdout)


def opened(user: HttpUser, *faults: str) -> str:
    """Open a gateway with these faults; its page is shown then. Returns its MCP URL."""
    user.open("/practice/faults?" + "&".join(f"fault={fault}" for fault in faults))
    form = next(move for move in user.page.forms if move.method == "POST" and "fault" in move.fields)
    user.send(type(form)(form.method, form.url, {**form.values, "fault": list(faults)}))  # type: ignore[dict-item]
    found = re.search(r"<code>(http[^<]*/mcp/linear-v1)</code>", user.page.text)
    assert found
    return found[1]


def test_it_connects_calls_a_tool_refreshes_and_goes_on(app: App) -> None:
    told = sdk_at(f"{app.practice}/mcp/linear-v1")
    assert "list_issues" in told["tools"] and told["said"].startswith("PRACTICE-1")
    assert told["refreshed"] is True and told["again"] == len(told["tools"])


def test_of_its_whole_walk_the_gateway_s_page_blames_nobody(ada: HttpUser) -> None:
    url = opened(ada)
    here = ada.page.url
    assert "tools" in sdk_at(url)
    shown = ada.open(here).text
    assert "Nothing in it is a mistake of the client" in shown, shown
    ada.send(next(move for move in ada.page.forms if move.url.endswith("/run")))
    assert ada.problem == "" and {level for level, _ in ada.page.codes} <= {"NOTE"}, ada.page.codes


@pytest.mark.parametrize(
    ("fault", "printed", "code"),
    [
        ("issuer-slash", "issuer", "server_metadata.issuer_slash"),
        ("code-burnt", "Token exchange failed (400)", "token.code_reused"),
        ("registration-closed", "Registration failed", "register.closed"),
        ("error-in-200", "Invalid token response", "token.error_in_200"),
    ],
)
def test_where_it_gives_up_the_gateway_s_page_says_why(ada: HttpUser, fault: str, printed: str, code: str) -> None:
    url = opened(ada, fault)
    here = ada.page.url
    assert printed.lower() in sdk_at(url)["error"].lower()
    ada.open(here)
    ada.send(next(move for move in ada.page.forms if move.url.endswith("/run")))
    assert ada.problem == code
