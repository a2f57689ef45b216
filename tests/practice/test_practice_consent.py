from __future__ import annotations

import pytest
from dance import FORM, Dance
from practice_parts import Clock


@pytest.fixture
def registered(dance: Dance) -> Dance:
    dance.register()
    return dance


def test_authorize_is_disabled_until_the_upstream_is_connected(registered: Dance) -> None:
    page = registered.to_consent()
    with pytest.raises(AssertionError, match="every button of approve is disabled"):
        page.form("approve")
    assert registered.press(page, "connect").form("approve")


def test_a_forged_approval_without_the_upstream_gives_no_code(registered: Dance) -> None:
    action, fields = registered.to_consent().form("connect")
    answer = registered.send("POST", action, {"Content-Type": FORM}, f"flow={fields['flow']}&decision=approve".encode())
    assert answer.status == 400
    assert "location" not in answer.headers


def test_the_other_route_asks_for_its_upstream_later(registered: Dance) -> None:
    registered.route = "github-v1"
    page = registered.to_consent()
    assert 'data-practice="connect"' not in page.text
    assert registered.press(page, "approve").answered["code"]


def test_the_page_says_who_asks_and_where_the_answer_goes(dance: Dance) -> None:
    dance.register(client_name="<script>alert(1)</script> & co")
    page = dance.to_consent()
    assert "127.0.0.1:8000" in page.text
    assert "&lt;script&gt;" in page.text
    assert "<script>" not in page.text


def test_a_refusal_reaches_the_client(registered: Dance) -> None:
    answered = registered.press(registered.to_consent(), "deny").answered
    assert (answered["error"], answered["state"], answered["iss"]) == ("access_denied", registered.state, registered.resource)


def test_a_double_click_does_not_lose_the_code(registered: Dance) -> None:
    page = registered.press(registered.to_consent(), "connect")
    first, second = registered.press(page, "approve"), registered.press(page, "approve")
    assert first.answered["code"] != second.answered["code"]
    registered.code = second.answered["code"]
    assert registered.redeem().status == 200


def test_the_policy_lets_the_form_end_at_the_client(registered: Dance) -> None:
    """Chromium applies form-action to the redirect that answers a form."""
    policy = registered.to_consent().headers["content-security-policy"]
    assert policy.endswith("form-action 'self' http://127.0.0.1:8000")
    assert "frame-ancestors 'none'" in policy
    registered.redirect_uri = "http://[::1]:8000/callback"
    registered.register()
    assert registered.to_consent().headers["content-security-policy"].endswith("form-action 'self' http:")


def test_a_decision_after_a_quarter_of_an_hour_is_too_late(registered: Dance, clock: Clock) -> None:
    page = registered.to_consent()
    clock.move(900)
    assert registered.press(page, "deny").status == 400


def test_a_sign_in_ends_after_eight_hours(registered: Dance, clock: Clock) -> None:
    page = registered.to_consent()
    clock.move(8 * 3_600)
    assert 'data-practice="login"' in registered.follow(registered.get(registered.authorize_url())).text
    assert registered.press(page, "deny").status == 400


@pytest.mark.parametrize("body", [b"", b"flow=unknown&decision=approve", b"flow=a&flow=b", b"\xff=1", b"flow=%00"])
def test_a_form_that_is_not_whole_is_explained(registered: Dance, body: bytes) -> None:
    registered.to_consent()
    answer = registered.send("POST", f"{registered.origin}/practice/oauth/setup", {"Content-Type": FORM}, body)
    assert answer.status == 400
    assert answer.headers["content-type"].startswith("text/html")


def test_an_unknown_decision_or_person_is_explained(registered: Dance) -> None:
    action, fields = registered.to_consent().form("deny")
    body = f"flow={fields['flow']}&decision=maybe".encode()
    assert registered.send("POST", action, {"Content-Type": FORM}, body).status == 400


def test_only_prepared_people_can_sign_in(registered: Dance) -> None:
    login = registered.follow(registered.get(registered.authorize_url()))
    action, fields = login.form("login")
    answer = registered.send("POST", action, {"Content-Type": FORM}, f"state={fields['state']}&person=root".encode())
    assert answer.status == 400


def test_signed_out_means_no_decision(registered: Dance) -> None:
    page = registered.to_consent()
    registered.press(registered.get("/practice/"), "sign-out")
    assert registered.press(page, "deny").status == 403
