"""Every example by its code: `EXAMPLES[code]` fails and passes, `MORE[code]` are further walks with the level they must get."""

from __future__ import annotations

import of_browser
import of_call
import of_grant
import of_metadata
import of_probe
import of_register
import of_token
import of_transport
from tape import Example, Tape

TABLES = (of_probe, of_metadata, of_register, of_browser, of_token, of_call, of_grant, of_transport)
EXAMPLES: dict[str, Example] = {code: example for table in TABLES for code, example in table.EXAMPLES.items()}
MORE: dict[str, list[tuple[str, Tape, str]]] = {}
for _table in TABLES:
    for _code, _walks in _table.MORE.items():
        MORE.setdefault(_code, []).extend(_walks)
