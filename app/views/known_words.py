"""What headers, members and error codes mean, from app/words/*.toml: one line and a clause each."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Any

FOLDER = Path(__file__).resolve().parent.parent / "words"
RFC = re.compile(r"RFC (\d+) section ([\d.]+)")


@dataclass(frozen=True)
class Known:
    """One name that the specifications know."""

    means: Annotated[str, "what it means, one line"]
    clause: Annotated[str, "the clause that says so"]
    url: Annotated[str, "where to read it"]
    need: Annotated[str, "required, recommended, optional, or oidc: required in an OpenID Connect document only"] = "optional"


@cache
def _file(name: str) -> Mapping[str, Any]:
    return tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))


def _known(row: Mapping[str, str], clauses: Mapping[str, Any]) -> Known:
    clause, url = row["clause"], row.get("url", "")
    if found := RFC.fullmatch(clause):
        url = f"https://www.rfc-editor.org/rfc/rfc{found[1]}#section-{found[2]}"
    elif named := clauses.get(clause):
        clause, url = named["name"], named["url"]
    return Known(row["means"], clause, url, row.get("need", "optional"))


@cache
def members_of(kind: str) -> Mapping[str, Known]:
    """The members of one kind of document, in the order in which people read them; `error/code` is a member of a member."""
    clauses = _file("members")["clauses"]
    return {name: _known(row, clauses) for name, row in _file("members").get(kind, {}).items()} if kind != "clauses" else {}


@cache
def header_known(name: str) -> Known | None:
    """What a header field means, or None for one that nobody specified."""
    row = _file("headers").get(name.lower())
    return _known(row, {}) if row else None


def rpc_code_means(code: object) -> str:
    """What a JSON-RPC error code means, or an empty string."""
    return str(_file("errors")["rpc"].get(str(code), "")) if isinstance(code, int) else ""


def oauth_code_means(code: object) -> str:
    """What an OAuth error code means, or an empty string."""
    return str(_file("errors")["oauth"].get(code, "")) if isinstance(code, str) else ""
