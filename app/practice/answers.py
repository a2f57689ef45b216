"""Making answers: JSON, pages, redirects, each with the headers its kind needs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from urllib.parse import quote, urlencode, urlsplit

from flask import Response, render_template

from app.practice.desk import BearerRefusal, OAuthRefusal, PageRefusal
from app.practice.gateway import Gateway, Instead
from app.practice.shaping import answer_instead, filled_text, shaped

PAGE_POLICY = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
# clients may be web pages: they send a token and no cookie, so any origin may ask (Fetch standard, CORS protocol)
CORS = {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "WWW-Authenticate"}
PREFLIGHT = {"Access-Control-Allow-Headers": "*, Authorization", "Access-Control-Max-Age": "600"}  # the star leaves Authorization out
JSON_OR_TEXT = (("Content-Type", "application/json"),)


def json_answer(value: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """JSON in ASCII, so that nothing that a stranger sent can break the encoding; never cached."""
    answer = Response(json.dumps(value), status, content_type="application/json")
    answer.headers["Cache-Control"] = "no-store"
    answer.headers.update(headers or {})
    return answer


def oauth_error(refusal: OAuthRefusal) -> Response:
    members = {"error": refusal.error, "error_description": refusal.says}
    return json_answer(members, refusal.status, dict(refusal.headers))


def challenge(gateway: Gateway, refusal: BearerRefusal) -> Response:
    """The 401 or 403 of an MCP route (RFC 6750 section 3, RFC 9728 section 5.1)."""
    header = _challenge_text(gateway, refusal)
    named = {"WWW-Authenticate": header} if header else {}
    if gateway.challenge_body is not None:
        return answer_instead(gateway, refusal.route, Instead(refusal.status, gateway.challenge_body, (*JSON_OR_TEXT, *named.items())))
    members = {"error": refusal.error or "unauthorized", "error_description": refusal.says}
    return json_answer(members, refusal.status, named)


def _challenge_text(gateway: Gateway, refusal: BearerRefusal) -> str:
    said = gateway.refusal_text if refusal.about_token and gateway.refusal_text is not None else gateway.challenge_text
    if said is not None:
        return filled_text(gateway, refusal.route, said)
    parts = {"realm": gateway.realm, "error": refusal.error, "error_description": refusal.says if refusal.error else ""}
    parts |= {"scope": refusal.scope, "resource_metadata": gateway.resource_metadata_url(refusal.route)}
    shown = shaped(gateway, refusal.route, parts, gateway.challenge_parts)
    return "Bearer " + ", ".join(f'{name}="{value}"' for name, value in shown.items() if value)


def page(gateway: Gateway, name: str, status: int = 200, *, posts_to: str = "", **context: object) -> Response:
    """A page of the gateway. `posts_to` is a redirect URI that a form on it may end at.

    Chromium applies form-action to the redirect that answers a form, so the client's origin must stand there.
    """
    answer = Response(render_template(f"practice/{name}.html", gateway=gateway, **context), status)
    policy = f"{PAGE_POLICY} {_source(posts_to)}" if posts_to and gateway.lets_forms_out else PAGE_POLICY
    answer.headers["Content-Security-Policy"] = policy
    answer.headers["Cache-Control"] = "no-store"
    return answer


def error_page(gateway: Gateway, refusal: PageRefusal) -> Response:
    return page(gateway, "error", refusal.status, title=refusal.title, says=refusal.says)


def see_other(url: str, parameters: Mapping[str, str] | None = None, in_fragment: bool = False) -> Response:
    """A 303, also after a form: 307 would send the form's fields on (RFC 9700 section 4.12)."""
    answer = Response(status=303)
    wanted = parameters or {}
    answer.headers["Location"] = f"{url}#{urlencode(wanted, quote_via=quote)}" if in_fragment else with_parameters(url, wanted)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def with_parameters(url: str, parameters: Mapping[str, str]) -> str:
    """The URL with parameters added to its own query, which is kept (RFC 6749 section 4.1.2)."""
    if not parameters:
        return url
    joint = "" if url.endswith(("?", "&")) else "&" if "?" in url else "?"
    return url + joint + urlencode(parameters, quote_via=quote)


def _source(url: str) -> str:
    parts = urlsplit(url)
    # A CSP source cannot spell an IPv6 address, so its whole scheme is named.
    return f"{parts.scheme}:" if ":" in (parts.hostname or "") else f"{parts.scheme}://{parts.netloc}"
