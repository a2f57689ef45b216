"""What the parameters of OAuth requests and answers are for, by wire name: (plain label, meaning)."""

from __future__ import annotations

PARAMETERS: dict[str, tuple[str, str]] = {
    "response_type": ("Response type", "asks for a code, so that no token travels through the browser"),
    "client_id": ("Client ID", "who asks; the server looks up the registered redirect URIs with it"),
    "client_secret": ("Client secret", "proves a confidential client; a public one has none"),
    "redirect_uri": ("Redirect URI", "where the browser comes back to: this app's /callback"),
    "code_challenge": ("Code challenge", "the SHA-256 of the verifier, which stays here: a stolen code is useless without it (RFC 7636)"),
    "code_challenge_method": ("Challenge method", "how the challenge was made; S256 is the only one worth having"),
    "code_verifier": ("Code verifier", "proves that we are the one who asked: its hash went ahead (RFC 7636)"),
    "state": ("State", "ties the answer to this browser and this run; it must come back unchanged"),
    "nonce": ("Nonce", "ties an ID token to this request (OpenID Connect)"),
    "resource": ("Resource", "the MCP server that the token is for, byte for byte as its metadata names it (RFC 8707)"),
    "scope": ("Scope", "what the token may do"),
    "audience": ("Audience", "a vendor's own name for the resource; RFC 8707 calls it resource"),
    "prompt": ("Prompt", "tells the server to ask the person again (OpenID Connect)"),
    "login_hint": ("Login hint", "fills in the account on the login page (OpenID Connect)"),
    "code": ("Authorization code", "is exchanged for tokens once, within seconds, together with the verifier"),
    "iss": ("Issuer", "which authorization server answers; it must equal the one that was asked (RFC 9207)"),
    "error": ("Error", "why there is no code"),
    "error_description": ("Error description", "the server's own words; they prove nothing"),
    "error_uri": ("Error page", "where the server explains more"),
    "session_state": ("Session state", "a login session's mark (OpenID Connect); not needed here"),
    "grant_type": ("Grant type", "what is handed in for tokens"),
    "refresh_token": ("Refresh token", "is exchanged for a new pair; a public client's is replaced each time"),
    "access_token": ("Access token", "opens the MCP server until it expires"),
    "token_type": ("Token type", "how the token is shown: as a Bearer in the Authorization header"),
    "expires_in": ("Lifetime", "seconds that the access token lives from now"),
    "token": ("Token", "the token that is to be revoked"),
    "token_type_hint": ("Token type hint", "tells the server where to look first (RFC 7009)"),
    "client_assertion": ("Client assertion", "a signed statement in place of a secret (RFC 7523)"),
    "client_assertion_type": ("Assertion type", "how that statement is written"),
}


def label_of(name: str) -> str:
    """The plain label beside a wire name, or an empty string."""
    return PARAMETERS.get(name, ("", ""))[0]


def meaning_of(name: str) -> str:
    """One clause on what a parameter is for, or an empty string."""
    return PARAMETERS.get(name, ("", ""))[1]
