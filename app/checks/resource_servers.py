"""Which authorization servers the resource metadata names (RFC 9728 section 2)."""

from __future__ import annotations

from app.checks.declaration import check
from app.checks.model import NOTE, STOP, WARN, Question, Seen, Verdict
from app.checks.reading import EMPTY, at, is_ours, json_member, published, text, texts
from app.checks.specs import MCP_401, rfc
from app.wire.parse.url import is_inner_host, is_loopback_host, split

ALL = "resource_metadata/*"


@check(
    "resource_metadata.no_authorization_servers",
    ALL,
    level=STOP,
    title="The metadata lacks a member that it is there for",
    expected="resource is a string, authorization_servers an array of at least one issuer.",
    why="The document says who issues tokens (authorization_servers), and for what they are (resource).",
    spec=MCP_401,
    operator="Add authorization_servers with the issuer; write resource as one string.",
    client="Nothing; guessing that the gateway is its own authorization server is the rule of 2025-03-26 only.",
)
def no_authorization_servers(q: Question) -> Verdict:
    found = published(q)
    if found is EMPTY:
        return None
    if not texts(found, "authorization_servers"):
        given = json_member(found, "authorization_servers")
        return Seen(f"authorization_servers is {given}.", actual=given, evidence=at(q, pointer="/authorization_servers"))
    if not text(found, "resource"):
        given = json_member(found, "resource")
        return Seen(f"resource is {given}, not a string.", actual=given, level=WARN, evidence=at(q, pointer="/resource"))
    return None


@check(
    "resource_metadata.server_unusable",
    ALL,
    level=STOP,
    title="The authorization server's address cannot be used",
    expected="Each entry is an issuer: an https URL without query, fragment or well-known part.",
    why="Everything secret goes to that address; clients refuse http, and build wrong URLs from a metadata URL.",
    spec=rfc(8414, "2"),
    operator="List the issuer, https, exactly as the authorization server's own metadata spells it.",
    client="Nothing.",
)
def server_unusable(q: Question) -> Verdict:
    for place, issuer in enumerate(texts(published(q), "authorization_servers")):
        wrong = "" if is_ours(q, issuer) else _unusable(issuer)
        elsewhere = "" if wrong else _inner(issuer, q.before.options.target)
        if wrong or elsewhere:
            level = STOP if place == 0 and wrong else WARN
            return Seen(
                f"{issuer} {wrong or elsewhere}.", actual=issuer, level=level, evidence=at(q, pointer=f"/authorization_servers/{place}")
            )
    return None


def _inner(issuer: str, target: str) -> str:
    """From this machine it may even work; for everybody else the address is another machine, or none."""
    inner = is_inner_host(split(issuer).host) and not is_inner_host(split(target).host)
    return f"is known inside one network only, while the MCP URL {target} is public" if inner and target else ""


def _unusable(issuer: str) -> str:
    parts = split(issuer)
    if parts.scheme.lower() not in ("https", "http") or not parts.host:
        return "is not an http(s) URL"
    if parts.scheme.lower() == "http" and not is_loopback_host(parts.host):
        return "is http, not https"
    return "is the address of a metadata document, not an issuer" if "/.well-known/" in parts.path else ""


@check(
    "resource_metadata.many_servers",
    ALL,
    level=NOTE,
    title="Several authorization servers are named",
    expected="One, or a deliberate choice.",
    why="The client chooses, and most take the first; credentials of one are never valid at another.",
    spec=rfc(9728, "7.6"),
    operator="Put the server that most clients should use first.",
    client="Let the person choose; keep registrations and tokens apart by issuer.",
)
def many_servers(q: Question) -> Verdict:
    named = texts(published(q), "authorization_servers")
    if len(named) < 2:
        return None
    return Seen(f"{len(named)} servers: {', '.join(named)}.", actual=", ".join(named), evidence=at(q, pointer="/authorization_servers"))
