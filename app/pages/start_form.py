"""The start form: what was typed becomes Options, or a sentence at the field that is wrong."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit

from app.flow.facts import Options
from app.flow.revisions import REVISIONS
from app.pages import start_machine
from app.pages.client_metadata import own_url
from app.pages.target import LONGEST, mistake_in_target, mistake_in_url
from app.pages.wired import wired

FIELDS = (
    "target",
    "revision",
    "registration",
    "client_metadata_url",
    "client_id",
    "client_secret",
    "client_auth",
    "scope",
    "authorize_params",
    "headers",
    *start_machine.FIELDS,
)
CHOICES = {
    "revision": ("auto", *REVISIONS),
    "registration": ("auto", "cimd", "dcr", "preregistered"),
    "client_auth": ("auto", "none", "client_secret_basic", "client_secret_post", "private_key_jwt"),
    **start_machine.CHOICES,
}
LONGEST_HEADERS = 8_000  # what common servers take as one header block
HEADER_NAME = re.compile(r"^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")  # RFC 9110 section 5.6.2
SCOPE = re.compile(r"^[\x21\x23-\x5B\x5D-\x7E ]*$")  # RFC 6749 section 3.3
OURS_IN_HEADERS = {"host", "content-length", "transfer-encoding", "connection", "authorization", "upgrade", "te", "trailer"}
OURS_IN_AUTHORIZE = {"response_type", "client_id", "redirect_uri", "state", "code_challenge", "code_challenge_method"}


@dataclass(frozen=True)
class StartForm:
    """What was typed, by field, and what is wrong with it, by field. No mistakes = the walk can start."""

    typed: Mapping[str, str]
    mistakes: Mapping[str, str] = field(default_factory=dict)

    def options(self, *, redirect_uri: str, own_client_metadata_url: str) -> Options:
        """The options of the run. Call it only where there are no mistakes."""
        algorithm = self.typed["signing_algorithm"].replace("auto", "")
        typed = {**self.typed, "signing_algorithm": algorithm}
        return Options(**typed, redirect_uri=redirect_uri, own_client_metadata_url=own_client_metadata_url)


def read_start_form(form: Mapping[str, str], *, own_places: set[str], own_client_metadata_url: str) -> StartForm:
    """Judge the form. Absent fields count as empty, absent choices as the first one."""
    typed = {name: form.get(name, "").strip() for name in FIELDS}
    typed = {name: value or (CHOICES[name][0] if name in CHOICES else "") for name, value in typed.items()}
    typed["scope"] = " ".join(typed["scope"].split())
    typed["authorize_params"] = typed["authorize_params"].removeprefix("?")
    said = {
        "target": mistake_in_target(typed["target"], own_places),
        **{name: _mistake_in_choice(typed[name], allowed) for name, allowed in CHOICES.items()},
        "client_metadata_url": _mistake_in_document_url(typed, own_client_metadata_url),
        "client_id": _mistake_in_client_id(typed),
        "client_secret": _mistake_in_client_secret(typed),
        "scope": _mistake_in_scope(typed["scope"]),
        "authorize_params": _mistake_in_params(typed["authorize_params"]),
        "headers": _mistake_in_headers(typed["headers"]),
    }
    for name, sentence in start_machine.mistakes(typed).items():
        said[name] = said.get(name) or sentence
    return StartForm(typed, {name: sentence for name, sentence in said.items() if sentence})


def read_form_here(form: Mapping[str, str]) -> StartForm:
    """Judge the start form for this app: its own addresses are no targets."""
    settings = wired().settings
    places = {urlsplit(origin).netloc.lower() for origin in (settings.base_url, settings.practice_base)}
    return read_start_form(form, own_places=places, own_client_metadata_url=own_url(settings))


def _mistake_in_choice(value: str, allowed: tuple[str, ...]) -> str:
    return "" if value in allowed else f"Choose one of: {', '.join(allowed)}."


def _mistake_in_line(value: str) -> str:
    if len(value) > LONGEST:
        return f"This is {len(value):,} characters long; {LONGEST:,} are allowed here."
    return "" if value.isprintable() else "This holds a line break or an invisible character. Remove it."


def _mistake_in_document_url(typed: Mapping[str, str], own_url: str) -> str:
    url = typed["client_metadata_url"]
    if not url:
        needed = typed["registration"] == "cimd" and not own_url
        return "Give the https URL of your client metadata document: this app has no public one of its own." if needed else ""
    said = mistake_in_url(url, only_https=True)
    if not said and not url.partition("://")[2].partition("/")[2]:
        return "A client metadata URL must have a path, for example https://client.example.com/client.json."
    return said


def _mistake_in_client_id(typed: Mapping[str, str]) -> str:
    if typed["registration"] == "preregistered" and not typed["client_id"]:
        return "Give the client_id that the gateway's operator made for you, or choose another registration."
    return _mistake_in_line(typed["client_id"])


def _mistake_in_client_secret(typed: Mapping[str, str]) -> str:
    if typed["client_auth"].startswith("client_secret_") and typed["client_id"] and not typed["client_secret"]:
        return f"{typed['client_auth']} needs the client_secret."
    return _mistake_in_line(typed["client_secret"])


def _mistake_in_scope(value: str) -> str:
    if not SCOPE.match(value):
        return "A scope is plain ASCII words with blanks between them, without quotes (RFC 6749 section 3.3)."
    return _mistake_in_line(value)


def _mistake_in_params(value: str) -> str:
    try:
        names = {name for name, _ in parse_qsl(value, keep_blank_values=True, strict_parsing=bool(value), max_num_fields=50)}
    except ValueError:
        return "Write extra parameters as in a URL: name=value, with & between them."
    ours = sorted(names & OURS_IN_AUTHORIZE)
    if ours:
        return f"{', '.join(ours)}: the walk sets this itself. Change it at the authorize step, where the finding can say so."
    return "No parameter name may be empty." if "" in names else _mistake_in_line(value)


def _mistake_in_headers(value: str) -> str:
    if len(value) > LONGEST_HEADERS:
        return f"These are {len(value):,} characters; {LONGEST_HEADERS:,} are allowed here."
    lines = [line for line in value.splitlines() if line.strip()]
    return next(filter(None, map(_mistake_in_header, lines)), "")


def _mistake_in_header(line: str) -> str:
    name, colon, text = line.partition(":")
    name = name.strip()
    if not colon or not HEADER_NAME.match(name):
        return f"Write one header a line as Name: value. This line is not one: {line[:80]}"
    if name.lower() in OURS_IN_HEADERS:
        return f"{name} is set by the walk itself and cannot be given here."
    fits = all(32 <= ord(character) < 256 and ord(character) != 127 for character in text.strip().replace("\t", " "))
    return "" if fits else f"The value of {name} holds a character that HTTP headers cannot carry."
