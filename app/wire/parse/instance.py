"""Which of several instances answered: headers by which servers, proxies and platforms tell."""

from __future__ import annotations

from app.wire.parse.response import Response

TELLING = (
    "server",
    "via",
    "x-served-by",
    "x-server",
    "x-server-id",
    "x-instance",
    "x-instance-id",
    "x-pod",
    "x-pod-name",
    "x-backend",
    "x-backend-server",
    "x-upstream",
    "x-hostname",
    "x-container-id",
)


def instance_marks(response: Response) -> tuple[str, ...]:
    """`name: value` of every telling header, in a fixed order; empty where the answer does not tell."""
    found = ((name, response.header(name)) for name in TELLING)
    return tuple(f"{name}: {value}" for name, value in found if value)


def agrees_on(response: Response) -> tuple[object, ...]:
    """What instances that share one configuration answer alike: status, challenge, and the body of a success."""
    body = response.body if response.status < 300 else b""  # refusals often carry the number of the request
    return response.status, response.header("www-authenticate"), body
