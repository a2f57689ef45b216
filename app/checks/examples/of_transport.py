"""Exchanges that failed below OAuth, one for every failure of the wire."""

from __future__ import annotations

import json

from app.checks.examples.healthy import at, discover, metadata, register, server, tools, walk_through
from app.checks.examples.of_metadata import at_root
from app.checks.examples.tape import HOME, PRM, PRM_ROOT, Example, answer, page, refusal, take
from app.checks.transport_words import KINDS
from app.wire.messages import Failure

FINE = walk_through("probe")
OPEN = json.dumps(PRM).encode()[:-1]


def failing(kind: str) -> Example:
    return Example(at("probe", discover(Failure(kind, f"The wire says {kind}."))), FINE)


EXAMPLES = {
    **{f"transport.{kind}": failing(kind) for kind in KINDS},
    "transport.failed": failing("something_new"),
    "transport.redirected": Example(at("probe", discover(answer(302, b"", f"Location: {HOME}/login"))), FINE),
    "transport.server_error": Example(at("probe", discover(answer(500, b"oops"))), FINE),
    "transport.oddity": Example(at("probe", discover(refusal() + b"left over")), FINE, "NOTE"),
    "transport.unfinished": Example(
        at("replay", outcome="failed", reason="The step took longer than one step may (STEP_SECONDS)."), walk_through("replay")
    ),
}
SLOW = Failure("timeout", "It took too long.")
BR = answer(200, b"\x1b\x03\xf8\xff", "Content-Encoding: br", kind="application/json")
MORE = {
    "transport.bad_encoding": [
        ("compressed with what was not offered, where a document is due", at("register", register(BR)), "STOP"),
        ("a refusal whose body nobody needs", at("probe", discover(answer(401, b"\x1b\x03\xf8\xff", "Content-Encoding: br"))), ""),
    ],
    "transport.timeout": [
        (
            "the next candidate is good",
            at_root(SLOW, metadata(answer(200, PRM), "root", PRM_ROOT)),
            "NOTE",
        ),
        (
            "it was taken again",
            (*at("register", register(SLOW), outcome="failed", reason="x"), *take("register", register(page()))),
            "NOTE",
        ),
    ],
    "transport.server_error": [
        ("a call with a token has its own name", at("call", tools(answer(500, b"oops"))), ""),
        ("a closed registration has its own name", at("register", register(answer(501, b"no"))), ""),
    ],
    "transport.redirected": [("a metadata candidate", at("server_metadata", server(answer(301, b"", "Location: /x"))), "WARN")],
    "transport.oddity": [
        (
            "bytes that are no UTF-8 in JSON",
            at("resource_metadata", metadata(answer(200, OPEN + b', "x": "\xff"}'), "path")),
            "NOTE",
        ),
        (
            "a member twice",
            at("resource_metadata", metadata(answer(200, OPEN + b', "resource": "other"}'), "path")),
            "NOTE",
        ),
        ("a page is no JSON at all", at("resource_metadata", metadata(page(), "path")), ""),
    ],
    "transport.unfinished": [
        ("another check says why", at("replay", tools(Failure("reset", "gone"), "replay", "access"), outcome="failed", reason="x"), ""),
        ("the browser is awaited", (*walk_through("authorize"), *take("callback", outcome="failed", reason="x")), ""),
    ],
}
