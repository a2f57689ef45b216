"""The page where a run goes out: every file that can be made of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from app.flow.log import Run
from app.views.keeping import Terms, keeping
from app.views.mask import mask_for, secrets_of
from app.views.visible import host_of, is_web_link, visible


@dataclass(frozen=True)
class File:
    """One file that can be made of a run."""

    href: Annotated[str, "where it is made"]
    label: Annotated[str, "its name"]
    ending: Annotated[str, "how its name ends"]
    says: Annotated[str, "what is in it, and for whom it is"]


@dataclass(frozen=True)
class ExportPage:
    """All that templates/pages/export.html prints."""

    title: Annotated[str, "the page's title"]
    run_id: Annotated[str, "the run's id"]
    target: Annotated[str, "the MCP URL, masked"]
    files: Annotated[tuple[File, ...], "the sanitized files"]
    secrets: Annotated[str, "how many secrets are replaced in them"]
    kinds: Annotated[str, "what the file with sensitive data would hold; empty where the run knows no secret"]
    live: Annotated[str, "where the start form is filled with this target; empty where that cannot be"]
    keeping: Annotated[str, "where the run lives, how long, who sees it"]


FILES = (
    (
        "zip",
        "Support bundle",
        "One file for the other team: all of those below, the versions and limits of this run, and the request ids to look for in logs.",
    ),
    ("md", "Report (Markdown)", "Findings, steps and exchanges, for a ticket."),
    ("har", "Export HAR (sanitized)", "HAR 1.2, for the developer tools of a browser. Imported here, it gives the same findings."),
    (
        "sh",
        "Bash script",
        "The same walk with curl, jq and openssl: it asks you to sign in where your browser is needed, and says where an answer differs.",
    ),
    ("json", "JSON", "State, steps, findings and exchanges for programs."),
)
WORDS = {
    "access": "access tokens",
    "refresh": "refresh tokens",
    "code": "authorization codes",
    "verifier": "code verifiers",
    "client_secret": "client secrets",
    "cookie": "cookies",
    "session": "session ids",
    "private_key": "private keys",
    "state": "state values",
    "header": "your extra headers",
}


def export_page(run: Run, *, settings: Terms) -> ExportPage:
    """What of the run can be taken along."""
    secrets = secrets_of(run)
    target = mask_for(secrets)(run.target)
    return ExportPage(
        title=f"Export · {host_of(run.target)}",
        run_id=run.id,
        target=visible(target, one_line=True),
        files=tuple(File(f"/runs/{run.id}.{ending}", label, ending, says) for ending, label, says in FILES),
        secrets="One secret is replaced" if len(secrets) == 1 else f"{len(secrets)} secrets are replaced",
        kinds=_kinds({secret.kind for secret in secrets}),
        live="/?" + urlencode({"target": run.target}) if is_web_link(run.target) and target == run.target else "",
        keeping=keeping(settings),
    )


def _kinds(kinds: set[str]) -> str:
    """`access tokens, cookies and other secrets`: what somebody else could use."""
    named = [words for kind, words in WORDS.items() if kind in kinds]
    if kinds - set(WORDS):
        named.append("other secrets")
    return " and ".join([", ".join(named[:-1]), named[-1]]) if len(named) > 1 else "".join(named)
