"""What is this that was pasted? A URL, a metadata document's URL, a configuration, a command, a header, an error, a recording.

Pure: nothing is sent, nothing is kept. The answer is one sentence and the fields of the start form that follow from it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from app.pages.pasted_servers import Server, servers_in
from app.pages.start_form import HEADER_NAME, OURS_IN_HEADERS
from app.pages.target import mcp_url_of, mistake_in_url

READ = 60_000  # characters; a form holds no more
EDGES = " \t\r\n<>\"'`,;()[]"  # what people copy along with a URL
SETS_ITSELF = OURS_IN_HEADERS | {"accept", "content-type", "accept-encoding", "user-agent", "mcp-protocol-version", "mcp-session-id"}
CREDENTIAL = re.compile(r"^(?:(?:proxy-)?authorization\s*:\s*)?(?:bearer|basic|dpop)\s+\S+$|^eyJ[\w-]+\.[\w-]+\.[\w-]*$", re.IGNORECASE)
AUTHORIZATION = re.compile(r"^(?:proxy-)?authorization\s*:", re.IGNORECASE)
CHALLENGE = re.compile(r"resource_metadata\s*=\s*\"?(https?://[^\s\",]+)", re.IGNORECASE)
VARIABLE = re.compile(r"\$\{[^{}]*\}|\$[A-Z_]{2,}|<[\w -]+>|\{\{[^{}]*\}\}")
HOST_ALONE = re.compile(r"^(?:localhost|[\w-]+(?:\.[\w-]+)+)(?::\d{1,5})?(?:/\S*)?$")
IN_TEXT = re.compile(r"https?://[^\s\"'<>`]+", re.IGNORECASE)
NO_TOKENS_HERE = "The walk takes no token along: it gets one of its own through the sign-in, and that is what it tests."


@dataclass(frozen=True)
class Choice:
    """One of several servers that were pasted."""

    name: str
    url: str


@dataclass(frozen=True)
class Understood:
    """What was pasted. `kind` is url, metadata, config, several, local, credential, har, error or nothing."""

    kind: str
    says: str = ""  # one or more sentences for the person; never a value that was pasted
    fields: Mapping[str, str] = field(default_factory=dict)  # of the start form
    choices: tuple[Choice, ...] = ()

    @property
    def fills(self) -> bool:
        """Is there a target to start from?"""
        return bool(self.fields.get("target"))


def understand(text: str, *, chosen: str = "") -> Understood:
    """What a person pasted; `chosen` names one of several servers."""
    text = text[:READ].strip()
    bare = text.strip(EDGES)
    if not text:
        return Understood("nothing", "Paste something first: a URL, a configuration, a command or an error.")
    if is_recording(text):
        return Understood("har", "This is a recording (HAR). Bring it in as a file on the import page: the same checks read it.")
    if CREDENTIAL.match(bare) or AUTHORIZATION.match(bare):
        return Understood("credential", f"This is a credential, not an address. {NO_TOKENS_HERE} Paste the MCP URL that it is for.")
    if challenge := CHALLENGE.search(text):
        return _metadata(challenge[1], "This is a challenge of a 401.")
    if servers := servers_in(text):
        return _of_servers(servers, chosen)
    if re.match(r"^https?:", bare, re.IGNORECASE) and not re.search(r"\s", bare):
        return _of_url(bare)
    return _of_words(text, bare)


def is_recording(text: str) -> bool:
    """Does it begin like a HAR file?"""
    return re.match(r'^\{\s*"log"\s*:\s*\{', text) is not None


def _of_url(url: str) -> Understood:
    if mcp_url_of(url)[0]:
        return _metadata(url, "This is the URL of a metadata document.")
    plain = url.partition("#")[0]
    if mistake_in_url(plain):
        return Understood("nothing")  # the form says what is wrong with it
    says = "The part from # on was left out: it is never sent to a server." if plain != url else ""
    return Understood("url", says, {"target": plain})


def _metadata(url: str, what: str) -> Understood:
    found, is_certain = mcp_url_of(url)
    if not found:
        return Understood("nothing", f"{what} It does not say which MCP URL it belongs to. Type that URL.")
    doubt = "" if is_certain else " That is a guess: compare it with the URL that your client is given."
    return Understood("metadata", f"{what} The MCP URL that it belongs to is filled in.{doubt}", {"target": found})


def _of_servers(servers: tuple[Server, ...], chosen: str) -> Understood:
    remote = [one for one in servers if one.url]
    if not remote:
        says = "This starts a program on your machine; it names no URL, so there is no gateway and no sign-in to walk."
        return Understood("local", says)
    one = next((server for server in remote if server.name == chosen), remote[0] if len(remote) == 1 else None)
    if one is None:
        return Understood("several", f"{len(remote)} servers are in it. Which one?", choices=tuple(Choice(s.name, s.url) for s in remote))
    return _of_server(one)


def _of_server(server: Server) -> Understood:
    kept, said = _headers(server.headers)
    found, _ = mcp_url_of(server.url)
    target = (found or server.url).partition("#")[0]
    if found:
        said.insert(0, "Its URL was that of a metadata document; the MCP URL that it belongs to is filled in.")
    if VARIABLE.search(target):
        said.insert(0, "The URL holds a placeholder. Put the value in its place.")
    registration = {"client_id": server.client_id, "registration": "preregistered"} if server.client_id else {}
    says = " ".join(["The URL was taken out of what you pasted.", *said])
    return Understood("config", says, {"target": target, **({"headers": kept} if kept else {}), **registration})


def _headers(given: tuple[tuple[str, str], ...]) -> tuple[str, list[str]]:
    """(the headers field, what is to be said of them)"""
    fit = [(name, value) for name, value in given if HEADER_NAME.match(name) and "\n" not in value and "\r" not in value]
    kept = [(name, value) for name, value in fit if name.lower() not in SETS_ITSELF]
    said = []
    if kept:
        names = ", ".join(name for name, _ in kept)
        said.append(f"{'Its header' if len(kept) == 1 else 'Its headers'} {names} {'is' if len(kept) == 1 else 'are'} in the settings.")
    if any(name.lower() == "authorization" for name, _ in fit):
        said.append(f"Its Authorization header was left out. {NO_TOKENS_HERE}")
    if any(VARIABLE.search(value) for _, value in kept):
        said.append("A header holds a placeholder. Put the value in its place.")
    return "\n".join(f"{name}: {value}" for name, value in kept), said


def _of_words(text: str, bare: str) -> Understood:
    """Neither URL nor configuration: a host alone, or words around a URL, or an error."""
    if HOST_ALONE.match(bare):
        scheme = "http" if urlsplit(f"//{bare}").hostname in ("localhost", "127.0.0.1") else "https"
        return Understood("url", f"{scheme}:// was put before it.", {"target": f"{scheme}://{bare}"})
    urls = list(dict.fromkeys(found.rstrip(".,;:)]}") for found in IN_TEXT.findall(text)))
    if len(urls) == 1 and len(text) < 300 and not re.search(r"error|fail|invalid|unable|cannot|refused|not ", text, re.IGNORECASE):
        understood = _of_url(urls[0])
        says = f"The URL was taken out of the text. {understood.says}".strip()
        return Understood(understood.kind, says, understood.fields) if understood.fills else understood
    return Understood("error")
