"""All tables of the app: every module that could define one is imported first."""

from __future__ import annotations

import pkgutil
from importlib import import_module

import app.practice
import app.store
from app.practice.tables import metadata as practice_tables
from app.store.tables import metadata

for package in (app.practice, app.store):
    for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        import_module(module.name)
EVERY = [metadata, practice_tables]
