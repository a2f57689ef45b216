"""Secrets planted in every place and every spelling: none may be seen, and nothing else may vanish."""

from __future__ import annotations

import base64
import json
import time
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.flow.log import Choice, Leg, Run
from app.views.mask import labels_in, mask, mask_for, mask_url, secrets_of, unmask
from app.views.secret_forms import Spellings
from app.wire.messages import Exchange, Request

TOKEN = "at_9f/Q+x=7Zk~Lm&p"
RUN_TARGET = "https://gw.example/mcp"


def run_of(*bodies: object) -> Run:
    run = Run("r1", "o", RUN_TARGET, 0.0)
    for body in bodies:
        run.append(body, step="token", at=1.0)  # type: ignore[arg-type]
    return run


def answer(body: bytes, *headers: str, status: str = "200 OK", request: Request | None = None) -> Exchange:
    head = "\r\n".join([f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body)}"])
    return Exchange(request or Request("POST", "https://gw.example/token"), received=head.encode("latin-1") + b"\r\n\r\n" + body)


def token_answer(token: str = TOKEN) -> Exchange:
    return answer(json.dumps({"access_token": token, "token_type": "Bearer"}).encode())


def kinds(run: Run) -> dict[str, str]:
    return {secret.value: secret.kind for secret in secrets_of(run)}


def jwt(*, head: str = '{"alg":"ES256"}', payload: str = '{"sub":"me","aud":"https://gw.example"}') -> str:
    parts = [base64.urlsafe_b64encode(text.encode()).decode().rstrip("=") for text in (head, payload)]
    return ".".join([*parts, "c2lnbmF0dXJlLW9mLXRoZS10b2tlbg"])


SPELLINGS = {
    "raw": TOKEN,
    "percent": quote(TOKEN, safe=""),
    "percent in lower case": quote(TOKEN, safe="").replace("%2F", "%2f").replace("%2B", "%2b").replace("%3D", "%3d"),
    "percent, slash kept": quote(TOKEN),
    "form": quote_plus(TOKEN),
    "percent twice": quote(quote(TOKEN, safe=""), safe=""),
    "percent for every octet": "".join(f"%{octet:02X}" for octet in TOKEN.encode()),
    "json": json.dumps(TOKEN),
    "json with escaped slash": json.dumps(TOKEN).replace("/", "\\/"),
    "json, every character escaped": "".join(f"\\u{ord(c):04x}" for c in TOKEN),
    "json in json": json.dumps(json.dumps({"said": TOKEN})),
    "html": TOKEN.replace("&", "&amp;").replace("/", "&#x2F;").replace("=", "&#61;"),
    "base64": base64.b64encode(TOKEN.encode()).decode(),
    "base64 of Basic": base64.b64encode(f"client:{TOKEN}".encode()).decode(),
    "base64 after two octets": base64.b64encode(b"ab" + TOKEN.encode() + b"cd").decode(),
    "base64url": base64.urlsafe_b64encode(b"abc" + TOKEN.encode()).decode(),
}


@pytest.mark.attack("L3")
@pytest.mark.parametrize("spelling", SPELLINGS.values(), ids=SPELLINGS)
def test_a_known_secret_is_hidden_in_every_spelling(spelling: str) -> None:
    secrets = secrets_of(run_of(token_answer()))
    masked = mask(f"before {spelling} after", secrets)
    assert "access#" in masked and masked.startswith("before ") and masked.endswith(" after")
    assert TOKEN not in masked and spelling.strip('"') not in masked
    assert "access#" in mask(f"x{spelling}y".encode(), secrets).decode()


def test_the_same_value_has_the_same_label_and_another_one_another() -> None:
    run = run_of(token_answer("first-token-1"), token_answer("other-token-2"))
    one, two = secrets_of(run)
    assert one.label != two.label
    assert mask("first-token-1 first%2Dtoken%2D1", secrets_of(run)) == f"{one.label} {one.label}"


