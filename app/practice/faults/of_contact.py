"""Faults of the first contact: the answer to a request without a token."""

from __future__ import annotations

from app.practice.faults.model import Fault, with_values

FAULTS = (
    Fault("no-challenge", "The 401 has no WWW-Authenticate header", "challenge", "probe.no_challenge", with_values(challenge_text="")),
)
