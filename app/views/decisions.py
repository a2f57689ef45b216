"""What the page shows where a person must decide: the way out, an upstream link, a tool, a server, a code that ages."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from app.flow.facts import Document, Facts
from app.flow.moves import Standing
from app.views.leg_view import rows_of
from app.views.mask import Mask
from app.views.times import duration
from app.views.visible import host_of, is_web_link, shortened, visible
from app.views.wire_text import Row
from app.wire.parse.form import query_of

TOOLS_SHOWN = 50
CODE_SECONDS = 60  # the longest that gateways commonly let a code live
LOOK_ALIKE = "This host name holds letters beyond ASCII and may be a look-alike of one that you know. Open it only if you expect it."
CONNECT_WORDS = {
    "authenticating": "Nobody has connected this upstream for you yet.",
    "reconsent_required": "The upstream's permission was taken back; it must be given again.",
    "admin_connect_required": "This upstream is shared: an administrator of the gateway must connect it.",
}


@dataclass(frozen=True)
class WayOut:
    """The authorization request, parameter by parameter, before the browser leaves."""

    host: Annotated[str, "the server that the browser goes to"]
    address: Annotated[str, "the authorization endpoint"]
    rows: Annotated[tuple[Row, ...], "the parameters with their purposes"]
    is_link: Annotated[bool, "may the page link there? Only http and https"]
    left: Annotated[str, "how long ago the browser left, or empty"]


@dataclass(frozen=True)
class Link:
    """An address that the gateway wants opened, before it is opened."""

    host: Annotated[str, "where it leads"]
    url: Annotated[str, "the whole address"]
    warning: Annotated[str, "what is odd about the host, or empty"]


@dataclass(frozen=True)
class Upstream:
    """An account behind the gateway that must be connected first."""

    says: Annotated[str, "what the gateway said"]
    means: Annotated[str, "what the vendor's word means, or empty"]
    links: Annotated[tuple[Link, ...], "what the buttons open"]
    unsafe: Annotated[tuple[str, ...], "addresses that are no web links, as text"]


@dataclass(frozen=True)
class Tool:
    """One tool as the server lists it."""

    name: Annotated[str, "its name as shown"]
    value: Annotated[str, "its name as sent"]
    title: Annotated[str, "its title, or empty"]
    says: Annotated[str, "its description"]
    effect: Annotated[str, "what calling it may do"]
    is_safe: Annotated[bool, "does the server say that it only reads?"]
    is_chosen: Annotated[bool, "is the form filled for it?"]
    arguments: Annotated[str, "a JSON object made from its schema"]
    required: Annotated[tuple[str, ...], "names of required arguments"]


@dataclass(frozen=True)
class Ageing:
    """Something that dies soon, as a sentence with a clock in it."""

    before: Annotated[str, "the words before the clock"]
    clock: Annotated[str, "the time when the page was made, or empty"]
    after: Annotated[str, "the words behind the clock"]
    counts: Annotated[str, "`since` where it counts up, `until` where it counts down"]
    since: Annotated[int, "seconds since the epoch at which it began"]
    until: Annotated[int, "seconds since the epoch at which it ends, 0 where unknown"]
    over: Annotated[str, "what to say from then on"]
    is_over: Annotated[bool, "has it ended already?"]

    @property
    def says(self) -> str:
        """The whole sentence."""
        return f"{self.before}{self.clock}{self.after}"


def way_out(facts: Facts, standing: Standing, hide: Mask, *, now: float) -> WayOut | None:
    """The request that waits for the browser, or None."""
    asked = facts.authorization
    if asked is None or standing.state not in ("authorize", "stepup"):
        return None
    address = visible(hide(asked.url.split("?")[0]), one_line=True)
    left = f"{duration(now - asked.left_at)} ago" if asked.left_at else ""
    return WayOut(host_of(asked.url), address, rows_of(query_of(asked.url), hide), is_web_link(asked.url), left)


def upstream(facts: Facts, standing: Standing, hide: Mask) -> Upstream | None:
    """The connect request, or None."""
    if facts.connect is None or standing.state != "connect":
        return None
    unsafe = tuple(visible(shortened(hide(url), 300), one_line=True) for url in facts.connect.urls if not is_web_link(url))
    links = tuple(_link(url, hide) for url in facts.connect.urls if is_web_link(url))
    return Upstream(visible(shortened(hide(facts.connect.message), 600)), CONNECT_WORDS.get(facts.connect.state, ""), links, unsafe)


def _link(url: str, hide: Mask) -> Link:
    """The specification wants the whole address shown, the host made plain, and look-alikes warned of (URL mode elicitation)."""
    host = host_of(url)
    is_foreign = not host.isascii() or any(label.startswith("xn--") for label in host.lower().split("."))
    return Link(host, visible(hide(url), one_line=True), LOOK_ALIKE if is_foreign else "")


def servers(facts: Facts, hide: Mask) -> tuple[tuple[str, str, bool], ...]:
    """(issuer as sent, as shown, is it in use?) where the metadata names more than one."""
    if len(facts.issuers) < 2:
        return ()
    return tuple((sendable(issuer), visible(hide(issuer), one_line=True), issuer == facts.issuer) for issuer in facts.issuers)


def tools(facts: Facts, chosen: str, hide: Mask) -> tuple[Tool, ...]:
    """The tools, the chosen one marked; without a choice the first one that only reads and needs nothing, else the first."""
    by_name = {str(tool.get("name")): tool for tool in reversed(facts.tools)}
    listed = {name: by_name[name] for name in reversed(by_name)}
    calm = [name for name, tool in listed.items() if _only_reads(tool) and not _required(tool)]
    chosen = chosen if chosen in listed else next(iter([*calm, *listed]), "")
    names = list(dict.fromkeys([*list(listed)[:TOOLS_SHOWN], *([chosen] if chosen else [])]))
    return tuple(_tool(listed[name], chosen, hide) for name in names)


def _tool(tool: Document, chosen: str, hide: Mask) -> Tool:
    name = str(tool.get("name"))
    return Tool(
        name=visible(hide(name), one_line=True),
        value=sendable(name),
        title=visible(shortened(hide(_text(tool.get("title"))), 120), one_line=True),
        says=visible(shortened(hide(_text(tool.get("description"))), 600)),
        effect=_effect(tool),
        is_safe=_only_reads(tool),
        is_chosen=name == chosen,
        arguments=json.dumps(example(tool.get("inputSchema")), indent=2),
        required=tuple(visible(text, one_line=True) for text in _required(tool)),
    )


def sendable(text: str) -> str:
    """The text as a form field can carry it: JSON may hold half a character, UTF-8 cannot."""
    return text.encode("utf-8", "replace").decode()


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _only_reads(tool: Document) -> bool:
    return _mapping(tool.get("annotations")).get("readOnlyHint") is True


def _required(tool: Document) -> tuple[str, ...]:
    listed = _mapping(tool.get("inputSchema")).get("required")
    return tuple(name for name in listed if isinstance(name, str)) if isinstance(listed, list) else ()


def _effect(tool: Document) -> str:
    """The hints of the specification, whose defaults are: writes, may destroy, reaches the open world."""
    hints = _mapping(tool.get("annotations"))
    if _only_reads(tool):
        return "Only reads, says the server."
    if hints.get("destructiveHint") is False:
        return "Adds or changes things, says the server; destroys nothing."
    told = "says the server" if hints else "the server does not say"
    return f"May change or destroy things ({told})."


def example(schema: Any, depth: int = 0) -> dict[str, Any]:
    """A smallest object that fits a JSON schema: required members only, defaults and first choices where given."""
    schema = _mapping(schema)
    members = _mapping(schema.get("properties"))
    listed = schema.get("required")
    names = [name for name in listed if isinstance(name, str)][:50] if isinstance(listed, list) else []
    return {name: _sample(_mapping(members.get(name)), depth) for name in names}


def _sample(schema: Mapping[str, Any], depth: int) -> Any:
    choices = schema.get("enum")
    for value in (schema.get("default"), schema.get("const"), choices[0] if isinstance(choices, list) and choices else None):
        if value is not None:
            return value
    kind = schema.get("type")
    if kind == "object" and depth < 5:
        return example(schema, depth + 1)
    plain: dict[Any, Any] = {"integer": 0, "number": 0, "boolean": False, "array": [], "object": {}, "null": None}
    return plain.get(kind if isinstance(kind, str) else "", "")


def code_age(facts: Facts, standing: Standing, *, now: float) -> Ageing | None:
    """The code that waits to be exchanged, or None."""
    answer = facts.answer
    if answer is None or not answer.code or standing.step != "token" or standing.state == "running" or _was_handed_in(facts):
        return None
    age, is_over = duration(now - answer.at), now - answer.at > CODE_SECONDS
    advice = " Gateways let it live 30 to 60 seconds; RFC 6749 allows ten minutes at most."
    old = " old, so it may be dead." + advice
    return Ageing(
        "The code is ", age, old if is_over else f" old.{advice}", "since", int(answer.at), int(answer.at) + CODE_SECONDS, "", is_over
    )


def _was_handed_in(facts: Facts) -> bool:
    tried = facts.steps.get("token")
    return tried is not None and tried.state == "refused"


def ended(facts: Facts) -> str:
    """Why the newest tokens have no time left, whatever `expires_in` said; empty where they may have."""
    revoke = facts.steps.get("revoke")
    if facts.revoked or (revoke is not None and revoke.state == "done"):
        return "revoked by this walk"
    return "its grant has ended" if facts.grant_dead else ""


def token_life(facts: Facts, *, now: float) -> Ageing | None:
    """What is left of the access token, or None where nobody said."""
    token = facts.tokens
    if token is None or token.expires_in is None or ended(facts) or token.expires_in > 1e10:
        return None
    until = token.at + token.expires_in
    is_over = until <= now
    dead = "The access token has expired."
    words = (dead, "", "") if is_over else ("The access token lives ", duration(until - now), " more.")
    return Ageing(*words, "until", int(token.at), int(until), dead, is_over)
