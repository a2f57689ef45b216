"""What two answers of one walk say differently: two discovery documents, and a refreshed token beside the first."""

from __future__ import annotations

from typing import Any

from app.checks.declaration import check
from app.checks.model import NOTE, WARN, Question, Seen, Verdict
from app.checks.reading import EMPTY, at, document_of, published, request_of, text
from app.checks.specs import rfc
from app.checks.token import grants
from app.wire.parse.jwt import read_jwt

PKCE = "code_challenge_methods_supported"
MEMBERS = (
    "issuer",
    "authorization_endpoint",
    "token_endpoint",
    "registration_endpoint",
    "revocation_endpoint",
    "jwks_uri",
    PKCE,
    "authorization_response_iss_parameter_supported",
)


@check(
    "server_metadata.documents_contradict",
    "server_metadata/probe:other_document:*",
    level=WARN,
    title="Two discovery documents contradict each other",
    expected="oauth-authorization-server and openid-configuration of one issuer say the same.",
    why="Clients do not all read the same document: one works, the other is sent to another endpoint, or refuses for want of PKCE.",
    spec=rfc(8414, "5"),
    operator="Make both documents from one source, or serve one and answer 404 to the other.",
    client="Read oauth-authorization-server first, and keep to one document.",
)
def documents_contradict(q: Question) -> Verdict:
    found, read = published(q), q.before.server
    if found is EMPTY or not read:
        return None
    odd = [name for name in MEMBERS if _contradicts(name, found.get(name), read.get(name))]
    if not odd:
        return None
    told = "; ".join(f"{name} is {_shown(found.get(name))} here and {_shown(read.get(name))} there" for name in odd[:3])
    says = f"{request_of(q).url} differs from the document that the walk has read: {told}."
    return Seen(says, actual=_shown(found.get(odd[0])), expected=_shown(read.get(odd[0])), evidence=at(q, pointer=f"/{odd[0]}"))


def _contradicts(name: str, one: Any, two: Any) -> bool:
    """Absent is no contradiction, except for PKCE: a client that misses it must refuse."""
    if name != PKCE and (one is None or two is None):
        return False
    return bool(_as_set(one) != _as_set(two))


def _as_set(value: Any) -> Any:
    return sorted(value) if isinstance(value, list) and all(isinstance(item, str) for item in value) else value


def _shown(value: Any) -> str:
    if value is None:
        return "absent"
    return value if isinstance(value, str) else repr(value)[:200]


@check(
    "refresh.scope_changed",
    "refresh/refresh",
    level=NOTE,
    title="The refreshed token has another scope",
    expected="The scope of the first token; a refresh without scope keeps it.",
    why="Less scope ends in 403 at a later call. More than was granted would be a hole.",
    spec=rfc(6749, "6"),
    operator="Keep the scope of the grant when a refresh names none, and never add to it.",
    client="Compare the scope of every answer, and ask the person again when it shrank.",
)
def scope_changed(q: Question) -> Verdict:
    now, first = document_of(q).get("scope"), q.before.tokens.scope if q.before.tokens else None
    if not grants(q) or not isinstance(now, str) or first is None or set(now.split()) == set(first.split()):
        return None
    added, lost = sorted(set(now.split()) - set(first.split())), sorted(set(first.split()) - set(now.split()))
    parts = [f"new: {' '.join(added)}"] if added else []
    parts += [f"gone: {' '.join(lost)}"] if lost else []
    says = f"scope was {first!r} and is {now!r} after the refresh ({'; '.join(parts)})."
    return Seen(says, actual=now, expected=first, level=WARN if added else "", evidence=at(q, pointer="/scope"))


@check(
    "refresh.audience_changed",
    "refresh/refresh",
    level=WARN,
    title="The refreshed token is for another audience",
    expected="aud of the refreshed token is aud of the first.",
    why="The MCP server took the first token and may refuse this one: people are signed out after an hour.",
    spec=rfc(8707, "2.2"),
    operator="Keep the resource of the grant when tokens are refreshed.",
    client="Send the same resource with every refresh.",
)
def audience_changed(q: Question) -> Verdict:
    first = read_jwt(q.before.tokens.access) if q.before.tokens else None
    now = read_jwt(text(document_of(q), "access_token")) if grants(q) else None
    if first is None or now is None or set(first.audience) == set(now.audience):
        return None
    was, became = ", ".join(first.audience) or "absent", ", ".join(now.audience) or "absent"
    return Seen(f"aud was {was} and is {became}.", actual=became, expected=was, evidence=at(q, pointer="/access_token"))
