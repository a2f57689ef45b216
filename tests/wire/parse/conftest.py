"""Hypothesis without its clock: the machine is shared, and no test asserts time."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("no_clock", deadline=None)
settings.load_profile("no_clock")
