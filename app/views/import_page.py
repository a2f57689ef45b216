"""The page where a recording comes in, and the page where a run goes out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from app.flow.log import Run
from app.views.keeping import Terms, keeping
from app.views.mask import mask_for, secrets_of
from app.views.start_fields import visible_input
from app.views.visible import host_of, is_web_link, visible

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


@dataclass(frozen=True)
class ExportPage:
    """All that templates/pages/export.html prints."""

    title: Annotated[str, "the page's title"]
    run_id: Annotated[str, "the run's id"]
    target: Annotated[str, "the MCP URL, masked"]
    secrets: Annotated[int, "how many secrets the run knows"]
    live: Annotated[str, "where the start form is filled with this target; empty where that cannot be"]
    keeping: Annotated[str, "where the run lives, how long, who sees it"]


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


def export_page(run: Run, *, settings: Terms) -> ExportPage:
    """What of the run can be taken along."""
    secrets = secrets_of(run)
    target = mask_for(secrets)(run.target)
    return ExportPage(
        title=f"Export · {host_of(run.target)}",
        run_id=run.id,
        target=visible(target, one_line=True),
        secrets=len(secrets),
        live="/?" + urlencode({"target": run.target}) if is_web_link(run.target) and target == run.target else "",
        keeping=keeping(settings),
    )
