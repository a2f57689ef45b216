"""The mask that keeps every byte in its place: a hidden value becomes as many bullets, so that offsets stay those of the wire."""

from __future__ import annotations

from app.views.mask import Mask
from app.views.secret_forms import Written
from app.views.secrets_of import Secret
from app.wire.messages import Exchange
from app.wire.parse.response import Response

BULLET = "\u2022"  # beyond latin-1, so no byte looks like it


class ShapeMask(Mask):
    """One run's mask for bytes that were read as latin-1: the same secrets as on the pages, the same length as before."""

    def __init__(self, like: Mask) -> None:
        super().__init__(like.secrets, like.shown)

    def _written(self, secret: Secret) -> Written:
        return lambda found: BULLET * len(found)

    def _named(self, kind: str, value: str) -> str:
        return BULLET * len(value)


def shaped(exchange: Exchange, side: str, hide: Mask) -> str:
    """The recorded bytes of one side as latin-1 text, hidden ones as bullets.

    A body whose coding hides a secret from the mask (compressed, or cut through by chunks) is all bullets.
    """
    shape, response = ShapeMask(hide), exchange.response
    raw = (exchange.sent if side == "request" else exchange.received).decode("latin-1")
    if side == "request" or response is None:
        return shape(raw)
    body = raw[response.body_start :]
    masked = BULLET * len(body) if _is_hidden_by_coding(response, shape) else shape(body)
    return shape(raw[: response.body_start]) + masked


def _is_hidden_by_coding(response: Response, shape: ShapeMask) -> bool:
    """Does the body as people read it hold more to hide than the same body as it crossed the wire?"""
    if response.raw_body == response.body:
        return False
    if response.truncated or response.odd("unknown_encoding", "decompression_bomb"):
        return True
    body, raw = shape(response.body.decode("latin-1")), shape(response.raw_body.decode("latin-1"))
    return body.count(BULLET) > raw.count(BULLET)
