"""One request as a command that another program runs: cURL for two shells, HTTPie, Python. Masked values become variables to fill in."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import unquote_plus

from app.views.copy_forms import bash_quote, cmd_quote, python_literal
from app.views.mask import LABEL, Mask
from app.views.visible import is_web_link, visible
from app.views.wire_text import planned
from app.wire.messages import Exchange

OURS = ("host", "content-length", "accept-encoding", "connection", "transfer-encoding")  # the program writes its own
NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
FORM = "application/x-www-form-urlencoded"
LONGEST_CMD = 8_191  # characters that cmd.exe takes in one line
LONGEST = 65_536  # bytes of a body that is copied; more belongs in a file
VARIABLES = {
    "access": "ACCESS_TOKEN",
    "refresh": "REFRESH_TOKEN",
    "id_token": "ID_TOKEN",
    "verifier": "CODE_VERIFIER",
    "basic": "BASIC_CREDENTIALS",
    "authorization": "ACCESS_TOKEN",
    "registration": "REGISTRATION_ACCESS_TOKEN",
    "session": "SESSION_ID",
}


@dataclass(frozen=True)
class CopyForm:
    """The request in one form. `text` is empty where the form cannot say it; `note` then says why."""

    slug: Annotated[str, "the id of its text"]
    label: Annotated[str, "the words on its button"]
    text: Annotated[str, "the command"]
    note: Annotated[str, "what to fill in, or why there is no command"]


@dataclass(frozen=True)
class _Variable:
    name: str


Piece = str | _Variable
Pieces = tuple[Piece, ...]


@dataclass(frozen=True)
class _Command:
    """A request in masked pieces. `body` is None where it is no text."""

    method: str
    url: Pieces
    headers: tuple[tuple[str, Pieces], ...]
    body: Pieces | None
    pairs: tuple[tuple[Pieces, bool], ...]  # of a form: (name=value, must it be percent-encoded?)
    octets: bytes


def copy_forms(exchange: Exchange, hide: Mask) -> tuple[CopyForm, ...]:
    """Four commands and the raw bytes, masked. None at all for a URL or method that no program could be told safely."""
    request = exchange.request
    if not is_web_link(request.url) or not NAME.fullmatch(request.method) or len(request.body) > LONGEST:
        return ()
    names = _Names({s.label: s.kind for s in hide.secrets if s.label not in hide.shown})
    command = _command(exchange, hide, names)
    fill = names.note()
    bash, httpie, python = _bash(command), _httpie(command), _python(command)
    cmd = _cmd(command)
    no_cmd = "cmd.exe has no way to write the line breaks or control characters of this request. Take another form."
    no_httpie = "HTTPie has no way to write a header of this request. Take another form."
    return (
        CopyForm("curl-bash", "cURL (bash)", bash, fill(lambda n: f"{n}=…")),
        CopyForm("curl-cmd", "cURL (cmd)", cmd, fill(lambda n: f"set {n}=…") if cmd else no_cmd),
        CopyForm("httpie", "HTTPie", httpie, fill(lambda n: f"{n}=…") if httpie else no_httpie),
        CopyForm("python", "Python", python, fill(lambda n: f"the environment variable {n}")),
        CopyForm("raw-http", "Raw", _raw(exchange, hide), ""),
    )


class _Names:
    """Labels to variable names: the kind alone while one value of it occurs, else with the fingerprint."""

    def __init__(self, kinds: dict[str, str]) -> None:
        self._kinds, self._given = kinds, dict[str, str]()

    def pieces(self, masked: str) -> Pieces:
        """A masked text cut into plain parts and variables."""
        parts: list[Piece] = []
        at = 0
        for found in LABEL.finditer(masked):
            parts += [masked[at : found.start()], _Variable(self._name(found[0]))]
            at = found.end()
        return tuple(part for part in (*parts, masked[at:]) if part != "")

    def _name(self, label: str) -> str:
        if label not in self._given:
            kind, _, digits = label.partition("#")
            kind = self._kinds.get(label, kind)
            name = VARIABLES.get(kind, kind.upper())
            self._given[label] = f"{name}_{digits.upper()}" if name in self._given.values() else name
        return self._given[label]

    def note(self) -> Callable[[Callable[[str], str]], str]:
        """Makes the sentence that says which variables to set, in the words of a shell."""

        def sentence(write: Callable[[str], str]) -> str:
            listed = ", ".join(f"`{write(name)}` for {label}" for label, name in self._given.items())
            return f"Set first: {listed}." if listed else ""

        return sentence


def _command(exchange: Exchange, hide: Mask, names: _Names) -> _Command:
    request = exchange.request
    headers = tuple((name, names.pieces(hide.header(name, value))) for name, value in sent_headers(exchange) if _is_ours(name))
    text = _text(request.body)
    is_form = request.header("content-type").split(";")[0].strip().lower() == FORM
    pairs = tuple(_pair(pair, names) for pair in hide(text).split("&")) if is_form and text else ()
    body = None if text is None else names.pieces(hide(text))
    return _Command(request.method, names.pieces(hide(request.url.split("#")[0])), headers, body, pairs, request.body)


def _raw(exchange: Exchange, hide: Mask) -> str:
    """The bytes as text, masked; as they would have been where nothing was sent."""
    return visible(hide((exchange.sent or planned(exchange)).decode("utf-8", "replace")))


def sent_headers(exchange: Exchange) -> tuple[tuple[str, str], ...]:
    """The header lines that crossed the wire, or those that were asked for where nothing did."""
    head = exchange.sent.partition(b"\r\n\r\n")[0].decode("latin-1")
    lines = [line.partition(":") for line in head.split("\r\n")[1:]]
    return tuple((name, value.strip()) for name, _, value in lines) or exchange.request.headers


def _is_ours(name: str) -> bool:
    return name.lower() not in OURS and NAME.fullmatch(name) is not None


def _text(body: bytes) -> str | None:
    """The body as text; None where a command line cannot hold it."""
    try:
        return None if b"\0" in body else body.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _pair(pair: str, names: _Names) -> tuple[Pieces, bool]:
    """A masked value stands for one that was percent-encoded; the variable will not be, so the program has to do it."""
    pieces = names.pieces(pair)
    if not any(isinstance(piece, _Variable) for piece in pieces):
        return pieces, False
    name, _, value = pair.partition("=")
    return names.pieces(f"{name}={unquote_plus(value)}"), True


def _joined(pieces: Sequence[Piece]) -> Pieces:
    """Plain parts side by side become one: cmd.exe's programs read two quotes side by side as a letter."""
    joined: list[Piece] = []
    for piece in pieces:
        if joined and isinstance(piece, str) and isinstance(before := joined[-1], str):
            joined[-1] = before + piece
        else:
            joined.append(piece)
    return tuple(joined)