def test_secrets_are_found_all_over_the_log() -> None:
    basic = base64.b64encode(b"client:s%2Fecret-of-basic").decode()
    run = run_of(
        Choice(
            "options", {"client_secret": "typed-secret", "headers": "X-Api-Key: key-of-proxy\nAccept: text/html\nX-A: Bearer inner-token"}
        ),
        Choice(
            "authorize",
            {"state": "state-123456", "verifier": "verifier-123456", "url": "https://as/?state=state-123456", "challenge": "c" * 43},
        ),
        Choice("client", {"client_id": "public-client", "client_secret": "drawn-secret"}),
        Choice("edit", {"set_params": [["code", "edited-code"]], "set_headers": [["Authorization", "Bearer edited-token"]]}),
        Leg("callback", "https://us/callback?code=code-654321&state=state-123456", headers=(("Cookie", "__Host-id=browser-cookie"),)),
        Exchange(
            Request("POST", "https://as/token", (("Authorization", f"Basic {basic}"),), b"code=code-654321&client_assertion=asser.tion")
        ),
        answer(
            b'{"access_token":"acc-654321","refresh_token":"ref-654321","id_token":"idt-654321"}', "Set-Cookie: sid=cookie-value; Path=/"
        ),
        answer(b'{"client_id":"x","client_secret":"dcr-secret","registration_access_token":"reg-token"}'),
        answer(
            b'{"error":{"code":-32042,"data":{"authUrl":"https://gw/connect?browserTicket=ticket-99&op=1"}}}', "Mcp-Session-Id: sess-1234"
        ),
        Exchange(Request("POST", "https://gw/mcp", (("Authorization", "Bearer acc-654321"),))),
    )
    assert kinds(run) == {
        "typed-secret": "client_secret",
        "key-of-proxy": "header",
        "Bearer inner-token": "header",
        "inner-token": "header",
        "state-123456": "state",
        "verifier-123456": "verifier",
        "drawn-secret": "client_secret",
        "edited-code": "code",
        "edited-token": "authorization",
        "code-654321": "code",
        "browser-cookie": "cookie",
        basic: "basic",
        "s/ecret-of-basic": "client_secret",
        "s%2Fecret-of-basic": "client_secret",
        "asser.tion": "assertion",
        "cookie-value": "cookie",
        "acc-654321": "access",
        "ref-654321": "refresh",
        "idt-654321": "id_token",
        "dcr-secret": "client_secret",
        "reg-token": "registration",
        "sess-1234": "session",
        "ticket-99": "ticket",
    }


@pytest.mark.attack("L3")
def test_a_jwt_is_hidden_with_each_of_its_parts_even_when_nobody_named_it() -> None:
    token = jwt()
    _, payload, signature = token.split(".")
    secrets = secrets_of(run_of(token_answer(token)))
    for text in (token, payload, signature):
        assert text not in mask(f"<{text}>", secrets)
    assert token not in mask(f"see {token}", ()) and "jwt#" in mask(f"see {token}", ())


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        ('{"access_token": "ab1"}', "ab1"),
        ('{"text":"{\\"refresh_token\\":\\"unmet-token\\"}"}', "unmet-token"),
        ("grant_type=refresh_token&refresh_token=rt9&x=1", "rt9"),
        ("https://us/callback?code=c77&state=s88", "c77"),
        ("https://us/callback?code=c77&state=s88", "s88"),
        ("Authorization: Bearer zz9", "zz9"),
        ("Cookie: a=one1; b=two2", "two2"),
        ("set-cookie: sid=qq1; Path=/; HttpOnly", "qq1"),
        ('data: {"client_assertion":"abc.d"}', "abc.d"),
        ("a\nProxy-Authorization: Basic Zm9v\nb", "Zm9v"),
        ("#access_token=frag9&x", "frag9"),
    ],
)
def test_a_value_never_met_is_hidden_by_the_name_beside_it(text: str, gone: str) -> None:
    assert gone not in mask(text, ()) and "#" in mask(text, ())


@pytest.mark.parametrize(
    "text",
    [
        '{"token_endpoint":"https://gw.example/token","token_type":"Bearer","expires_in":900}',
        '{"token_endpoint_auth_methods_supported":["none"],"code_challenge_methods_supported":["S256"]}',
        '{"error":{"code":-32042,"message":"x"}}',
        '{"error":{"code":"not_found"}}',
        "response_type=code&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256",
        "grant_type=authorization_code&redirect_uri=http%3A%2F%2F127.0.0.1%3A8000%2Fcallback",
        "token_type_hint=refresh_token",
        'WWW-Authenticate: Bearer realm="OAuth", error="invalid_token", resource_metadata="https://gw.example/x"',
        '{"state":"authenticating"}',
        "HTTP/1.1 401 Unauthorized",
    ],
)
def test_what_is_public_stays(text: str) -> None:
    assert mask(text, secrets_of(run_of(token_answer("something-else")))) == text


def test_a_short_value_hides_only_beside_its_name() -> None:
    secrets = secrets_of(run_of(token_answer("OK")))
    assert mask('{"access_token":"OK"} OK', secrets) == '{"access_token":"access#short"} OK'


def test_masking_twice_changes_nothing_and_labels_are_not_masked_again() -> None:
    secrets = secrets_of(run_of(token_answer("acc-654321")))
    once = mask('Authorization: Bearer acc-654321\ncode=acc-654321&x=1 {"access_token":"acc-654321"}', secrets)
    assert mask(once, secrets) == once and once.count("access#") == 3


def test_a_revealed_value_is_shown_and_the_others_are_not() -> None:
    run = run_of(token_answer("acc-654321"), token_answer("acc-999999"))
    one, two = secrets_of(run)
    text = mask('{"access_token":"acc-654321"} token=acc-999999 Authorization: Bearer acc-654321', secrets_of(run), frozenset({one.label}))
    assert text.count("acc-654321") == 2 and two.value not in text


