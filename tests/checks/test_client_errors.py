"""What a client printed leads to the right entry: known sentences first, hostile text nowhere."""

from __future__ import annotations

import pytest

from app.checks.catalogue import BY_CODE, CHECKS
from app.checks.client_errors import MOST, READ, entries_for, printed_for, sentences
from app.checks.examples.corpus import EXAMPLES
from app.checks.examples.shown import shown
from app.checks.related import related_to
from app.checks.search import LONGEST, WORDS, search, words_of
from app.checks.symptoms import SYMPTOMS

PRINTED = [
    ("Error: Resource server does not implement OAuth 2.0 Protected Resource Metadata.", "probe.no_challenge"),
    ("Protected resource https://a/mcp does not match expected https://a (or origin)", "resource_metadata.resource_mismatch"),
    ("Protected resource http://a/mcp does not match expected https://a/mcp", "probe.metadata_wrong_origin"),
    ("HTTP 404 trying to load well-known OAuth metadata", "server_metadata.not_found"),
    ("Incompatible auth server: does not support dynamic client registration", "server_metadata.no_client_path"),
    ("Incompatible auth server: does not support code challenge method S256", "server_metadata.pkce_unsupported"),
    ("Existing OAuth client information is required when exchanging an authorization code", "register.secret_for_public"),
    ("Invalid OAuth error response: SyntaxError. Raw body: Not Found", "server_metadata.not_json"),
    ("Authorization server metadata issuer mismatch: https://a/ != https://a", "server_metadata.issuer_slash"),
    ("Registration failed: 403 Forbidden", "register.closed"),
    ("OAuthFlowError: State parameter mismatch: x != y", "callback.state_mismatch"),
    ("Authorization response iss mismatch", "callback.iss_mismatch"),
    ("Authorization response missing iss parameter advertised by the server", "callback.iss_missing"),
    ("Token exchange failed (401): {}", "token.invalid_client"),
    ("Invalid token response: 1 validation error", "token.error_in_200"),
    ("Invalid registration response", "register.bad_answer"),
    ("Couldn’t reach the MCP server. You can check the server URL", "probe.unreachable_from_here"),
    ("Authorization with the MCP server failed", "probe.slash_redirect"),
    ("Got new credentials, but reconnecting failed", "probe.slash_redirect"),
    ("Authorization server response missing required issuer", "callback.iss_missing"),
    ("…advertised an issuer that does not match the URL its metadata was discovered from", "server_metadata.issuer_slash"),
    ("Dynamic Client Registration not supported", "server_metadata.no_client_path"),
    ("AADSTS9010010: The resource parameter and the scopes do not match", "authorize.entra_resource"),
    ("AADSTS50011: The redirect URI does not match", "authorize.redirect_mismatch"),
    ("AADSTS7000218: The request body must contain client_secret", "token.invalid_client"),
    ("AADSTS999999: something that nobody knows", "authorize.local_error_page"),
    ("SyntaxError: Unexpected token '<', \"<!DOCTYPE \"... is not valid JSON", "probe.bot_wall"),
    ('ZodError: [{"path": ["access_token"], "message": "expected string, received undefined"}]', "token.error_in_200"),
    ("MCP error -32042: URL elicitation required", "call.connect_required"),
    ("Bad Request: Server not initialized", "call.session"),
    ("connect ECONNREFUSED 127.0.0.1:3000", "transport.refused"),
    ("curl: (60) SSL certificate problem: certificate has expired", "transport.tls_expired"),
    (
        "It violates the following Content Security Policy directive: form-action",
        "authorize.consent_csp_form_action",
    ),
    ("see token.code_expired in the report", "token.code_expired"),
]


@pytest.mark.parametrize(("pasted", "code"), PRINTED)
def test_what_a_client_printed_leads_to_its_likeliest_cause(pasted: str, code: str) -> None:
    found = entries_for(pasted)
    assert found and found[0].code == code
    assert found[0].words and found[0].client


@pytest.mark.parametrize("pasted", ["", " ", "hello", "14042 40422", "AADSTS", "the token is fine", "x.y token_code_expired", "\0\ud800"])
def test_words_that_nobody_prints_lead_nowhere(pasted: str) -> None:
    assert entries_for(pasted) == []


