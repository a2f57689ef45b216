"""The house keeps its own rules: imports one way, short files, honest tables, no foreign places."""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
from dataclasses import fields
from pathlib import Path

import house
import pytest
from house import ROOT
from packaging.requirements import Requirement

from app.settings import Settings

SOURCES = sorted((ROOT / "app").rglob("*.py"))
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
README = ROOT / "README.md"


def _names(paths: list[Path]) -> list[str]:
    return [path.relative_to(ROOT).as_posix() for path in paths]


@pytest.mark.parametrize("path", SOURCES, ids=_names(SOURCES))
def test_a_source_file_keeps_the_rules(path: Path) -> None:
    source, package = path.read_text(encoding="utf-8"), house.package_of(path)
    assert house.import_breaches(package, source) == []
    assert house.length_breaches(source) == []
    assert house.name_breaches(path, source) == []
    if package != "views":
        assert house.unsafe_markup(source) == []


def test_at_most_one_place_catches_everything() -> None:
    found = [f"{path.relative_to(ROOT)} {line}" for path in SOURCES for line in house.broad_catches(path.read_text(encoding="utf-8"))]
    assert len(found) <= 1, found


@pytest.mark.parametrize("path", TEMPLATES, ids=_names(TEMPLATES))
def test_a_template_escapes_and_has_no_inline_code(path: Path) -> None:
    template = path.read_text(encoding="utf-8")
    assert house.unsafe_markup(template) == []
    assert house.inline_code(template) == []


@pytest.mark.parametrize(
    ("package", "source"),
    [
        ("flow", "from app.wire.recorder import Recorder"),
        ("flow", "from app.wire import recorder"),
        ("flow", "import app.pages"),
        ("wire", "def send():\n    from app.flow.log import Run"),
        ("checks", "from app.flow.engine import take"),
        ("views", "from app.checks.catalogue import CHECKS"),
        ("practice", "from app.wire.messages import Request"),
        ("pages", "from app.wire.guard import Guard"),
        ("store", "import flask"),
        ("pages", "from sqlalchemy import select"),
        ("flow", "import socket"),
        ("", "import requests"),
        ("settings", "from app.flow.log import Run"),
    ],
)
def test_an_import_against_the_table_is_seen(package: str, source: str) -> None:
    assert house.import_breaches(package, source)


@pytest.mark.parametrize(
    ("package", "source"),
    [
        ("flow", "from app.wire.messages import Request\nfrom app.wire.parse import json\nfrom app.flow.steps import probe"),
        ("checks", "from app.flow.log import Run\nfrom app.checks.model import Check"),
        ("practice", "from flask import Blueprint\nfrom sqlalchemy import select\nfrom app.store.database import engine"),
        ("wire", "import ssl, socket\nfrom app.settings import Settings"),
        ("", "from app.wire.recorder import Recorder\nimport flask"),
    ],
)
def test_an_import_that_the_table_allows_passes(package: str, source: str) -> None:
    assert house.import_breaches(package, source) == []


def test_long_files_and_long_functions_are_seen() -> None:
    assert house.length_breaches("x = 1\n" * 301) == ["301 lines, 300 is the limit"]
    assert house.length_breaches("def walk():\n" + "    x = 1\n" * 40) == ["walk has 41 lines, 40 is the limit"]
    assert house.length_breaches("def walk():\n" + "    x = 1\n" * 39) == []


@pytest.mark.parametrize("source", ["def load_data(): ...", "class RunManager: ...", "def f(info): ...", "data = 1", "for tmp in (): ..."])
def test_a_name_that_says_nothing_is_seen(source: str) -> None:
    assert house.name_breaches(Path("app/flow/engine.py"), source)
    assert house.name_breaches(Path("app/flow/utils.py"), "")


def test_names_that_only_contain_a_banned_word_pass() -> None:
    assert house.name_breaches(Path("app/store/database.py"), "data_dir = 1\ndef is_informed(metadata): ...") == []


@pytest.mark.parametrize("source", ["{{ x|safe }}", "{{ x | safe }}", "Markup(text)", "{% autoescape false %}"])
def test_unescaped_markup_is_seen(source: str) -> None:
    assert house.unsafe_markup(source)


