"""The request about to be sent: every parameter with its purpose, each of them open to change."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Protocol
from urllib.parse import urlsplit

from markupsafe import Markup

from app.flow.facts import Facts
from app.flow.moves import Ask, Standing
from app.views.mask import Mask
from app.views.parameters import label_of, meaning_of
from app.views.visible import host_of, visible
from app.views.wire_text import prose
from app.wire.messages import Request
from app.wire.parse.form import query_of, read_pairs


class Breakable(Protocol):
    """A named break, as far as a page needs to know it."""

    @property
    def slug(self) -> str: ...
    @property
    def label(self) -> str: ...
    @property
    def says(self) -> str: ...
    @property
    def mends(self) -> tuple[str, ...]: ...


@dataclass(frozen=True)
class Parameter:
    """One parameter or header. What is typed in its place is compared with `shown`."""

    name: Annotated[str, "the wire name, for `param.<name>`, `drop.<name>` and `header.<name>`"]
    label: Annotated[str, "the plain name"]
    shown: Annotated[str, "the value, masked: what the field holds"]
    purpose: Annotated[str, "what it is for"]
    is_long: Annotated[bool, "does it need several lines?"] = False


@dataclass(frozen=True)
class RequestForm:
    """The next request of a step, as a form."""

    step: Annotated[str, "the step that sends it"]
    action: Annotated[str, "where the form goes"]
    seen: Annotated[int, "how many entries the page shows"]
    method: Annotated[str, "GET or POST"]
    url: Annotated[str, "where to, masked"]
    host: Annotated[str, "the host that it goes to"]
    why: Annotated[Markup, "why it is sent"]
    parameters: Annotated[tuple[Parameter, ...], "form fields, JSON members or query parameters"]
    headers: Annotated[tuple[Parameter, ...], "headers"]
    breaks: Annotated[tuple[Breakable, ...], "named breaks that can be made now"]
    submit: Annotated[str, "the words on its button"]
    ways_on: Annotated[tuple[Breakable, ...], "changes that may mend what the main finding complains about"] = ()
    summary: Annotated[str, "the words above it"] = "The request about to be sent"
    is_open: Annotated[bool, "is it unfolded? Only where the main button sends it"] = True


def request_form(
    run_id: str, facts: Facts, standing: Standing, ask: Ask | None, breaks: Iterable[Breakable], hide: Mask, *, seen: int, problem: str = ""
) -> RequestForm | None:
    """The form, or None where nothing is about to be sent. `problem` is the main finding's code."""
    if standing.state in ("running", "done", "connect"):
        return None
    ways_on, breaks = _parted(breaks, problem)
    action = f"/runs/{run_id}/step"
    if standing.state in ("authorize", "stepup") and facts.authorization:
        ask = None
        request, why, purposes = Request("GET", facts.authorization.url), "Your browser takes this request to the server.", {}
        submit = "Draw the request with these changes"
    elif ask is not None:
        request, why, purposes = ask.request, ask.why, dict(ask.purposes)
        submit = "Send it with these changes"
    else:
        return _breaks_only(action, standing, breaks, ways_on, seen)
    return RequestForm(
        step=standing.step,
        action=action,
        seen=seen,
        method=request.method,
        url=visible(hide(_bare(request)), one_line=True),
        host=host_of(request.url),
        why=prose(visible(hide(why))),
        parameters=tuple(parameter(name, value, purposes, hide) for name, value in pairs_of(request)),
        headers=tuple(header(name, value, purposes, hide) for name, value in request.headers),
        breaks=breaks,
        ways_on=ways_on,
        submit=submit,
        summary="Change this request" if ask is None else "The request about to be sent",
        is_open=ask is not None and standing.state == "ready",
    )


Breakables = tuple[Breakable, ...]


def _parted(breaks: Iterable[Breakable], problem: str) -> tuple[Breakables, Breakables]:
    """(what may mend the problem, what only breaks)"""
    listed = tuple(breaks)
    ways_on = tuple(one for one in listed if problem and problem in one.mends)
    return ways_on, tuple(one for one in listed if one not in ways_on)


def _breaks_only(action: str, standing: Standing, breaks: Breakables, ways_on: Breakables, seen: int) -> RequestForm | None:
    if not (breaks or ways_on):
        return None
    return RequestForm(standing.step, action, seen, "", "", "", Markup(), (), (), breaks, "", ways_on)


def _bare(request: Request) -> str:
    """The URL; a GET's parameters are fields of their own."""
    return request.url.split("?")[0] if request.method == "GET" else request.url


def pairs_of(request: Request) -> tuple[tuple[str, str], ...]:
    """The parameters of a request as the person edits them: query of a GET, members of a JSON body, fields of a form."""
    if request.method == "GET":
        return read_pairs(query_of(request.url))
    if "json" not in request.header("content-type"):
        return read_pairs(request.body.decode("latin-1"))
    try:
        value = json.loads(request.body)
    except (ValueError, RecursionError):
        return ()
    members = value.items() if isinstance(value, dict) else ()
    return tuple((name, item if isinstance(item, str) else json.dumps(item)) for name, item in members)


def parameter(name: str, value: str, purposes: dict[str, str], hide: Mask) -> Parameter:
    """One parameter, masked."""
    shown = visible(hide.pair(name, value))
    return Parameter(visible(name, one_line=True), label_of(name), shown, purposes.get(name, "") or meaning_of(name), len(shown) > 60)


def header(name: str, value: str, purposes: dict[str, str], hide: Mask) -> Parameter:
    """One header, masked."""
    shown = visible(hide.header(name, value), one_line=True)
    return Parameter(visible(name, one_line=True), "", shown, purposes.get(name, ""), len(shown) > 60)


def leaves_host(form: RequestForm | None, target: str) -> bool:
    """Does the request go to another host than the target's?"""
    return form is not None and bool(form.host) and form.host != visible(urlsplit(target).netloc)
