"""What the practice tests build with: a clock that only moves when it is told to, and the gateway alone in a small app."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import Engine

from app.practice import create_practice
from app.settings import Settings

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Clock:
    now: float = 1_790_000_000.0

    def __call__(self) -> float:
        return self.now

    def move(self, seconds: float) -> None:
        self.now += seconds


def small_app(settings: Settings, engine: Engine, **parts: Any) -> Flask:
    """The gateway and nothing else. Errors fly, so that a 500 is a traceback in the test."""
    app = Flask("small", template_folder=str(ROOT / "templates"), static_folder=str(ROOT / "static"))
    app.testing = True
    app.register_blueprint(create_practice(settings, engine, **parts))
    return app