@pytest.mark.parametrize("template", ["<script>x</script>", "<p style='a'>", '<a onclick="x()">', "<style>p{}</style>"])
def test_inline_code_is_seen(template: str) -> None:
    assert house.inline_code(template)
    assert house.inline_code('<script src="/static/app.js" defer></script><p class="a">') == []


def test_no_two_test_files_have_one_name() -> None:
    """pytest imports them by their bare names: the second of two is not collected where the first has been."""
    names = [path.name for path in (ROOT / "tests").rglob("test_*.py")]
    assert sorted(name for name in set(names) if names.count(name) > 1) == []


def test_no_class_is_styled_in_two_places() -> None:
    """Two parts of the app that chose one name would change each other's looks."""
    sheet = re.sub(
        r"/\*.*?\*/|@(?:media|supports)[^{]*\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}",
        "",
        (ROOT / "static" / "explorer.css").read_text("utf-8"),
        flags=re.S,
    )
    alone = [found.strip() for found in re.findall(r"([^{}]+)\{", sheet) if re.fullmatch(r"\.[\w-]+", found.strip())]
    assert sorted(name for name in set(alone) if alone.count(name) > 1) == []


@pytest.mark.parametrize("source", ["try: x\nexcept Exception: y", "try: x\nexcept: y"])
def test_a_broad_except_is_seen(source: str) -> None:
    assert house.broad_catches(source)
    assert house.broad_catches("try: x\nexcept (OSError, ValueError): y") == []


def _committed() -> list[Path]:
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    listed = subprocess.run([git, "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.decode()
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def test_no_committed_file_names_a_machine_or_a_registry() -> None:
    found = {}
    for path in _committed():
        text = path.read_bytes().decode("utf-8", "ignore")
        if places := house.foreign_places(text):
            found[path.relative_to(ROOT).as_posix()] = places
    assert found == {}


def test_foreign_places_are_seen() -> None:
    assert house.foreign_places("see https://files.python" + "hosted.org/x")
    assert house.foreign_places("open /ro" + "ot/.netrc")
    assert house.foreign_places("GET /practice/home/") == []


def test_the_readme_lists_every_setting_with_its_default() -> None:
    listed = {row[0].strip("`"): row[1].strip("`") for row in house.table(README.read_text(encoding="utf-8"), "Settings")}
    real = {
        field.name.upper(): f"{field.default:g}" if isinstance(field.default, float) else str(field.default) for field in fields(Settings)
    }
    assert listed == real


def _pyproject() -> dict[str, list[str]]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    groups = {"run": project["project"]["dependencies"], "dev": project["dependency-groups"]["dev"]}
    return groups | project["project"].get("optional-dependencies", {})


def test_the_readme_gives_a_reason_for_every_dependency() -> None:
    rows = house.table(README.read_text(encoding="utf-8"), "Dependencies")
    named = {name.strip("` ").lower() for row in rows for name in row[0].split(",")}
    real = {Requirement(line).name.lower() for lines in _pyproject().values() for line in lines}
    assert named == real
    assert all(len(row[1]) > 10 for row in rows)


@pytest.mark.attack("P5")
@pytest.mark.parametrize(
    ("file", "groups"), [("requirements.txt", ("run", "postgres", "oidc")), ("requirements-dev.txt", ("run", "postgres", "oidc", "dev"))]
)
def test_the_locked_requirements_fit_pyproject(file: str, groups: tuple[str, ...]) -> None:
    text = (ROOT / file).read_text(encoding="utf-8")
    locked = {name.lower().replace("_", "-"): version for name, version in re.findall(r"^([\w.-]+)==(\S+)", text, flags=re.M)}
    for line in (line for group in groups for line in _pyproject()[group]):
        wanted = Requirement(line)
        assert wanted.specifier.contains(locked[wanted.name.lower()]), line
    assert text.count("--hash=sha256:") >= len(locked)


def test_every_task_of_the_makefile_says_what_it_does() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    tasks = re.search(r"^\.PHONY: (.+)$", makefile, flags=re.M)
    assert tasks
    explained = re.findall(r"^([a-z-]+):.*  ## .+$", makefile, flags=re.M)
    assert sorted(explained) == sorted(tasks.group(1).split())


def test_ci_runs_the_test_command_of_the_readme() -> None:
    assert "make test" in (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    assert "make test" in README.read_text(encoding="utf-8")
