"""What a client did wrong, seen from the server's side: questions about the requests alone, whatever they were answered."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from app.checks.model import Spec
from app.checks.specs import MCP_PKCE, MCP_RESOURCE, MCP_TOKENS, mcp_transport, rfc
from app.wire.messages import Exchange, Request
from app.wire.parse.form import query_of, read_pairs
from app.wire.parse.json import read_json

OLD = "2025-03-26"  # the revision that knew no resource parameter
RESPONSES = ("application/json", "text/event-stream")


@dataclass(frozen=True)
class Mistake:
    """One thing that the client's author changes. `number` says in which request it was seen first, from 1."""

    slug: str
    title: str
    says: str
    fix: str
    spec: Spec
    number: int

    @property
    def spec_name(self) -> str:
        """The clause."""
        return self.spec.name

    @property
    def spec_url(self) -> str:
        """Where to read it."""
        return self.spec.url


@dataclass(frozen=True)
class Asked:
    """One request, read. Empty mappings where it is of another kind."""

    number: int
    request: Request
    answer: dict[str, Any]
    query: dict[str, str]
    form: dict[str, str]
    message: dict[str, Any]

    @property
    def leaves(self) -> dict[str, str]:
        """The parameters of an authorization request; empty where it is none."""
        return self.query if self.request.method == "GET" and {"response_type", "client_id"} & set(self.query) else {}

    @property
    def redeems(self) -> dict[str, str]:
        """The parameters of a token request for a code; empty where it is none."""
        return self.form if self.form.get("grant_type") == "authorization_code" else {}


Question = Callable[[Sequence[Asked]], Iterator[tuple[Asked, str]]]


@dataclass(frozen=True)
class Rule:
    """One question about all requests of a client, in the order in which they came."""

    slug: str
    title: str
    asks: Question
    fix: str
    spec: Spec


def mistakes_of(exchanges: Sequence[Exchange]) -> list[Mistake]:
    """What the client did wrong, each mistake once, in the order of the walk."""
    asked = [_read(number, one) for number, one in enumerate(exchanges, 1)]
    found = ((rule, next(rule.asks(asked), None)) for rule in RULES)
    return [Mistake(r.slug, r.title, f"Request {seen[0].number}: {seen[1]}", r.fix, r.spec, seen[0].number) for r, seen in found if seen]


def _read(number: int, exchange: Exchange) -> Asked:
    request, response = exchange.request, exchange.response
    kind = request.header("content-type").partition(";")[0].strip().lower()
    is_form = kind == "application/x-www-form-urlencoded"
    form = dict(reversed(read_pairs(request.body.decode("utf-8", "replace")))) if is_form else {}
    query = dict(reversed(read_pairs(query_of(request.url))))
    answer = _object(response.body) if response else {}
    return Asked(number, request, answer, query, form, _object(request.body) if not is_form else {})


def _object(body: bytes) -> dict[str, Any]:
    value = read_json(body).value if body.lstrip()[:1] == b"{" else None
    return value if isinstance(value, dict) else {}


def _speaks_old(asked: Sequence[Asked]) -> bool:
    return any(OLD in (a.request.header("mcp-protocol-version"), (a.message.get("params") or {}).get("protocolVersion"))
               for a in asked if isinstance(a.message.get("params", {}), dict))  # fmt: skip


def _no_pkce(asked: Sequence[Asked]) -> Iterator[tuple[Asked, str]]:
    for one in asked:
        sent = one.leaves
        if sent and not sent.get("code_challenge"):
            yield one, "the authorization request has no code_challenge."
        elif sent and sent.get("code_challenge_method") != "S256":
            yield one, f"code_challenge_method is {sent.get('code_challenge_method', 'absent, which means plain')!r}."


def _no_state(asked: Sequence[Asked]) -> Iterator[tuple[Asked, str]]:
    yield from ((one, "the authorization request has no state.") for one in asked if one.leaves and not one.leaves.get("state"))


def _no_resource(asked: Sequence[Asked]) -> Iterator[tuple[Asked, str]]:
    if _speaks_old(asked):
        return
    for one in asked:
        for sent, what in ((one.leaves, "authorization"), (one.redeems, "token")):
            if sent and not sent.get("resource"):
                yield one, f"the {what} request has no resource."


def _other_resource(asked: Sequence[Asked]) -> Iterator[tuple[Asked, str]]:
    named = {str(one.answer["resource"]) for one in asked if "authorization_servers" in one.answer and "resource" in one.answer}
    for one in asked:
        sent = (one.leaves or one.redeems).get("resource", "")
        if sent and named and sent not in named:
            yield one, f"resource is {sent!r}; the metadata says {', '.join(sorted(named))}."


def _wrong_redirect(asked: Sequence[Asked]) -> Iterator[tuple[Asked, str]]:
    registered, left = set[str](), {one.leaves.get("redirect_uri", "") for one in asked if one.leaves}
    for one in asked:
        registered |= {str(uri) for uri in one.answer.get("redirect_uris") or [] if "client_id" in one.answer}
        sent = one.leaves.get("redirect_uri", "")
        if sent and registered and not any(_same_but_port(sent, uri) for uri in registered):
            yield one, f"redirect_uri {sent!r} was not registered; registered is {', '.join(sorted(registered))}."
        later = one.redeems.get("redirect_uri", "")
        if later and left - {""} and later not in left:
            yield one, f"redirect_uri {later!r} is not the one of the authorization request."


def _same_but_port(sent: str, registered: str) -> bool:
    """Any port will do on loopback (RFC 8252 section 7.3)."""
    if sent == registered:
        return True
    one, two = (_cut(uri) for uri in (sent, registered))
    return one == two and one[0] in ("http://127.0.0.1", "http://localhost", "http://[::1]")


