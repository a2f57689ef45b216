"""What a server means that does not know our client id."""

from __future__ import annotations

import re

from app.checks.model import Question

ABOUT_MISMATCH = re.compile(r"match|redirect|does not (contain|list|include)", re.I)


def unknown_client(q: Question, words: str) -> str:
    """cimd_mismatch, cimd_fetch_failed or client_stale, by how we became a client and how the refusal is worded."""
    client = q.before.client
    if client is None or client.how != "cimd":
        return "client_stale"
    return "cimd_mismatch" if ABOUT_MISMATCH.search(words) else "cimd_fetch_failed"
