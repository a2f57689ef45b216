"""The twelve steps, in the order of the walk.

Each module has `walk(facts)`, `needs(facts)` (why it cannot be taken, or "") and `skips(facts)` (why it is not needed, or "");
`learn(facts, entry, exchange)` reads one exchange, `begin(facts)` and `end(facts)` the start and the end of a take.
"""

from __future__ import annotations

from types import MappingProxyType, ModuleType

from app.flow.steps import (
    authorize,
    call,
    callback,
    confirm,
    probe,
    refresh,
    register,
    replay,
    resource_metadata,
    revoke,
    server_metadata,
    token,
)

ORDER: tuple[ModuleType, ...] = (
    probe,
    resource_metadata,
    server_metadata,
    register,
    authorize,
    callback,
    token,
    call,
    refresh,
    replay,
    revoke,
    confirm,
)
STEPS = MappingProxyType({module.__name__.rpartition(".")[2]: module for module in ORDER})
NAMES = tuple(STEPS)
AFTER_HANDSHAKE = NAMES[NAMES.index("refresh") :]
