"""Further walks of the examples that are not played through the pages, and why: they are judged as tapes alone (tests/checks)."""

from __future__ import annotations

CLIENTS = "another client's doing, which this app's own never does"
UNOFFERED = "the pages offer that probe only where it would tell causes apart, which this short tape does not show"
PARTS = "a piece of a walk without what leads to it in a live one"
TIMES = "the token says a time, and the tape's clock is not this machine's"
AUDITS = "an audit chooses its own requests; it is walked by tests of its own (tests/flow/test_audit*.py, tests/pages/test_audit*.py)"
OF_AUDITS = ("token.code_replayable", "call.token_in_query", "replay.in_grace", "revoke.no_effect")
NOT_PLAYED: dict[str, dict[str, set[str]]] = {
    CLIENTS: {
        "callback.state_mismatch": {"an older request's", "a stray one after the answer"},
        "callback.duplicate": {"a prefetch"},
        "token.missing_param": {"resource, where the revision has none"},
        "token.unexpected_status": {"no code had come back"},
        "call.unexpected_status": {"no token was sent"},
        "server_metadata.append_only": {"2025-06-18"},
    },
    UNOFFERED: {
        "register.client_stale": {"a fresh one is taken", "a fresh one is refused as well", "both are taken"},
        "probe.prefix_match_challenge": {"the exact URL is protected"},
        "token.one_error_for_all": {"to a made-up code", "to a made-up refresh token", "invalid_grant is right"},
    },
    PARTS: {
        "probe.no_challenge": {"the oldest revision knows no such header"},
        "probe.wrong_refusal_status": {"it never ended"},
        "register.unexpected_status": {"there was no way at all"},
        "token.bad_types": {"DPoP, and the token is bound to our key"},
        "call.session": {"404 to a session id"},
        "call.header_lost": {"three equal answers that miss a token", "the other spelling takes it"},
        "refresh.unexpected_status": {"the reason of the take"},
        "authorize.local_error_page": {"a newer request replaces it"},
        "authorize.login_loop": {"two names of one machine"},
        "authorize.audience_instead": {"a provider that is known for it"},
        "transport.unfinished": {"the browser is awaited"},
    },
    AUDITS: {code: {"in an audit", "refused in an audit"} for code in OF_AUDITS},
    TIMES: {"call.clock_skew": {"the token is not valid yet"}},
}
