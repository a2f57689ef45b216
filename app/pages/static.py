"""Static files from memory: hashed addresses, compressed once, cached for ever. They never open a session."""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask

Start = Callable[..., Any]
Wsgi = Callable[[dict[str, Any], Start], Iterable[bytes]]
NICKNAMES = {"/favicon.ico": "/static/icons/mark.svg"}  # what browsers ask for where a page names no icon
TEXT = (".css", ".js", ".svg", ".txt", ".json", ".map", ".webmanifest")


@dataclass(frozen=True)
class StaticFile:
    """One file, as it is and compressed (empty where that is no smaller)."""

    body: bytes
    packed: bytes
    mimetype: str
    digest: str


def read_static(folder: Path) -> dict[str, StaticFile]:
    """All files below a folder by their relative name."""
    if not folder.is_dir():
        return {}
    return {path.relative_to(folder).as_posix(): _read(path) for path in sorted(folder.rglob("*")) if path.is_file()}


def _read(path: Path) -> StaticFile:
    body = path.read_bytes()
    packed = gzip.compress(body, 9, mtime=0) if path.suffix in TEXT else b""
    mimetype = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    if mimetype.startswith("text/") or path.suffix in TEXT:
        mimetype += "; charset=utf-8"
    return StaticFile(body, packed if len(packed) < len(body) else b"", mimetype, hashlib.sha256(body).hexdigest()[:12])


class StaticShelf:
    """A WSGI layer before the app: /static/<digest>/<name> from memory, /static/<name> for links made by hand."""

    def __init__(self, app: Wsgi, files: dict[str, StaticFile], headers: tuple[tuple[str, str], ...]) -> None:
        self.app, self.files, self.headers = app, files, headers

    def __call__(self, environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        path = NICKNAMES.get(environ.get("PATH_INFO", ""), environ.get("PATH_INFO", ""))
        if not path.startswith("/static/") or environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            return self.app(environ, start)
        name = path.removeprefix("/static/")
        digest, _, rest = name.partition("/")
        kept = self.files.get(rest)
        if kept and kept.digest == digest:
            return self._answer(environ, start, kept, "public, max-age=31536000, immutable")
        kept = self.files.get(name)
        return self._answer(environ, start, kept, "no-cache") if kept else self.app(environ, start)

    def _answer(self, environ: dict[str, Any], start: Start, kept: StaticFile, caching: str) -> Iterable[bytes]:
        etag = f'"{kept.digest}"'
        headers = [*self.headers, ("Cache-Control", caching), ("ETag", etag), ("Vary", "Accept-Encoding")]
        if environ.get("HTTP_IF_NONE_MATCH") == etag:
            start("304 Not Modified", headers)
            return [b""]
        packed = kept.packed and "gzip" in environ.get("HTTP_ACCEPT_ENCODING", "")
        body = kept.packed if packed else kept.body
        headers += [("Content-Type", kept.mimetype), ("Content-Length", str(len(body)))]
        start("200 OK", headers + ([("Content-Encoding", "gzip")] if packed else []))
        return [b"" if environ["REQUEST_METHOD"] == "HEAD" else body]


def serve_static(app: Flask, folder: Path, headers: tuple[tuple[str, str], ...]) -> None:
    """Serve a folder; `url_for("static", filename=…)` gives the hashed address."""
    files = read_static(folder)
    app.add_url_rule("/static/<digest>/<path:filename>", endpoint="static", build_only=True)
    app.wsgi_app = StaticShelf(app.wsgi_app, files, headers)  # type: ignore[assignment, method-assign]

    @app.url_defaults
    def add_digest(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == "static" and "digest" not in values:
            kept = files.get(values.get("filename", ""))
            values["digest"] = kept.digest if kept else "missing"
