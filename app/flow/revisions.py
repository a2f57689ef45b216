"""What differs between the protocol revisions, as data (spec.md sections 1 and 3)."""

from __future__ import annotations

from dataclasses import dataclass

CLIENT_NAME, CLIENT_VERSION = "MCP Flow Explorer", "0.1.0"


@dataclass(frozen=True)
class Revision:
    """The rules of one revision of the MCP specification that change what a client sends or refuses."""

    name: str
    era: str  # legacy: initialize and sessions; modern: stateless, server/discover
    resource_metadata: bool  # RFC 9728 is used at all
    oidc_discovery: bool
    resource_parameter: bool  # RFC 8707
    scope_union: bool  # a step-up keeps what was granted before
    client_id_metadata: bool
    application_type: bool
    version_header_on_metadata: bool


REVISIONS = {
    r.name: r
    for r in (
        Revision("2025-03-26", "legacy", False, False, False, False, False, False, True),
        Revision("2025-06-18", "legacy", True, False, True, False, False, False, False),
        Revision("2025-11-25", "legacy", True, True, True, False, True, False, False),
        Revision("2026-07-28", "modern", True, True, True, True, True, True, False),
    )
}
NEWEST = "2026-07-28"
NEWEST_LEGACY = "2025-11-25"


def rules(revision: str, era: str = "", protocol: str = "") -> Revision:
    """The rules that apply: the chosen revision; under `auto` what was negotiated, else the newest."""
    if revision in REVISIONS:
        return REVISIONS[revision]
    if protocol in REVISIONS:
        return REVISIONS[protocol]
    return REVISIONS[NEWEST_LEGACY if era == "legacy" else NEWEST]
