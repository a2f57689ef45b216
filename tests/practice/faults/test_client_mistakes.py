"""What a client does wrong is named on the page of the gateway that it was pointed at, whatever the gateway answered."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from dance import BOTH, LEGACY, Dance, through_requests
from faulty import Explorer

from app.checks.client_mistakes import RULES, mistakes_of
from app.pages.practice import exchange_of
from app.practice.gateways import Instance
from app.practice.request_log import requests_of


def dance_at(explorer: Explorer, opened: Instance) -> Dance:
    redirect_uri = f"{explorer.settings.base_url}/callback"
    return Dance(through_requests(), explorer.settings.practice_base, redirect_uri=redirect_uri, mount=f"/practice/g/{opened.id}")


def seen(explorer: Explorer, opened: Instance) -> list[str]:
    vault = explorer.app.extensions["explorer"].store.vault
    asked = requests_of(explorer.engine, vault, opened.id)
    return [mistake.slug for mistake in mistakes_of([exchange_of(one) for one in asked])]


def whole(dance: Dance) -> Dance:
    dance.get(f"/.well-known/oauth-protected-resource{dance.mount}/mcp/{dance.route}")
    dance.to_tokens()
    dance.call("initialize", {"protocolVersion": LEGACY}, MCP_Protocol_Version=None)
    dance.call("tools/list")
    dance.tokens = dance.refresh().json
    return dance


def test_a_client_that_does_everything_right_is_blamed_for_nothing(explorer: Explorer) -> None:
    opened = explorer.open(owner="ada")
    whole(dance_at(explorer, opened))
    assert seen(explorer, opened) == []


def _authorize(**changes: str | None) -> Callable[[Dance], object]:
    def act(dance: Dance) -> object:
        dance.get(f"/.well-known/oauth-protected-resource{dance.mount}/mcp/{dance.route}")
        dance.register()
        return dance.get(dance.authorize_url(**changes))

    return act


def _redeem(**changes: str | None) -> Callable[[Dance], object]:
    def act(dance: Dance) -> object:
        dance.register()
        dance.code = dance.allow().answered["code"]
        return dance.redeem(**changes)

    return act


def _after(act: Callable[[Dance], object]) -> Callable[[Dance], object]:
    return lambda dance: act(whole(dance))


def _json_token(dance: Dance) -> object:
    return dance.post_json(f"{dance.mount}/oauth/token", {"grant_type": "authorization_code", "code": "c"})


def _query_token(dance: Dance) -> object:
    dance.to_tokens()
    body = b'{"jsonrpc": "2.0", "id": 1, "method": "ping"}'
    headers = {"Content-Type": "application/json", "Accept": BOTH, "MCP-Protocol-Version": LEGACY}
    return dance.send("POST", f"{dance.resource}?access_token={dance.tokens['access_token']}", headers, body)


def _without_token(dance: Dance) -> object:
    dance.to_tokens()
    return dance.call("tools/list", Authorization=None)


MISTAKES: dict[str, Callable[[Dance], object]] = {
    "no_pkce": _authorize(code_challenge=None, code_challenge_method=None),
    "no_state": _authorize(state=None),
    "no_resource": _redeem(resource=None),
    "other_resource": _authorize(resource="http://localhost:8000/elsewhere"),
    "wrong_redirect": _authorize(redirect_uri="http://127.0.0.1:8000/elsewhere"),
    "no_verifier": _redeem(code_verifier=None),
    "wrong_verifier": _redeem(code_verifier="w" * 43),
    "code_twice": _after(lambda dance: dance.redeem()),
    "refresh_twice": _after(lambda dance: (dance.refresh(), dance.refresh())),
    "not_a_form": _json_token,
    "token_in_query": _query_token,
    "no_token": _without_token,
    "wrong_accept": _after(lambda dance: dance.call("tools/list", Accept="application/json")),
    "no_version": _after(lambda dance: dance.call("tools/list", MCP_Protocol_Version=None)),
}


@pytest.mark.parametrize("slug", MISTAKES)
def test_a_mistake_of_the_client_is_named_and_no_other(explorer: Explorer, slug: str) -> None:
    opened = explorer.open(owner="ada")
    dance = dance_at(explorer, opened)
    MISTAKES[slug](dance)
    assert seen(explorer, opened) == [slug]


def test_every_rule_has_a_client_that_breaks_it() -> None:
    assert set(MISTAKES) == {rule.slug for rule in RULES}
