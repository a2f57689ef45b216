"""The page where a recording comes in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from app.views.keeping import Terms, keeping
from app.views.start_fields import visible_input
from app.views.visible import visible

MEGABYTE = 1_000_000


@dataclass(frozen=True)
class ImportPage:
    """All that templates/pages/import.html prints."""

    title: Annotated[str, "the page's title"]
    most: Annotated[str, "the largest file, in words"]
    request: Annotated[str, "the request that was pasted"]
    response: Annotated[str, "the response that was pasted"]
    mistake: Annotated[str, "what is wrong with the file or the text, one sentence"]
    at_file: Annotated[bool, "is it the file that is wrong?"]
    keeping: Annotated[str, "where the run will live, how long, who sees it"]


def import_page(
    *, settings: Terms, most_bytes: int, request: str = "", response: str = "", mistake: str = "", at_file: bool = False
) -> ImportPage:
    """The form; what was pasted comes back where something is wrong with it."""
    return ImportPage(
        title="Import a recording · MCP Flow Explorer",
        most=f"{most_bytes // MEGABYTE} MB",
        request=visible_input(request),
        response=visible_input(response),
        mistake=visible(mistake, one_line=True),
        at_file=at_file,
        keeping=keeping(settings),
    )
