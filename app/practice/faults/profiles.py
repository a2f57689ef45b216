"""Habits of real gateways, as their sources and documents show them."""

from __future__ import annotations

from app.practice.faults.model import Profile

PROFILES: tuple[Profile, ...] = ()
