"""Everything that a practice gateway can do wrong: single faults by the place where they sit, and profiles of real products' habits."""

from __future__ import annotations

from collections.abc import Sequence

from app.practice.faults.model import PLACES, Fault, Profile
from app.practice.faults.of_authorize import FAULTS as OF_AUTHORIZE
from app.practice.faults.of_contact import FAULTS as OF_CONTACT
from app.practice.faults.of_mcp import FAULTS as OF_MCP
from app.practice.faults.of_registration import FAULTS as OF_REGISTRATION
from app.practice.faults.of_resource_metadata import FAULTS as OF_RESOURCE_METADATA
from app.practice.faults.of_server_metadata import FAULTS as OF_SERVER_METADATA
from app.practice.faults.of_tokens import FAULTS as OF_TOKENS
from app.practice.faults.profiles import PROFILES
from app.practice.gateway import Gateway

__all__ = ["FAULTS", "PLACES", "PROFILES", "Fault", "Profile", "broken_by", "find_fault", "find_profile"]

FAULTS: tuple[Fault, ...] = (
    *OF_CONTACT,
    *OF_RESOURCE_METADATA,
    *OF_SERVER_METADATA,
    *OF_REGISTRATION,
    *OF_AUTHORIZE,
    *OF_TOKENS,
    *OF_MCP,
)
_BY_SLUG = {fault.slug: fault for fault in FAULTS}
_PROFILES_BY_SLUG = {profile.slug: profile for profile in PROFILES}


def find_fault(slug: str) -> Fault | None:
    """The fault of that slug."""
    return _BY_SLUG.get(slug)


def find_profile(slug: str) -> Profile | None:
    """The profile of that slug."""
    return _PROFILES_BY_SLUG.get(slug)


def broken_by(gateway: Gateway, faults: Sequence[str], profile: str = "") -> Gateway:
    """The same gateway with other values: the profile's first, then those of each fault in the order of the catalogue."""
    chosen = find_profile(profile)
    gateway = chosen.breaks(gateway) if chosen else gateway
    for fault in FAULTS:
        gateway = fault.breaks(gateway) if fault.slug in faults else gateway
    return gateway
