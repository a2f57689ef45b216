"""Rules over our source text that hold the defences up. Each is shown to see what breaks it."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted((ROOT / "app").rglob("*.py"))

# what is called -> why nobody may. A dotted name is met as it is written; a bare one as a call of a builtin or an imported name.
FORBIDDEN = {
    "eval": "runs text",
    "exec": "runs text",
    "compile": "makes code of text",
    "__import__": "loads what a text names",
    "os.system": "runs a shell",
    "os.popen": "runs a shell",
    "render_template_string": "a template from text is code",
    "Template": "a template from text is code",
    "pickle.loads": "content of a store would run when it is read",
    "pickle.load": "content of a store would run when it is read",
    "marshal.loads": "content of a store would run when it is read",
    "yaml.load": "makes objects that a text names",
    "tempfile.mktemp": "somebody else may make the file first",
    "send_from_directory": "files are listed, not looked up by what a request says",
    "send_file": "files are listed, not looked up by what a request says",
    "hashlib.md5": "too weak to tell values apart",
    "hashlib.sha1": "too weak to tell values apart",
    "random.choice": "can be guessed; secrets is there",
    "random.random": "can be guessed; secrets is there",
    "random.randint": "can be guessed; secrets is there",
}
FORBIDDEN_IMPORTS = ("pickle", "shelve", "marshal", "subprocess", "random", "xml", "ftplib", "telnetlib", "http.client", "urllib.request")


def breaches(source: str) -> list[str]:
    """`line N: what` of every call and import that is forbidden, and of TLS checks and proxies that are switched off or on."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            found += [f"line {node.lineno}: {name} {FORBIDDEN[name]}"] if name in FORBIDDEN else []
            found += [f"line {node.lineno}: {word.arg}" for word in node.keywords if _is_unsafe(word)]
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""]
            found += [f"line {node.lineno}: imports {name}" for name in names if _is_under(name)]
    return found


def _is_under(name: str) -> bool:
    return any(name == one or name.startswith(f"{one}.") for one in FORBIDDEN_IMPORTS)


def _is_unsafe(word: ast.keyword) -> bool:
    value = word.value.value if isinstance(word.value, ast.Constant) else None
    return (word.arg, value) in {("verify", False), ("shell", True), ("allow_redirects", True), ("trust_env", True), ("debug", True)}


@pytest.mark.attack("H2", "P4")
def test_no_source_file_calls_what_is_forbidden() -> None:
    found = {path.relative_to(ROOT).as_posix(): breaches(path.read_text(encoding="utf-8")) for path in SOURCES}
    assert {name: lines for name, lines in found.items() if lines} == {}
    assert len(found) > 200


@pytest.mark.parametrize(
    "source",
    [
        *(f"x = {name}(y)" for name in FORBIDDEN),
        *(f"import {name}" for name in FORBIDDEN_IMPORTS),
        "from pickle import loads",
        "from xml.etree import ElementTree",
        "session.get(url, verify=False)",
        "run(line, shell=True)",
        "session.send(r, allow_redirects=True)",
        "app.run(debug=True)",
    ],
)
def test_what_breaks_a_rule_is_seen(source: str) -> None:
    assert breaches(source)


def test_what_keeps_the_rules_passes() -> None:
    assert breaches("import re, hashlib\nre.compile(x)\nhashlib.sha256(b)\nsession.send(r, allow_redirects=False, verify=True)") == []


def sends_on_get(source: str) -> list[str]:
    """Views that answer a GET and write into the session."""
    found = []
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef):
            methods = {ast.unparse(one.func).split(".")[-1] for one in node.decorator_list if isinstance(one, ast.Call)}
            writes = [one for one in ast.walk(node) if isinstance(one, ast.Subscript) and isinstance(one.ctx, ast.Store)]
            if "get" in methods and any(ast.unparse(one.value) == "session" for one in writes):
                found.append(node.name)
    return found


@pytest.mark.attack("R2", "H2")
def test_no_view_of_a_get_writes_into_the_session() -> None:
    found = {path.name: sends_on_get(path.read_text(encoding="utf-8")) for path in SOURCES if "pages" in path.parts}
    assert {name: views for name, views in found.items() if views} == {}
    assert sends_on_get('@bp.get("/x")\ndef look():\n    session["a"] = 1') == ["look"]
    assert sends_on_get('@bp.post("/x")\ndef press():\n    session["a"] = 1') == []


@pytest.mark.slow
@pytest.mark.attack("H2")
def test_bandit_finds_nothing_of_weight() -> None:
    """Medium and high. The names that are let through are in pyproject.toml, each with its reason."""
    command = [sys.executable, "-m", "bandit", "-q", "-ll", "-c", "pyproject.toml", "-r", "app"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]


def test_bandit_sees_what_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "wrong.py").write_text("import pickle, sys\npickle.loads(sys.stdin.buffer.read())\neval(input())\n")
    command = [sys.executable, "-m", "bandit", "-q", "-ll", "-c", str(ROOT / "pyproject.toml"), "-r", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 1 and "B301" in done.stdout and "B307" in done.stdout