def test_what_only_looks_like_a_code_is_none() -> None:
    trace = "requests.exceptions json.decoder window.location token.code_expired"
    assert [match.code for match in entries_for(trace) if match.client == "this tool"] == ["token.code_expired"]


def test_an_entry_stands_once_and_the_list_is_short() -> None:
    found = entries_for(" ".join(part for s in sentences() for part in s.said)[:READ])
    assert len(found) == MOST == len({m.code for m in found})
    assert found == sorted(found, key=lambda m: -m.weight)


def test_case_quotes_and_line_breaks_do_not_matter() -> None:
    assert entries_for("couldn't  REACH the\nmcp\tserver")[0].code == "probe.unreachable_from_here"


def test_a_number_of_entra_is_a_whole_number() -> None:
    assert entries_for("AADSTS50011")[0].code == "authorize.redirect_mismatch"
    assert entries_for("AADSTS500119")[0].code == "authorize.local_error_page"


def test_fragments_far_apart_are_no_sentence() -> None:
    near = f"ZodError {'x' * 300} redirect_uris"
    assert entries_for(near)[0].code == "register.bad_answer"
    far = f"Protected resource {'x ' * 300} does not match expected"
    assert entries_for(far) == []


def test_only_the_beginning_of_a_long_paste_is_read() -> None:
    assert entries_for("x" * READ + " ECONNREFUSED") == []
    assert entries_for("x " * (READ // 2 - 20) + " ECONNREFUSED")[0].code == "transport.refused"


def test_words_of_the_answer_are_ours_and_never_the_pastes() -> None:
    known = {s.said for s in sentences()}
    found = entries_for("<script>alert(1)</script> invalid_grant <b>")
    assert found and all(m.words in known for m in found)


def test_every_sentence_leads_to_entries_that_exist_and_finds_itself() -> None:
    for sentence in sentences():
        assert sentence.codes and set(sentence.codes) <= set(BY_CODE), sentence
        assert len(set(sentence.codes)) == len(sentence.codes), sentence
        itself = "aadsts999999" if sentence.said == ("AADSTS",) else " and then ".join(sentence.said)
        assert sentence.codes[0] in {m.code for m in entries_for(itself)}, sentence
        assert sentence in printed_for(sentence.codes[-1])


def test_every_check_has_a_symptom_and_every_symptom_a_check() -> None:
    assert set(SYMPTOMS) == set(BY_CODE)
    assert all(text.strip() == text and text.endswith((".", "…”", "?", "”")) for text in SYMPTOMS.values())


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("token.code_expired", "token.code_expired"),
        ("code expired", "token.code_expired"),
        ("ISSUER slash", "server_metadata.issuer_slash"),
        ("greyed out", "authorize.consent_blocked_upstream"),
        ("RFC 8414 slash", "server_metadata.issuer_slash"),
        ("aadsts9010010", "authorize.entra_resource"),
        ("copilot discovered", "server_metadata.issuer_mismatch"),
    ],
)
def test_search_looks_at_code_title_symptom_clients_and_clause(query: str, code: str) -> None:
    assert code in {c.code for c in search(query)}


def test_search_wants_every_word_and_reads_a_few_only() -> None:
    assert search("") == search("   ") == CHECKS
    assert search("pkce nonsenseword") == ()
    assert len(words_of("word " * 100)) == WORDS and len(words_of("x" * 1_000)[0]) == LONGEST


@pytest.mark.parametrize("code", [c.code for c in CHECKS])
def test_every_check_shows_an_exchange_that_fails_and_one_that_passes(code: str) -> None:
    example = shown(code)
    assert example is not None and example.finding.code == code and example.finding.level == EXAMPLES[code].level
    assert example.passes is not None and example.passes.step == example.fails.step
    assert code not in example.others


@pytest.mark.parametrize("code", [c.code for c in CHECKS])
def test_related_entries_exist_and_are_others(code: str) -> None:
    related = related_to(code)
    assert code not in dict(related) and set(dict(related)) <= set(BY_CODE) and all(how for _, how in related)


def test_cause_and_symptom_name_each_other() -> None:
    assert "may be the cause" in dict(related_to("token.invalid_grant"))["token.code_expired"]
    assert "may be its symptom" in dict(related_to("token.code_expired"))["token.invalid_grant"]
