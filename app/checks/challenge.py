"""What the challenge of the first 401 says: is it well formed, and does it point to the right place?"""

from __future__ import annotations

from app.checks.declaration import check
from app.checks.model import NOTE, STOP, WARN, Question, Seen, Verdict
from app.checks.reading import at, bearer_of, challenges_read, header_of, metadata_named, status_of
from app.checks.specs import rfc
from app.wire.parse.url import DEFAULT_PORTS, Parts, is_inner_host, is_loopback_host, origin, split


@check(
    "probe.challenge_malformed",
    "probe/*",
    level=WARN,
    title="The challenge is malformed",
    expected='WWW-Authenticate: Bearer name="value", … with every parameter once and resource_metadata as an absolute URL.',
    why="Lenient clients read something, strict ones nothing; with doubled parameters each client may read another value.",
    spec=rfc(9110, "11.6.1"),
    operator="Quote every value, send each parameter once, and escape what comes from request headers before it is echoed.",
    client="Take the first value of a doubled parameter and refuse URLs that are not absolute.",
)
def challenge_malformed(q: Question) -> Verdict:
    raw = header_of(q, "www-authenticate")
    wrong = _fault(q) if status_of(q) == 401 and raw else ""
    return Seen(f"{wrong} The header reads: {raw}", actual=raw, evidence=at(q, header="WWW-Authenticate")) if wrong else None


def _fault(q: Question) -> str:
    read = challenges_read(q)
    bearer = bearer_of(q)
    # a scheme alone is well formed (RFC 9110 section 11.6.1); that it says nothing has a finding of its own
    is_bare = bearer is not None and not bearer.params and {p.slug for p in read.problems} == {"scheme_rule"}
    if read.problems and not is_bare:
        problem = read.problems[0]
        lenient = read.best("resource_metadata") if not metadata_named(q) else ""
        return problem.says + (f" A tolerant client still reads resource_metadata as {lenient}." if lenient else "")
    named = metadata_named(q)
    if named and not named.lower().startswith(("http://", "https://")):
        return f"resource_metadata is not an absolute http(s) URL: {named!r}."
    if bearer_of(q) is not None and read.challenges[0].scheme.lower() != "bearer":
        return f"The first challenge is {read.challenges[0].scheme}, not Bearer; many clients read the first one only."
    return ""


@check(
    "probe.metadata_wrong_origin",
    "probe/*",
    level=STOP,
    title="The metadata URL is one that clients cannot use",
    expected="The URL has the scheme and host under which the MCP server was reached.",
    why="The gateway does not know its own public address, so every URL that it writes is likely to be wrong too.",
    spec=rfc(9728, "5.1"),
    operator="Forward X-Forwarded-Proto and X-Forwarded-Host and let the gateway trust them, or configure its public URL.",
    client="Nothing: following an http or internal URL would be unsafe.",
)
def metadata_wrong_origin(q: Question) -> Verdict:
    named = metadata_named(q)
    target = q.before.options.target
    if status_of(q) != 401 or not named.lower().startswith(("http://", "https://")) or not target:
        return None
    wrong, level = _wrong_origin(target, named)
    if not wrong:
        return None
    says = f"{wrong} The MCP URL is {target}, resource_metadata is {named}."
    return Seen(says, actual=named, expected=origin(target), level=level, evidence=at(q, header="WWW-Authenticate"))


def _wrong_origin(target: str, named: str) -> tuple[str, str]:
    ours, theirs = split(target), split(named)
    host, other = ours.host.lower(), theirs.host.lower()
    if ours.scheme.lower() == "https" and theirs.scheme.lower() == "http":
        return "The scheme fell from https to http.", STOP
    if is_loopback_host(other) and not is_loopback_host(host):
        return f"{other} is a loopback address, which means another machine for every client.", STOP
    # a laptop reaches localhost, and not the name that a container has among containers
    clustered = other.removesuffix(".").endswith((".svc", ".cluster.local")) and is_loopback_host(host)
    container = "." not in other and not other.startswith("[") and not is_loopback_host(other) and is_loopback_host(host)
    if container or clustered or (is_inner_host(other) and not is_inner_host(host)):
        return f"{other} is known inside one network only.", STOP
    if host == other and _port(ours) != _port(theirs):
        return "The host is the same, but the port is another one.", NOTE
    return "", ""


def _port(parts: Parts) -> str:
    return parts.port or DEFAULT_PORTS.get(parts.scheme.lower(), "")
