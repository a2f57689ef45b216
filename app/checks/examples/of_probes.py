"""Separating probes, the browser that does not come back, and what two exchanges say together."""

from __future__ import annotations

from app.checks.examples.healthy import (
    LISTED,
    authorize,
    back,
    code_sent,
    refreshed,
    tools,
    walk_through,
)
from app.checks.examples.probing import (
    ALLOWED,
    BAD_URI,
    BY_HAND,
    CHALLENGED,
    CSP,
    DRY_URL,
    ELSEWHERE,
    EXPOSED,
    FRIENDLY,
    GAVE_UP,
    INVALID,
    LOGIN,
    MISSING,
    OTHER_HOST,
    OUT,
    SAME,
    TAKEN,
    both_spellings,
    cors,
    dry,
    five,
    fresh,
    html,
    jwt,
    out_from,
    probe,
    refused_code,
    refused_token,
    slashes,
    three,
    with_origin,
)
from app.checks.examples.tape import (
    AS_URL,
    HOME,
    PRM,
    PRM_URL,
    SERVER,
    TARGET,
    Example,
    Line,
    Tape,
    answer,
    choice,
    error,
    page,
    refusal,
    result,
)

EXAMPLES = {
    "authorize.local_error_page": Example(dry(html("<h1>Bad request</h1>", status=400)), dry(LOGIN)),
    "authorize.redirect_mismatch": Example(dry(BAD_URI, out_from(BY_HAND)), dry(BAD_URI)),
    "register.accepts_then_refuses": Example(dry(BAD_URI), dry(BAD_URI, out_from(BY_HAND))),
    "authorize.consent_csp_form_action": Example(
        dry(html("<form><button>Approve</button></form>", CSP)),
        dry(html("<form><button>Approve</button></form>", f"{CSP} http://127.0.0.1:8000")),
    ),
    "authorize.login_loop": Example(dry(answer(302, b"", f"Location: {DRY_URL}")), dry(answer(302, b"", "Location: /login"))),
    "authorize.consent_blocked_upstream": Example(
        dry(html("<p>Connect Linear first.</p><button disabled>Authorize</button>")), dry(LOGIN), "NOTE"
    ),
    "callback.never_came": Example((*OUT, GAVE_UP), OUT),
    "callback.session_lost": Example((*OUT, choice("session_lost", "callback", host="127.0.0.1:8000")), OUT),
    "probe.prefix_match_challenge": Example(
        slashes(answer(200, result({})), refusal()), slashes(answer(200, result({})), answer(404)), "NOTE"
    ),
    "probe.cors_challenge_hidden": Example(
        cors(with_origin("probe", "challenge", answer(401, b"", ALLOWED, CHALLENGED), "POST")), cors(*FRIENDLY), "WARN"
    ),
    "server_metadata.cors_blocked": Example(
        cors(with_origin("server_metadata", "metadata", answer(200, SERVER), url=AS_URL)), cors(*FRIENDLY), "WARN"
    ),
    "refresh.old_access_alive": Example(
        (*walk_through("refresh"), *probe("old_access", tools(LISTED, "refresh", "probe:old_access:access"))),
        (*walk_through("refresh"), *probe("old_access", tools(refusal(), "refresh", "probe:old_access:access"))),
        "NOTE",
    ),
    "token.replicas": Example(
        refused_code(error(400, "invalid_grant", "Unknown OAuth request")), refused_code(error(400, "invalid_grant", "Unknown grant"), 20.0)
    ),
    "token.resource_accepted_then_refused": Example(refused_token(jwt(aud=TARGET)), refused_token("opaque-token")),
    "authorize.audience_instead": Example(refused_token(jwt(aud=[])), refused_token(jwt(aud=TARGET)), "WARN"),
}
MORE: dict[str, list[tuple[str, Tape, str]]] = {
    "authorize.local_error_page": [
        ("an OAuth error in a 200", dry(answer(200, {"error": "server_error"})), "STOP"),
        ("a wall is no verdict", dry(page(403, "Server: cloudflare", "cf-mitigated: challenge")), ""),
        ("a newer request replaces it", (*dry(html("no", status=400)), *authorize(state="newer")), "NOTE"),
        ("the browser came back after all", (*dry(html("no", status=400)), back()), "NOTE"),
    ],
    "authorize.redirect_mismatch": [
        ("the registered one is another", (*ELSEWHERE, GAVE_UP), "STOP"),
        ("Entra says it in a page of 200", dry(html("AADSTS50011: the redirect URI does not fit"), out_from(BY_HAND)), "STOP"),
        ("a fitting registration", (*OUT, GAVE_UP), ""),
    ],
    "authorize.invalid_target": [("on a page of the server's own", dry(answer(400, {"error": "invalid_target"})), "STOP")],
    "authorize.invalid_scope": [("on a page of the server's own", dry(answer(400, {"error": "invalid_scope"})), "STOP")],
    "authorize.entra_resource": [("on a page of the server's own", dry(html("AADSTS9010010: no")), "STOP")],
    "register.client_stale": [
        ("said on the page", dry(answer(400, {"error": "invalid_client", "error_description": "Unknown client_id"})), "STOP"),
        ("said in words", dry(answer(422, {"message": "Unrecognized client_id"})), "STOP"),
        ("a fresh one is taken", fresh(html("<h1>Error</h1>", status=400), TAKEN), "STOP"),
        ("a fresh one is refused as well", fresh(html("<h1>Error</h1>", status=400), html("<h1>Error</h1>", status=400)), ""),
        ("both are taken", fresh(TAKEN, TAKEN), ""),
    ],
    "authorize.consent_csp_form_action": [
        ("in a meta element", dry(html("<meta http-equiv='Content-Security-Policy' content=\"form-action 'none'\"><form></form>")), "STOP"),
        ("the login page's", dry(html('<form><input type="password"></form>', CSP)), "WARN"),
        ("https: is not http", dry(html("<form></form>", "Content-Security-Policy: form-action https:")), "STOP"),
        ("http: is", dry(html("<form></form>", "Content-Security-Policy: form-action http:")), ""),
        ("any port", dry(html("<form></form>", "Content-Security-Policy: form-action http://127.0.0.1:*")), ""),
        ("another port", dry(html("<form></form>", "Content-Security-Policy: form-action http://127.0.0.1:9")), "STOP"),
        ("the callback came", (*dry(html("<form></form>", CSP)), back()), "NOTE"),
    ],
    "authorize.login_loop": [
        ("two names of one machine",
         dry(answer(302, b"", "Location: http://127.0.0.1:9/login"), url="http://localhost:9/authorize"), "STOP"),
        ("Strict, and back from elsewhere",
         dry(answer(302, b"", "Location: https://idp.example/", "Set-Cookie: s=1; SameSite=Strict")), "STOP"),
        ("Strict within one site", dry(answer(302, b"", "Location: /login", "Set-Cookie: s=1; SameSite=Strict; Secure")), ""),
        ("of another domain", dry(answer(200, b"", "Set-Cookie: s=1; Domain=other.example")), "STOP"),
        ("of the parent domain", dry(answer(200, b"", "Set-Cookie: s=1; Domain=.example; Secure; SameSite=None")), ""),
        ("a test whether cookies work", dry(answer(302, b"", f"Location: {DRY_URL}", "Set-Cookie: works=1; Secure")), ""),
    ],
    "callback.never_came": [("it came late", (*OUT, GAVE_UP, back()), "NOTE"), ("asked anew", (*OUT, GAVE_UP, *authorize()), "NOTE")],
    "callback.session_lost": [("came back in time", (*OUT, choice("session_lost", "callback"), back()), "NOTE")],
    "probe.prefix_match_challenge": [("the exact URL is protected", slashes(refusal(), refusal()), "")],
    "probe.cors_challenge_hidden": [
        ("no origin", cors(with_origin("probe", "challenge", answer(401, b"", EXPOSED, CHALLENGED), "POST")), "WARN"),
        ("a preflight without a token", cors(with_origin("probe", "preflight", answer(401, b"", ALLOWED), "OPTIONS")), "WARN"),
        ("the star is not Authorization",
         cors(with_origin("probe", "preflight", answer(204, b"", ALLOWED, "Access-Control-Allow-Headers: *"), "OPTIONS")), "WARN"),
        ("the resource metadata", cors(with_origin("resource_metadata", "metadata", answer(200, PRM), url=PRM_URL)), "WARN"),
    ],
    "server_metadata.cors_blocked": [
        ("the token endpoint", cors(with_origin("token", "preflight", answer(405), "OPTIONS", f"{HOME}/token")), "WARN"),
        ("registration", cors(with_origin("register", "preflight", answer(404), "OPTIONS", f"{HOME}/register")), "WARN"),
    ],
    "token.replicas": [
        ("two instances after a fresh refusal", five(*SAME[:4], answer(200, SERVER, "Server: two")), "STOP"),
        ("two documents after a late refusal",
         five(*SAME[:4], answer(404), before=refused_code(error(400, "invalid_grant"), 20.0)), "WARN"),
        ("two instances after a late refusal",
         five(*SAME[:4], answer(200, SERVER, "Server: two"), before=refused_code(error(400, "invalid_grant"), 20.0)), ""),
        ("five alike", five(*SAME), ""),
        ("a wrong verifier", refused_code(error(400, "invalid_grant", "Unknown grant"), code_verifier="x" * 43), ""),
    ],
    "token.resource_accepted_then_refused": [
        ("echoed by the token answer", refused_token("opaque-token", resource=TARGET), "STOP"),
        ("refused for another reason", refused_token(jwt(aud=TARGET), 'Bearer error="invalid_token"'), ""),
    ],
    "authorize.audience_instead": [
        ("a provider that is known for it", refused_token("opaque-token", issuer=OTHER_HOST), "WARN"),
        ("another provider", refused_token("opaque-token"), ""),
    ],
    "call.header_lost": [
        ("three equal answers that miss a token", three(MISSING, MISSING, MISSING), "STOP"),
        ("three equal answers that do not say", three(refusal(INVALID), refusal(INVALID), refusal(INVALID)), ""),
        ("the made-up one is answered otherwise", three(MISSING, refusal(INVALID), MISSING), ""),
        ("ours is let in now", three(MISSING, MISSING, LISTED), ""),
        ("the other spelling takes it", both_spellings(LISTED), "STOP"),
        ("the other spelling refuses it too", both_spellings(refusal(INVALID)), ""),
    ],
    "token.one_error_for_all": [
        ("to a made-up code", (*walk_through("call"), *probe("false_code", Line("token", code_sent(error(400, "invalid_request")).body,
         "probe:false_code:code"))), "WARN"),
        ("to a made-up refresh token", (*walk_through("call"), *probe("false_code",
         refreshed(error(400, "invalid_request"), "made-up", "token", "probe:false_code:refresh"))), "WARN"),
        ("invalid_grant is right", (*walk_through("call"), *probe("false_code",
         refreshed(error(400, "invalid_grant"), "made-up", "token", "probe:false_code:refresh"))), ""),
    ],
}  # fmt: skip
