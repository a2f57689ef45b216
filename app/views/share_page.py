"""Sharing: what the owner of a run sees of its links, and what a reader of one is told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Protocol

from app.views.keeping import Terms, keeping
from app.views.times import duration, iso
from app.views.visible import host_of, visible

DAY = 86_400


class Shared(Protocol):
    """One snapshot, as the store keeps it."""

    @property
    def id(self) -> str: ...
    @property
    def target(self) -> str: ...
    @property
    def made_at(self) -> float: ...
    @property
    def until(self) -> float: ...


@dataclass(frozen=True)
class ShareLine:
    """One living link in its owner's list."""

    id: Annotated[str, "the link's id"]
    url: Annotated[str, "the link, to be copied"]
    target: Annotated[str, "the target of its run, masked"]
    made: Annotated[str, "when it was made"]
    left: Annotated[str, "how long it can still be read"]
    until: Annotated[str, "when it ends, UTC"]


@dataclass(frozen=True)
class SharePage:
    """All that templates/pages/share.html prints."""

    title: Annotated[str, "the page's title"]
    run_id: Annotated[str, "the run's id; empty on the page of all links"]
    target: Annotated[str, "the MCP URL, masked"]
    lines: Annotated[tuple[ShareLine, ...], "the living links"]
    lives: Annotated[tuple[tuple[int, str], ...], "how long a link may live: (days, words), the usual one first"]
    secrets: Annotated[int, "how many secrets are replaced in a snapshot made now"]
    public: Annotated[str, "from where a link can be opened"]
    keeping: Annotated[str, "where the run lives, how long, who sees it"]


@dataclass(frozen=True)
class Reader:
    """What whoever opens a link is told, on every page of the snapshot."""

    says: Annotated[str, "what this is, who sees it and until when"]
    home: Annotated[str, "the snapshot's first page"]


def share_line(share: Shared, base_url: str, now: float) -> ShareLine:
    """One link as its owner sees it."""
    return ShareLine(
        id=share.id,
        url=f"{base_url}/shared/{share.id}",
        target=visible(share.target, one_line=True),
        made=f"{duration(now - share.made_at)} ago",
        left=duration(share.until - now),
        until=iso(share.until).replace("T", " ").removesuffix(":00Z").removesuffix("Z"),
    )


def share_page(
    shares: Iterable[Shared], *, settings: Terms, now: float, share_seconds: int, run_id: str = "", target: str = "", secrets: int = 0
) -> SharePage:
    """The links of one run with the form for another one, or (without a run) all links of this browser."""
    host = host_of(target)
    return SharePage(
        title=f"Share · {host}" if run_id else "Shared links",
        run_id=run_id,
        target=visible(target, one_line=True),
        lines=tuple(share_line(share, settings.base_url, now) for share in shares),
        lives=lives(share_seconds),
        secrets=secrets,
        public=_public(settings),
        keeping=keeping(settings),
    )


def lives(share_seconds: int) -> tuple[tuple[int, str], ...]:
    """The usual life first, then a day where that is less."""
    days = max(1, share_seconds // DAY)
    usual = (days, f"{days} days" if days > 1 else "1 day")
    return (usual, (1, "1 day")) if days > 1 else (usual,)


def reader(share: Shared) -> Reader:
    """Said above every page of a snapshot."""
    made, until = (iso(at)[:16].replace("T", " ") for at in (share.made_at, share.until))
    says = (
        f"A snapshot that somebody shared, made {made} UTC. Whoever has the link can read it until {until} UTC, or until it is revoked. "
        "Secrets were replaced before it was stored; nothing can be pressed here."
    )
    return Reader(says, f"/shared/{share.id}")


def _public(settings: Terms) -> str:
    """A link of a laptop opens on that laptop only; that is no link to send."""
    if settings.hosted:
        return "Anyone who can reach this server and has the link can read it, without signing in."
    here = f"This app runs on your computer: the link opens only where {settings.base_url} leads to it."
    return f"{here} To pass a run on to somebody else, export the support bundle."
