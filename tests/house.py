"""The rules of the house, as questions about source text. `test_house.py` asks them of every file and shows that each can fail."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

WIRE_TYPES = ("app.wire.messages", "app.wire.parse")
FLOW_TYPES = tuple(f"app.flow.{name}" for name in ("log", "facts", "moves", "choices", "revisions", "steps.NAMES", "proofs.ALGORITHMS"))

# package -> what it may import of ours; the package itself is always allowed
MAY_IMPORT: dict[str, tuple[str, ...]] = {
    "pages": (*WIRE_TYPES, "app.flow", "app.checks", "app.store", "app.views", "app.words", "app.practice", "app.settings"),
    "flow": (*WIRE_TYPES, "app.settings"),
    "checks": (*WIRE_TYPES, *FLOW_TYPES, "app.flow.fold"),
    "wire": ("app.settings",),
    "store": ("app.wire.messages", *FLOW_TYPES, "app.settings"),
    "views": (*WIRE_TYPES, *FLOW_TYPES, "app.checks.model", "app.words"),
    "practice": ("app.store.database", "app.settings"),
    "words": (),
    "settings": (),
}
# library -> the packages that may import it; "" is app/__init__.py, which wires everything together
ONLY_IN: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("requests", "urllib3", "socket", "ssl"), ("wire",)),
    **dict.fromkeys(("flask", "werkzeug"), ("pages", "practice", "")),
    **dict.fromkeys(("sqlalchemy", "sqlite3", "psycopg"), ("store", "practice")),
    **dict.fromkeys(("authlib", "segno", "prometheus_client"), ("pages",)),
    "alembic": ("store",),
}
BANNED_NAMES = frozenset(["utils", "helpers", "common", "manager", "handler", "process", "data", "info", "tmp"])
FILE_LINES, FUNCTION_LINES = 300, 40


def package_of(path: Path) -> str:
    """`app/wire/guard.py` -> `wire`, `app/settings.py` -> `settings`, `app/__init__.py` -> an empty string."""
    parts = path.relative_to(ROOT / "app").with_suffix("").parts
    return "" if parts[0].startswith("__") else parts[0]


def imports(tree: ast.AST) -> Iterator[str]:
    """Every imported dotted name, those inside functions too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _is_under(name: str, allowed: tuple[str, ...]) -> bool:
    return any(name == one or name.startswith(one + ".") for one in allowed)


def import_breaches(package: str, source: str) -> list[str]:
    """Imports that the table of design.md section 2 does not allow in a package."""
    found = []
    for name in imports(ast.parse(source)):
        top = name.split(".")[0]
        if top == "app" and package in MAY_IMPORT and not _is_under(name, (f"app.{package}", *MAY_IMPORT[package])):
            found.append(f"{package} must not import {name}")
        if top in ONLY_IN and package not in ONLY_IN[top]:
            found.append(f"only {', '.join(p for p in ONLY_IN[top] if p)} may import {top}, not {package or 'app'}")
    return found


def length_breaches(source: str) -> list[str]:
    """A file or a function that has grown past the limit."""
    lines = source.count("\n")
    found = [f"{lines} lines, {FILE_LINES} is the limit"] if lines > FILE_LINES else []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno:
            long = node.end_lineno - node.lineno + 1
            if long > FUNCTION_LINES:
                found.append(f"{node.name} has {long} lines, {FUNCTION_LINES} is the limit")
    return found


def name_breaches(path: Path, source: str) -> list[str]:
    """Names that say nothing: in module, function and class names as a word, of variables and arguments as a whole."""
    found = [f"a module named {path.stem}"] if _words(path.stem) & BANNED_NAMES else []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and _words(node.name) & BANNED_NAMES:
            found.append(f"line {node.lineno}: {node.name}")
        elif isinstance(node, ast.arg) and node.arg in BANNED_NAMES:
            found.append(f"line {node.lineno}: argument {node.arg}")
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and node.id in BANNED_NAMES:
            found.append(f"line {node.lineno}: variable {node.id}")
    return found


def _words(name: str) -> set[str]:
    return set(re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower().split("_"))


def broad_catches(source: str) -> list[str]:
    """`except Exception`, `except BaseException` and bare `except`, by line."""
    broad = ("Exception", "BaseException")
    return [
        f"line {node.lineno}: a broad except"
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.ExceptHandler) and (node.type is None or (isinstance(node.type, ast.Name) and node.type.id in broad))
    ]


def unsafe_markup(source: str) -> list[str]:
    """Places where text of a gateway could reach a page unescaped."""
    return re.findall(r"\|\s*safe\b|\bMarkup\(|autoescape\s+false|autoescape=False", source)


def inline_code(template: str) -> list[str]:
    """Inline script, style or event attributes, which the content security policy refuses."""
    return re.findall(r"<script(?![^>]*\bsrc=)[^>]*>|<style\b|\sstyle=|\son[a-z]+=", template)


# The hosts are cut in two, so that this file does not name them either.
_HOSTS = ("py" + "pi.org", "python" + "hosted.org", "registry.npm" + "js", "deb.deb" + "ian.org", "jsdel" + "ivr", "unp" + "kg.com")
_PLACES = ("/wo" + "rk/", "/ro" + "ot/", "/ho" + "me/", "/Us" + "ers/")


def foreign_places(text: str) -> list[str]:
    """Absolute paths of somebody's machine, and hosts of package registries."""
    return [host for host in _HOSTS if host in text] + [place for place in _PLACES if re.search(r"(?<![\w.])" + place, text)]


def table(text: str, heading: str) -> list[list[str]]:
    """The cells of the Markdown tables below a heading, without their head rows."""
    section = re.split(r"^#+ ", text.split(f"\n## {heading}\n", 1)[1], maxsplit=1, flags=re.M)[0] if f"\n## {heading}\n" in text else ""
    rows = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in section.splitlines() if line.startswith("|")]
    return [row for row in rows if row[0].startswith("`")]
