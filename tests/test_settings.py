"""Settings: what cannot be used is refused with a sentence, and hosted mode refuses to guess what protects people."""

from __future__ import annotations

import pytest

from app.settings import BadSetting, Settings, allowed_in, checked, from_environment

KEY = "k" * 32
OIDC = {"LOGIN": "oidc", "OIDC_ISSUER": "https://login.example", "OIDC_CLIENT_ID": "a"}
NO_ORIGINS = (
    "https://a.example:99999",
    "https://a.example:b",
    "https://[::1",
    "https://a:b@a.example",
    "https://a .example",
    "https://a.example\\b",
    "https://*.example",
    "https://b\u00fccher.example",
    "https://a.example\r\nX: b",
    "https://a.example/b",
    "https://a.example?b",
)
HOSTED = {"MODE": "hosted", "SECRET_KEY": KEY, "PUBLIC_URL": "https://explorer.example", "LOGIN": "open"}


def test_nothing_is_needed_on_a_laptop() -> None:
    settings = from_environment({})
    assert settings.base_url == "http://127.0.0.1:8000" and settings.redirect_uri == "http://127.0.0.1:8000/callback"
    assert settings.practice_base == "http://localhost:8000"  # another site, so that cookies stay apart


def test_a_complete_hosted_mode_starts() -> None:
    settings = from_environment(HOSTED)
    assert settings.hosted and settings.redirect_uri == "https://explorer.example/callback"


@pytest.mark.attack("P1")
@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"SECRET_KEY": ""}, "needs SECRET_KEY"),
        ({"SECRET_KEY": "short"}, "needs SECRET_KEY"),
        ({"SECRET_KEY": f"{KEY},short"}, "needs SECRET_KEY"),
        ({"SECRET_KEY": " , "}, "needs SECRET_KEY"),
        ({"PUBLIC_URL": ""}, "needs PUBLIC_URL"),
        ({"PUBLIC_URL": "http://explorer.example"}, "must be https"),
        ({"PUBLIC_URL": "https://explorer.example/path"}, "must be an origin"),
        ({"PUBLIC_URL": "explorer.example"}, "must be an origin"),
        ({"LOGIN": ""}, "needs LOGIN"),
        ({"LOGIN": "magic"}, "LOGIN must be"),
        ({"LOGIN": "password"}, "needs one of LOGIN_PASSWORD and LOGIN_PASSWORD_HASH"),
        ({"LOGIN": "password", "LOGIN_PASSWORD": "long enough it is", "LOGIN_PASSWORD_HASH": "scrypt:1"}, "not both"),
        ({"LOGIN": "password", "LOGIN_PASSWORD": "short"}, "at least 12 characters"),
        ({"LOGIN": "password", "LOGIN_PASSWORD_HASH": "md5:x"}, "scrypt: or pbkdf2:"),
        ({"LOGIN": "oidc"}, "needs OIDC_ISSUER"),
        ({"LOGIN": "oidc", "OIDC_ISSUER": "http://login.example", "OIDC_CLIENT_ID": "a"}, "https issuer"),
        ({"LOGIN": "oidc", "OIDC_ISSUER": "https://accounts.google.com", "OIDC_CLIENT_ID": "a"}, "Set OIDC_ALLOWED"),
        ({"MODE": "cloud"}, "laptop or hosted"),
        ({"PORT": "http"}, "must be a number"),
        ({"CONNECT_SECONDS": "-1"}, "must not be negative"),
        ({"JSON_DEPTH": "301"}, "JSON_DEPTH may be 300"),
        ({"JSON_DIGITS": "309"}, "JSON_DIGITS 308"),
        ({"PORT": "0"}, "PORT must be more than 0"),
        ({"PORT": "99999"}, "PORT a number from 1 to 65535"),
        ({"HOST": "[::1]"}, "HOST must be a name or an address"),
        ({"HOST": "127.0.0.1:80"}, "HOST must be a name or an address"),
        ({"HOST": "unix:/tmp/a.sock"}, "HOST must be a name or an address"),
        ({"WORKERS": "0"}, "WORKERS must be more than 0"),
        ({"THREADS": "0"}, "THREADS must be more than 0"),
        ({"FORM_BYTES": "0"}, "FORM_BYTES must be more than 0"),
        ({"EXCHANGE_SECONDS": "nan"}, "must be a number up to"),
        ({"CONNECT_SECONDS": "inf"}, "must be a number up to"),
        ({"RUN_LIFE_SECONDS": "9" * 20}, "must be a number up to"),
        ({"STORE_BYTES": "9" * 5_000}, "must be a number, not '9{80}'"),
        *(({"PUBLIC_URL": url}, "PUBLIC_URL must be an origin") for url in NO_ORIGINS),
        *(({"PRACTICE_URL": url}, "PRACTICE_URL must be an origin") for url in NO_ORIGINS),
        ({"PRACTICE_URL": "http://practice.example"}, "PRACTICE_URL must be https"),
        *(
            (OIDC | {"OIDC_ISSUER": url}, "https issuer")
            for url in ("https://[::1", "https://a:b@i.example", "ftp://localhost", "https://i:99999")
        ),
        *((OIDC | {"OIDC_ALLOWED": who}, "OIDC_ALLOWED must be") for who in (", ,", "example.com", "@", "a@b,c")),
    ],
)
def test_a_setting_that_cannot_be_used_is_refused_with_a_sentence(change: dict[str, str], sentence: str) -> None:
    with pytest.raises(BadSetting, match=sentence):
        from_environment(HOSTED | change)


def test_several_keys_may_be_given_so_that_one_can_be_replaced() -> None:
    assert from_environment(HOSTED | {"SECRET_KEY": f"{KEY},{'n' * 32}"}).secret_key


@pytest.mark.parametrize("mode", ["hosted", "laptop"])
def test_a_password_may_be_asked_for_in_every_mode(mode: str) -> None:
    assert from_environment(HOSTED | {"MODE": mode, "LOGIN": "password", "LOGIN_PASSWORD": "long enough it is"}).has_sign_in


def test_secrets_are_not_in_what_a_debugger_prints() -> None:
    shown = repr(Settings(secret_key="k3y", login_password="pa55", login_password_hash="ha5h", oidc_client_secret="s3cret"))
    assert not [secret for secret in ("k3y", "pa55", "ha5h", "s3cret") if secret in shown]


def test_hosted_on_loopback_may_speak_http() -> None:
    assert checked(Settings(mode="hosted", secret_key=KEY, public_url="http://127.0.0.1:9000", login="open")).hosted


def test_an_origin_is_the_same_in_capitals_so_cookies_are_secure_there_too() -> None:
    settings = from_environment(HOSTED | {"PUBLIC_URL": "HTTPS://Explorer.Example/", "PRACTICE_URL": "HTTPS://Practice.Example"})
    assert (settings.base_url, settings.practice_base) == ("https://explorer.example", "https://practice.example")


@pytest.mark.parametrize("name", ["NEW_RUNS_PER_MINUTE", "RUNS_PER_BROWSER", "STORE_BYTES", "SHARES_PER_BROWSER", "LOGIN_TRIES_PER_MINUTE"])
def test_where_nought_means_no_limit_it_may_be_given(name: str) -> None:
    assert getattr(from_environment({name: "0"}), name.lower()) == 0


def test_who_may_come_in_is_read_in_lower_case() -> None:
    assert allowed_in(" Ada@Example.com, ,@example.org") == {"ada@example.com", "@example.org"}
    assert from_environment(HOSTED | OIDC | {"OIDC_ALLOWED": "Ada@Example.com,@example.org"}).oidc_allowed
