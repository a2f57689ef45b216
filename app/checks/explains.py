"""Which finding explains which: the root cause takes the place of its symptom as the main finding.

Without a rule the earliest STOP is the main finding. A cause counts wherever it stands in the log, and whatever its level,
as long as the walk has not healed it; a cause of the cause is looked for in turn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.checks.model import NOTE, Finding


@dataclass(frozen=True)
class Explains:
    """`cause` takes the place of `symptom`, because of `why`; a cause that is a mere note only where the rule says so."""

    cause: str
    symptom: str
    why: str
    even_as_note: bool = True

    def fits(self, finding: Finding) -> bool:
        return finding.code == self.cause and (self.even_as_note or finding.level != NOTE)


def _rules(cause: str, why: str, *symptoms: str, even_as_note: bool = True) -> tuple[Explains, ...]:
    return tuple(Explains(cause, symptom, why, even_as_note) for symptom in symptoms)


ERROR_PAGE, NOTHING, REFUSED_CODE = "authorize.local_error_page", "callback.never_came", "token.invalid_grant"
WRONG, SILENT, NOT_JWT = "call.wrong_audience", "call.refused_without_reason", "call.token_not_jwt"
# the precise before the general: of two causes of one symptom the first one is taken
RULES: tuple[Explains, ...] = (
    *_rules("probe.metadata_wrong_origin", "The URL in the challenge is wrong, so nothing is found there.", *(
        "resource_metadata.not_at_advertised_url", "resource_metadata.resource_mismatch", "transport.refused", "transport.dns_failed",
        "transport.blocked_private", "transport.blocked_loopback", "transport.connect_timeout",
    ), even_as_note=False),  # another port may be meant; what failed there then says more
    *_rules("transport.redirected", "The document was looked for where a redirect stands.", "server_metadata.not_found"),
    *_rules("probe.challenge_without_metadata", "Without a pointer a client guesses where to go, and guesses wrong.",
            "transport.blocked_self"),
    *_rules("probe.no_challenge", "Without a challenge a client guesses where to go, and guesses wrong.", "transport.blocked_self"),
    *_rules("resource_metadata.server_unusable", "The address of the authorization server is known inside one network only.", *(
        "transport.refused", "transport.dns_failed", "transport.blocked_private", "transport.blocked_loopback", "transport.connect_timeout",
        "server_metadata.not_found",
    )),
    *_rules("register.client_stale", "A server that has forgotten the client cannot send the browser back.", ERROR_PAGE, NOTHING),
    *_rules("register.cimd_fetch_failed", "A client that the server cannot look up is refused on its own page.", ERROR_PAGE, NOTHING),
    *_rules("register.cimd_mismatch", "A client that does not fit its document is refused on its own page.", ERROR_PAGE, NOTHING),
    *_rules("register.accepts_then_refuses", "The error page is about an address that registration took.",
            "authorize.redirect_mismatch", ERROR_PAGE, NOTHING),
    *_rules("authorize.redirect_mismatch", "A server must not redirect to an address that it does not know.", ERROR_PAGE, NOTHING),
    *_rules("authorize.invalid_target", "The error page is about the resource.", ERROR_PAGE, NOTHING),
    *_rules("authorize.invalid_scope", "The error page is about the scope.", ERROR_PAGE, NOTHING),
    *_rules("authorize.entra_resource", "The error page is about resource and scope together.", ERROR_PAGE, NOTHING),
    *_rules(ERROR_PAGE, "The server shows an error page of its own and sends nothing back.", NOTHING),
    *_rules("callback.session_lost", "The answer came, to a browser without a session.", NOTHING),
    *_rules("authorize.consent_csp_form_action", "The browser refuses to carry the answer from the consent page.", NOTHING),
    *_rules("authorize.login_loop", "The browser is still going round between login and gateway.", NOTHING),
    *_rules("authorize.consent_blocked_upstream", "Nobody can press a button that is greyed out.", NOTHING),
    *_rules("token.code_expired", "An expired code is refused as invalid_grant.", REFUSED_CODE),
    *_rules("token.code_reused", "A code that was used is refused as invalid_grant.", REFUSED_CODE),
    *_rules("token.replicas", "The instance that was asked had never heard of the code.", REFUSED_CODE, "token.unexpected_status"),
    *_rules("token.client_id_encoding", "The pair was split in the wrong place.", "token.invalid_client"),
    *_rules("register.secret_for_public", "The server wants the secret that it gave unasked.", "token.invalid_client"),
    *_rules("probe.slash_redirect", "The header is lost on the redirect.", "call.header_lost", WRONG, SILENT),
    *_rules("call.header_lost", "A token that does not arrive cannot be judged.", WRONG, SILENT, NOT_JWT),
    *_rules("authorize.audience_instead", "The token is for nobody in particular.", WRONG, SILENT, NOT_JWT, "token.audience_mismatch"),
    *_rules("token.resource_accepted_then_refused", "Both sides name the resource differently.", WRONG),
    *_rules("refresh.audience_changed", "The refresh changed whom the token is for.", "token.audience_mismatch"),
    *_rules("token.audience_mismatch", "The token is made out to somebody else.", WRONG, SILENT),
    *_rules("call.clock_skew", "With clocks so far apart a fresh token looks wrong.", WRONG, SILENT, "call.token_expired"),
    *_rules("resource_metadata.resource_mismatch", "The token was asked for another address than the one that is called.",
            "authorize.invalid_target", "token.invalid_target", WRONG),
    *_rules("resource_metadata.trailing_slash", "A slash makes two of one.", "authorize.invalid_target", "token.invalid_target", WRONG),
    *_rules("probe.session_as_401", "The session was lost, not the sign-in.", "call.token_expired"),
    *_rules("refresh.race", "The second of two refreshes with one token looks like theft.", "refresh.invalid_grant"),
)  # fmt: skip


def cause_of(finding: Finding, counting: Sequence[Finding]) -> Finding:
    """The finding behind this one, as far as the others explain it; itself where nothing does."""
    met = {finding.code}
    while True:
        rules = [rule for rule in RULES if rule.symptom == finding.code and rule.cause not in met]
        found = next((f for rule in rules for f in counting if rule.fits(f)), None)
        if found is None:
            return finding
        met.add(found.code)
        finding = found
