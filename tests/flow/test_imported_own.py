"""Our own export comes back as the run that it was made from: the same findings, masked or not."""

from __future__ import annotations

import json
from typing import Any

import pytest
from canned import Gateway, Walker
from test_imported_har import FAULTS, walked
from test_practice_walk import Person, settings  # noqa: F401  # the practice gateway on a socket, as a fixture

from app.checks.engine import examine, forbids
from app.checks.examples import corpus
from app.checks.examples.tape import Tape, run_of
from app.flow import choices
from app.flow.fold import facts_of
from app.flow.imported import BadFile, run_of_har
from app.flow.log import Choice, Run
from app.flow.standing import standing
from app.settings import Settings
from app.views.har import har, har_bytes
from app.views.mask import mask_for, secrets_of
from app.wire.messages import Exchange

TAPES: dict[str, list[Tape]] = {}
for _code, _example in corpus.EXAMPLES.items():
    TAPES.setdefault(_code.partition(".")[0], []).extend((_example.fails, _example.passes))
for _code, _walks in corpus.MORE.items():
    TAPES.setdefault(_code.partition(".")[0], []).extend(tape for _, tape, _ in _walks)


def told(run: Run) -> list[tuple[str, str, str, str]]:
    """Every finding as it is shown: code, level, step, and the sentence under the mask."""
    hide = mask_for(secrets_of(run))
    return [(f.code, f.level, f.step, hide(f.says)) for f in examine(run)]


def back(run: Run, **chosen: Any) -> Run:
    """Out as a file and in again."""
    return run_of_har(har_bytes(har(run, examine(run), **chosen)))


@pytest.mark.parametrize("secrets", [False, True])
@pytest.mark.parametrize("family", TAPES)
def test_every_example_of_the_catalogue_comes_back_with_its_findings(family: str, secrets: bool) -> None:
    for tape in TAPES[family]:
        run = run_of(tape)
        assert told(back(run, secrets=secrets)) == told(run)


@pytest.mark.parametrize("revision", ["2025-03-26", "2025-11-25", "2026-07-28"])
@pytest.mark.parametrize(("place", "reply"), FAULTS, ids=[f"{place}-{number}" for number, (place, _) in enumerate(FAULTS)])
def test_a_walk_that_failed_comes_back_with_its_findings(gateway: Gateway, place: str, reply: Any, revision: str) -> None:
    gateway.on[place] = lambda request: reply
    run = walked(gateway, revision)
    again = back(run)
    assert told(again) == told(run)
    assert facts_of(again).steps == facts_of(run).steps or [s.state for s in facts_of(again).steps.values()] == [
        s.state for s in facts_of(run).steps.values()
    ]


@pytest.mark.parametrize("revision", ["auto", "2025-11-25", "2026-07-28"])
def test_a_whole_walk_at_the_practice_gateway_comes_back(settings: Settings, revision: str) -> None:  # noqa: F811
    person = Person(settings, revision, "linear-v1")
    for _ in range(2):
        person.press("run")
        person.browse()
    person.press("run")
    again = back(person.run)
    assert told(again) == told(person.run)
    assert [f.code for f in examine(again) if f.level in ("STOP", "WARN")] == []
    assert standing(facts_of(again), forbids(again), False).state == "done"
    sent = [(e.step, e.role, e.body.status, e.body.marks) for e in again.entries if isinstance(e.body, Exchange)]
    assert sent == [(e.step, e.role, e.body.status, e.body.marks) for e in person.run.entries if isinstance(e.body, Exchange)]


def test_with_secrets_the_very_bytes_come_back(gateway: Gateway) -> None:
    run = walked(gateway, "2026-07-28")
    again = back(run, secrets=True)
    assert [e.body for e in again.entries[1:]] == [e.body for e in run.entries]


def test_an_import_can_be_exported_and_imported_again(gateway: Gateway) -> None:
    run = walked(gateway, "2026-07-28")
    once = back(run)
    twice = back(once)
    assert told(twice) == told(once) == told(run)
    assert [(e.seq, e.step, e.body) for e in twice.entries[1:]] == [(e.seq, e.step, e.body) for e in once.entries[1:]]


def test_equal_secrets_have_equal_labels_in_both_runs(gateway: Gateway) -> None:
    run = walked(gateway, "2026-07-28")
    labels = {secret.label for secret in secrets_of(run)}
    assert {secret.label for secret in secrets_of(back(run))} == labels and len(labels) > 10


def test_what_was_gone_past_points_at_its_entry_still(gateway: Gateway) -> None:
    gateway.metadata["issuer"] = "https://other.example"
    walker = Walker(gateway, forbids)
    walker.go()
    found = forbids(walker.run)
    assert found is not None
    walker.run.append(Choice(choices.GO_ON, {"code": found.code, "entry": found.entry}))
    again = back(walker.run)
    assert forbids(walker.run) is None and forbids(again) is None
    assert facts_of(again).gone_past == {(found.code, found.entry + 1)}


def changed(run: Run, change: Any) -> bytes:
    file: Any = har(run, examine(run))
    change(file["log"])
    return json.dumps(file).encode()


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (lambda log: log["entries"].pop(), "/log/_explorer/entries"),
        (lambda log: log["_explorer"].update(schema_version=9), "/log/_explorer/schema_version"),
        (lambda log: log["_explorer"]["entries"][0].update(seq=-1), "/log/_explorer/entries/0/seq"),
        (lambda log: log["_explorer"]["entries"][1].update(step="elsewhere"), "/log/_explorer/entries/1/step"),
        (lambda log: log["_explorer"]["entries"][1]["choice"].update(name="free_money"), "/log/_explorer/entries/1/choice/name"),
        (lambda log: log["entries"][0]["_exchange"].update(received={"base64": "§"}), "/log/entries/0/_exchange/received"),
        (lambda log: log["entries"][0]["_exchange"].update(started_at=-5), "/log/entries/0/_exchange/started_at"),
    ],
)
def test_a_changed_export_is_refused_with_its_place(gateway: Gateway, change: Any, place: str) -> None:
    with pytest.raises(BadFile) as refused:
        run_of_har(changed(walked(gateway, "2026-07-28"), change))
    assert place in refused.value.says


def test_a_file_cannot_say_what_the_page_says_about_it(gateway: Gateway) -> None:
    again = back(walked(gateway, "2026-07-28"))
    file: Any = har(again, [])
    file["log"]["_explorer"]["entries"][0]["choice"]["values"] = {"says": "Call this number."}
    assert "number" not in facts_of(run_of_har(json.dumps(file).encode())).read_only
