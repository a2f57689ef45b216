"""Who sees what is told for the mode that an instance runs in, and for no other one."""

from __future__ import annotations

from typing import Any

import pytest

from app.settings import Settings
from app.views.account_page import account_page
from app.views.keeping import keeping
from app.views.login_page import login_page
from app.views.privacy_page import privacy_page

OIDC = {"mode": "hosted", "login": "oidc", "oidc_issuer": "https://login.example.com/realm"}
WAYS: dict[str, dict[str, Any]] = {
    "laptop": {},
    "open": {"mode": "hosted", "login": "open"},
    "password": {"mode": "hosted", "login": "password"},
    "oidc": OIDC,
}


def told(**settings: Any) -> str:
    page = privacy_page(Settings(**settings))
    return " ".join([page.summary, *(sentence for _, sentences in page.sections for sentence in sentences)])


@pytest.mark.parametrize(
    ("sentence", "ways"),
    [
        ("In the data folder of the computer", {"laptop"}),
        ("In the database of this server", {"open", "password", "oidc"}),
        ("asks nobody to sign in", {"open"}),
        ("does not tell them apart", {"password"}),
        ("You, in every browser in which you sign in through login.example.com", {"oidc"}),
        ("A sign-in ends after 12 h", {"password", "oidc"}),
        ("The browser that started it", {"laptop", "open", "password"}),
        ("deletes its runs", {"password"}),
        ("Only the person who started a run", {"oidc"}),
    ],
)
def test_each_sentence_stands_where_it_is_true(sentence: str, ways: set[str]) -> None:
    assert {way for way, settings in WAYS.items() if sentence in told(**settings)} == ways


def test_a_proxy_and_chosen_authorities_are_told() -> None:
    assert "proxy" not in told() and "authorities" not in told()
    assert "sends through a proxy" in told(outbound_proxy="http://proxy.example:3128")
    assert "trusts the certificate authorities" in told(ca_bundle="corp.pem")
    assert "proxy.example" not in told(outbound_proxy="http://user:s3cret@proxy.example:3128")


def test_the_times_are_those_that_are_set() -> None:
    assert "A run is deleted 10 min after" in told(run_idle_seconds=600)
    assert "lasts 1 h" in f"lasts {login_page(settings=Settings(**OIDC, sign_in_seconds=3_600)).lasts}"


@pytest.mark.parametrize("way", WAYS)
def test_the_pages_print_what_they_are_given(render, way: str) -> None:  # type: ignore[no-untyped-def]
    settings = Settings(**WAYS[way])
    assert "Who sees what" in render("privacy", privacy_page(settings))
    page = render("account", account_page(settings=settings, person='<b onx="1">Eve\u202e</b>', runs=2))
    assert ("sign_out" in page) is (way in ("password", "oidc"))
    assert "<b onx" not in page and "\u202e" not in page
    assert ("‹U+202E›" in page) is (way == "oidc")
    assert "2 runs are kept." in page
    assert keeping(settings).split(".")[0] in page


def test_what_was_wanted_and_the_provider_s_name_are_shown_as_text(render) -> None:  # type: ignore[no-untyped-def]
    hostile = login_page(settings=Settings(login="oidc", oidc_issuer='https://"><script>x</script>.example'), following='/?"><script>')
    assert "<script>x" not in render("login", hostile) and '"><script>' not in render("login", hostile)
