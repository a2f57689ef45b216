"""Judges that nobody here wrote look at the practice gateway, each in .cache/interop-judges."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from practice.dance import Dance, through_requests
from running import ROOT, App

FOLDER = ROOT / ".cache" / "interop-judges"
HERE = Path(__file__).parent
Judge = Callable[..., Any]


@pytest.fixture
def judge(tmp_path: Path) -> Judge:
    """Run a judge's command in a home of its own, with a browser that clicks through our pages. Returns its JSON report, if any."""
    if not (FOLDER / ".installed").exists():
        raise RuntimeError("Not installed: interop-judges. Type: make test")
    browser = f"{sys.executable} {HERE / 'clicking.py'} %s"
    environ = {"HOME": str(tmp_path), "BROWSER": browser, "PYTHONPATH": str(ROOT / "tests"), "PATH": os.environ["PATH"]}

    def run(*command: str) -> Any:
        ran = subprocess.run([FOLDER / "bin" / command[0], *command[1:]], capture_output=True, text=True, timeout=60, env=environ)
        assert ran.returncode in (0, 1), ran.stdout + ran.stderr
        return json.loads(ran.stdout) if ran.stdout.startswith("{") else None

    return run


def _tokens(app: App, route: str) -> Dance:
    return Dance(through_requests(), f"http://localhost:{app.port}", route=route, redirect_uri=f"{app.url}/callback").to_tokens()


def test_mcpcheck_is_content_in_strict_mode(app: App, judge: Judge) -> None:
    """Strict counts warnings, best practice and checks without an answer as failures."""
    gateway = _tokens(app, "linear-v1")
    report = judge("mcpcheck", gateway.resource, "--token", gateway.tokens["access_token"], "--strict", "--legacy-probes", "--json")
    assert report["protocol_version"] == "2026-07-28"
    assert report["era"] == "dual-era"
    assert len(report["checks"]) == 8
    assert {one["status"] for one in report["checks"]} == {"pass"}, report
    assert [found for one in report["checks"] for found in one["failures"] + one["warnings"]] == []


def test_authlab_finds_only_that_loopback_has_no_tls(app: App, judge: Judge) -> None:
    """With a sign-in and a token of the other route, so that no check is left unasked."""
    target = f"{app.practice}/mcp/linear-v1"
    judge("mcp-authlab", "login", target, "--thorough", "--timeout", "20")
    foreign = _tokens(app, "github-v1").tokens["access_token"]
    report = judge("mcp-authlab", "scan", target, "--foreign-token", foreign, "--format", "json")
    assert report["coverage"]["line"] == "coverage 31/31"
    assert {one["id"]: one["status"] for one in report["results"] if one["status"] not in ("pass", "skip")} == {"TLS-01": "warn"}
    # we give no session, so there is none to judge
    assert {one["id"] for one in report["results"] if one["status"] == "skip"} == {"SESS-01", "SESS-02"}


def test_authlab_fails_a_gateway_that_takes_a_foreign_token(app: App, judge: Judge) -> None:
    """The judge is awake: the route's own token in the place of the foreign one is reported."""
    gateway = _tokens(app, "linear-v1")
    own, second = gateway.tokens["access_token"], _tokens(app, "linear-v1").tokens["access_token"]
    report = judge("mcp-authlab", "scan", gateway.resource, "--token", own, "--foreign-token", second, "--format", "json")
    assert "TOK-03" in {one["id"] for one in report["results"] if one["status"] in ("warn", "fail")}
