"""Faults of the first contact: the answer to a request without a token."""

from __future__ import annotations

from app.practice.faults.model import Fault, all_of, at, with_values
from app.practice.gateway import ABSENT

PLACE = "challenge"
WALL = "<!doctype html><title>Just a moment...</title><h1>Checking your browser</h1>"
REFUSAL = {"content": [{"type": "text", "text": "Unauthorized: please log in first."}], "isError": True}
INSIDE = "http://gateway:8080/.well-known/oauth-protected-resource"
DOUBLED = 'Bearer realm="OAuth", resource_metadata="{metadata}", scope="mcp:tools", scope="mcp:admin"'

FAULTS = (
    Fault("no-challenge", "The 401 has no WWW-Authenticate header", PLACE, "probe.no_challenge", with_values(challenge_text="")),
    Fault(
        "challenge-without-metadata",
        "The challenge does not say where the metadata is",
        PLACE,
        "probe.challenge_without_metadata",
        with_values(challenge_parts={"resource_metadata": ABSENT}),
    ),
    Fault("open-to-all", "The tools can be used without a token", PLACE, "probe.not_protected", with_values(open_methods=("*",))),
    Fault(
        "late-protection",
        "The first request is open, tools/list wants a token",
        PLACE,
        "probe.not_protected",
        with_values(open_methods=("server/discover", "initialize", "notifications/initialized", "ping")),
    ),
    Fault(
        "refusal-in-200",
        "The refusal comes as a tool's text in a 200",
        PLACE,
        "probe.error_in_200",
        at("challenge", 200, {"jsonrpc": "2.0", "id": 1, "result": REFUSAL}),
    ),
    Fault(
        "forbidden-in-place-of-401",
        "A missing token is answered 403",
        PLACE,
        "probe.wrong_refusal_status",
        at("challenge", 403, {"error": "forbidden"}),
    ),
    Fault(
        "post-not-allowed",
        "The MCP URL does not take POST",
        PLACE,
        "probe.method_not_allowed",
        at("challenge", 405, {"error": "method_not_allowed"}, Allow="GET"),
    ),
    Fault(
        "not-acceptable",
        "The MCP URL refuses the content types that clients must send",
        PLACE,
        "probe.not_acceptable",
        at("challenge", 406, {"error": "not_acceptable"}),
    ),
    Fault(
        "slash-redirect",
        "The MCP URL redirects to itself with a slash",
        PLACE,
        "probe.slash_redirect",
        all_of(at("challenge", 307, "", Location="{resource}/"), at("call", 307, "", Location="{resource}/")),
    ),
    Fault(
        "login-redirect",
        "The MCP URL redirects to the login page of a web app",
        PLACE,
        "transport.redirected",
        at("challenge", 302, "", Location="https://login.gateway.example/signin"),
    ),
    Fault(
        "bot-wall",
        "A firewall for browsers stands before the MCP URL",
        PLACE,
        "probe.bot_wall",
        at("challenge", 403, WALL, Content_Type="text/html; charset=utf-8", cf_mitigated="challenge"),
    ),
    Fault(
        "doubled-parameter",
        "The challenge says scope twice, with different values",
        PLACE,
        "probe.challenge_malformed",
        with_values(challenge_text=DOUBLED),
    ),
    Fault(
        "unquoted-url",
        "The challenge's values are not quoted",
        PLACE,
        "probe.challenge_malformed",
        with_values(challenge_text="Bearer realm=OAuth, resource_metadata={metadata}"),
    ),
    Fault(
        "metadata-at-internal-host",
        "The challenge names the metadata at an address inside",
        PLACE,
        "probe.metadata_wrong_origin",
        with_values(challenge_parts={"resource_metadata": INSIDE}),
    ),
    Fault(
        "error-without-token",
        "The challenge says invalid_token although no token was sent",
        PLACE,
        "probe.error_without_token",
        with_values(challenge_parts={"error": "invalid_token", "error_description": "Authentication required"}),
    ),
)
