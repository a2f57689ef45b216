"""What is true of each server that nobody here wrote: the finding, its level, and the reason in the server's own source or bytes.

Everything else that a walk says about one of them is a false alarm; everything missing is a finding lost.
"""

from __future__ import annotations

from dataclasses import dataclass, field

Finding = tuple[str, str]  # level, code


@dataclass(frozen=True)
class Walked:
    """One walk: which server, how, where it ends and what is then said. `skipped` are the steps that the server has nothing for."""

    server: str
    revision: str
    client_auth: str
    findings: frozenset[Finding]
    end: str = "done"
    skipped: frozenset[str] = field(default_factory=frozenset)

    def __str__(self) -> str:
        return f"{self.server} {self.revision} {self.client_auth}"


TRUE = {
    # fixed handlers of mcp 2.3.0, which FastMCP takes over
    "sdk_methods": {("WARN", "server_metadata.no_none_method"): "The metadata lists client_secret_post and client_secret_basic only."},
    "sdk_basic": {
        ("WARN", "revoke.unexpected_status"): "RevocationRequest wants client_secret in the form, also from a client that uses Basic.",
        ("WARN", "revoke.no_effect"): "So nothing was revoked: in confirm the tokens, whose revocation was refused, still work.",
    },
    "no_reuse": {("NOTE", "replay.rejected_grant_alive"): "The provider forgets a used refresh token: refused, and the newest pair lives."},
    "early_error": {("NOTE", "probe.error_without_token"): "The challenge has error=invalid_token before any token was sent."},
    "streams": {("NOTE", "call.sse_body"): "In the older era the answers to initialize and tools/list come as text/event-stream."},
    # the in-memory provider of the TypeScript SDK's examples
    "demo": {
        ("WARN", "token.no_refresh"): "exchangeAuthorizationCode gives no refresh_token, while grant_types_supported lists refresh_token.",
        ("NOTE", "server_metadata.no_revocation"): "The provider has no revokeToken, so the router leaves revocation_endpoint out.",
    },
    "demo_unrevoked": {("NOTE", "revoke.not_advertised"): "The step says again that there is nothing to send the revocation to."},
    "demo_older": {("STOP", "call.protocol_version"): "SDK 1.x answers 400 -32000 and lists 2025-11-25 as its newest version."},
}


def true(*names: str) -> frozenset[Finding]:
    return frozenset(finding for name in names for finding in TRUE[name])


def _python(server: str, *always: str) -> tuple[Walked, ...]:
    basic = (*always, "sdk_methods", "sdk_basic")
    return (
        Walked(server, "auto", "auto", true(*basic)),
        Walked(server, "2026-07-28", "auto", true(*basic)),
        Walked(server, "2025-11-25", "auto", true(*basic, "streams")),
        Walked(server, "2026-07-28", "client_secret_post", true(*always)),
        Walked(server, "2025-11-25", "client_secret_post", true(*always, "streams")),
    )


UNREFRESHED = frozenset({"refresh", "replay", "revoke", "confirm"})
DEMO = ("early_error", "demo", "demo_unrevoked", "streams")
LEGACY = ("early_error", "no_reuse")

WALKS = (
    *_python("python_sdk", "no_reuse", "early_error"),
    *_python("fastmcp", "no_reuse"),
    Walked("typescript_demo", "auto", "auto", true(*DEMO), skipped=UNREFRESHED),
    Walked("typescript_demo", "2025-11-25", "auto", true(*DEMO), skipped=UNREFRESHED),
    Walked("typescript_demo", "2026-07-28", "auto", true("early_error", "demo", "demo_older"), end="failed"),
    Walked("typescript_split", "auto", "auto", true(*LEGACY)),
    Walked("typescript_split", "2026-07-28", "auto", true(*LEGACY)),
    Walked("typescript_split", "2025-11-25", "auto", true(*LEGACY, "streams")),
)
