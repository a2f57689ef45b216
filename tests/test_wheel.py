"""`pip install .`: the wheel carries templates, static files and words, and starts from any folder."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import requests
from running import ROOT, ended_after, free_port, until_it_answers

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    return next(folder.glob("*.whl"))


def test_the_wheel_holds_every_file_of_the_app_and_nothing_of_the_tests(wheel: Path) -> None:
    packed = set(zipfile.ZipFile(wheel).namelist())
    for folder, inside in (("app", "app"), ("templates", "app/templates"), ("static", "app/static")):
        wanted = [path for path in (ROOT / folder).rglob("*") if path.is_file() and "__pycache__" not in path.parts]
        missing = {f"{inside}/{path.relative_to(ROOT / folder).as_posix()}" for path in wanted} - packed
        assert missing == set()
    assert not [name for name in packed if name.startswith("tests")]


def test_the_installed_package_serves_from_another_folder(wheel: Path, tmp_path: Path) -> None:
    target, port, log = tmp_path / "site", free_port(), tmp_path / "app.log"
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(target), str(wheel)]
    subprocess.run(install, check=True, capture_output=True, timeout=300)
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(target), "DATA_DIR": str(tmp_path / "state")}
    with log.open("wb") as out:
        command = [sys.executable, str(target / "bin" / "mcp-flow-explorer"), "--port", str(port)]
        process = subprocess.Popen(command, cwd=tmp_path, env=environ, stdout=out, stderr=out)
    with ended_after(process):
        until_it_answers(f"http://127.0.0.1:{port}/healthz", process, log)
        page = requests.get(f"http://127.0.0.1:{port}/", timeout=10)
        assert page.ok
        assert 'data-action="new"' in page.text
        assert requests.get(f"http://127.0.0.1:{port}/checks", timeout=10).ok
