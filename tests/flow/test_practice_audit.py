"""The audit over real sockets at the practice gateway, which enforces all of it, in both eras."""

from __future__ import annotations

from pathlib import Path

import pytest
from practice_person import Person, practice_gateway

from app.checks.engine import examine
from app.flow.audits.attempts import SLUGS
from app.flow.audits.judging import ENFORCED, NOT_ENFORCED
from app.flow.audits.progress import begin, send_out, take_audit, take_back
from app.flow.audits.reading import audit_of
from app.flow.audits.verdicts import verdicts
from app.flow.log import Leg
from app.practice.gateways import open_gateway, target_url
from app.store.database import open_engine


def audit(person: Person) -> int:
    """Everything, with the sign-ins that it takes; how many those were."""
    begin(person.run, SLUGS, person.target.replace("linear-v1", "github-v1"))
    take_audit(person.run, person.means)
    while (found := audit_of(person.run.entries)) and found.waits:
        take_back(person.run, Leg("callback", person.walk_out(send_out(person.run, found.lap))))
        take_audit(person.run, person.means)
    assert found is not None and found.outcome == "done"
    return found.sign_ins


@pytest.mark.parametrize("revision", ["2026-07-28", "2025-06-18"])
def test_the_practice_gateway_enforces_everything(tmp_path: Path, revision: str) -> None:
    with practice_gateway(tmp_path) as settings:
        person = Person(settings, revision, "linear-v1")
        person.press("run")
        person.browse()
        before = person.state
        assert audit(person) == 2
        told = {verdict.slug: (verdict.word, verdict.says) for verdict in verdicts(person.run, person.facts)}
        assert {slug: word for slug, (word, _) in told.items()} == dict.fromkeys(SLUGS, ENFORCED), told
        assert person.state == before == "connected", "the run's own tokens still live"
        assert {f.code for f in examine(person.run) if f.level in ("STOP", "WARN")} == set()
        person.press("run")
        person.browse()
        assert person.state == "done"


@pytest.mark.parametrize(
    ("fault", "slug"),
    [("replay-not-noticed", "old_refresh"), ("grace-window", "old_refresh"), ("revocation-does-nothing", "revoked_token")],
)
def test_a_practice_gateway_that_breaks_on_purpose_is_found_out(tmp_path: Path, fault: str, slug: str) -> None:
    with practice_gateway(tmp_path) as settings:
        engine = open_engine(settings)
        target = target_url(open_gateway(engine, faults=[fault]), settings)
        person = Person(settings, "2026-07-28", "", target)
        person.press("run")
        person.browse()
        audit(person)
        engine.dispose()
        words = {verdict.slug: verdict.word for verdict in verdicts(person.run, person.facts)}
        assert words == dict.fromkeys(SLUGS, ENFORCED) | {slug: NOT_ENFORCED}


def test_a_walk_that_is_done_is_audited_with_a_fresh_token(tmp_path: Path) -> None:
    with practice_gateway(tmp_path) as settings:
        person = Person(settings, "2026-07-28", "linear-v1")
        for _ in range(2):
            person.press("run")
            person.browse()
        assert person.state == "done"
        audit(person)
        words = {verdict.slug: verdict.word for verdict in verdicts(person.run, person.facts)}
        assert words == dict.fromkeys(SLUGS, ENFORCED) and person.state == "done"
