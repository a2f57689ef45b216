"""URLs, tokens and clocks side by side: what differs is told and marked, what may differ is told mildly."""

from __future__ import annotations

import re
from typing import Any

import pytest
from healthy import STEPS, granted, metadata, server, walk_through, walk_to
from tape import HOME, PRM, SERVER, TARGET, Tape, answer, run_of, take

from app.checks.examples.of_audit import refreshed_with
from app.checks.examples.probing import jwt
from app.flow.fold import facts_of
from app.flow.log import Run
from app.views.consistency import ClockRow, UrlRow, clock_rows, spread, token_rows, url_rows
from app.views.mask import mask_for
from app.views.secrets_of import secrets_of


def rows_of(run: Run) -> dict[str, UrlRow]:
    return {row.name: row for row in url_rows(run, facts_of(run), mask_for(secrets_of(run)))}


def with_documents(prm: dict[str, Any], metadata_document: dict[str, Any]) -> Run:
    lines: Tape = (*walk_to("resource_metadata"), *take("resource_metadata", metadata(answer(200, {**PRM, **prm}))))
    return run_of((*lines, *take("server_metadata", server(answer(200, {**SERVER, **metadata_document})))))


def test_a_healthy_walk_fits_together() -> None:
    rows = rows_of(run_of(walk_through("call")))
    assert {row.verdict for row in rows.values()} <= {"ok", "", "note"}
    assert {"MCP URL", "resource", "issuer", "token_endpoint", "redirect_uri", "iss of the callback"} <= set(rows)
    assert rows["resource"].says == "The same." and not any(differs for *_, differs in rows["resource"].pieces)


@pytest.mark.parametrize(
    ("prm", "server_document", "name", "says", "marked", "piece"),
    [
        ({"resource": f"{TARGET}/"}, {}, "resource", "They differ in a slash at the end.", ["/"], "path"),
        ({"resource": TARGET.replace("https", "http")}, {}, "resource", "The schemes differ.", [], "scheme"),
        ({"resource": TARGET.replace("gw.", "api.")}, {}, "resource", "The hosts differ.", ["api"], "host"),
        ({}, {"issuer": f"{HOME}:8443"}, "issuer", "The ports differ.", [":8443"], "port"),
        ({}, {"issuer": f"{HOME}/tenant"}, "issuer", "The paths differ.", ["/tenant"], "path"),
    ],
)
def test_where_one_string_is_expected_the_difference_is_named_and_marked(
    prm: dict[str, Any], server_document: dict[str, Any], name: str, says: str, marked: list[str], piece: str
) -> None:
    row = rows_of(with_documents(prm, server_document))[name]
    assert (row.verdict, row.says) == ("warn", says)
    assert re.findall(r"<mark[^>]*>(.*?)</mark>", str(row.url)) == marked
    assert [piece_name for piece_name, _, differs in row.pieces if differs] == [piece]


def test_an_endpoint_on_another_host_is_allowed_and_told() -> None:
    row = rows_of(with_documents({}, {"token_endpoint": "https://login.example/token"}))["token_endpoint"]
    assert row.verdict == "note" and "allowed" in row.says


def test_a_readable_token_brings_its_issuer_and_audience() -> None:
    start = (*walk_to("token"), *take("token", STEPS["token"][1], outcome="done"))
    readable = granted(access_token=jwt(iss=f"{HOME}/", aud=[TARGET, "https://other.example"]))
    from healthy import code_sent

    rows = rows_of(run_of((*walk_to("token"), *take("token", code_sent(readable)), *STEPS["call"])))
    assert rows["iss of the token"].verdict == "warn" and rows["iss of the token"].says == "They differ in a slash at the end."
    assert "iss of the token" not in rows_of(run_of(start)), "an opaque token says nothing"


def test_tokens_before_and_after_the_refresh() -> None:
    run = run_of(
        refreshed_with({"scope": "a b", "access_token": jwt(aud=TARGET)}, {"scope": "b", "access_token": jwt(aud="https://x.example")})
    )
    first, second = token_rows(run, facts_of(run), mask_for(secrets_of(run)))
    assert first.says == "" and second.says == "Other scope and audience than the first."
    assert "eyJ" not in second.label and second.label
    same = run_of(walk_through("refresh"))
    assert [row.says for row in token_rows(same, facts_of(same), mask_for(secrets_of(same)))] == ["", ""]


def clock(ahead: str) -> ClockRow:
    return ClockRow("a.example", (1, "#e1"), "x", f"{ahead} s", "ok")


@pytest.mark.parametrize(
    ("ahead", "says"),
    [
        ([], "cannot be compared"),
        (["+1"], "agree within 1 s"),
        (["+20", "-20"], "differ by 40 s"),
        (["+31"], "differ by 31 s"),
        (["-400", "-399"], "differ by 400 s"),
    ],
)
def test_the_clocks_are_judged_together_with_ours(ahead: list[str], says: str) -> None:
    assert says in spread([clock(one) for one in ahead])


def test_dates_that_cannot_be_read_are_left_out() -> None:
    for date in ("Tue, 99 Nov 9999 99:99:99 GMT", "yesterday", ""):
        tape = (*walk_to("resource_metadata"), *take("resource_metadata", metadata(answer(200, PRM, f"Date: {date}"))))
        assert clock_rows(run_of(tape), mask_for(())) == ()
    good = metadata(answer(200, PRM, "Date: Thu, 01 Jan 1970 00:16:41 GMT"))
    rows = clock_rows(run_of((*walk_to("resource_metadata"), *take("resource_metadata", good))), mask_for(()))
    assert [row.ahead for row in rows] == ["+1 s"]


def test_hostile_urls_stay_text() -> None:
    rows = rows_of(with_documents({"resource": "https://gw.example/<script>x</script>\u202e"}, {}))
    assert "<script" not in str(rows["resource"].url) and "\u202e" not in str(rows["resource"].url)
