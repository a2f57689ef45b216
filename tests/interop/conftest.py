"""The reference SDK's server, in its own environment, and our app beside it."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from running import ROOT, App, ended_after, free_port, running_app, until_it_answers

PYTHON = ROOT / ".cache" / "interop" / "bin" / "python"


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    with running_app(tmp_path_factory.mktemp("interop")) as running:
        yield running


@pytest.fixture(scope="session")
def sdk_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The MCP URL of the reference SDK's server."""
    if not PYTHON.exists():
        raise RuntimeError("The reference SDK is not installed. Type: make test")
    port, log = free_port(), tmp_path_factory.mktemp("sdk") / "server.log"
    with log.open("wb") as out:
        process = subprocess.Popen([PYTHON, Path(__file__).parent / "sdk_server.py", str(port)], stdout=out, stderr=out)
    with ended_after(process):
        url = f"http://localhost:{port}/mcp"
        until_it_answers(url, process, log)
        yield url
