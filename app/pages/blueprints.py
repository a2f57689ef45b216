"""All pages: each blueprint is one small module."""

from __future__ import annotations

from app.pages import (
    account,
    authorize,
    callback,
    catalogue,
    client_metadata,
    documents,
    exchange,
    export,
    health,
    imported,
    join,
    lessons,
    login,
    moves,
    practice,
    resend,
    rooms,
    run,
    saved,
    share,
    start,
)
from app.pages.sheets import SHEETS

BLUEPRINTS = (
    *SHEETS,
    start.bp,
    run.bp,
    moves.bp,
    authorize.bp,
    callback.bp,
    exchange.bp,
    resend.bp,
    documents.bp,
    catalogue.bp,
    client_metadata.bp,
    health.bp,
    imported.bp,
    export.bp,
    lessons.bp,
    login.bp,
    account.bp,
    practice.bp,
    share.bp,
    saved.bp,
    rooms.bp,
    join.bp,
)
