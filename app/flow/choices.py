"""The names of choices and what their values hold. One place, so that a log can be read without its code.

| name       | values | who |
|---|---|---|
| options    | the fields of facts.Options | person, at the start |
| take       | step, pace (run or step) | person pressed, or run_on went on |
| ended      | step, outcome (done, skipped, refused, failed, cancelled), reason | app |
| authorize  | state, verifier, challenge, url, issuer, client_id, redirect_uri, scope, resource, reason | app drew |
| client     | issuer, client_id, client_secret, auth, how | app (preregistered and CIMD clients; DCR comes from its exchange) |
| key        | jwk: a private key | app drew, for private_key_jwt |
| dpop_key   | jwk: a private key | app drew, where tokens are bound to a key |
| server     | issuer | person, where several authorization servers are named |
| edit       | the fields of facts.Edit but entry | person |
| go_on      | code, entry | person, past a refusal |
| again      | step: it and what follows from it is to be taken anew | person pressed retry |
| forget     | issuer | person: register again next time |
| call_tool  | name, arguments (an object) | person |
| retry_connect | (nothing) | person, after the connect link |
| probe      | slug, label, phase (begin, end); at its end outcome and says: what it showed | person; the walk stays as it is |
| audit      | phase (begin: attempts, other_route; end: outcome (done, stopped, cancelled, failed), says) | person, and app at its end |
| audit_request | the values of authorize: a sign-in of the audit's own | app drew |
| gave_up    | (nothing): the browser left and nothing came back | person |
| session_lost | host: a callback with our state came to it without our session | app |
| imported   | source (own, har, pair), says: where the log came from; nothing may be pressed then | app, always the first entry |
| lesson     | slug, room: the run is walked in a lesson, so what the checks find stays hidden | app, where its gateway was opened for one |
| lesson_over | how (solved, gave_up, shown): from here on the findings are shown | app |
| held       | access_token, refresh_token: what a recorded client had before the recording begins | app, in imported runs |
"""

from __future__ import annotations

(
    OPTIONS,
    TAKE,
    ENDED,
    AUTHORIZE,
    CLIENT,
    SERVER,
    EDIT,
    GO_ON,
    AGAIN,
    FORGET,
    CALL_TOOL,
    RETRY_CONNECT,
    KEY,
    DPOP_KEY,
    PROBE,
    GAVE_UP,
    SESSION_LOST,
    IMPORTED,
    HELD,
    LESSON,
    LESSON_OVER,
    AUDIT,
    AUDIT_REQUEST,
) = (
    "options",
    "take",
    "ended",
    "authorize",
    "client",
    "server",
    "edit",
    "go_on",
    "again",
    "forget",
    "call_tool",
    "retry_connect",
    "key",
    "dpop_key",
    "probe",
    "gave_up",
    "session_lost",
    "imported",
    "held",
    "lesson",
    "lesson_over",
    "audit",
    "audit_request",
)
