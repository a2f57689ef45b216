"""The score sheet: coverage first, every code once, and the same in three forms."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from auditing import Judging
from browsers import Browser
from canned import json_reply
from flask import Flask
from test_audit_page import connected, sign_in, start

from app.checks.catalogue import CHECKS
from app.checks.coverage import coverage
from app.flow.audits.attempts import SLUGS


@pytest.fixture
def gateway() -> Judging:
    return Judging()


def sheet(ada: Browser) -> Any:
    return json.loads(ada.get(f"/runs/{ada.run_id}/score.json").text)


def test_every_code_of_the_catalogue_was_asked_or_says_why_not(ada: Browser, gateway: Judging) -> None:
    ada.start()
    empty = coverage(ada.run)
    connected(ada, gateway)
    full = coverage(ada.run)
    for found in (empty, full):
        codes = [*found.asked, *(code for _, some in found.unasked for code in some)]
        assert sorted(codes) == sorted(check.code for check in CHECKS) and found.total == len(CHECKS)
        assert all(why for why, _ in found.unasked)
    assert len(empty.asked) < len(full.asked), "a walk that goes further can ask more"
    assert "probe.no_challenge" in full.asked and "refresh.not_rotated" not in full.asked


def test_a_rule_of_another_revision_says_so(ada: Browser, gateway: Judging) -> None:
    ada.start(revision="2025-03-26")
    reasons = {code: why for why, codes in coverage(ada.run).unasked for code in codes}
    assert "2025-03-26" in reasons["server_metadata.append_only"]


def test_the_sheet_counts_what_the_run_shows(ada: Browser, gateway: Judging) -> None:
    connected(ada, gateway)
    gateway.lenient = {"code_twice"}
    start(ada)
    sign_in(ada, gateway, "audit-code-1")
    sign_in(ada, gateway, "audit-code-2")
    told, twin = sheet(ada), json.loads(ada.get(f"/runs/{ada.run_id}.json").text)
    assert told["schema_version"] == 1 and told["run"] == ada.run_id
    assert {(f["code"], f["level"], f["entry"]) for f in told["findings"]} == {
        (f["code"], f["level"], f["entry"]) for f in twin["findings"]
    }
    assert sum(told["levels"].values()) == len(twin["findings"]) and told["problem"] == twin["problem"]
    assert [v["attempt"] for v in told["audit"]["verdicts"]] == list(SLUGS)
    words = {v["attempt"]: v["verdict"] for v in told["audit"]["verdicts"]}
    assert words["code_twice"] == "not enforced" and words["no_token"] == "enforced"
    assert told["audit"]["proved"] == 14


def test_page_markdown_and_json_say_the_same(ada: Browser, gateway: Judging) -> None:
    connected(ada, gateway)
    start(ada, "no_token")
    told = sheet(ada)
    page, markdown = ada.get(f"/runs/{ada.run_id}/score").text, ada.get(f"/runs/{ada.run_id}/score.md")
    coverage_line = f"{told['coverage']['asked']} of {told['coverage']['total']} questions could be asked"
    assert coverage_line in page and coverage_line in markdown.text
    assert markdown.headers["Content-Disposition"].startswith('attachment; filename="score_gw.example_')
    assert page.index(coverage_line) < page.index("Findings by level") < page.index("Verdicts on what")
    assert markdown.text.count("**could not judge**") == sum(v["verdict"] == "could not judge" for v in told["audit"]["verdicts"])
    assert {finding["code"] for finding in told["findings"]} <= set(re.findall(r"[a-z_]+\.[a-z_]+", markdown.text))


def test_a_run_that_has_not_begun_has_a_sheet_too(ada: Browser) -> None:
    ada.start()
    told = sheet(ada)
    assert told["audit"]["proved"] == 0 and told["problem"] is None
    assert {v["verdict"] for v in told["audit"]["verdicts"]} == {"could not judge"}
    assert ada.get(f"/runs/{ada.run_id}/score").status_code == 200


def test_nothing_secret_stands_in_any_form(ada: Browser, gateway: Judging) -> None:
    connected(ada, gateway)
    start(ada)
    sign_in(ada, gateway, "the-secret-audit-code")
    for ending in ("", ".md", ".json"):
        text = ada.get(f"/runs/{ada.run_id}/score{ending}").text
        assert "the-secret-audit-code" not in text and not re.search(r"(access|refresh)-token-\d", text)


def test_somebody_elses_sheet_is_not_found(ada: Browser, gateway: Judging, app: Flask) -> None:
    ada.start()
    eve = Browser(app)
    assert {eve.get(f"/runs/{ada.run_id}/score{ending}").status_code for ending in ("", ".md", ".json")} == {404}


@pytest.mark.parametrize("hostile", ["`x` | <b>\n# head", "[x](javascript:alert(1))", "\u202egnp.exe"])
def test_what_a_gateway_says_cannot_leave_its_cell(ada: Browser, gateway: Judging, hostile: str) -> None:
    connected(ada, gateway)
    judge = gateway._exchange
    gateway.on["POST /token"] = lambda r: json_reply({"error": hostile}, 400) if b"code_verifier" not in r.body else judge(r)
    start(ada, "missing_verifier")
    sign_in(ada, gateway, "audit-code-1")
    page, markdown = ada.get(f"/runs/{ada.run_id}/score").text, ada.get(f"/runs/{ada.run_id}/score.md").text
    row = next(line for line in markdown.splitlines() if line.startswith("| No verifier"))
    assert len(re.findall(r"(?<!\\)\|", row)) == 7 and "\u202e" not in page + markdown and "<b>\n" not in page
