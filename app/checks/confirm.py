"""Is the proof of the revocation a proof? (RFC 7009 section 2.2)"""

from __future__ import annotations

from app.checks.declaration import check
from app.checks.model import WARN, Question, Seen, Verdict
from app.checks.reading import quoted_error, status_of
from app.checks.specs import rfc


@check(
    "confirm.not_proved",
    "confirm/*",
    level=WARN,
    title="The revocation could not be proved",
    expected="401 at the MCP server, invalid_grant at the token endpoint.",
    why="The answer is neither a refusal nor a success, so nothing is known.",
    spec=rfc(7009, "2.2"),
    operator="Answer 401 to a revoked token.",
    client="Try again.",
)
def not_proved(q: Question) -> Verdict:
    status = status_of(q)
    fine = (401, 400) if q.entry.role == "refresh" else (401,)
    if not status or status in fine or status >= 500 or 200 <= status < 400:
        return None
    return Seen(f"{status} where {fine[0]} is due: {quoted_error(q)}", actual=str(status))