def _in_bash(pieces: Sequence[Piece]) -> str:
    return "".join(f'"${piece.name}"' if isinstance(piece, _Variable) else bash_quote(piece) for piece in _joined(pieces)) or "''"


def _bash(c: _Command) -> str:
    url = "".join(piece for piece in c.url if isinstance(piece, str))
    parts = ["curl --include"]
    parts += ["--globoff"] if any(mark in url for mark in "[]{}") else []
    parts += ["--path-as-is"] if "/." in url else []
    parts += ["--head"] if c.method == "HEAD" else [f"--request {c.method}"]
    parts.append(_in_bash(c.url))
    parts += [f"--header {_in_bash(_header(name, value))}" for name, value in c.headers]
    parts += _bash_body(c)
    command = " \\\n  ".join(parts)
    if c.body is None:
        return f"printf %s {bash_quote(base64.b64encode(c.octets).decode())} | base64 -d | {command}"
    return command


def _header(name: str, value: Pieces) -> Pieces:
    """cURL drops a header that ends in its colon; a semicolon in its place sends it empty."""
    return (f"{name}: ", *value) if value else (f"{name};",)


def _bash_body(c: _Command) -> list[str]:
    if not c.octets:
        return []
    quiet = [] if any(name.lower() == "content-type" for name, _ in c.headers) else ["--header 'Content-Type:'"]
    if c.body is None:
        return [*quiet, "--data-binary @-"]
    if any(coded for _, coded in c.pairs):
        return [*quiet, *(f"--data-{'urlencode' if coded else 'raw'} {_in_bash(pieces)}" for pieces, coded in c.pairs)]
    return [*quiet, f"--data-raw {_in_bash(c.body)}"]


