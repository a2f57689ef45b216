"""Which one refusal a token answer is: one table of questions, asked in order."""

from __future__ import annotations

import base64
import hashlib
import re

from app.checks.client_words import unknown_client
from app.checks.model import Question
from app.checks.reading import body_of, document_of, form_of, json_of, oauth_error, request_of, sent_json, status_of, text, told
from app.checks.vague import names_every_cause
from app.checks.walls import is_bot_wall
from app.flow.revisions import REVISIONS

ABOUT_PKCE = re.compile(r"verifier|pkce|code.?challenge", re.I)
ABOUT_REDIRECT = re.compile(r"redirect", re.I)
ABOUT_REUSE = re.compile(r"already|re-?used|redeemed|replay|second time|consumed", re.I)
ABOUT_AGE = re.compile(r"expir|too old|timed? ?out", re.I)
ABOUT_FORM = re.compile(r"content.?type|urlencoded|repeated parameter|malformed body", re.I)
ABOUT_CLIENT = re.compile(r"authentication methods?\b|client authentication", re.I)
OLD_SECRET = re.compile(r"\b(secret|key)s?\b.{0,40}\bexpired", re.I)
ABOUT_LACK = re.compile(r"\b(missing|required)\b")
ABOUT_TARGET = re.compile(r"\b(resource|audience)\b")
OLD_CODE_SECONDS = 30.0  # the shortest lifetime seen at a gateway


def sent_params(q: Question) -> dict[str, str]:
    """What was sent, be it a form or (wrongly) JSON."""
    json = sent_json(q)
    return {k: str(v) for k, v in json.items()} if json else form_of(q)


def missing_params(q: Question) -> tuple[str, ...]:
    """The parameters that a token request for a code needs and this one lacks."""
    sent = sent_params(q)
    needed = ["grant_type", "code", "redirect_uri", "code_verifier"]
    if not request_of(q).header("authorization"):
        needed.append("client_id")
    if REVISIONS[q.revision].resource_parameter:
        needed.append("resource")
    return tuple(name for name in (*needed, *_named_as_missing(q, needed)) if not sent.get(name))


def _named_as_missing(q: Question, needed: list[str]) -> tuple[str, ...]:
    """The parameter that the refusal itself asks for, beyond those of the specification."""
    words = told(q) if oauth_error(q) == "invalid_request" else ""
    named = ABOUT_TARGET.findall(words) if ABOUT_LACK.search(words) else []
    return tuple(named[-1:]) if named and named[-1] not in needed else ()


def sent_before(q: Question) -> bool:
    """Was this code sent in an earlier exchange, since the callback that brought it?"""
    code, answer = sent_params(q).get("code", ""), q.before.answer
    since = answer.entry if answer and answer.code == code else 0
    return code in [sent for sent, entry in q.before.codes_sent if since < entry < q.entry.seq]


def code_age(q: Question) -> float | None:
    """Seconds between the callback and this request, or None where there was no callback."""
    return q.entry.at - q.before.answer.at if q.before.answer else None


def verifier_fits(q: Question) -> bool:
    """Does the verifier that was sent hash to the challenge that went ahead? (RFC 7636 section 4.6)"""
    asked, sent = q.before.authorization, sent_params(q).get("code_verifier", "")
    digest = hashlib.sha256(sent.encode("utf-8", "replace")).digest()
    return asked is not None and base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == asked.challenge


def redirect_fits(q: Question) -> bool:
    """Is the redirect URI that was sent the one of the authorization request?"""
    asked = q.before.authorization
    return asked is not None and sent_params(q).get("redirect_uri") == asked.redirect_uri


def refusal(q: Question) -> str:
    """The slug of the one refusal that this answer to a code is; empty for success and where nothing was answered."""
    status, error = status_of(q), oauth_error(q)
    if is_bot_wall(q) or not status or (status >= 500 and not error):
        return ""
    if 300 <= status < 400:
        return "redirected"
    if status < 300:
        return _odd_success(q, error)
    if not isinstance(json_of(q), dict):
        return "unexpected_status" if not body_of(q) or status in (404, 405, 429) else "not_json"
    if error in ("invalid_client", "unauthorized_client") or (status == 401 and error != "invalid_grant"):
        return _client_refusal(q)
    return _request_refusal(q, error)


def _odd_success(q: Question, error: str) -> str:
    if text(document_of(q), "access_token"):
        return ""
    return "error_in_200" if isinstance(json_of(q), dict) or error else "not_json"


def _client_refusal(q: Question) -> str:
    client = q.before.client
    unknown = re.search(r"unknown|unrecogni|not (?:found|known|registered)|does not exist|no such", told(q))
    is_over = OLD_SECRET.search(told(q))  # that is no matter of how the id was written
    if client and client.auth == "client_secret_basic" and not is_over and re.search(r"[^A-Za-z0-9._~-]", client.client_id):
        return "client_id_encoding"
    if client and (unknown or client.how == "cimd"):
        return unknown_client(q, told(q))
    return "invalid_client"


def _request_refusal(q: Question, error: str) -> str:
    words = told(q)
    if sent_json(q) or (error == "invalid_request" and ABOUT_FORM.search(words)):
        return "content_type"
    if error == "invalid_target":
        return "missing_param" if "resource" in missing_params(q) else "invalid_target"
    if missing_params(q) and error in ("invalid_request", "invalid_grant"):
        return "missing_param"
    if error == "invalid_request" and ABOUT_CLIENT.search(words):
        return "invalid_client"
    vague = names_every_cause(words)
    if (ABOUT_PKCE.search(words) and not vague) or (error == "invalid_grant" and q.before.authorization and not verifier_fits(q)):
        return "pkce"
    if ABOUT_REDIRECT.search(words) and not (vague and redirect_fits(q)):
        return "redirect_uri"
    return _grant_refusal(q, words) if error == "invalid_grant" else "unexpected_status"


def _grant_refusal(q: Question, words: str) -> str:
    age = code_age(q)
    if sent_before(q):
        return "code_reused"
    if ABOUT_REUSE.search(words) and not ABOUT_AGE.search(words):
        return "code_reused"
    if age is not None and age >= OLD_CODE_SECONDS:
        return "code_expired"
    if ABOUT_AGE.search(words) and not names_every_cause(words):
        return "code_expired"
    return "invalid_grant"
