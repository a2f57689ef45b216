"""The reference Python SDK's client at an MCP URL: signs in, lists tools, calls one, refreshes, calls again. Runs in .cache/interop.

Ours are the dictionary behind its token storage and the person in the browser, who clicks through the practice gateway's pages.
Usage: sdk_client.py URL. Prints one JSON object: what it got, or the error with which it gave up.
"""

from __future__ import annotations

import asyncio
import http.cookiejar
import json
import re
import sys
import urllib.error
import urllib.request
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

from mcp import Client
from mcp.client.auth.oauth2 import OAuthClientProvider
from mcp.client.streamable_http import streamable_http_client
from mcp.shared._httpx_utils import create_mcp_http_client
from mcp.shared.auth import AuthorizationCodeResult, OAuthClientInformationFull, OAuthClientMetadata, OAuthToken

URL = sys.argv[1]
CALLBACK = "http://127.0.0.1:1/callback"  # nobody listens there: the person below reads the redirect itself
FORM = '<form[^>]*action="([^"]*)" data-practice="{}">(.*?)</form>'
WANTED = ("login", "connect", "approve")


class Kept:
    """The SDK's storage protocol."""

    tokens: OAuthToken | None = None
    client: OAuthClientInformationFull | None = None

    async def get_tokens(self) -> OAuthToken | None:
        return self.tokens

    async def set_tokens(self, tokens: OAuthToken) -> None:
        self.tokens = tokens

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        return self.client

    async def set_client_info(self, client_info: OAuthClientInformationFull) -> None:
        self.client = client_info


class Stay(urllib.request.HTTPRedirectHandler):
    """Redirects to the client's callback are not followed."""

    def redirect_request(self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> Any:
        return None if newurl.startswith(CALLBACK) else super().redirect_request(req, fp, code, msg, headers, newurl)


class Person:
    """Signs in, connects the upstream, allows."""

    def __init__(self) -> None:
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()), Stay())
        self.answer: dict[str, str] = {}

    def open(self, url: str, form: dict[str, str] | None = None) -> tuple[str, str]:
        """Text and address of the page, empty where the browser is sent back to the client."""
        try:
            with self.opener.open(url, urlencode(form).encode() if form else None, timeout=10) as page:
                return page.read().decode(), page.geturl()
        except urllib.error.HTTPError as error:
            location = error.headers.get("Location", "")
            self.answer = {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}
            return ("", "") if location else (error.read().decode(), url)

    async def leave(self, url: str) -> None:
        text, here = await asyncio.to_thread(self.open, url)
        while text:
            forms = (re.search(FORM.format(purpose), text, re.S) for purpose in WANTED)
            found = next((form for form in forms if form), None)
            if found is None:
                raise RuntimeError(f"no button at {here}")
            fields = dict(re.findall(r'name="([^"]*)" value="([^"]*)"', found[2].split("</button>")[0]))
            action = urljoin(here, unescape(found[1]))
            text, here = await asyncio.to_thread(self.open, action, {name: unescape(value) for name, value in fields.items()})

    async def come_back(self) -> AuthorizationCodeResult:
        return AuthorizationCodeResult(code=self.answer.get("code", ""), state=self.answer.get("state"), iss=self.answer.get("iss"))


async def walk() -> dict[str, object]:
    person, kept = Person(), Kept()
    metadata = OAuthClientMetadata(client_name="SDK", redirect_uris=[CALLBACK], token_endpoint_auth_method="none")  # type: ignore[list-item]
    auth = OAuthClientProvider(URL, metadata, kept, person.leave, person.come_back)
    told: dict[str, object] = {}
    async with create_mcp_http_client(auth=auth) as http_client, Client(streamable_http_client(URL, http_client=http_client)) as client:
        told["tools"] = [tool.name for tool in (await client.list_tools()).tools]
        told["said"] = (await client.call_tool("list_issues", {})).content[0].text  # type: ignore[union-attr]
        first, auth.context.token_expiry_time = kept.tokens, 1.0
        told["again"] = len((await client.list_tools()).tools)
        told["refreshed"] = kept.tokens is not None and first is not None and kept.tokens.access_token != first.access_token
    return told


def innermost(error: BaseException) -> str:
    """The reason itself, out of the groups in which task groups wrap it."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return f"{type(error).__name__}: {error}"


try:
    print(json.dumps(asyncio.run(walk())))
except BaseException as error:
    print(json.dumps({"error": innermost(error)}))
