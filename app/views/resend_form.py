"""An exchange to be changed and sent again: its form, hidden values as `{{access#3f9a}}`, and what the person made of it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Annotated
from urllib.parse import quote_plus, urlsplit

from markupsafe import Markup

from app.flow.log import Entry, Run
from app.views.keeping import Terms, keeping
from app.views.mask import LABEL, Mask, mask_for, secrets_of
from app.views.secrets_of import Secret
from app.views.steps import TITLES
from app.views.visible import host_of
from app.views.wire_text import prose
from app.wire.messages import Exchange, Header, Request
from app.wire.parse.form import read_pairs

PLACEHOLDER = re.compile(r"\{\{(" + LABEL.pattern.removeprefix(r"\b").removesuffix(r"\b") + r")\}\}")
TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
EDITABLE = 65_536  # characters of a body in a form
FORM = "application/x-www-form-urlencoded"
COSTS = {
    "authorization_code": "A code is for one use. Sent again it looks like theft: the server may revoke the tokens that came from it "
    "(RFC 6749 section 4.1.2).",
    "refresh_token": "A refresh token that was already exchanged is for one use. Sent again it may end the whole grant "
    "(RFC 9700 section 4.14).",
    "register": "Each registration makes one more client at the server, which stays there.",
    "revoke": "If the token still lives, it ends with this request.",
    "call": "A tool may do its work a second time.",
}


ELSEWHERE = "The copy goes to another host and carries hidden values of this run. Tick that you want that, or take them out."


class BraceMask(Mask):
    """One run's mask for a field that is typed in: hidden values as placeholders."""

    def _written(self, secret: Secret) -> str:
        return "{{" + secret.label + "}}"

    def _named(self, kind: str, value: str) -> str:
        return "{{" + super()._named(kind, value) + "}}"


@dataclass(frozen=True)
class Typed:
    """What stands in the fields."""

    method: Annotated[str, "the method"]
    url: Annotated[str, "the URL"]
    headers: Annotated[str, "one `Name: value` a line"]
    body: Annotated[str, "the body"]


@dataclass(frozen=True)
class ResendPage:
    """All that templates/pages/resend.html prints."""

    title: Annotated[str, "the page's title"]
    run_id: Annotated[str, "the run's id"]
    seq: Annotated[int, "the exchange that is sent again"]
    step_title: Annotated[str, "the step that made it"]
    seen: Annotated[int, "how many entries the run had: a second click on the same form sends nothing"]
    action: Annotated[str, "where the form goes; empty where nothing may be sent"]
    refusal: Annotated[str, "why nothing may be sent, or empty"]
    typed: Annotated[Typed, "what stands in the fields"]
    body_is_bytes: Annotated[bool, "is the body no text, so that it is sent as it was?"]
    cost: Annotated[Markup, "what sending it again may cost; a tick is asked for then"]
    elsewhere: Annotated[str, "the host that it went to, where the copy would carry hidden values to another one; else empty"]
    mistakes: Annotated[tuple[Markup, ...], "what has to be changed first"]
    keeping: Annotated[str, "where the run lives, how long, who sees it"]


@dataclass(frozen=True)
class Resent:
    """The request that the person made, or the mistakes in it."""

    request: Request
    changed: tuple[str, ...]
    mistakes: tuple[str, ...] = ()


def resend_page(
    run: Run, entry: Entry, *, settings: Terms, refusal: str, typed: Typed | None = None, mistakes: tuple[str, ...] = ()
) -> ResendPage:
    """The form of an exchange; `typed` is what the person sent where it could not be used."""
    exchange = entry.body
    assert isinstance(exchange, Exchange)
    request = exchange.request
    return ResendPage(
        title=f"Send exchange {entry.seq} again · {host_of(request.url)}",
        run_id=run.id,
        seq=entry.seq,
        step_title=TITLES.get(entry.step, ""),
        seen=len(run.entries),
        action="" if refusal else f"/runs/{run.id}/exchanges/{entry.seq}/resend",
        refusal=refusal,
        typed=typed or shown(request, secrets_of(run)),
        body_is_bytes=not _is_text(request.body),
        cost=prose(cost_of(entry)),
        elsewhere=host_of(request.url) if ELSEWHERE in mistakes else "",
        mistakes=tuple(prose(mistake) for mistake in mistakes),
        keeping=keeping(settings),
    )


def cost_of(entry: Entry) -> str:
    """What sending it once more may cost, one sentence; empty where it costs nothing."""
    exchange = entry.body
    assert isinstance(exchange, Exchange)
    sent = dict(read_pairs(exchange.request.body.decode("latin-1"))) if FORM in exchange.request.header("content-type") else {}
    named = sent.get("grant_type", "") or (entry.step if entry.step in ("register", "revoke") and exchange.request.method == "POST" else "")
    if b'"tools/call"' in exchange.request.body.replace(b" ", b""):
        named = "call"
    return COSTS.get(named, "")


def shown(request: Request, secrets: tuple[Secret, ...]) -> Typed:
    """The fields of a request, hidden values as placeholders."""
    hide = BraceMask(secrets)
    lines = "\n".join(f"{name}: {value}" for name, value in request.headers)
    body = request.body.decode("utf-8", "replace") if _is_text(request.body) else ""
    shown_body = hide(body).replace("\r\n", "\n")
    shown_body = shown_body.replace("&", "&\n") if _is_form(request.headers) else shown_body
    return Typed(request.method, hide(request.url), hide(lines), shown_body)


