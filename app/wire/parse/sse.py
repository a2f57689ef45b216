"""Server-sent events (WHATWG HTML section 9.2), and the JSON-RPC messages in an answer."""

from __future__ import annotations

import json

from app.wire.parse.response import Response


def rpc_messages(response: Response) -> tuple[object, ...]:
    """Every JSON-RPC message of an answer, from a JSON or an event stream body, in order; none where there are none."""
    texts = [response.body]
    if response.media_type == "text/event-stream":
        texts = [line[5:] for line in response.body.splitlines() if line.startswith(b"data:")]
    messages: list[object] = []
    for text in texts:
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            continue
        messages.extend(value if isinstance(value, list) else [value])
    return tuple(messages)
