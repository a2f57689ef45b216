"""Every example by its code: `EXAMPLES[code]` fails and passes, `MORE[code]` are further walks with the level they must get."""

from __future__ import annotations

from app.checks.examples import (
    of_audit,
    of_browser,
    of_call,
    of_grant,
    of_metadata,
    of_probe,
    of_probes,
    of_register,
    of_token,
    of_transport,
)
from app.checks.examples.tape import Example, Tape

TABLES = (of_probe, of_metadata, of_register, of_browser, of_token, of_call, of_grant, of_probes, of_transport, of_audit)
EXAMPLES: dict[str, Example] = {code: example for table in TABLES for code, example in table.EXAMPLES.items()}
MORE: dict[str, list[tuple[str, Tape, str]]] = {}
for _table in TABLES:
    for _code, _walks in _table.MORE.items():
        MORE.setdefault(_code, []).extend(_walks)
