"""One recorded exchange as commands of the script: the request with variables in place of values, what to expect, what to learn."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from app.flow.facts import Facts
from app.flow.log import Entry
from app.views.copy_forms import bash_quote
from app.views.script_names import Names, form_word
from app.views.visible import shortened, visible
from app.wire.messages import Exchange, Request
from app.wire.parse.form import query_of, read_pairs
from app.wire.parse.json import read_json

FORM = "application/x-www-form-urlencoded"
ADDED = ("host", "content-length", "user-agent", "accept-encoding")  # curl says these itself
ENDPOINTS = ("authorization_endpoint", "token_endpoint", "registration_endpoint", "revocation_endpoint")
JWKS = """--argjson jwks "$(jq -cn --argjson jwk "$(public_jwk client)" '{keys: [$jwk]}')\""""  # the script's own key
PLACEHOLDER = "\ue000{}\ue001"  # stands for a variable while JSON is written; private use, so no JSON text of ours holds it


def request_lines(names: Names, entry: Entry, exchange: Exchange) -> list[str]:
    """`ask METHOD URL …`, one argument a line, and `expect`."""
    request = exchange.request
    arguments = [*_headers(names, request), *_body(names, request)]
    lines = [f"ask {bash_quote(request.method) if not request.method.isalpha() else request.method} {_url(names, request.url)}", *arguments]
    status = exchange.status
    expected = f"expect {status if status is not None else '000'}"
    nonce = [f"keep_nonce {_url(names, request.url)}"] if request.header("dpop") and "dpop" in names.keys else []
    return [*_told(names, entry, exchange), " \\\n  ".join(lines), *nonce, expected]


def _told(names: Names, entry: Entry, exchange: Exchange) -> Iterator[str]:
    """Comments: why it was sent, and what came in the run."""
    if entry.why:
        yield from comment(names, entry.why)
    if exchange.failure:
        yield from comment(names, f"In the run no whole answer came: {exchange.failure.says}")


def comment(names: Names, text: str) -> list[str]:
    """One line of text behind #: nothing in it can begin a new line."""
    shown = visible(shortened(names.hide(text), 300), one_line=True)
    return [f"# {'(' if shown.lstrip().startswith('shellcheck') else ''}{shown}"]  # or it would switch shellcheck's warnings off


def _url(names: Names, url: str) -> str:
    if variable := names.variable(url, prefer="target"):
        return f'"${variable}"'
    place, mark, _ = url.partition("?")
    pairs = read_pairs(query_of(url)) if mark else ()
    if any(names.variable(value) for _, value in pairs) or (mark and names.variable(place)):
        return f'"$(with_query {names.word(place)} {_listed(names, pairs)})"'
    return bash_quote(names.hide(url))


def _listed(names: Names, pairs: Sequence[tuple[str, str]]) -> str:
    return " ".join(f"{bash_quote(name)} {names.word(value, name)}" for name, value in pairs)


def _headers(names: Names, request: Request) -> Iterator[str]:
    for name, value in request.headers:
        if name.lower() in ADDED or "\r" in value or "\n" in value:
            continue
        proof = name.lower() == "dpop" and value and "dpop" in names.keys
        yield f"-H {_proof(names, request, name) if proof else _header(names, name, value)}"


def _proof(names: Names, request: Request, name: str) -> str:
    """A proof of possession for this request, bound to the token that it carries."""
    scheme, _, token = request.header("authorization").partition(" ")
    bound = f" {names.word(token, 'access_token')}" if scheme.lower() == "dpop" and token else ""
    return f'"{name}: $(prove_dpop {request.method} {_url(names, request.url)}{bound})"'


def _header(names: Names, name: str, value: str) -> str:
    scheme, blank, rest = value.partition(" ")
    if name.lower() == "authorization" and blank:
        if scheme.lower() == "basic":
            client = names.variable_named("client_id"), names.variable_named("client_secret", "CLIENT_SECRET")
            if all(client):
                return f'"{name}: Basic $(basic "${client[0]}" "${client[1]}")"'
        return names.labelled(f"{name}: {scheme} ", rest, "access_token")
    if not value:
        return bash_quote(f"{name};")  # curl's spelling of a header without a value
    return names.labelled(f"{name}: ", value, "dpop" if name.lower() == "dpop" else name)


