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
        ({"LOGIN": "password"}, "not built yet"),  # silently open would be worse than no login
        ({"LOGIN": "oidc"}, "not built yet"),
        ({"MODE": "cloud"}, "laptop or hosted"),
        ({"PORT": "http"}, "must be a number"),
        ({"CONNECT_SECONDS": "-1"}, "must not be negative"),
        ({"OUTGOING_PER_WORKER": "32"}, "smaller than THREADS"),
    ],
)
def test_a_setting_that_cannot_be_used_is_refused_with_a_sentence(change: dict[str, str], sentence: str) -> None:
    with pytest.raises(BadSetting, match=sentence):
        from_environment(HOSTED | change)


def test_several_keys_may_be_given_so_that_one_can_be_replaced() -> None:
    assert from_environment(HOSTED | {"SECRET_KEY": f"{KEY},{'n' * 32}"}).secret_key


def test_hosted_on_loopback_may_speak_http() -> None:
    assert checked(Settings(mode="hosted", secret_key=KEY, public_url="http://127.0.0.1:9000", login="open")).hosted