def _cut(uri: str) -> tuple[str, str]:
    head, slash, path = uri.partition("://")[2].partition("/")
    host = head.rpartition("]")[0] + "]" if "]" in head else head.partition(":")[0]
    return f"{uri.partition('://')[0]}://{host}", slash + path


def _no_verifier(asked: Sequence[Asked]) -> Iterator[tuple[Asked, str]]:
    yield from ((one, "the token request has no code_verifier.") for one in asked if one.redeems and not one.redeems.get("code_verifier"))


def _wrong_verifier(asked: Sequence[Asked]) -> Iterator[tuple[Asked, str]]:
    challenges = {one.leaves.get("code_challenge") for one in asked} - {None, ""}
    for one in asked:
        verifier = one.redeems.get("code_verifier", "")
        if verifier and challenges and _challenge(verifier) not in challenges:
            yield one, "code_verifier does not hash to any code_challenge that was sent here."


def _challenge(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode("utf-8", "replace")).digest()).rstrip(b"=").decode()


def _twice(name: str, what: str) -> Question:
    def asks(asked: Sequence[Asked]) -> Iterator[tuple[Asked, str]]:
        seen: dict[str, int] = {}
        for one in asked:
            value = one.form.get(name, "") if one.form.get("grant_type") else ""
            if value and value in seen:
                yield one, f"this {what} was sent before, in request {seen[value]}."
            seen.setdefault(value, one.number)

    return asks


def _not_a_form(asked: Sequence[Asked]) -> Iterator[tuple[Asked, str]]:
    for one in asked:
        if "grant_type" in one.message:
            yield one, f"the token request is {one.request.header('content-type') or 'of no content type'}, not a form."


def _token_in_query(asked: Sequence[Asked]) -> Iterator[tuple[Asked, str]]:
    yield from ((one, "the token stands in the URL.") for one in asked if "access_token" in one.query)


def _wrong_accept(asked: Sequence[Asked]) -> Iterator[tuple[Asked, str]]:
    for one in asked:
        accepts = one.request.header("accept").lower()
        lacking = [kind for kind in RESPONSES if kind not in accepts and "*/*" not in accepts]
        if "jsonrpc" in one.message and lacking:
            yield one, f"Accept is {accepts or 'absent'!r}; it lacks {' and '.join(lacking)}."


def _no_version(asked: Sequence[Asked]) -> Iterator[tuple[Asked, str]]:
    agreed = False
    for one in asked:
        if one.message.get("method") == "initialize":
            agreed = agreed or isinstance(one.answer.get("result"), dict)
        elif "jsonrpc" in one.message and agreed and not _speaks_old(asked) and not one.request.header("mcp-protocol-version"):
            yield one, f"{one.message.get('method', 'the message')} has no MCP-Protocol-Version header."


def _no_token(asked: Sequence[Asked]) -> Iterator[tuple[Asked, str]]:
    """Tokens came, and the next MCP requests do not bring them."""
    issued = next((one.number for one in asked if one.form.get("grant_type") and one.answer.get("access_token")), 0)
    later = [one for one in asked if issued and one.number > issued and "jsonrpc" in one.message]
    if later and not any(one.request.header("authorization") or "access_token" in one.query for one in later):
        yield later[0], f"a token was issued in request {issued}; no MCP request after it brings one."


RULES = (
    Rule("no_pkce", "No PKCE with S256", _no_pkce, "Send code_challenge with code_challenge_method=S256.", MCP_PKCE),
    Rule("no_state", "No state", _no_state, "Send a fresh state, and compare it when the browser comes back.", rfc(6749, "10.12")),
    Rule("no_resource", "No resource parameter", _no_resource, "Send resource in both requests, byte for byte from the resource metadata.",
         MCP_RESOURCE),
    Rule("other_resource", "Another resource than the metadata names", _other_resource,
         "Copy resource from the metadata; no URL library in between, no slash added.", MCP_RESOURCE),
    Rule("wrong_redirect", "A redirect URI that does not fit", _wrong_redirect,
         "Register, authorize and redeem with one and the same string.", rfc(6749, "4.1.3")),
    Rule("no_verifier", "No code verifier", _no_verifier, "Send the code_verifier that belongs to the challenge.", rfc(7636, "4.5")),
    Rule("wrong_verifier", "A verifier of another attempt", _wrong_verifier, "Keep one verifier for each state.", rfc(7636, "4.6")),
    Rule("code_twice", "A code is sent twice", _twice("code", "code"), "Send each code once; answer a reload of the callback without it.",
         rfc(6749, "4.1.2")),
    Rule("refresh_twice", "A refresh token is sent twice", _twice("refresh_token", "refresh token"),
         "Let one process refresh, keep the new refresh token, and throw the old one away.", rfc(9700, "4.14.2")),
    Rule("not_a_form", "A token request that is no form", _not_a_form, "Send application/x-www-form-urlencoded.", rfc(6749, "4.1.3")),
    Rule("token_in_query", "A token in the URL", _token_in_query, "Send it in the Authorization header only.", MCP_TOKENS),
    Rule("no_token", "The token is not used", _no_token, "Send Authorization: Bearer with every MCP request.", MCP_TOKENS),
    Rule("wrong_accept", "Accept does not list both kinds of answer", _wrong_accept,
         "Send Accept: application/json, text/event-stream.", mcp_transport("Sending messages to the server")),
    Rule("no_version", "No MCP-Protocol-Version after initialize", _no_version,
         "Send the negotiated version with every request after initialize.", mcp_transport("Protocol version header")),
)  # fmt: skip
