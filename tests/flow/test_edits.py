"""Edits and named breaks change exactly what they say."""

from __future__ import annotations

import json

import pytest
from canned import AS, Gateway, Walker, form

from app.flow.acts import BadChoice, act
from app.flow.breaks import BREAKS
from app.flow.choices import EDIT
from app.flow.edits import edited, parameters
from app.flow.engine import preview
from app.flow.facts import Edit
from app.flow.log import Choice
from app.wire.messages import Request

FORM = Request("POST", "https://x.example/t", (("Content-Type", "application/x-www-form-urlencoded"), ("A", "1")), b"a=1&b=%20x")
JSON = Request("POST", "https://x.example/t", (("Content-Type", "application/json"),), b'{"a": 1, "b": ["x"]}')


def test_a_form_parameter_is_dropped_changed_and_added() -> None:
    edit = Edit("token", drop_params=("a",), set_params=(("b", "y"), ("c", "z&")))
    assert parameters(edited(FORM, edit)) == (("b", "y"), ("c", "z&"))


def test_json_members_are_changed_by_value() -> None:
    edit = Edit("register", drop_params=("a",), set_params=(("b", '["y"]'), ("c", "plain")))
    assert json.loads(edited(JSON, edit).body) == {"b": ["y"], "c": "plain"}


def test_headers_keep_their_place() -> None:
    edit = Edit("token", set_headers=(("content-type", "text/plain"), ("New", "2")), drop_headers=("a",))
    assert edited(FORM, edit).headers == (("content-type", "text/plain"), ("New", "2"))


def test_without_edit_nothing_changes() -> None:
    assert edited(FORM, None) is FORM


@pytest.mark.parametrize(
    ("slug", "name", "value"),
    [("wrong_verifier", "code_verifier", "x" * 43), ("no_verifier", "code_verifier", None), ("no_resource", "resource", None)],
)
def test_a_named_break_of_the_token_request_is_sent_once(gateway: Gateway, slug: str, name: str, value: str | None) -> None:
    walker = Walker(gateway)
    walker.go()
    walker.come_back()
    plan = act(walker.run, "step", {"break": slug}, None)
    walker.take(plan.step)
    assert form(next(r for r in gateway.asked if r.url == f"{AS}/token")).get(name) == value
    assert walker.facts.edit is None and walker.facts.edits[-1].named == slug


def test_an_edit_of_the_authorization_request_shows_in_the_url(gateway: Gateway) -> None:
    walker = Walker(gateway)
    for step in ("probe", "resource_metadata", "server_metadata", "register"):
        walker.take(step)
    act(walker.run, "step", {"break": "no_resource"}, None)
    walker.take("authorize")
    asked = walker.facts.authorization
    assert asked is not None and "resource=" not in asked.url and asked.resource == ""


def test_a_break_that_cannot_be_made_is_refused_with_a_sentence(gateway: Gateway) -> None:
    walker = Walker(gateway)
    with pytest.raises(BadChoice, match="cannot be made"):
        act(walker.run, "step", {"break": "reuse_code", "step": "token"}, None)


def test_every_break_has_texts_and_a_slug_of_its_own() -> None:
    for step, breaks in BREAKS.items():
        assert len({b.slug for b in breaks}) == len(breaks), step
        assert all(b.label and b.says.endswith(".") for b in breaks)


def test_the_authorization_request_can_be_previewed_and_edited_too(gateway: Gateway) -> None:
    walker = Walker(gateway)
    for step in ("probe", "resource_metadata", "server_metadata", "register"):
        walker.take(step)
    assert preview(walker.facts, "authorize") is not None
    walker.run.append(Choice(EDIT, {"step": "authorize", "set_params": (("scope", "mcp:tools extra"),)}), step="authorize")
    walker.take("authorize")
    asked = walker.facts.authorization
    assert asked is not None and asked.scope == "mcp:tools extra" and asked.state != "drawn-when-you-go"