def test_a_label_typed_into_a_form_means_its_value() -> None:
    secrets = secrets_of(run_of(token_answer("acc-654321")))
    assert unmask(f"Bearer {secrets[0].label}", secrets) == "Bearer acc-654321"
    assert unmask("Bearer access#0000", secrets) == "Bearer access#0000"
    assert labels_in(mask("x acc-654321 acc-654321", secrets), secrets) == (secrets[0].label,)


def test_two_values_never_share_a_label() -> None:
    values = [f"value-number-{n}" for n in range(900)]
    run = run_of(*(Choice("client", {"client_secret": value}) for value in values))
    secrets = secrets_of(run)
    assert len({s.label for s in secrets}) == len(values) > len({s.fingerprint[:4] for s in secrets})
    for secret in secrets:
        assert unmask(mask(f"x {secret.value}y", secrets), secrets) == f"x {secret.value}y"


def test_a_private_key_is_a_secret_in_every_form() -> None:
    pem = "-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49AgEG\nCCqGSM49AwEHBG0wawIBAQ==\n-----END PRIVATE KEY-----"
    jwk = {"kty": "EC", "crv": "P-256", "x": "public-x-part", "d": "private-d-part"}
    run = run_of(Choice("options", {"private_key": pem}), Choice("key", {"jwk": jwk}), Choice("options", {"private_key": json.dumps(jwk)}))
    masked = mask(f"{pem} {json.dumps(jwk)} CCqGSM49AwEHBG0wawIBAQ==", secrets_of(run))
    assert "private-d-part" not in masked and "CCqGSM49" not in masked and "MIGH" not in masked and "public-x-part" in masked


def test_urls_lose_secrets_in_query_and_fragment_only() -> None:
    assert mask_url("https://gw.example/a?code=abc123&x=1#access_token=zzz", ()).startswith("https://gw.example/a?code=code#")
    assert "zzz" not in mask_url("https://gw.example/a?code=abc123&x=1#access_token=zzz", ())


def test_stored_bytes_never_change() -> None:
    exchange = token_answer("acc-654321")
    before = exchange.received
    mask(exchange.received, secrets_of(run_of(exchange)))
    assert exchange.received is before


@settings(deadline=None)
@given(st.text(min_size=6, max_size=60).filter(lambda s: s.strip() == s), st.binary(max_size=5))
def test_any_value_hides_raw_in_json_and_in_urls(value: str, before: bytes) -> None:
    if any(0xD800 <= ord(c) < 0xE000 for c in value):
        return
    hide = mask_for(secrets_of(run_of(Choice("client", {"client_secret": value}))))
    for spelled in (value, quote(value, safe=""), json.dumps(value)[1:-1]):
        if len(spelled) >= 6:
            assert spelled not in hide(f"(({spelled}))")


@given(st.text("aB3-._~%", min_size=6, max_size=12), st.text("aB3-._~% &", max_size=30))
def test_a_value_is_found_alike_whether_or_not_its_expression_is_made(value: str, around: str) -> None:
    text, forms = f"{around}{value} {around}", Spellings(value)
    assert forms.replace(text, "#", wholly_escaped=False) == forms._plain.sub("#", text)


def test_for_a_token_in_a_text_without_escapes_no_expression_is_made() -> None:
    token = Spellings("Zk7_qq-R.e~9")
    assert token.replace("Bearer Zk7_qq-R.e~9", "#", wholly_escaped=False) == "Bearer #" and "_plain" not in vars(token)
    assert token.replace("a%20b=Zk7%5Fqq-R.e~9", "#", wholly_escaped=False) == "a%20b=#" and "_plain" in vars(token)


def test_two_hundred_exchanges_are_masked_quickly() -> None:
    bodies = [token_answer(f"access-token-number-{n:04d}/+=") for n in range(200)]
    run = run_of(*bodies)
    page = "\n".join(body.received.decode() for body in bodies) * 10
    hide = mask_for(secrets_of(run))
    hide("warm")
    began = time.process_time()
    hide(page)
    assert time.process_time() - began < 2.0 and len(page) > 200_000


def test_thousands_of_planted_names_do_not_stop_the_page() -> None:
    flood = json.dumps({f"token{n}": f"planted-value-{n}" for n in range(5_000)}).encode()
    run = run_of(
        *[answer(flood) for _ in range(30)],
        token_answer("the-real-token"),
        Exchange(Request("GET", "https://gw", (("Authorization", "Bearer the-real-token"),))),
    )
    began = time.process_time()
    assert "the-real-token" not in mask("x the-real-token", secrets_of(run))
    assert time.process_time() - began < 5.0


@pytest.mark.parametrize("piece", ["a", '"', "token", '"token', "=", "code=", "eyJ", ".", "\\", '\\"', "%25", "authorization"])
def test_hostile_lengths_stay_linear(piece: str) -> None:
    began = time.process_time()
    text = (piece * 64_000)[:64_000]
    mask(text, secrets_of(run_of(token_answer(), answer(text.encode()))))
    assert time.process_time() - began < 2.0
