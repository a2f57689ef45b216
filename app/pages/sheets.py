"""The pages that judge a whole run: audit, score sheet, comparison, consistency."""

from __future__ import annotations

from app.pages import audit, compare, consistency, score

SHEETS = (audit.bp, score.bp, compare.bp, consistency.bp)
