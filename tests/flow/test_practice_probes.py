"""Separating probes over real sockets at the healthy practice gateway: nothing is blamed, and the walk goes on as if they had not been."""

from __future__ import annotations

import pytest
from test_practice_walk import Person, settings  # noqa: F401  # the fixture

from app.checks.engine import examine, forbids
from app.flow.engine import take_probe
from app.flow.log import Choice, Leg
from app.flow.separating import SLUGS
from app.settings import Settings


def complaints(person: Person) -> set[str]:
    return {f.code for f in examine(person.run) if f.level in ("STOP", "WARN")}


def test_every_probe_at_every_place_blames_nothing_and_the_walk_comes_to_its_end(settings: Settings) -> None:  # noqa: F811
    person = Person(settings, "2026-07-28", "linear-v1")
    person.press("run")
    asked = person.facts.authorization
    assert asked is not None
    person.run.append(Leg("authorize", asked.url), step="authorize")
    take_probe(person.run, "dry_authorize", person.means)
    take_probe(person.run, "fresh_client", person.means)
    assert complaints(person) == set()
    person.browse()
    assert person.state == "connected"
    for slug in SLUGS:
        take_probe(person.run, slug, person.means)
        last = person.run.entries[-1].body
        assert isinstance(last, Choice) and last.values["outcome"] in ("done", "failed")
        assert person.state == "connected"
    assert complaints(person) == set()
    person.press("run")
    person.browse()
    assert person.state == "done" and forbids(person.run) is None
    assert complaints(person) == set()


@pytest.mark.parametrize("revision", ["2025-06-18", "2025-11-25"])
def test_the_older_era_is_probed_with_its_own_first_request(settings: Settings, revision: str) -> None:  # noqa: F811
    person = Person(settings, revision, "linear-v1")
    person.press("run")
    person.browse()
    take_probe(person.run, "without_token", person.means)
    sent = [e.body.status for e in person.run.entries if e.role.startswith("probe:without_token:")]  # type: ignore[union-attr]
    assert sent == [401, 401, 200]
    assert complaints(person) == set()
