"""One place that says what went wrong: a sentence, as a page or as JSON, and never a trace."""

from __future__ import annotations

from typing import Any

from flask import Flask, Response, jsonify, make_response, render_template, request
from werkzeug.exceptions import HTTPException

from app.pages.jobs import AllBusy
from app.pages.log_lines import REQUEST_ID, log_event, log_failure, without_capabilities
from app.store.database import StoreUnavailable
from app.store.runs import RunGone
from app.store.size import FULL_RETRY_SECONDS, StoreFull

# status -> title, and the sentence where the error brings none of its own
SENTENCES = {
    400: ("This cannot be done", "The request cannot be read."),
    401: ("Sign in first", "This address needs credentials."),
    403: ("Refused", "This app does not do that for another site."),
    404: ("Nothing here", "There is no page at this address."),
    405: ("Not this way", "This address belongs to a button. Go back to the run and press it there."),
    409: ("Not yet", "This cannot be done as things stand."),
    413: ("Too long", "What was sent is longer than a form of this app may be."),
    429: ("Too many at once", "Wait a minute and try again."),
    500: ("Something broke here", "This is a fault of the app, not of the gateway. What was recorded is kept; go back and try again."),
    503: ("Not just now", "Try again in a few seconds."),
}
BUSY_RETRY_SECONDS = 5


def explain_errors(app: Flask) -> None:
    """Register the one answer to every error."""
    app.register_error_handler(HTTPException, explain)
    app.register_error_handler(AllBusy, _explain_busy)
    app.register_error_handler(StoreUnavailable, explain_store)
    app.log_exception = _log_unexpected  # type: ignore[assignment, method-assign]


def explain(error: HTTPException) -> Response:
    """The answer to an HTTP error; its own sentence wins over the general one."""
    status = error.code or 500
    title, general = SENTENCES.get(status, (error.name, error.description or ""))
    if status == 413 and request.max_content_length:
        general = f"{general} It takes {request.max_content_length:,} bytes at most."
    is_own = error.description and error.description != type(error).description and status < 500
    answer = refusal(status, title, str(error.description) if is_own else general)
    for name, value in error.get_headers():
        if name.lower() in ("allow", "retry-after", "www-authenticate"):
            answer.headers[name] = value
    return answer


def refusal(status: int, title: str, says: str, *, code: str = "") -> Response:
    """An error as a page, or as JSON for those who asked for it; `code` is a finding's, where no run can show it."""
    request_id = REQUEST_ID.get()
    if wants_json():
        answer = jsonify(error=title, says=says, request=request_id, **({"code": code} if code else {}))
    else:
        answer = make_response(render_template("pages/error.html", status=status, title=title, says=says, code=code, request_id=request_id))
    answer.status_code = status
    return answer


def wants_json() -> bool:
    """Does the address end in .json, or does the caller like JSON better than HTML?"""
    accepts = request.accept_mimetypes
    return request.path.endswith(".json") or accepts["application/json"] > accepts["text/html"]


def _explain_busy(error: AllBusy) -> Response:
    answer = refusal(503, SENTENCES[503][0], error.says)
    answer.headers["Retry-After"] = str(BUSY_RETRY_SECONDS)
    return answer


def explain_store(error: StoreUnavailable) -> Response:
    """The store's own sentence: 404 where the run has gone meanwhile, else 503."""
    if isinstance(error, RunGone):
        return refusal(404, SENTENCES[404][0], error.says)
    if isinstance(error, StoreFull):
        log_event("store full")
        title, retry = "This app is full", FULL_RETRY_SECONDS
    else:
        log_failure("store unavailable", error, reason=error.says, path=without_capabilities(request.path))
        title, retry = "The store does not answer", BUSY_RETRY_SECONDS
    answer = refusal(503, title, error.says)
    answer.headers["Retry-After"] = str(retry)
    return answer


def _log_unexpected(found: Any) -> None:
    error: BaseException = found[1]
    log_failure("unexpected error", error, path=without_capabilities(request.path))
