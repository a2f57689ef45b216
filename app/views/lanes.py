"""Who takes part in a run: your browser, this app, and every origin that was seen, named by what it was seen to do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlsplit

from app.flow.log import Entry, Leg, Run
from app.views.mask import Mask
from app.views.visible import shortened, visible
from app.wire.messages import Exchange

MOST = 6  # origins with a lane of their own; the walk of a hostile gateway may meet hundreds
HOST_SHOWN = 34
BROWSER, EXPLORER, OTHERS = "browser", "explorer", "others"
MCP, AUTHORIZATION, IDENTITY, METADATA, LOGIN = (
    "MCP server",
    "authorization server",
    "identity provider",
    "metadata",
    "authorization page",
)
DOES = {"probe": MCP, "call": MCP, "resource_metadata": METADATA, "server_metadata": AUTHORIZATION, "register": AUTHORIZATION}
AFTER = {"access": MCP, "access_after_revoke": MCP}  # roles of replay, revoke and confirm that go to the MCP server


@dataclass(frozen=True)
class Lane:
    """One who takes part."""

    key: Annotated[str, "browser, explorer, others or an origin"]
    title: Annotated[str, "what it is, by what it was seen to do"]
    host: Annotated[str, "host and port, or empty"]


def lanes(run: Run, hide: Mask) -> tuple[Lane, ...]:
    """The lanes, left to right in the order in which they were met."""
    seen: dict[str, dict[str, None]] = {}
    for origin, role in _meetings(run):
        seen.setdefault(origin, {})[role] = None
    named = [Lane(origin, _title(roles), _host(origin, hide)) for origin, roles in list(seen.items())[:MOST]]
    others = [Lane(OTHERS, "Other hosts", f"{len(seen) - MOST} more")] if len(seen) > MOST else []
    return (Lane(BROWSER, "Your browser", ""), Lane(EXPLORER, "Explorer", "this app"), *named, *others)


def lane_of(entry: Entry, known: Mapping[str, int]) -> int:
    """The number of the lane to which an exchange or a browser leg leads."""
    if isinstance(entry.body, Leg) and entry.body.kind == "callback":
        return known[EXPLORER]
    url = entry.body.url if isinstance(entry.body, Leg) else entry.body.request.url if isinstance(entry.body, Exchange) else ""
    return known.get(origin_of(url), known.get(OTHERS, known[EXPLORER]))


def origin_of(url: str) -> str:
    """Scheme, host and port as written, in lower case (RFC 6454 section 4); the URL itself where it has none."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url[:200]
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}".lower() if parts.netloc else url[:200]


def _meetings(run: Run) -> Iterator[tuple[str, str]]:
    for entry in run.entries:
        body = entry.body
        if isinstance(body, Exchange):
            yield origin_of(body.request.url), _role(entry)
        elif isinstance(body, Leg) and body.kind == "authorize":
            yield origin_of(body.url), LOGIN


def _role(entry: Entry) -> str:
    if entry.role == "id_jag":
        return IDENTITY
    return AFTER.get(entry.role) or DOES.get(entry.step, AUTHORIZATION)


def _title(roles: Mapping[str, None]) -> str:
    """The telling roles; fetching metadata or signing in name a host only where it does nothing else."""
    telling = [role for role in (MCP, AUTHORIZATION, IDENTITY) if role in roles]
    words = " and ".join(telling or [role for role in (LOGIN, METADATA) if role in roles])
    return words[:1].upper() + words[1:]


def _host(origin: str, hide: Mask) -> str:
    return visible(shortened(hide(origin.partition("://")[2] or origin), HOST_SHOWN), one_line=True)
