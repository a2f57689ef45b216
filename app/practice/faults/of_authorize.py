"""Faults of the part that the browser walks: the authorization endpoint, the pages, the way back."""

from __future__ import annotations

from app.practice.faults.model import Breaks, Fault, at, with_values
from app.practice.gateway import ABSENT

OUT, BACK = "authorize", "callback"


def _sent_back(error: str, says: str) -> Breaks:
    return with_values(authorize_error=(error, says))


ENTRA = "AADSTS9010010: The resource parameter provided in the request doesn't match with the requested scopes."

FAULTS = (
    Fault("consent-denied", "Everybody is denied", OUT, "authorize.access_denied",
          _sent_back("access_denied", "The user is not assigned to this application.")),
    Fault("scope-unknown", "Authorization refuses the scope", OUT, "authorize.invalid_scope",
          _sent_back("invalid_scope", "The client was not registered with scope mcp:tools.")),
    Fault("resource-unknown", "The authorization server knows the resource under another name", OUT, "authorize.invalid_target",
          with_values(known_resource="{resource}/sse")),
    Fault("entra-resource", "Entra refuses resource together with scope", OUT, "authorize.entra_resource",
          _sent_back("invalid_request", ENTRA)),
    Fault("authorize-breaks", "The authorization server sends everybody back with server_error", OUT, "authorize.refused",
          _sent_back("server_error", "Something went wrong.")),
    Fault("error-page", "The authorization endpoint shows an error page of its own", OUT, "authorize.local_error_page",
          at("authorize", 400, "<!doctype html><title>Error</title><h1>Something went wrong</h1>", Content_Type="text/html")),
    Fault("redirect-refused", "Authorization refuses the redirect address that registration took", OUT, "register.accepts_then_refuses",
          with_values(trusts_registered_redirects=False)),
    Fault("form-action", "The consent page's policy keeps its form from ending at the client", OUT, "authorize.consent_csp_form_action",
          with_values(lets_forms_out=False, login_in_place=True)),
    Fault("cookie-dropped", "The sign-in's cookie is one that browsers drop", OUT, "authorize.login_loop",
          with_values(login_domain="login.identity.example")),
    Fault("login-circle", "The authorization endpoint redirects to itself", OUT, "authorize.login_loop",
          with_values(circles=True)),
    Fault("state-cut", "The state comes back cut", BACK, "callback.state_mismatch", with_values(state_characters=12)),
    Fault("state-lost", "The state does not come back", BACK, "callback.state_mismatch", with_values(way_back={"state": ABSENT})),
    Fault("iss-missing", "The answer lacks the issuer that the metadata promises", BACK, "callback.iss_missing",
          with_values(way_back={"iss": ABSENT})),
    Fault("iss-of-another", "The answer names another issuer", BACK, "callback.iss_mismatch",
          with_values(way_back={"iss": "https://login.identity.example"})),
    Fault("code-lost", "The answer has neither a code nor an error", BACK, "callback.wrong_shape",
          with_values(way_back={"code": ABSENT})),
    Fault("answer-in-fragment", "The answer stands behind a #, where no server sees it", BACK, "callback.wrong_shape",
          with_values(answers_in_fragment=True)),
)  # fmt: skip
