"""What schemathesis asks of every answer. It runs in an environment of its own, which has nothing of the app in it."""

from __future__ import annotations

import os

import schemathesis

jar = dict(pair.split("=", 1) for pair in os.environ.get("COOKIES", "").split("; ") if pair)
ALWAYS = {"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Cross-Origin-Opener-Policy": "same-origin"}


@schemathesis.check
def answers_as_this_house_does(ctx, response, case) -> None:  # type: ignore[no-untyped-def]
    """No fault of ours, and the headers that every answer carries. "Not just now" is a sentence with a time to come again."""
    headers = {name.lower(): values[0] for name, values in response.headers.items()}
    if response.status_code >= 500 and not (response.status_code == 503 and "retry-after" in headers):
        raise AssertionError(f"{response.status_code} at {case.method} {case.path}")
    missing = [name for name, value in ALWAYS.items() if headers.get(name.lower()) != value]
    missing += [
        name for name in ("permissions-policy", "referrer-policy", "cache-control", "content-security-policy") if name not in headers
    ]
    if missing:
        raise AssertionError(f"{response.status_code} without {missing}")
    policy = headers["content-security-policy"]
    if "frame-ancestors 'none'" not in policy or "unsafe" in policy:
        raise AssertionError(f"a weak policy: {policy}")
    if b"Traceback (most recent call last)" in response.content:
        raise AssertionError("a trace on a page")


@schemathesis.hook
def before_call(context, case, kwargs) -> None:  # type: ignore[no-untyped-def]
    """One browser asks everything: it sends the cookie that it was given last, as the app draws a new session id with each run."""
    if jar:
        case.headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in jar.items())


@schemathesis.hook
def after_call(context, case, response) -> None:  # type: ignore[no-untyped-def]
    """Keep the cookies that came, but those of the practice gateway, whose pages have a path of their own."""
    for line in response.headers.get("set-cookie", ()):
        name, _, value = line.split(";")[0].partition("=")
        if name in jar and value:
            jar[name] = value
