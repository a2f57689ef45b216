"""The suite's `authorization` part judges the practice gateway as an authorization server; the robot user signs in for it."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import requests
from robot import HttpUser, Move
from running import App, free_port
from suite import Scenario, command, read_results
from walker import practice_visit

ROUTE = "linear-v1"
CLIENT = {
    "client_name": "conformance suite",
    "token_endpoint_auth_method": "none",
    "application_type": "native",
    "grant_types": ["authorization_code"],
    "response_types": ["code"],
}


def judge_practice_gateway(app: App, folder: Path) -> tuple[Scenario, ...]:
    """Register a client, let the suite walk with it, and read the results back."""
    issuer, port = f"{app.practice}/mcp/{ROUTE}", free_port()
    callback = f"http://127.0.0.1:{port}/callback"
    registered = requests.post(f"{app.practice}/oauth/register", json=CLIENT | {"redirect_uris": [callback]}, timeout=10)
    arguments = ["--url", issuer, "--resource", issuer, "--client-id", registered.json()["client_id"], "-p", str(port), "-o", str(folder)]
    with subprocess.Popen(command("authorization", *arguments), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as suite:
        try:
            _sign_in(suite, callback)
            suite.communicate(timeout=60)
        finally:
            suite.kill()
    return read_results(folder)


def _sign_in(suite: subprocess.Popen[str], callback: str) -> None:
    """Open the address that the suite prints, once its own callback listens, and get through login and consent."""
    assert suite.stdout is not None
    url = ""
    for line in suite.stdout:
        found = re.match(r"https?://\S+[?&]state=\S+", line)
        url = found.group() if found else url
        if line.startswith("Callback server started"):
            break
    user = HttpUser(callback.removesuffix("/callback"))
    user.send(Move("GET", url))
    practice_visit(user)
    user.close()
