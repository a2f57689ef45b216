"""MCP servers named in what a person pasted: a client's configuration (JSON or TOML), a command line, an install link."""

from __future__ import annotations

import base64
import binascii
import json
import re
import shlex
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

URL = re.compile(r"^https?://[^\s\"'<>]+$", re.IGNORECASE)
LISTS = ("mcpServers", "servers", "mcp_servers", "context_servers")  # Claude, Cursor, Windsurf, Gemini; VS Code; Codex; Zed
URL_MEMBERS = ("url", "serverUrl", "httpUrl", "uri", "endpoint", "server_url")  # the second is Windsurf's, the third Gemini's
HEADER_MEMBERS = ("headers", "http_headers", "requestInit")
HEADER_FLAGS = ("-H", "--header")
PROGRAM = re.compile(r"^[a-z./~][\w./@-]*$")
VERBS = ("add", "add-json", "connect", "install", "mcp-remote", "mcp")  # one of them, or a flag: else it is a sentence
NO_URLS = ("-x", "--proxy", "-e", "--referer", "-o", "--output", "-A", "--user-agent", "-b", "--cookie")  # their values name no server
# JSON with comments, as VS Code keeps it; what is never closed goes on to the end, or each of many openings would look for its own
NOISE = re.compile(r'"(?:\\.|[^"\\])*+(?:"|\\?\Z)|//[^\n]*|/\*.*?(?:\*/|\Z)|,(?=\s*[}\]])', re.DOTALL)
DEEPEST = 6  # levels of a settings file above its servers
MOST = 30  # servers that are offered


@dataclass(frozen=True)
class Server:
    """One server of a configuration. `url` is empty where it is a program that is started, not an address."""

    name: str
    url: str
    headers: tuple[tuple[str, str], ...] = ()
    client_id: str = ""


def servers_in(text: str) -> tuple[Server, ...]:
    """Every server that a configuration, a command or an install link names; empty where it names none."""
    text = text.strip()
    if link := _install_link(text):
        return link
    value = _read_config(text)
    if value is not None:
        return tuple(_in_config(value))[:MOST]
    one = _in_command(text)
    return (one,) if one else ()


def _read_config(text: str) -> Mapping[str, Any] | None:
    """JSON, JSON with comments, a piece of it without its outer braces, or TOML."""
    plain = NOISE.sub(lambda m: m[0] if m[0].startswith('"') else "", text).strip().rstrip(",")
    for attempt in (plain, f"{{{plain}}}") if plain[:1] in ("{", '"') else ():
        try:
            value = json.loads(attempt)
        except (ValueError, RecursionError):
            continue
        if isinstance(value, dict):
            return value
    if text.startswith("["):
        try:
            return tomllib.loads(text)
        except (tomllib.TOMLDecodeError, RecursionError):
            return None
    return None


def _in_config(value: Mapping[str, Any], depth: int = 0) -> Iterator[Server]:
    """A settings file may hold its servers some levels deep; a bare server stands for itself."""
    if depth == 0 and _is_server(value):
        yield _server(str(value.get("name", "")), value)
        return
    for name, inner in value.items():
        if not isinstance(inner, dict) or depth > DEEPEST:
            continue
        if name in LISTS or all(isinstance(one, dict) and _is_server(one) for one in inner.values()):
            yield from (_server(key, one) for key, one in inner.items() if isinstance(one, dict) and _is_server(one))
        elif _is_server(inner):
            yield _server(name, inner)
        else:
            yield from _in_config(inner, depth + 1)


def _is_server(value: Mapping[str, Any]) -> bool:
    return any(isinstance(value.get(member), str) for member in (*URL_MEMBERS, "command"))


def _server(name: str, value: Mapping[str, Any]) -> Server:
    url = next((value[member] for member in URL_MEMBERS if isinstance(value.get(member), str)), "")
    words = [word for word in value.get("args") or () if isinstance(word, str)] if isinstance(value.get("args"), list) else []
    started = _in_words(words)
    given: Any = next((value[member] for member in HEADER_MEMBERS if isinstance(value.get(member), dict)), {})
    given = given.get("headers") if isinstance(given.get("headers"), dict) else given
    headers = tuple((str(key), one) for key, one in given.items() if isinstance(one, str))
    client_id = value.get("oauth", {}).get("clientId", "") if isinstance(value.get("oauth"), dict) else ""
    return Server(name, url.strip() or started.url, headers or started.headers, client_id if isinstance(client_id, str) else "")


def _in_command(text: str) -> Server | None:
    """`claude mcp add …`, `gemini mcp add …`, `npx mcp-remote …`, `curl …`: the URL, and the headers behind their flags."""
    joined = re.sub(r"[\\^`]\s*\r?\n\s*", " ", text)
    try:
        words = shlex.split(joined.replace("$'", "'"))
    except ValueError:
        return None
    words = words[1:] if words and words[0] in ("$", "%", ">") else words
    is_command = len(words) > 1 and PROGRAM.match(words[0]) and any(word.startswith("-") or word in VERBS for word in words[1:])
    if not is_command and words[:1] != ["curl"]:
        return None
    inner = next((word for word in words if word.lstrip().startswith("{")), "")
    if inner and words[0] != "curl":
        found = tuple(_in_config(_read_config(inner) or {}))
        return found[0] if found else None
    one = _in_words(words[1:])
    return one if one.url else None


def _in_words(words: list[str]) -> Server:
    url, name, client_id = "", "", ""
    headers: list[tuple[str, str]] = []
    rest = iter(words)
    before = ""
    for word in rest:
        flag, equals, value = word.partition("=")
        if word in HEADER_FLAGS or (equals and flag in HEADER_FLAGS):
            line = value if equals and flag in HEADER_FLAGS else next(rest, "")
            key, colon, text = line.partition(":")
            headers += [(key.strip(), text.strip())] if colon else []
        elif flag == "--client-id":
            client_id = value if equals else next(rest, "")
        elif word in NO_URLS:
            next(rest, "")
        elif not url and URL.match(value if equals and flag in ("--url",) else word):
            url, name = (value if flag == "--url" else word), before
        elif not word.startswith("-"):
            before = word
    return Server(name, url, tuple(headers), client_id)


def _install_link(text: str) -> tuple[Server, ...]:
    """The links behind "Add to Cursor" and "Install in VS Code" buttons: the configuration stands in the address."""
    try:
        parts = urlsplit(text)
        query = parse_qs(parts.query)
    except ValueError:
        return ()
    if parts.scheme in ("vscode", "vscode-insiders") and "mcp/install" in parts.path:
        packed = unquote(parts.query)
    elif "mcp/install" in parts.path and query.get("config"):
        packed = query["config"][0]
    else:
        return ()
    if not packed.lstrip().startswith("{"):
        try:
            packed = base64.b64decode(packed + "==").decode("utf-8", "replace")
        except (binascii.Error, ValueError):
            return ()
    found = _read_config(packed)
    if found is None:
        return ()
    name = query.get("name", [""])[0]
    return tuple(Server(one.name or name, one.url, one.headers, one.client_id) for one in _in_config(found))
