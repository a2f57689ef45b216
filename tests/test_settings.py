"""Settings: what cannot be used is refused with a sentence, and hosted mode refuses to guess what protects people."""

from __future__ import annotations

import pytest

from app.settings import BadSetting, Settings, checked, from_environment

KEY = "k" * 32
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
