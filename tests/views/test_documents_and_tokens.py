"""Documents member by member, tokens claim by claim, and signatures judged by keys: each sentence seen to be said and not to be said."""

from __future__ import annotations

import json
import time
from typing import Any

import healthy
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey
from page_marks import Marks
from tape import AS_URL, HOME, PRM_URL, SERVER, TARGET, answer, get, run_of, take

from app.flow.fold import facts_of
from app.flow.log import Run
from app.settings import Settings
from app.views.documents_page import DocumentsPage, documents_page
from app.views.tokens_page import TokensPage, moment, tokens_page
from app.wire.messages import Failure

KEY, OTHER_KEY = ECKey.generate_key("P-256", {"kid": "k1"}), ECKey.generate_key("P-256", {"kid": "k1"})
NOW = time.time()
CLAIMS = {"iss": HOME, "sub": "ada", "aud": TARGET, "exp": int(NOW) + 600, "iat": int(NOW) - 60, "client_id": "c", "jti": "j1"}


def signed(key: ECKey = KEY, /, **changes: Any) -> str:
    claims = {name: value for name, value in {**CLAIMS, **changes}.items() if value is not None}
    return jwt.encode({"alg": "ES256", "typ": "at+jwt", "kid": "k1"}, claims, key)


def run_with(access: str, *keys: bytes | Failure, **answered: Any) -> Run:
    """A walk to the token, and the server's keys where they were fetched."""
    lines = [get("server_metadata", "probe:keys:jwks", f"{HOME}/keys", received) for received in keys]
    server = healthy.server(answer(200, {**SERVER, "jwks_uri": f"{HOME}/keys"}))
    tape = (*healthy.walk_to("server_metadata")[:-3], *take("server_metadata", server), *healthy.authorize())
    tape = (*tape, healthy.back(), *take("token", healthy.code_sent(answer(200, {**healthy.tokens(), "access_token": access, **answered}))))
    run = run_of((*tape, *lines))
    for at, entry in enumerate(run.entries):  # the tape's clock stands in 1970; these tokens live now
        run.entries[at] = type(entry)(**{**vars(entry), "at": NOW})
    run.folded.clear()
    return run


def tokens(run: Run, now: float = NOW) -> TokensPage:
    return tokens_page(run, facts_of(run), settings=Settings(), now=now)


def said(run: Run, now: float = NOW) -> dict[str, str]:
    """What is said of the access token: grade -> sentences."""
    token = next(t for t in tokens(run, now).tokens if t.kind == "Access token")
    found: dict[str, str] = {}
    for one in token.said:
        found[one.grade] = found.get(one.grade, "") + one.says.striptags() + "\n"
    return found


def jwks(*keys: ECKey) -> bytes:
    return answer(200, {"keys": [key.as_dict(private=False) for key in keys]})


def test_a_good_token_fits_in_every_respect() -> None:
    told = said(run_with(signed(), jwks(KEY)))
    assert set(told) == {"ok"}
    assert "is the resource that was asked for" in told["ok"] and "issuer" in told["ok"] and "Signature verified" in told["ok"]


@pytest.mark.parametrize(
    ("token", "keys", "grade", "says"),
    [
        (signed(), (), "note", "The signature was not checked yet"),
        (signed(), (jwks(OTHER_KEY),), "stop", "Signature not verified"),
        (signed(), (answer(200, {"keys": []}),), "note", "Could not judge the signature"),
        (signed(), (answer(404, b"no"),), "note", "brought no key set"),
        (signed(), (Failure("refused", "no"),), "note", "brought no key set"),
        (signed(exp=int(NOW) - 7_200), (jwks(KEY),), "warn", "It has expired"),
        (signed(exp=int(NOW) - 7_200), (jwks(KEY),), "warn", "Signature verified"),
        (signed(aud=f"{TARGET}/other"), (), "warn", "is not the resource that was asked for"),
        (signed(aud=None), (), "warn", "It has no aud"),
        (signed(iss=f"{HOME}/"), (), "warn", "letter by letter"),
        (signed(iss=None), (), "warn", "It has no iss"),
        ("eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.", (), "stop", "anyone could have written it"),
        ("opaque-token-1", (), "note", "It is opaque"),
    ],
)
def test_each_thing_that_is_wrong_with_a_token_is_said(token: str, keys: tuple[bytes | Failure, ...], grade: str, says: str) -> None:
    assert says in said(run_with(token, *keys)).get(grade, "")