def _is_form(headers: tuple[Header, ...]) -> bool:
    return any(name.lower() == "content-type" and FORM in value.lower() for name, value in headers)


def _is_text(body: bytes) -> bool:
    try:
        return "\0" not in body.decode("utf-8") and len(body) <= EDITABLE
    except UnicodeDecodeError:
        return False


def read_resend(form: Mapping[str, str], entry: Entry, secrets: tuple[Secret, ...]) -> Resent:
    """What the person made of the form of this entry. A field that was not touched keeps its exact bytes."""
    exchange = entry.body
    assert isinstance(exchange, Exchange)
    old, was = exchange.request, shown(exchange.request, secrets)
    typed = typed_in(form, was)
    url = old.url if typed.url == was.url else fill(typed.url, secrets)
    headers = old.headers if typed.headers == was.headers else _headers(typed.headers, secrets)
    body = old.body if typed.body == was.body else _body(typed.body, headers, secrets)
    request = replace(old, method=typed.method, url=url, headers=headers, body=body)
    return Resent(request, tuple(_changes(old, request)), tuple(_mistakes(form, entry, typed, request, secrets)))


def typed_in(form: Mapping[str, str], was: Typed) -> Typed:
    """The fields as they came back, line ends as they were shown."""

    def text(name: str) -> str:
        return str(form.get(name, getattr(was, name))).replace("\r\n", "\n")

    return Typed(text("method").strip().upper(), text("url").strip(), text("headers").strip("\n"), text("body"))


def fill(text: str, secrets: tuple[Secret, ...], spell: Callable[[str], str] = str) -> str:
    """The text with each known placeholder replaced by its value, spelled for the place."""
    values = {secret.label: secret.value for secret in secrets}
    return PLACEHOLDER.sub(lambda found: spell(values[found[1]]) if found[1] in values else found[0], text)


def _headers(lines: str, secrets: tuple[Secret, ...]) -> tuple[Header, ...]:
    cut = (line.partition(":") for line in lines.split("\n") if line.strip())
    return tuple((name.strip(), fill(value.strip(), secrets)) for name, _, value in cut)


def _body(text: str, headers: tuple[Header, ...], secrets: tuple[Secret, ...]) -> bytes:
    kind = next((value.lower() for name, value in headers if name.lower() == "content-type"), "")
    if FORM in kind:  # one parameter a line in the field
        return fill(re.sub(r"\s*\n\s*", "", text), secrets, quote_plus).encode("utf-8", "replace")
    return fill(text, secrets, _in_json if "json" in kind else str).encode("utf-8", "replace")


def _in_json(value: str) -> str:
    return json.dumps(value)[1:-1]


def _changes(old: Request, new: Request) -> list[str]:
    changed = [name for name in ("method", "url") if getattr(old, name) != getattr(new, name)]
    changed = [{"url": "URL"}.get(name, name) for name in changed]
    before, after = dict(old.headers), dict(new.headers)
    changed += [f"header `{name[:60]}`" for name in dict.fromkeys((*before, *after)) if before.get(name) != after.get(name)]
    if old.body != new.body:
        changed.append(_body_change(old, new))
    return changed


def _body_change(old: Request, new: Request) -> str:
    """The names of the parameters that differ, where both bodies are forms."""
    if FORM not in old.header("content-type") or FORM not in new.header("content-type"):
        return "body"
    before, after = (dict(read_pairs(one.body.decode("latin-1"))) for one in (old, new))
    names = [name for name in dict.fromkeys((*before, *after)) if before.get(name) != after.get(name)]
    return ", ".join(f"parameter `{name[:60]}`" for name in names[:10]) or "body"


def _mistakes(form: Mapping[str, str], entry: Entry, typed: Typed, request: Request, secrets: tuple[Secret, ...]) -> list[str]:
    found = []
    if not TOKEN.fullmatch(typed.method) or len(typed.method) > 40:
        found.append("The method must be one word such as GET or POST.")
    if not is_sendable(request.url):
        found.append("The URL must begin with `http://` or `https://` and name a host.")
    lines = [line for line in typed.headers.split("\n") if line.strip()]
    if bad := next((line for line in lines if not TOKEN.fullmatch(line.partition(":")[0].strip())), ""):
        found.append(f"A header line must read `Name: value`, not `{bad[:80]}`.")
    if left := PLACEHOLDER.search(_text_of(request)):
        found.append(f"`{left[0]}` stands for a value that this run does not hold. Type the value in its place.")
    if cost_of(entry) and form.get("again") != "1":
        found.append("Tick that you want to send it again all the same.")
    if _goes_elsewhere(entry, request) and _holds_secret(request, secrets) and form.get("elsewhere") != "1":
        found.append(ELSEWHERE)
    return found


def is_sendable(url: str) -> bool:
    """Is it an http or https URL with a host? The wire's guard judges the rest."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def _goes_elsewhere(entry: Entry, request: Request) -> bool:
    old = entry.body
    assert isinstance(old, Exchange)
    try:
        return urlsplit(old.request.url)[:2] != urlsplit(request.url)[:2]
    except ValueError:
        return True


def _holds_secret(request: Request, secrets: tuple[Secret, ...]) -> bool:
    text = _text_of(request)
    return mask_for(secrets)(text) != text


def _text_of(request: Request) -> str:
    return "\n".join((request.url, *(f"{name}: {value}" for name, value in request.headers), request.body.decode("latin-1")))
