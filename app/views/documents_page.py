"""The metadata documents of a run: members with their meanings, missing and unknown ones marked, two discovery documents side by side."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any

from markupsafe import Markup

from app.flow.facts import Facts
from app.flow.log import Entry, Run
from app.views.json_text import indented
from app.views.keeping import Terms, keeping
from app.views.known_words import Known, members_of
from app.views.mask import Mask, mask_for, secrets_of
from app.views.visible import host_of, shortened, visible
from app.views.wire_text import prose
from app.wire.messages import Exchange
from app.wire.parse.json import read_json

LONGEST = 1_500  # characters of one value
MEMBERS = 150
ONE_LINE = 60  # characters of JSON that stand on one line
MARKS = ("required, missing", "recommended, missing", "unknown", "differs")
KINDS = {  # step -> (kind, heading, what it is)
    "resource_metadata": ("resource_metadata", "Resource metadata", "RFC 9728: what the MCP server says about itself"),
    "server_metadata": ("server_metadata", "Authorization server metadata", "RFC 8414 or OpenID Connect Discovery: what the server can do"),
    "register": ("client", "Registration answer", "RFC 7591: what the server wrote down about us"),
}


@dataclass(frozen=True)
class Member:
    """One member of one document, or of two side by side."""

    name: Annotated[str, "its name"]
    values: Annotated[tuple[str, ...], "its value in each document, masked; empty where it is missing"]
    known: Annotated[Known | None, "what it means; None for one that no specification here knows"]
    means: Annotated[Markup, "the same as HTML"]
    mark: Annotated[str, "`required, missing`, `recommended, missing`, `unknown`, `differs`, or empty"]
    grade: Annotated[str, "stop, warn, note or empty: how grave the mark is"]


@dataclass(frozen=True)
class Source:
    """Where a document came from."""

    name: Annotated[str, "what to call it beside another one"]
    url: Annotated[str, "its address, masked"]
    href: Annotated[str, "the exchange that brought it"]
    seq: Annotated[int, "that exchange's number"]


@dataclass(frozen=True)
class Document:
    """One document, or two that describe the same server."""

    slug: Annotated[str, "its id on the page"]
    title: Annotated[str, "what it is"]
    about: Annotated[str, "its clause and purpose"]
    sources: Annotated[tuple[Source, ...], "where it came from; two where two are compared"]
    members: Annotated[tuple[Member, ...], "its members in its own order, then what is missing"]
    summary: Annotated[str, "how many members, how many missing or unknown"]


@dataclass(frozen=True)
class DocumentsPage:
    """All that templates/pages/documents.html prints."""

    title: Annotated[str, "the page's title"]
    run_id: Annotated[str, "the run's id"]
    documents: Annotated[tuple[Document, ...], "the documents in the order of the walk"]
    own: Annotated[str, "the address of our own client metadata document where the client is known by it, or empty"]
    fetch: Annotated[str, "where the button goes that fetches the other discovery document, or empty"]
    keeping: Annotated[str, "where the run lives, how long, who sees it"]


Held = tuple[Entry, Exchange, Mapping[str, Any]]


def documents_page(run: Run, facts: Facts, *, settings: Terms, others: Sequence[str], judged: bool = True) -> DocumentsPage:
    """The page. `others` are well-known addresses of the issuer that the walk did not need; not `judged` in a lesson: no marks then."""
    hide, held = mask_for(secrets_of(run)), list(_held(run))
    asked = {exchange.request.url for entry in run.entries if isinstance(exchange := entry.body, Exchange)}
    client = facts.client
    return DocumentsPage(
        title=f"Documents · {host_of(run.target)}",
        run_id=run.id,
        documents=tuple(one if judged else _plain(one) for one in _documents(run.id, held, hide)),
        own=visible(hide(client.client_id), one_line=True) if client and client.how == "cimd" else "",
        fetch=f"/runs/{run.id}/documents/other" if not facts.read_only and facts.issuer and set(others) - asked else "",
        keeping=keeping(settings),
    )


def _plain(document: Document) -> Document:
    """The document as it came, without what is missing or odd in it."""
    members = tuple(replace(member, mark="", grade="") for member in document.members if any(member.values))
    return replace(document, members=members, summary=_summary(members))


def _held(run: Run) -> Iterator[Held]:
    """The newest JSON object that each address answered with 200 or 201."""
    newest: dict[tuple[str, str], Held] = {}
    for entry in run.entries:
        exchange = entry.body
        if not isinstance(exchange, Exchange) or entry.step not in KINDS or exchange.status not in (200, 201):
            continue
        document = read_json(exchange.response.body).document if exchange.response else {}
        if document and "keys" not in document:
            newest[entry.step, exchange.request.url] = (entry, exchange, document)
    yield from newest.values()


def _documents(run_id: str, held: Sequence[Held], hide: Mask) -> Iterator[Document]:
    for step in KINDS:
        found = [one for one in held if one[0].step == step]
        pair = [one for one in found if step == "server_metadata"]
        if len(pair) > 1 and pair[0][2].get("issuer") == pair[1][2].get("issuer"):
            yield _document(run_id, step, pair[:2], hide)
            found = pair[2:]
        for one in found:
            yield _document(run_id, step, [one], hide)


def _document(run_id: str, step: str, held: Sequence[Held], hide: Mask) -> Document:
    kind, title, about = KINDS[step]
    documents = [document for _, _, document in held]
    is_oidc = any("openid-configuration" in exchange.request.url for _, exchange, _ in held)
    members = tuple(members_in(documents, kind, hide, is_oidc=is_oidc))
    sources = tuple(_source(run_id, entry, exchange, hide) for entry, exchange, _ in held)
    return Document(f"d{held[0][0].seq}", title, about, sources, members, _summary(members))


def _source(run_id: str, entry: Entry, exchange: Exchange, hide: Mask) -> Source:
    url = exchange.request.url
    name = "OpenID Connect" if "openid-configuration" in url else "OAuth" if "oauth-" in url else "Document"
    return Source(name, visible(shortened(hide(url), 500), one_line=True), f"/runs/{run_id}/exchanges/{entry.seq}", entry.seq)


def members_in(documents: Sequence[Mapping[str, Any]], kind: str, hide: Mask, *, is_oidc: bool) -> Iterator[Member]:
    """The members of one or two documents, then the missing ones that should be there."""
    known = members_of(kind)
    names = list(dict.fromkeys(name for document in documents for name in document))
    missing = [n for n, k in known.items() if n not in names and (k.need in ("required", "recommended") or (is_oidc and k.need == "oidc"))]
    for name in (*names[:MEMBERS], *missing):
        found = known.get(name)
        values = tuple(value_text(name, document[name], hide) if name in document else "" for document in documents)
        mark, grade = _mark(name, found, documents)
        yield Member(visible(shortened(hide(name), 120), one_line=True), values, found, prose(found.means if found else ""), mark, grade)


def value_text(name: str, value: Any, hide: Mask) -> str:
    """One value as JSON writes it, text without its quotes; masked."""
    if isinstance(value, str):
        return visible(shortened(hide.pair(name, value), LONGEST)) or '""'
    written = json.dumps({name: value}, ensure_ascii=False)
    masked = hide(written).partition(":")[2].rsplit("}", 1)[0].strip()
    return visible(shortened(masked if len(masked) <= ONE_LINE else indented(masked), LONGEST))


def _mark(name: str, known: Known | None, documents: Sequence[Mapping[str, Any]]) -> tuple[str, str]:
    holding = [document for document in documents if name in document]
    if not holding:
        return ("recommended, missing", "note") if known and known.need == "recommended" else ("required, missing", "warn")
    if len(documents) > 1 and (len(holding) < len(documents) or holding[0][name] != holding[1][name]):
        return "differs", "note"
    return ("", "") if known else ("unknown", "note")


def _summary(members: Sequence[Member]) -> str:
    counts = {
        mark: sum(member.mark == mark for member in members) for mark in ("required, missing", "recommended, missing", "unknown", "differs")
    }
    held = sum(any(m.values) for m in members)
    told = [f"{held} member{'' if held == 1 else 's'}", *(f"{count} {mark}" for mark, count in counts.items() if count)]
    return ", ".join(told)
