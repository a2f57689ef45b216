"""What separating probes bring to light beside the browser's part, and what two exchanges of the walk say together."""

from __future__ import annotations

import re
from collections.abc import Mapping

from app.checks.asides import answer, refused_call, siblings
from app.checks.call_reading import ABOUT_AUDIENCE, ABOUT_LOSS
from app.checks.call_reading import refusal as call_refusal
from app.checks.declaration import check
from app.checks.model import NOTE, STOP, WARN, Evidence, Question, Seen, Verdict
from app.checks.reading import at, bearer_of, header_of, quoted_error, status_of, token_sent, told
from app.checks.specs import MCP_RESOURCE, mcp_transport, rfc
from app.checks.token_reading import code_age, missing_params, sent_before, verifier_fits
from app.flow.log import Entry
from app.wire.messages import Exchange
from app.wire.parse.form import query_of, read_pairs
from app.wire.parse.instance import agrees_on, instance_marks
from app.wire.parse.json import read_json
from app.wire.parse.jwt import read_jwt
from app.wire.parse.sse import rpc_messages
from app.wire.parse.url import split

YOUNG_SECONDS = 5.0  # no server lets a code live so short
ABOUT_STORE = re.compile(
    r"unknown (oauth )?(request|session|transaction|grant)|(grant|session|transaction|request|code) (was )?not found|no such (grant|code)",
    re.I,
)
AUDIENCE_PROVIDERS = re.compile(r"(^|\.)(auth0\.com|okta\.com|oktapreview\.com|oryapis\.com|amazoncognito\.com|amazonaws\.com)$", re.I)
REFUSED = ("wrong_audience", "refused_without_reason", "token_not_jwt")


@check(
    "probe.prefix_match_challenge",
    "probe/probe:other_slash:other",
    "probe/probe:other_slash:longer",
    level=NOTE,
    title="Only a neighbour of the URL is protected",
    expected="The URL that people type is the one that is protected.",
    why="A rule that compares the beginning of the path covers the longer spelling and leaves the exact one open.",
    spec=mcp_transport("Streamable HTTP"),
    operator="Protect the exact path, and what lies below it.",
    client="Nothing.",
)
def prefix_match_challenge(q: Question) -> Verdict:
    here = answer(siblings(q), "here")
    if status_of(q) != 401 or not header_of(q, "www-authenticate") or not 200 <= (here.status or 0) < 300:
        return None
    url = getattr(getattr(q.entry.body, "request", None), "url", "")
    return Seen(f"{here.request.url} answers {here.status} without a token, {url} answers 401 with a challenge.", actual="401")


@check(
    "refresh.old_access_alive",
    "refresh/probe:old_access:access",
    level=NOTE,
    title="The access token from before the refresh still works",
    expected="Either is allowed: most servers let it live until it expires.",
    why="Who stole it keeps it until then. Worth knowing, not a fault.",
    spec=rfc(6749, "6"),
    operator="Nothing; short lifetimes keep the window small.",
    client="Forget the old access token when a new one came.",
)
def old_access_alive(q: Question) -> Verdict:
    return Seen("The previous access token was let in.", actual=str(status_of(q))) if 200 <= status_of(q) < 300 else None


@check(
    "token.replicas",
    "token/code",
    "*/probe:five_times:5",
    level=STOP,
    title="Several instances do not share what they know",
    expected="Every instance knows the codes and sessions that another one issued.",
    why="The code was fresh and unused, and the verifier fits: another instance issued it. It fails half of the time, or always.",
    spec=rfc(6749, "4.1.3"),
    operator="Keep codes, grants and sessions in a store that all instances share, or send one person to one instance.",
    client="Try again: on a second try the same instance may answer.",
)
def replicas(q: Question) -> Verdict:
    if not q.entry.is_aside:
        age = code_age(q)
        if status_of(q) < 400 or age is None or not _is_fresh(q, age) or not ABOUT_STORE.search(told(q)):
            return None
        says = f"The server answered {quoted_error(q)} to a code that was {age:.0f} s old and unused; our verifier fits."
        return Seen(says, actual=quoted_error(q), evidence=at(q, pointer="/error"))
    return _among_five(q)


def _is_fresh(q: Question, age: float) -> bool:
    return age <= YOUNG_SECONDS and not sent_before(q) and not missing_params(q) and verifier_fits(q)


def _among_five(q: Question) -> Verdict:
    got = [e.body.response for e in siblings(q).values() if isinstance(e.body, Exchange) and e.body.response]
    kinds, instances = len({agrees_on(r) for r in got}), {instance_marks(r) for r in got}
    refused = _young_refusal(q)
    if kinds > 1:
        says = f"Five equal requests got {kinds} different answers."
    elif len(instances) > 1 and refused:
        says = f"Five equal requests were answered by {len(instances)} instances ({'; '.join(' '.join(i) for i in sorted(instances)[:3])})."
    else:
        return None
    if refused is None:
        return Seen(says, actual=f"{kinds} different answers", level=WARN)
    return Seen(f"{says} A fresh, unused code was refused before.", actual=says, about=refused.seq)


