"""Which rules of the MCP authorization chapter this client keeps, by protocol revision, and where it does more than a revision asks.

`RULES` says it once per rule; `ENTRIES` has one entry per rule and revision, with an id such as `C10@2025-11-25`. A test names the entries
that it proves with `@pytest.mark.requirement("C10@2025-11-25")`, or runs in every revision of a rule with `@under("C10")`.
"""

from __future__ import annotations

from dataclasses import dataclass

MUST, SHOULD, MAY, OURS = "MUST", "SHOULD", "MAY", "ours"
REVISIONS = ("2025-03-26", "2025-06-18", "2025-11-25", "2026-07-28")
LETTERS = {"M": MUST, "S": SHOULD, "m": MAY, "+": OURS}  # "." = the revision does not have the rule, and neither have we


@dataclass(frozen=True)
class Rule:
    """`levels` has one letter per revision, oldest first. `reason` tells why a `+` is applied, or where we differ on purpose."""

    id: str
    says: str
    section: str
    levels: str
    reason: str = ""


@dataclass(frozen=True)
class Entry:
    """One rule in one revision."""

    id: str
    rule: Rule
    revision: str
    level: str


RULES = (
    Rule("C1", "Authorization starts after a 401 from the MCP endpoint.", "Flow steps", "MMMM"),
    Rule(
        "C2",
        "WWW-Authenticate of a 401 is parsed and acted on.",
        "Protected resource metadata discovery",
        "+MMM",
        "The challenge is read in 2025-03-26 too; only its resource_metadata is left aside there.",
    ),
    Rule("C3", "The authorization server is found through protected resource metadata (RFC 9728).", "Server location", ".MMM"),
    Rule(
        "C4",
        "The URL of the challenge stands alone; only without one the well-known path with the MCP path, then the root.",
        "Protected resource metadata discovery",
        ".MMM",
        "2025-06-18 knows the header only. A challenge without it is a finding there, and the well-known places are tried all the same, "
        "so that a person sees what else is wrong.",
    ),
    Rule(
        "C5",
        "Without metadata the walk ends, or goes on with configured values.",
        "Sequence diagram",
        ".+++",
        "Where nothing names a server, the MCP origin is tried as its own server as in 2025-03-26, as SDKs do; a finding says so.",
    ),
    Rule(
        "C6",
        "Metadata of another resource is refused (RFC 9728 section 3.3).",
        "Sequence diagram",
        ".MMM",
        "A parent path or a final slash is a WARN and not a refusal: the SDKs take both.",
    ),
    Rule("C7", "Of several authorization servers the client chooses; registrations and tokens stay apart.", "Server location", ".MMM"),
    Rule("C8", "Metadata is asked at the MCP origin's root; without it /authorize, /token, /register there.", "Fallbacks", "M..."),
    Rule("C9", "Server metadata comes from the issuer that the resource metadata names (RFC 8414).", "Server metadata discovery", ".MMM"),
    Rule("C10", "Candidates in order: RFC 8414 inserted, OpenID inserted, OpenID appended.", "Server metadata discovery", "..MM"),
    Rule(
        "C11",
        "Metadata whose issuer is another string is not used.",
        "RFC 8414 section 3.3",
        "MMMM",
        "A final slash alone is a WARN before 2026-07-28. A server that nothing named (2025-03-26, fallback) is a WARN: there is no "
        "issuer to compare with, only an origin.",
    ),
    Rule("C12", "MCP-Protocol-Version is sent while server metadata is fetched.", "Discovery headers", "S..."),
    Rule("C13", "Pre-registered first, then a metadata document, then registration, then the person.", "Client registration", "..SS"),
    Rule("C14", "Client metadata documents are supported.", "Client registration", "..SS"),
    Rule("C15", "Dynamic registration is supported (RFC 7591).", "Client registration", "SSmm"),
    Rule("C16", "Client credentials can be entered.", "Pre-registration", "SSSS"),
    Rule(
        "C17",
        "Our document is at an https URL with a path, names itself, our name and redirect URIs.",
        "Client ID documents",
        "..MM",
    ),
    Rule("C18", "Registration says application_type: native for loopback, web for https.", "Application type", "...M"),
    Rule(
        "C19",
        "A refused redirect URI is survived and told in words; the other application_type is offered.",
        "Application type",
        "+++M",
        "A troubleshooting tool owes the sentence and the offer in every revision.",
    ),
    Rule(
        "C20",
        "Credentials belong to one issuer; another issuer means a registration of its own.",
        "Authorization server binding",
        "+++M",
        "A secret shown to another server is a leak in every revision.",
    ),
    Rule("C21", "PKCE is used.", "Code protection", "MMMM"),
    Rule(
        "C22",
        "A server that does not advertise PKCE is refused.",
        "Code protection",
        "..MM",
        "The person may go on past the refusal: a recorded choice, and the finding stays. Older revisions get a WARN. A server that "
        "nothing named and that publishes nothing (fallback) gets a WARN in every revision.",
    ),
    Rule("C23", "The PKCE method is S256.", "Code protection", "MMMM"),
    Rule("C24", "resource stands in the authorization and the token request.", "Resource parameter", ".MMM", "It is in the refresh too."),
    Rule("C25", "resource is the canonical URI, byte for byte as published, without a fragment.", "Canonical server URI", ".MMM"),
    Rule(
        "C26",
        "Scope: the challenge's, else all of the resource metadata's, else none.",
        "Scope selection",
        "++SS",
        "Older revisions name no order; one order for all of them makes runs comparable.",
    ),
    Rule("C27", "Challenged scopes are taken as they are, related to scopes_supported or not.", "Scope selection", "..MM"),
    Rule(
        "C28",
        "403 insufficient_scope leads to a new authorization, a few times at most.",
        "Step-up",
        "++SS",
        "The way on is the same in every revision.",
    ),
    Rule("C29", "A step-up asks for what was asked before and what is missing.", "Step-up", "...S"),
    Rule("C30", "state is sent, compared, and a foreign one discarded.", "Open redirection", "MSSS"),
    Rule(
        "C31",
        "The issuer is written down with verifier and state before the browser goes.",
        "Response validation",
        "+++M",
        "One log for all.",
    ),
    Rule(
        "C32",
        "iss is compared as a plain string; announced but missing is refused; before the code goes anywhere.",
        "Response validation",
        "...M",
        "Older revisions get a WARN, and the code is sent.",
    ),
    Rule(
        "C33",
        "Error texts of an answer with a wrong issuer are neither acted on nor shown.",
        "Response validation",
        "+++M",
        "Somebody else's words are not shown in any revision, nor those of an answer with a foreign state.",
    ),
    Rule(
        "C34",
        "Our redirect URI is registered, and is loopback or https.",
        "Communication security",
        "MMMM",
        "Hosted mode takes a plain http address of its own on loopback only.",
    ),
    Rule("C35", "The token stands in the Authorization header of every request, never in a URL.", "Token requirements", "MMMM"),
    Rule("C36", "Only tokens of this MCP server's own authorization server are sent to it.", "Token handling", ".MMM"),
    Rule(
        "C37",
        "refresh_token is registered; offline_access only where the server lists it; none is taken for granted.",
        "Refresh tokens",
        "...M",
        "Registration names the refresh grant in every revision.",
    ),
    Rule("C38", "Tokens are stored safely: encrypted, and masked wherever they are shown.", "Token theft", "MMMM"),
    Rule(
        "C39",
        "Requests to addresses that a server names are guarded: no internal address, every redirect judged anew.",
        "Security best practices, SSRF",
        "MMMM",
        "Redirects are shown and never followed, so there is no hop to judge. On a laptop a person's own networks may be reached.",
    ),
    Rule("C40", "The browser is sent to http and https addresses only.", "Security best practices, URL validation", "MMMM"),
    Rule(
        "C41",
        "A link that a server wants opened is never fetched, is shown whole, and opens by a click.",
        "Elicitation, safe URL handling",
        "..MM",
        "A server of an older revision that sends one is treated the same.",
    ),
)


def _entries() -> dict[str, Entry]:
    found = {}
    for rule in RULES:
        for revision, letter in zip(REVISIONS, rule.levels, strict=True):
            if letter in LETTERS:
                found[f"{rule.id}@{revision}"] = Entry(f"{rule.id}@{revision}", rule, revision, LETTERS[letter])
    return found


ENTRIES = _entries()