def test_claims_have_meanings_and_dates_are_told_twice(render) -> None:  # type: ignore[no-untyped-def]
    run = run_with(signed(exp=1_900_000_000), jwks(KEY))
    html = render("tokens", tokens(run, 1_899_999_000.0))
    text = "".join(Marks(html).text)
    assert "1900000000" in text and "2030-03-17 17:46:40 UTC, in 16 min 40 s" in text and "RFC 9068 section 2.2" in text
    assert signed() not in html and signed().split(".")[1] not in html


def test_a_moment_is_told_in_both_directions() -> None:
    assert moment(0.0, 90.0) == "1970-01-01 00:00:00 UTC, 1 min 30 s ago" and moment(90.0, 0.0).endswith("in 1 min 30 s")


@pytest.mark.parametrize("exp", [1e300, -5, True, "soon", None, 10**30, [1]])
def test_absurd_dates_are_shown_as_they_are(exp: Any, render) -> None:  # type: ignore[no-untyped-def]
    render("tokens", tokens(run_with(signed(exp=exp))))


def test_an_id_token_is_shown_beside_its_access_token() -> None:
    run = run_with("opaque-token-1", id_token=signed(aud="c"))
    found = {token.kind: token for token in tokens(run).tokens}
    assert found["ID token"].claims and not found["Access token"].claims
    assert not [s for s in found["ID token"].said if "resource that was asked" in s.says]


@pytest.mark.parametrize(
    ("step", "age"), [("refresh", "the newest, 14 min 59 s left by expires_in"), ("confirm", "the newest, revoked by this walk")]
)
def test_a_revoked_token_is_not_said_to_have_time_left(step: str, age: str) -> None:
    run = run_of(healthy.walk_through(step))
    newest = next(t for t in tokens(run, run.entries[-1].at).tokens if t.kind == "Access token")
    assert newest.age == age


def documents(run: Run, others: tuple[str, ...] = ()) -> DocumentsPage:
    return documents_page(run, facts_of(run), settings=Settings(), others=others)


def test_members_are_explained_and_missing_and_unknown_ones_marked(render) -> None:  # type: ignore[no-untyped-def]
    server = healthy.server(answer(200, {"issuer": HOME, "token_endpoint": f"{HOME}/token", "x_vendor": 1}))
    run = run_of((*healthy.walk_to("server_metadata")[:-3], *take("server_metadata", server)))
    page = documents(run)
    marks = {m.name: (m.mark, m.grade) for d in page.documents if d.title.startswith("Authorization") for m in d.members}
    assert marks["issuer"] == ("", "") and marks["x_vendor"] == ("unknown", "note")
    assert marks["authorization_endpoint"] == ("required, missing", "warn")
    assert marks["code_challenge_methods_supported"] == ("recommended, missing", "note")
    assert "subject_types_supported" not in marks, "that is required of OpenID Connect documents only"
    assert "required, missing" in render("documents", page)


@pytest.mark.parametrize(("document", "told"), [({"issuer": HOME}, "1 member, "), (SERVER, f"{len(SERVER)} members")])
def test_members_are_counted_in_words(document: dict[str, Any], told: str) -> None:
    server = healthy.server(answer(200, document))
    run = run_of((*healthy.walk_to("server_metadata")[:-3], *take("server_metadata", server)))
    assert [d.summary.startswith(told) for d in documents(run).documents if d.title.startswith("Authorization")] == [True]


