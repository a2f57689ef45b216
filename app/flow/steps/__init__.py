"""The twelve steps, in the order of the walk. Each module has `walk(facts)` and `learn(facts, entry)`."""

NAMES = (
    "probe",
    "resource_metadata",
    "server_metadata",
    "register",
    "authorize",
    "callback",
    "token",
    "call",
    "refresh",
    "replay",
    "revoke",
    "confirm",
)
