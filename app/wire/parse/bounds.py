"""How much of an answer is read. One set for the whole process: readers are pure, and are asked again long after an exchange was kept."""

from __future__ import annotations

from dataclasses import dataclass

from app.settings import Settings


@dataclass
class Bounds:
    """Set once, when the app is made; before that, and for whoever reads without an app, the settings' own values hold."""

    body_bytes: int = Settings.body_bytes
    json_depth: int = Settings.json_depth
    json_digits: int = Settings.json_digits
    decompression_ratio: int = Settings.decompression_ratio

    def use(self, settings: Settings) -> None:
        """Read no more than these settings say."""
        self.body_bytes, self.decompression_ratio = settings.body_bytes, settings.decompression_ratio
        self.json_depth, self.json_digits = settings.json_depth, settings.json_digits


BOUNDS = Bounds()