def test_both_discovery_documents_stand_side_by_side() -> None:
    oidc = {**SERVER, "subject_types_supported": ["public"], "token_endpoint": f"{HOME}/other"}
    run = run_of(
        (
            *healthy.walk_to("register"),
            get("server_metadata", "probe:other_metadata:document", f"{HOME}/.well-known/openid-configuration", answer(200, oidc)),
        )
    )
    page = documents(run)
    both = next(d for d in page.documents if len(d.sources) == 2)
    marks = {m.name: m.mark for m in both.members}
    assert [s.name for s in both.sources] == ["OAuth", "OpenID Connect"]
    assert (marks["token_endpoint"], marks["issuer"], marks["subject_types_supported"]) == ("differs", "", "differs")
    assert marks["id_token_signing_alg_values_supported"] == "required, missing"


def test_documents_of_different_issuers_are_not_compared() -> None:
    other = {**SERVER, "issuer": "https://other.example"}
    run = run_of(
        (
            *healthy.walk_to("register"),
            get("server_metadata", "probe:other_metadata:document", f"{HOME}/.well-known/openid-configuration", answer(200, other)),
        )
    )
    assert all(len(d.sources) == 1 for d in documents(run).documents)


def test_the_other_document_is_offered_until_it_was_asked_for() -> None:
    run, other = run_of(healthy.walk_to("register")), f"{HOME}/.well-known/openid-configuration"
    assert documents(run, (other,)).fetch == "/runs/r1/documents/other" and documents(run, (AS_URL,)).fetch == ""
    run = run_of((*healthy.walk_to("register"), get("server_metadata", "probe:other_metadata:document", other, answer(404))))
    assert documents(run, (other,)).fetch == ""


@pytest.mark.parametrize("planted", ["<script>window.pwned=1</script>", "a\u202eb", "javascript:alert(1)"])
def test_planted_members_and_values_stay_text(planted: str, render) -> None:  # type: ignore[no-untyped-def]
    document = {"resource": planted, planted: planted, "resource_documentation": planted, "authorization_servers": [planted]}
    run = run_of((*healthy.walk_to("probe"), *take("resource_metadata", healthy.metadata(answer(200, document)), outcome="failed")))
    html = render("documents", documents(run))
    assert "<script>window" not in html and "\u202e" not in html and 'href="javascript' not in html
    assert PRM_URL in html


def test_a_registered_secret_is_masked(render) -> None:  # type: ignore[no-untyped-def]
    secret = "a-client-secret-1"
    registered = answer(201, {**healthy.registered(), "client_secret": secret, "registration_access_token": "rat-secret-1"})
    run = run_of((*healthy.walk_to("server_metadata"), *take("register", healthy.register(registered))))
    html = render("documents", documents(run))
    assert secret not in html and "rat-secret-1" not in html and "client_secret#" in html
    assert json.dumps(secret) not in html


def test_in_a_lesson_documents_and_tokens_are_shown_without_a_judgement() -> None:
    server = healthy.server(answer(200, {"issuer": HOME, "token_endpoint": f"{HOME}/token", "x_vendor": 1}))
    run = run_of((*healthy.walk_to("server_metadata")[:-3], *take("server_metadata", server)))
    page = documents_page(run, facts_of(run), settings=Settings(), others=(), judged=False)
    members = [m for d in page.documents for m in d.members]
    assert members and not [m for m in members if m.mark or m.grade or not any(m.values)] and "missing" not in page.documents[-1].summary
    run = run_with(signed(aud="https://other.example"), jwks(OTHER_KEY))
    view = tokens_page(run, facts_of(run), settings=Settings(), now=NOW, judged=False)
    assert view.verify == "" and not any(t.said for t in view.tokens if t.header) and any(t.claims for t in view.tokens)
