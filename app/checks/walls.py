"""A firewall for browsers that stands before programs."""

from __future__ import annotations

from app.checks.declaration import check
from app.checks.model import STOP, Question, Seen, Verdict
from app.checks.reading import (
    at,
    header_of,
    is_html,
    snippet,
    status_of,
    told,
)
from app.checks.specs import rfc

WALL_HEADERS = ("cf-mitigated", "x-akamai-request-id", "x-datadome", "x-sucuri-id", "x-iinfo")


def is_bot_wall(q: Question) -> bool:
    """A page for people where a program's answer is due, with the marks of a firewall in front."""
    if status_of(q) not in (403, 429, 503) or not is_html(q):
        return False
    server = header_of(q, "server").lower()
    return any(header_of(q, name) for name in WALL_HEADERS) or "cloudflare" in server or "akamai" in server or "just a moment" in told(q)


@check(
    "probe.bot_wall",
    "probe/*",
    "resource_metadata/*",
    "server_metadata/*",
    "register/*",
    "token/*",
    "call/*",
    "refresh/*",
    level=STOP,
    title="A bot wall answered, not the gateway",
    expected="The gateway itself answers programs on its MCP, OAuth and well-known paths.",
    why="Clients without a browser cannot solve the page's puzzle; they print \"Unexpected token '<'\" and give up.",
    spec=rfc(9728, "3"),
    operator="Exempt the MCP path, the OAuth endpoints and /.well-known/* from bot protection, by path and not by agent string.",
    client="Try from another network: such walls judge the address and the agent string of the caller.",
)
def bot_wall(q: Question) -> Verdict:
    if not is_bot_wall(q):
        return None
    mark = next((name for name in WALL_HEADERS if header_of(q, name)), "server")
    says = f"{status_of(q)} with an HTML page ({mark}: {header_of(q, mark)}). It begins: {snippet(q, 80)!r}."
    return Seen(says, actual=f"{status_of(q)}, HTML, {mark}: {header_of(q, mark)}", evidence=at(q, header=mark))
