"""Somebody who presses the buttons of separating probes, at a canned gateway."""

from __future__ import annotations

from canned import Gateway, Walker

from app.checks.engine import examine, forbids, main_of
from app.flow.engine import take_probe
from app.flow.log import Choice, Leg
from app.flow.separating import offered_probes
from app.flow.standing import standing

INVALID = {"WWW-Authenticate": 'Bearer error="invalid_token", error_description="missing token"'}


def out(gateway: Gateway, **options: str) -> Walker:
    """The browser has left."""
    walker = Walker(gateway, forbids, **options)
    walker.go()
    asked = walker.facts.authorization
    assert asked is not None
    walker.run.append(Leg("authorize", asked.url), step="authorize")
    return walker


def connected(gateway: Gateway) -> Walker:
    walker = Walker(gateway, forbids)
    walker.to_connected()
    return walker


def refused(gateway: Gateway) -> Walker:
    """Tokens came, and the gateway refuses them in words that could mean anything."""
    gateway.on["POST /mcp/one"] = lambda r: (401, INVALID, b"no") if r.header("authorization") else gateway._mcp(r)
    return connected(gateway)


def offered(walker: Walker) -> list[str]:
    codes = frozenset(f.code for f in examine(walker.run) if not f.past)
    state = standing(walker.facts, forbids(walker.run), False).state
    return [probe.slug for probe in offered_probes(walker.facts, codes, state)]


def tried(walker: Walker, slug: str) -> str:
    """Press the button of an offered probe; what it showed."""
    assert slug in offered(walker), offered(walker)
    take_probe(walker.run, slug, walker.means)
    last = walker.run.entries[-1].body
    assert isinstance(last, Choice) and last.values["phase"] == "end"
    return str(last.values["says"])


def asked(walker: Walker, slug: str) -> list[str]:
    return [f"{e.step} {e.role.rpartition(':')[2]}" for e in walker.run.entries if e.role.startswith(f"probe:{slug}:")]


def codes(walker: Walker) -> set[str]:
    return {f.code for f in examine(walker.run) if not f.past}


def top(walker: Walker) -> str:
    found = main_of(walker.run)
    return found.code if found else ""
