"""What an exchange says, in words: its status, its JSON-RPC messages, its OAuth error, its challenges."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from markupsafe import Markup

from app.views.known_words import members_of, oauth_code_means, rpc_code_means
from app.views.mask import Mask
from app.views.shape_mask import ShapeMask
from app.views.visible import shortened, visible
from app.views.wire_text import prose
from app.wire.messages import Exchange
from app.wire.parse.challenge import Challenge, Challenges, read_challenges
from app.wire.parse.challenge_scan import Problem
from app.wire.parse.json import read_json
from app.wire.parse.response import Response
from app.wire.parse.sse import messages_in, rpc_messages

NO_HTML = Markup()
SHOWN = 20  # messages or challenges of one answer
LONGEST = 400
AROUND = 60  # characters shown on both sides of a broken place
STATUSES = {
    200: "The request was carried out.",
    201: "Something was made, a client for example.",
    202: "The message was taken; there is no answer to wait for.",
    204: "Done, and there is nothing to say.",
    301: "The address has moved for good. This app shows redirects and does not follow them.",
    302: "Look elsewhere. This app shows redirects and does not follow them.",
    303: "Look elsewhere with GET. This app shows redirects and does not follow them.",
    307: "Send the same request elsewhere. This app shows redirects and does not follow them.",
    308: "Send the same request elsewhere, from now on. This app shows redirects and does not follow them.",
    400: "The server does not accept the request as it is; the body says why.",
    401: "No token, or not one that is accepted here. WWW-Authenticate says how to get one.",
    403: "The token is accepted, but it does not allow this; or a firewall says no.",
    404: "There is nothing at this address; in MCP also an ended session or, with -32601, an unknown method.",
    405: "The address exists, but not for this method.",
    406: "The server has no form of the answer that the Accept header allows.",
    415: "The server does not read this kind of body.",
    421: "The request reached a server that does not serve this host.",
    429: "Too many requests; Retry-After says when to ask again.",
    500: "Something broke inside the server.",
    502: "A proxy got no usable answer from the server behind it.",
    503: "The server, or the proxy in front of it, cannot serve now.",
    504: "A proxy waited too long for the server behind it.",
}


@dataclass(frozen=True)
class Parameter:
    """One parameter of a challenge."""

    name: Annotated[str, "its name"]
    value: Annotated[str, "its value, masked"]
    means: Annotated[str, "what it is for, or empty"]


@dataclass(frozen=True)
class ChallengeView:
    """One challenge of WWW-Authenticate."""

    scheme: Annotated[str, "the scheme as it was written"]
    parameters: Annotated[tuple[Parameter, ...], "its parameters in order"]
    token68: Annotated[str, "a single value in place of parameters, masked"]


@dataclass(frozen=True)
class Broken:
    """A place where WWW-Authenticate breaks its grammar."""

    says: Annotated[Markup, "what is wrong"]
    line: Annotated[Markup, "the header's value from there on, the place marked"]


@dataclass(frozen=True)
class Explained:
    """The Explain tab."""

    status: Annotated[Markup, "what the status says, or empty"] = NO_HTML
    sent: Annotated[tuple[Markup, ...], "the JSON-RPC messages that were sent, named"] = ()
    came: Annotated[tuple[Markup, ...], "the JSON-RPC messages that came, named; or the OAuth error"] = ()
    challenges: Annotated[tuple[ChallengeView, ...], "the challenges"] = ()
    broken: Annotated[tuple[Broken, ...], "where the challenges break their grammar"] = ()
    differing: Annotated[tuple[Markup, ...], "what other clients read in them instead"] = ()


def explained(exchange: Exchange, hide: Mask, *, judged: bool = True) -> Explained:
    """What the exchange says; where it is `judged`, also where its challenges are broken."""
    response = exchange.response
    sent = tuple(_sentences(messages_in(exchange.request.body), hide)) if exchange.request.body else ()
    if response is None:
        return Explained(sent=sent)
    read = read_challenges([field.value for field in response.headers("www-authenticate")])
    return Explained(
        status=prose(STATUSES.get(response.status, "")),
        sent=sent,
        came=(*_sentences(list(rpc_messages(response)), hide), *_oauth_error(response, hide)),
        challenges=tuple(_challenge(one, hide) for one in read.challenges[:SHOWN]),
        broken=tuple(_broken(problem, response, hide) for problem in read.problems) if judged else (),
        differing=tuple(_differing(read, hide)) if judged else (),
    )


def _text(value: object, hide: Mask, most: int = LONGEST) -> str:
    return visible(shortened(hide(str(value)), most), one_line=True)


def _sentences(messages: list[object], hide: Mask) -> Iterator[Markup]:
    for message in messages[:SHOWN]:
        if isinstance(message, Mapping) and "jsonrpc" in message:
            yield prose(_rpc_sentence(message, hide))


def _rpc_sentence(message: Mapping[str, Any], hide: Mask) -> str:
    number = f", id `{_text(message['id'], hide, 60)}`" if message.get("id") is not None else ""
    if "method" in message:
        kind = "Request" if number else "Notification"
        return f"{kind} `{_text(message['method'], hide, 120)}`{number}. {_called(message, hide)}".strip()
    error = message.get("error")
    if isinstance(error, Mapping):
        means = rpc_code_means(error.get("code"))
        said = _text(error.get("message", ""), hide)
        return f"Error `{_text(error.get('code'), hide, 40)}`{number}: {said or 'no message'}. {means}".strip()
    result = message.get("result")
    members = ", ".join(f"`{_text(name, hide, 60)}`" for name in list(result)[:12]) if isinstance(result, Mapping) else ""
    return f"Result{number}{' with ' + members if members else ''}."


def _called(message: Mapping[str, Any], hide: Mask) -> str:
    params = message.get("params")
    name = params.get("name") if isinstance(params, Mapping) and message.get("method") in ("tools/call", "prompts/get") else None
    return f"It names `{_text(name, hide, 120)}`." if name else ""


def _oauth_error(response: Response, hide: Mask) -> Iterator[Markup]:
    document = read_json(response.body).document
    error = document.get("error")
    if isinstance(error, str):
        said = document.get("error_description")
        words = f' The server adds: "{_text(said, hide)}"' if isinstance(said, str) and said else ""
        yield prose(f"Error `{_text(error, hide, 80)}`. {oauth_code_means(error) or 'No RFC that is known here defines this code.'}{words}")


def _challenge(challenge: Challenge, hide: Mask) -> ChallengeView:
    listed = tuple(Parameter(_text(name, hide, 80), _text(value, hide), _meaning(name)) for name, value in challenge.params[:SHOWN])
    return ChallengeView(_text(challenge.scheme, hide, 80), listed, _text(challenge.token68, hide))


CHALLENGE = {
    "realm": "A name for the protected space, for people (RFC 9110 section 11.5).",
    "resource_metadata": "Where the resource metadata lies; the walk goes on there (RFC 9728 section 5.1).",
    "scope": "The scopes that this request needs (RFC 6750 section 3).",
    "error": "Why the token was refused (RFC 6750 section 3.1).",
    "error_description": "The server's words for a developer (RFC 6750 section 3).",
    "error_uri": "A page about the error (RFC 6750 section 3).",
    "algs": "The algorithms of proofs that are accepted (RFC 9449 section 7.1).",
}


def _meaning(name: str) -> str:
    return CHALLENGE.get(name, "")


def _broken(problem: Problem, response: Response, hide: Mask) -> Broken:
    fields = response.headers("www-authenticate")
    value = fields[problem.line].value if problem.line < len(fields) else ""
    masked = ShapeMask(hide)(value)  # the same length as before, so that the place stays the place
    before, rest = masked[: problem.at][-AROUND:], masked[problem.at :][:AROUND]
    shown = (visible(part, one_line=True) for part in ("…" * (problem.at > AROUND) + before, rest or "(the end)"))
    return Broken(prose(_text(problem.says, hide)), Markup("{}<mark>{}</mark>").format(*shown))


def _differing(read: Challenges, hide: Mask) -> Iterator[Markup]:
    for name in ("resource_metadata", "scope", "error"):
        readers: dict[str, list[str]] = {}
        for reading in read.differing(name):
            readers.setdefault(reading.value, []).append(reading.reader)
        for value, those in readers.items():
            found = f"`{_text(value, hide, 200)}`" if value else "nothing"
            yield prose(f"As `{name}`: {found} ({', '.join(those)}).")


KINDS = ("resource_metadata", "server_metadata", "client", "token")


def tables_of(exchange: Exchange, side: str) -> tuple[str, ...]:
    """Which tables of app/words/members.toml know the members of one side's JSON: those that it has most in common with."""
    body = exchange.request.body if side == "request" else exchange.response.body if exchange.response else b""
    document = read_json(body).document
    if not document or "jsonrpc" in document:
        return ("rpc",)
    if side == "response" and isinstance(document.get("error"), str):
        return ("error",)
    return (max(KINDS, key=lambda kind: len(members_of(kind).keys() & document.keys())),)