def _in_cmd(pieces: Sequence[Piece]) -> str | None:
    """One word. A variable stands between quoted parts, not in quotes: two quotes side by side would be read as one letter."""
    written = [f"%{piece.name}%" if isinstance(piece, _Variable) else cmd_quote(piece) for piece in _joined(pieces)]
    return None if None in written else "".join(part for part in written if part)


def _cmd(c: _Command) -> str:
    if c.body is None:
        return ""
    words: list[str | None] = ["curl --include"]
    words += ["--globoff"] if any(mark in "".join(p for p in c.url if isinstance(p, str)) for mark in "[]{}") else []
    words += ["--head"] if c.method == "HEAD" else [_option("--request", (c.method,))]
    words.append(_in_cmd(c.url))
    words += [_option("--header", _header(name, value)) for name, value in c.headers]
    if c.octets and any(coded for _, coded in c.pairs):
        words += [_option("--data-urlencode" if coded else "--data-raw", pieces) for pieces, coded in c.pairs]
    elif c.octets:
        words.append(_option("--data-raw", c.body))
    command = " ".join(word or "" for word in words)
    return "" if None in words or len(command) > LONGEST_CMD else command


def _option(name: str, pieces: Pieces) -> str | None:
    word = _in_cmd(pieces)
    return None if word is None else f"{name} {word}"


HTTPIE_MARKS = re.compile(r"[:;=@]")


def _httpie(c: _Command) -> str:
    """`http METHOD URL Name:value`. A value that begins like another of HTTPie's separators gets a backslash in front."""
    if any(_has_backslash_mark(value) for _, value in c.headers):
        return ""
    parts = ["http --ignore-stdin --print=hb"] if c.body is not None else ["http --print=hb"]
    if c.octets and c.body is not None:
        parts.append(f"--raw {_in_bash(c.body)}")
    parts += [c.method, _in_bash(c.url)]
    parts += [_in_bash(_httpie_header(name, value)) for name, value in c.headers]
    command = " \\\n  ".join(parts)
    piped = f"printf %s {bash_quote(base64.b64encode(c.octets).decode())} | base64 -d | "
    return command if c.body is not None else piped + command


def _has_backslash_mark(value: Pieces) -> bool:
    return any(isinstance(piece, str) and re.search(r"\\[:;=@]", piece) for piece in value)


def _httpie_header(name: str, value: Pieces) -> Pieces:
    if not value:
        return (f"{name};",)
    first, *rest = value
    escaped = HTTPIE_MARKS.sub(r"\\\g<0>", first) if isinstance(first, str) else first
    return (f"{name}:", escaped, *rest)


def _in_python(pieces: Sequence[Piece]) -> str:
    parts = [f'os.environ["{piece.name}"]' if isinstance(piece, _Variable) else python_literal(piece) for piece in _joined(pieces)]
    return " + ".join(parts) or '""'


def _python(c: _Command) -> str:
    names = [name.lower() for name, _ in c.headers]
    lines = ["import requests", "", "response = requests.request("]
    lines += [f"    {python_literal(c.method)},", f"    {_in_python(c.url)},"]
    if c.headers:
        lines += ["    headers={", *(f"        {python_literal(n)}: {_in_python(v)}," for n, v in c.headers), "    },"]
    if c.octets:
        lines.append(f"    data={_python_body(c)},")
    lines += ["    allow_redirects=False,", ")", "print(response.status_code, response.headers, response.text)"]
    if len(set(names)) < len(names):
        lines.insert(0, "# requests sends one line of each header; the recorded request had two of some")
    text = "\n".join(lines)
    return f"import os\n\n{text}" if "os.environ[" in text else text


def _python_body(c: _Command) -> str:
    if c.body is None or not any(isinstance(piece, _Variable) for piece in c.body):
        return python_literal(c.octets)
    return f"({_in_python(c.body)}).encode()"
