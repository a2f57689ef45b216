"""From a finding's code to the class of what went wrong (the words of security.md section 5)."""

from __future__ import annotations

BY_CODE = {
    "transport.refused": "refused",
    "transport.connect_timeout": "connect-timeout",
    "transport.timeout": "timeout",
    "transport.reset": "reset",
    "transport.closed_early": "closed",
    "transport.dns_failed": "dns",
    "transport.not_http": "protocol",
    "transport.bad_framing": "protocol",
    "transport.bad_encoding": "content-encoding",
    "transport.too_large": "too-large",
    "transport.redirected": "redirect",
    "transport.server_error": "status",
    "transport.oddity": "remark",
    "transport.bad_url": "blocked",
    "probe.slash_redirect": "redirect",
    "probe.bot_wall": "status",
    "probe.not_protected": "oauth",
    "probe.error_in_200": "oauth",
    "probe.method_not_allowed": "status",
    "probe.not_acceptable": "status",
    "probe.wrong_refusal_status": "status",
    "probe.metadata_wrong_origin": "challenge",
    "probe.no_challenge": "challenge",
    "probe.challenge_without_metadata": "challenge",
    "probe.challenge_malformed": "challenge",
    "resource_metadata.redirect": "redirect",
    "resource_metadata.needs_auth": "status",
    "resource_metadata.not_at_advertised_url": "status",
    "resource_metadata.not_json": "not-json",
    "resource_metadata.resource_mismatch": "oauth",
    "resource_metadata.no_authorization_servers": "wrong-shape",
    "resource_metadata.server_unusable": "wrong-shape",
    "server_metadata.not_found": "status",
    "server_metadata.not_json": "not-json",
    "server_metadata.issuer_mismatch": "oauth",
    "server_metadata.endpoint_missing": "wrong-shape",
    "server_metadata.http_endpoint": "wrong-shape",
    "server_metadata.pkce_unsupported": "oauth",
    "server_metadata.plain_pkce": "oauth",
    "server_metadata.no_client_path": "wrong-shape",
    "register.rate_limited": "status",
    "register.unexpected_status": "status",
    "register.closed": "status",
    "register.bad_answer": "wrong-shape",
    "register.redirect_host_refused": "oauth",
    "token.redirected": "redirect",
    "token.not_json": "not-json",
    "token.unexpected_status": "status",
    "token.bad_types": "wrong-shape",
    "token.error_in_200": "wrong-shape",
    "call.not_json": "not-json",
    "call.unexpected_status": "status",
    "call.backend_broke": "status",
    "refresh.unexpected_status": "status",
    "revoke.advertised_missing": "status",
    "revoke.unexpected_status": "status",
}
BY_FAMILY = {"token": "oauth", "refresh": "oauth", "authorize": "oauth", "callback": "callback", "call": "oauth", "register": "oauth"}


def class_of(code: str) -> str:
    """The class of a code; `ok` where nothing was found."""
    if not code:
        return "ok"
    if code.startswith("transport.tls_"):
        return "tls"
    if code.startswith("transport.blocked_"):
        return "blocked"
    return BY_CODE.get(code) or BY_FAMILY.get(code.split(".")[0], "unknown")
