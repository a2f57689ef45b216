"""The whole walk at servers that nobody here wrote: how far it goes, and exactly the findings that are true of them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from expected import TRUE, WALKS, Walked
from measured import note_walk
from robot import HttpUser
from running import App
from walker import one_button_visit, walk

from app.flow.steps import NAMES


@pytest.mark.parametrize("expected", WALKS, ids=str)
def test_the_whole_walk_and_exactly_these_findings(app: App, server_url: Callable[[str], str], expected: Walked) -> None:
    user = HttpUser(app.url)
    user.start({"target": server_url(expected.server), "revision": expected.revision, "client_auth": expected.client_auth})
    trail = walk(user, one_button_visit)
    twin = user.twin()
    states = {step["name"]: step["state"] for step in twin["steps"]}
    found = [(finding["level"], finding["code"]) for finding in twin["findings"]]
    note_walk(found, expected={code for _, code in expected.findings})
    assert trail[-1] == expected.end, (trail, user.problem, states)
    assert set(found) == expected.findings
    if expected.end == "done":
        assert states == {name: "skipped" if name in expected.skipped else "done" for name in NAMES}


def test_every_reason_belongs_to_a_walk() -> None:
    met = {finding for walked in WALKS for finding in walked.findings}
    assert met == {finding for because in TRUE.values() for finding in because}
