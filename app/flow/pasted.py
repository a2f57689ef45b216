"""A request and its response as people paste them: raw HTTP, the marks of `curl -v`, or a curl command."""

from __future__ import annotations

import re
import shlex

from app.flow.har_file import MOST_BYTES, BadFile
from app.flow.rebuilt import rebuilt, response_bytes
from app.flow.recorded import Recorded, rpc_id_of
from app.wire.messages import Header, Request

START = re.compile(r"^(?P<method>[A-Za-z]{3,20})[ \t]+(?P<place>\S+)(?:[ \t]+HTTP/[\d.]+)?[ \t]*$")
STATUS = re.compile(r"^HTTP/(?P<version>[\d.]+)[ \t]+(?P<status>[1-9]\d\d)(?:[ \t]+(?P<reason>.*))?$", re.IGNORECASE)
HEADER = re.compile(r"^(?P<name>[!#$%&'*+.^_`|~0-9A-Za-z-]+)[ \t]*:(?P<value>.*)$")
LOOPBACK = re.compile(r"^(?:localhost|127\.|\[::1\])", re.IGNORECASE)
WITH_VALUE = {"-X": "method", "--request": "method", "-H": "header", "--header": "header", "--url": "url", "-u": "user", "--user": "user"}
BODIES = ("-d", "--data", "--data-raw", "--data-ascii", "--data-binary", "--data-urlencode", "--json")
WHY = "Pasted. The bytes are rebuilt from what was pasted."
LONGEST_CURL = 100_000  # what browsers copy with a long form; the time that shlex takes grows with the square of a word
PLACE_OF_REQUEST, PLACE_OF_RESPONSE = "request", "response"


def recorded_pair(request_text: str, response_text: str, at: float = 0.0) -> Recorded:
    """The pasted exchange. Raises BadFile with the line that cannot be read."""
    if len(request_text) + len(response_text) > MOST_BYTES:
        raise BadFile(f"This is more than {MOST_BYTES // 1_000_000} MB.")
    if not request_text.strip():
        raise BadFile("Paste the request: its first line, its headers, an empty line and its body. A curl command will do.")
    if not response_text.strip():
        raise BadFile("Paste the response too, its status line and headers at the least.")
    request = _curl(request_text) if request_text.lstrip().startswith("curl ") else _request(request_text)
    return Recorded(rebuilt(request, _response(response_text), at=at), at, 1, why=WHY)


def _lines(text: str, mark: str) -> list[str]:
    """The lines; where `curl -v` wrote them, those of this side only and without its mark."""
    lines = text.replace("\r\n", "\n").lstrip("\n").split("\n")
    if not any(line.startswith(f"{mark} ") for line in lines):
        return lines
    headed = [n for n, line in enumerate(lines) if line.startswith(mark)]
    body = [line for line in lines[headed[-1] + 1 :] if not line.startswith(("* ", "{ [", "} [", "< ", "> ", "<", ">"))]
    return [*(lines[n][1:].removeprefix(" ") for n in headed), *([] if lines[headed[-1]].strip() != mark else body)]


def _parts(lines: list[str], place: str) -> tuple[tuple[Header, ...], bytes]:
    """Headers and body of the lines behind the first one."""
    headers: list[Header] = []
    for number, line in enumerate(lines, 2):
        if not line.strip():
            return tuple(headers), "\n".join(lines[number - 1 :]).rstrip("\n").encode("utf-8", "replace")
        found = HEADER.match(line)
        if found is None:
            raise BadFile(f"This line is no header: {line[:80]!r}. An empty line must stand before the body", f"{place}, line {number}")
        headers.append((found["name"], found["value"].strip()))
    return tuple(headers), b""


def _request(text: str) -> Request:
    lines = _lines(text, ">")
    found = START.match(lines[0].strip())
    if found is None:
        raise BadFile(f"A request begins like POST /token HTTP/1.1, not like {lines[0][:80]!r}", f"{PLACE_OF_REQUEST}, line 1")
    headers, body = _parts(lines[1:], PLACE_OF_REQUEST)
    url = _url(found["place"], headers)
    kept = tuple((name, value) for name, value in headers if name.lower() not in ("content-length", "transfer-encoding"))
    return Request(found["method"].upper(), url, kept, body, rpc_id_of(body))


def _url(place: str, headers: tuple[Header, ...]) -> str:
    """The whole URL. Raw HTTP does not say http or https: only a loopback host is taken for http."""
    if place.lower().startswith(("http://", "https://")):
        return place.partition("#")[0]
    host = next((value for name, value in headers if name.lower() in ("host", ":authority")), "")
    if not host or not place.startswith("/"):
        raise BadFile("Which server was asked? Add a Host header, or write the whole URL in the first line", f"{PLACE_OF_REQUEST}, line 1")
    return f"{'http' if LOOPBACK.match(host) else 'https'}://{host}{place.partition('#')[0]}"


def _response(text: str) -> bytes:
    lines = _lines(text, "<")
    found = STATUS.match(lines[0].strip())
    if found is None:
        raise BadFile(f"A response begins like HTTP/1.1 400 Bad Request, not like {lines[0][:80]!r}", f"{PLACE_OF_RESPONSE}, line 1")
    headers, body = _parts(lines[1:], PLACE_OF_RESPONSE)
    return response_bytes(int(found["status"]), (found["reason"] or "").strip(), headers, body)


def _curl(text: str) -> Request:
    """A curl command as browsers and handbooks write it. Files and variables in it are not read."""
    if len(text) > LONGEST_CURL:
        raise BadFile(f"A curl command may have {LONGEST_CURL:,} characters here. Paste the request as raw HTTP", PLACE_OF_REQUEST)
    try:
        words = shlex.split(text.replace("\\\r\n", " ").replace("\\\n", " ").replace("$'", "'"))[1:]
    except ValueError:
        raise BadFile("A quotation mark of this curl command is not closed", PLACE_OF_REQUEST) from None
    given: dict[str, list[str]] = {"method": [], "header": [], "url": [], "user": [], "body": []}
    rest = iter(words)
    for word in rest:
        name, equals, value = word.partition("=")
        if word in WITH_VALUE or word in BODIES:
            given[WITH_VALUE.get(word, "body")].append(next(rest, ""))
        elif equals and (name in WITH_VALUE or name in BODIES):
            given[WITH_VALUE.get(name, "body")].append(value)
        elif word.lower().startswith(("http://", "https://")):
            given["url"].append(word)
    if not given["url"]:
        raise BadFile("This curl command names no http or https URL", PLACE_OF_REQUEST)
    return _request_of(given, is_json="--json" in words)


def _request_of(given: dict[str, list[str]], *, is_json: bool) -> Request:
    found = (HEADER.match(line) for line in given["header"])
    headers = [(match["name"], match["value"].strip()) for match in found if match]
    names = {name.lower() for name, _ in headers}
    body = "&".join(given["body"]).encode("utf-8", "replace")
    if body and "content-type" not in names:
        headers.append(("Content-Type", "application/json" if is_json else "application/x-www-form-urlencoded"))
    if given["user"] and "authorization" not in names:
        headers.append(("Authorization", "Basic (from -u)"))
    method = given["method"][-1].upper() if given["method"] else "POST" if body else "GET"
    return Request(method, given["url"][0].partition("#")[0], tuple(headers), body, rpc_id_of(body))
