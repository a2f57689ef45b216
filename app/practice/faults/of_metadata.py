"""Faults of the two metadata documents."""

from __future__ import annotations

from app.practice.faults.model import Fault, at, with_values

FAULTS = (
    Fault(
        "metadata-gone",
        "The metadata URL of the challenge answers 404",
        "resource_metadata",
        "resource_metadata.not_at_advertised_url",
        at("resource_metadata", 404, {"error": "not_found"}),
    ),
    Fault(
        "issuer-slash",
        "The issuer ends in a slash that the resource metadata does not have",
        "server_metadata",
        "server_metadata.issuer_slash",
        with_values(server_members={"issuer": "{resource}/"}),
    ),
)
