"""The public catalogue: linkable, searchable, without a session; a pasted error is answered, not kept and not obeyed."""

from __future__ import annotations

import html
import re

import pytest
from browsers import Browser

from app.checks.catalogue import CHECKS
from app.checks.examples.corpus import EXAMPLES

PASTED = "Incompatible auth server: does not support dynamic client registration"


def codes(ada: Browser) -> list[str]:
    return re.findall(r'href="/checks/([a-z_.0-9]+)"', ada.answer.text)


def paste(ada: Browser, text: str) -> list[str]:
    ada.post("/checks", {"error": text}, headers={"Sec-Fetch-Site": "same-origin"})
    assert ada.answer.status_code == 200
    return codes(ada)


def test_the_catalogue_is_public_cacheable_and_without_a_cookie(ada: Browser) -> None:
    for path in ("/checks", "/checks?q=pkce", "/checks/token.pkce"):
        ada.get(path)
        assert ada.answer.status_code == 200 and "Set-Cookie" not in ada.answer.headers
        assert ada.answer.headers["Cache-Control"] == "public, max-age=300"
    assert 'name="robots"' not in ada.answer.text and '<meta name="description"' in ada.answer.text


def test_a_search_lists_what_fits_and_says_how_many(ada: Browser) -> None:
    ada.get("/checks?q=code+verifier")
    assert "token.pkce" in codes(ada) and "probe.bot_wall" not in codes(ada)
    assert f"{len(codes(ada))} checks have all of these words" in ada.answer.text and "noindex" in ada.answer.text
    ada.get("/checks?q=nonsenseword")
    assert codes(ada) == [] and "0 checks have" in ada.answer.text
    ada.get("/checks")
    assert sorted(codes(ada)) == sorted(check.code for check in CHECKS)


def test_a_pasted_error_is_answered_best_first_with_the_words_that_matched(ada: Browser) -> None:
    assert paste(ada, f"Error: {PASTED}\n  at auth (index.js:1)")[0] == "server_metadata.no_client_path"
    assert f"<code>{PASTED}</code>" in ada.answer.text and "printed by" in ada.answer.text
    assert "Set-Cookie" not in ada.answer.headers and ada.answer.headers["Cache-Control"] == "no-store"


def test_an_unknown_error_is_said_to_be_unknown(ada: Browser) -> None:
    assert paste(ada, "hello") == [] and "Nothing here prints that" in ada.answer.text


def test_an_empty_paste_shows_the_catalogue(ada: Browser) -> None:
    assert len(paste(ada, "  \n ")) == len(CHECKS)


def test_a_paste_stays_out_of_the_address_and_of_the_log(ada: Browser, caplog: pytest.LogCaptureFixture) -> None:
    ada.get("/checks")
    form = re.search(r'<form method="(\w+)" action="/checks">\s*<label for="error"', ada.answer.text)
    assert form and form[1] == "post"
    paste(ada, "invalid_grant secret-of-mine")
    assert "secret-of-mine" not in caplog.text


def test_another_sites_page_cannot_paste(ada: Browser) -> None:
    ada.post("/checks", {"error": PASTED}, headers={"Sec-Fetch-Site": "cross-site"})
    assert ada.answer.status_code == 403


@pytest.mark.parametrize(
    "text", ["</textarea><script>alert(1)</script> invalid_grant", "\u202einvalid_grant\u202c {{ 7*7 }}", "<" * 19_000]
)
def test_hostile_text_is_shown_and_does_nothing(ada: Browser, text: str) -> None:
    paste(ada, text)
    assert "<script>alert" not in ada.answer.text and "\u202e" not in ada.answer.text
    assert ada.answer.text.count("</textarea>") == 1 and ("{{ 7*7 }}" in ada.answer.text) == ("{{" in text)
    ada.get("/checks", query_string={"q": text[:150]})
    assert ada.answer.status_code == 200 and "<script>alert" not in ada.answer.text


def test_too_much_is_refused_with_a_sentence(ada: Browser) -> None:
    ada.post("/checks", {"error": "x" * 200_000})
    assert ada.answer.status_code == 413


@pytest.mark.parametrize("code", sorted(EXAMPLES))
def test_every_check_has_a_page_with_symptom_rule_examples_and_fixes(ada: Browser, code: str) -> None:
    ada.get(f"/checks/{code}")
    assert ada.answer.status_code == 200
    for part in ("What people see", "The rule", "Who changes what", "An exchange that fails", "One that passes", "Level by revision"):
        assert part in ada.answer.text, part


def test_the_examples_are_bytes_in_clear(ada: Browser) -> None:
    ada.get("/checks/server_metadata.issuer_slash")
    text = html.unescape(re.sub(r"<[^>]+>", "", ada.answer.text))
    assert '"issuer": "https://gw.example/"' in text and '"issuer": "https://gw.example"' in text
    assert "response, member /issuer" in text
    ada.get("/checks/token.cacheable")
    assert "access-1" in ada.answer.text and "access#" not in ada.answer.text


def test_where_only_the_time_differs_the_page_says_so(ada: Browser) -> None:
    ada.get("/checks/token.code_expired")
    assert "The same bytes pass in another walk" in ada.answer.text


def test_examples_are_not_loaded_before_they_are_shown() -> None:
    import subprocess
    import sys

    seen = "import sys, app.pages.catalogue; sys.exit(any(name.startswith('app.checks.examples') for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", seen], check=False).returncode == 0