def _young_refusal(q: Question) -> Entry | None:
    """The newest token request of the walk that was refused as invalid_grant within seconds of its callback."""
    came = q.before.answer
    for entry in reversed(q.run.entries[: q.entry.seq]):
        body = entry.body
        if entry.step == "token" and entry.role == "code" and isinstance(body, Exchange) and body.response and came is not None:
            value = read_json(body.response.body).value
            error = value.get("error") if isinstance(value, dict) else ""
            return entry if error == "invalid_grant" and 0 <= entry.at - came.at <= YOUNG_SECONDS else None
    return None


@check(
    "token.resource_accepted_then_refused",
    "call/*",
    level=STOP,
    title="The token is for the resource that we named, and is refused there",
    expected="Authorization server and MCP server know the resource under the same name.",
    why="The authorization server binds whatever name it is given; the MCP server knows itself under another. Clients reconnect for ever.",
    spec=rfc(8707, "2"),
    operator="Make the MCP server's own resource equal to `resource` of its metadata, and let the authorization server refuse other names.",
    client="Nothing: the name came from the metadata.",
)
def resource_accepted_then_refused(q: Question) -> Verdict:
    asked, tokens = q.before.authorization, q.before.tokens
    if asked is None or tokens is None or not asked.resource or call_refusal(q) != "wrong_audience":
        return None
    token, echoed = read_jwt(tokens.access), tokens.answer.get("resource")
    bound = asked.resource in token.audience if token else echoed == asked.resource
    challenge = bearer_of(q)
    words = f"{challenge.get('error')} {challenge.get('error_description')}" if challenge else ""
    if not bound or not ABOUT_AUDIENCE.search(f"{told(q)} {words}"):
        return None
    says = f"We asked for {asked.resource}, the token is bound to it, and the MCP server answers {header_of(q, 'www-authenticate')}."
    return Seen(says, actual="401", expected=asked.resource, evidence=at(q, header="WWW-Authenticate"))


@check(
    "authorize.audience_instead",
    "call/*",
    level=WARN,
    title="The authorization server wants audience, not resource",
    expected="The token is made out to the resource that was asked for (RFC 8707).",
    why="This kind of server ignores resource: without its own audience parameter it issues a token for nobody in particular.",
    spec=MCP_RESOURCE,
    operator="Turn on resource indicators, or let the gateway add audience to the authorization request.",
    client="Add audience=<the API's identifier> to the extra authorization parameters of the start page.",
)
def audience_instead(q: Question) -> Verdict:
    asked, tokens = q.before.authorization, q.before.tokens
    if asked is None or tokens is None or call_refusal(q) not in REFUSED or not token_sent(q):
        return None
    if any(name == "audience" for name, _ in read_pairs(query_of(asked.url))):
        return None
    token = read_jwt(tokens.access)
    made_out_to = token.audience if token else ()
    is_empty = token is not None and token.claims.get("aud") == []
    if asked.resource in made_out_to or not (is_empty or AUDIENCE_PROVIDERS.search(split(asked.issuer).host)):
        return None
    shown = f"aud is {list(made_out_to)}" if token else "the token is opaque"
    says = f"No audience was sent to {split(asked.issuer).host}, and {shown}. The MCP server then refused the token."
    return Seen(says, actual=shown, expected=asked.resource)


def lost_on_the_way(q: Question) -> Verdict:
    """The probe's proof that the header does not arrive: three equal answers that miss a token, or the other spelling that takes it."""
    found, walked = siblings(q), refused_call(q)
    about = walked.seq if walked else 0
    if "other_ours" in found:
        here, other = answer(found, "here_ours"), answer(found, "other_ours")
        if here.status != 401 or not _takes_the_token(found, other):
            return None
        says = f"The same token is let in at {other.request.url} and refused at {here.request.url}: it is lost on the way there."
        return Seen(says, actual="401", about=about, evidence=Evidence(q.entry.seq))
    none, random, ours = (_look(answer(found, name)) for name in ("none", "random", "ours"))
    if status_of(q) != 401 or not none == random == ours or not _misses_token(q):
        return None
    says = "No token, a made-up one and ours get the same answer, which speaks of a missing token."
    return Seen(says, actual="three equal answers", about=about, evidence=Evidence(q.entry.seq))


def _takes_the_token(found: Mapping[str, Entry], other: Exchange) -> bool:
    """A server of an older era refuses the revision that we speak, but only behind the door that kept us out without a token."""
    said = rpc_messages(other.response) if other.response and other.status == 400 else ()
    behind = answer(found, "other").status == 401 and any(isinstance(message, dict) and "jsonrpc" in message for message in said)
    return behind or 200 <= (other.status or 0) < 300


def _look(exchange: Exchange) -> tuple[object, ...]:
    response = exchange.response
    return (response.status, response.header("www-authenticate"), response.body) if response else ()


def _misses_token(q: Question) -> bool:
    return bool(ABOUT_LOSS.search(f"{told(q)} {header_of(q, 'www-authenticate').lower()}"))