def _body(names: Names, request: Request) -> Iterator[str]:
    if not request.body:
        if request.method in ("POST", "PUT", "PATCH"):
            yield "--data-raw ''"
        return
    media = request.header("content-type").split(";")[0].strip().lower()
    if media == FORM:
        for name, value in read_pairs(request.body.decode("latin-1")):
            yield f"--data-urlencode {_form_word(names, name, value)}"
    elif "json" in media and isinstance(value := read_json(request.body).value, dict | list):
        yield f"--data-raw {_json(names, value)}"
    else:
        yield f"--data-raw {bash_quote(names.hide(request.body.decode('utf-8', 'replace')))}"


def _form_word(names: Names, name: str, value: str) -> str:
    if name == "client_assertion" and "client" in names.keys and (client_id := names.variable_named("client_id")):
        return f'"client_assertion=$(assert_client "${client_id}" {names.word(names.issuer, "issuer")})"'
    return form_word(names, name, value)


def _json(names: Names, value: Any) -> str:
    """The JSON text in quotes; where a variable belongs into it, jq writes it."""
    used: dict[str, None] = {}
    text = json.dumps(_with_variables(names, value, used, ""), separators=(",", ":"), ensure_ascii=False)
    if not used:
        return bash_quote(names.hide(text))
    for variable in used:
        text = text.replace(f'"{PLACEHOLDER.format(variable)}"', f"${variable}")
    arguments = " ".join(JWKS if variable == "jwks" else f'--arg {variable} "${variable}"' for variable in used)
    return f'"$(jq -cn {arguments} {bash_quote(names.hide(text))})"'


def _with_variables(names: Names, value: Any, used: dict[str, None], name: str) -> Any:
    if isinstance(value, dict):
        if "jwks" in value and "client" in names.keys:
            used["jwks"] = None
            value = {**value, "jwks": PLACEHOLDER.format("jwks")}
        return {key: _with_variables(names, item, used, str(key)) for key, item in value.items()}
    if isinstance(value, list):
        return [_with_variables(names, item, used, name) for item in value]
    if isinstance(value, str) and (variable := names.variable(value, prefer=name)) and variable != "target":
        used[variable] = None
        return PLACEHOLDER.format(variable)
    return value if not isinstance(value, str) or value == PLACEHOLDER.format("jwks") else value.replace("\ue000", "").replace("\ue001", "")


def learned_lines(names: Names, before: Facts, after: Facts, entry: Entry) -> list[str]:
    """Assignments from the answer, for what later requests need."""
    lines: list[str] = []
    names.issuer = after.issuer

    def learn(variable: str, value: str, how: str) -> None:
        if value:
            names.learn(value, variable)
            lines.append(f"{variable}=$({how})")

    if after.metadata_url and after.metadata_url != before.metadata_url:
        learn("metadata_url", after.metadata_url, "challenge_part resource_metadata")
    if after.resource_metadata_entry == entry.seq:
        learn("resource", str(after.resource_metadata.get("resource", "")) if _is_text(after, "resource") else "", "member .resource")
        if after.issuer in after.issuers:
            learn("issuer", after.issuer, f"member '.authorization_servers[{after.issuers.index(after.issuer)}]'")
    if after.server_entry == entry.seq:
        for name in ENDPOINTS:
            url = after.server.get(name)
            learn(name, url if isinstance(url, str) else "", f"member .{name}")
    client = after.client
    if client and client.entry == entry.seq:
        learn("client_id", client.client_id, "member .client_id")
        learn("client_secret", client.client_secret, "member .client_secret")
    if after.token_history[len(before.token_history) :]:
        number, tokens = len(after.token_history), after.token_history[-1]
        learn(f"access_token_{number}", tokens.access, "member .access_token")
        if isinstance(tokens.answer.get("refresh_token"), str):
            learn(f"refresh_token_{number}", tokens.refresh, "member .refresh_token")
    if after.session_id and after.session_id != before.session_id:
        learn("session_id", after.session_id, "header_of mcp-session-id")
    if after.id_jag and after.id_jag != before.id_jag:
        learn("id_jag", after.id_jag, "member .access_token")
    return lines


def _is_text(facts: Facts, member: str) -> bool:
    return isinstance(facts.resource_metadata.get(member), str)


ASSIGNMENT = re.compile(r"^([a-z_0-9]+)=")
