"""The Markdown report: whatever a gateway writes stays in code, and no secret is in it."""

from __future__ import annotations

import re

import mistune
import pytest

from app.checks.engine import examine, forbids, main_of
from app.checks.examples import corpus
from app.checks.examples.healthy import at, code_sent
from app.checks.examples.tape import answer, run_of
from app.flow.fold import facts_of
from app.flow.log import Run
from app.flow.standing import standing
from app.views.report import code, fenced, report
from app.views.secrets_of import secrets_of
from app.views.stand_in import STAND_IN

HOSTILE = [
    "<img src=https://evil.example/x onerror=alert(1)>",
    "![x](https://evil.example/beacon.png)",
    "[click](javascript:alert(1))",
    "```\n# heading\n![x](https://evil.example/b.png)\n```",
    "````\n<script>alert(1)</script>\n````",
    "~~~\n</code></pre><h1>x</h1>",
    "| a | b |\n|---|---|\n@everyone #1",
    "\u202egnp.exe\x1b[31m",
    "`" * 20 + "<b>x</b>",
    "[x]: https://evil.example/ref\n\n[x]",
]


def report_of(run: Run) -> str:
    facts = facts_of(run)
    return report(run, facts, examine(run), standing(facts, forbids(run), False), main_of(run))


@pytest.mark.attack("X2")
@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_code_everywhere(text: str) -> None:
    body = {"error": "invalid_grant", "error_description": text}
    header = f"X-Odd: {text.replace(chr(10), ' ')}".encode("utf-8", "replace").decode("latin-1")
    run = run_of(at("token", code_sent(answer(400, body, header)), outcome="failed", reason=text))
    written = report_of(run)
    html = str(mistune.create_markdown(escape=False, plugins=["table", "url", "footnotes"])(written))
    outside = re.sub(r"<code[^>]*>.*?</code>", "", html, flags=re.S)
    assert "evil.example" not in outside and "alert(1)" not in outside and "@everyone" not in outside
    assert not re.search(r"<(?:img|script|b|h1>x)", outside)
    assert "\u202e" not in written and "\x1b" not in written


@pytest.mark.parametrize("text", [*HOSTILE, "", "`", "``", "a`b", " ", "x" * 20_000])
def test_a_fence_is_longer_than_what_it_holds(text: str) -> None:
    html = str(mistune.create_markdown(escape=False)("\n".join(fenced(text))))
    assert html.count("<pre>") == 1 and html.startswith("<pre>") and html.rstrip().endswith("</pre>")
    line = str(mistune.create_markdown(escape=False)(f"- {code(text)}"))
    assert re.fullmatch(r"<ul>\n<li>(?:<code>.*</code>|\(empty\))</li>\n</ul>\n", line)


@pytest.mark.parametrize("name", ["token.pkce", "call.wrong_audience", "replay.always_accepted", "register.closed"])
def test_no_secret_is_in_a_report_and_the_finding_is(name: str) -> None:
    run = run_of(corpus.EXAMPLES[name].fails)
    written = report_of(run)
    assert [secret.value for secret in secrets_of(run) if secret.value in STAND_IN.sub("", written)] == []
    assert f"`{name}`" in written and "## Exchanges" in written
