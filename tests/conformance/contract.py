"""What the driver expects of the pages, and of each scenario that must end in a refusal."""

from __future__ import annotations

TERMINAL = frozenset({"connected", "done", "failed"})
# state -> the move to make in it
PRESS = {"ready": "run", "authorize": "authorize", "stepup": "stepup"}
MAX_PRESSES = 40
MAX_STEPUPS = 2  # the suite allows three authorization requests in scope-retry-limit

CIMD_URL = "https://conformance-test.local/client-metadata.json"  # the one address that the suite takes for a metadata document
# offline-access-scope advertises such documents too, but looks at what is registered: it gets no document
CIMD_SCENARIOS = frozenset({"auth/basic-cimd"})

# The suite only sees that nothing more was sent. Whether the person was told why is ours to ask.
EXPECTED_REFUSAL = {
    "auth/resource-mismatch": {"resource_metadata.resource_mismatch"},
    "auth/metadata-issuer-mismatch": {"server_metadata.issuer_mismatch"},
    "auth/iss-supported-missing": {"callback.iss_missing"},
    "auth/iss-wrong-issuer": {"callback.iss_mismatch"},
    "auth/iss-unexpected": {"callback.iss_mismatch"},
    "auth/iss-normalized": {"callback.iss_mismatch"},
    "auth/scope-retry-limit": {"call.insufficient_scope", "stepup_limit"},
}

# the scenarios in which no person takes part, and the grant to choose on the start form
GRANTS = {
    "auth/client-credentials-jwt": "client_credentials",
    "auth/client-credentials-basic": "client_credentials",
    "auth/enterprise-managed-authorization": "id_jag",
    "auth/wif-jwt-bearer": "jwt_bearer",
}
EXTENSIONS = frozenset(
    f"auth/{name}"
    for name in (
        "client-credentials-jwt",
        "client-credentials-basic",
        "enterprise-managed-authorization",
        "dpop",
        "dpop-nonce",
        "wif-jwt-bearer",
    )
)
