"""The run as a bash script: clean for shellcheck, without secrets, and nothing in it can escape its quotes, in a real bash."""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "flow"))  # the canned gateway of the flow's tests

from canned import AS, TARGET, Gateway, Walker, json_reply
from joserfc import jwt
from joserfc.jwk import ECKey
from test_imported_har import walked

from app.checks.examples import corpus
from app.checks.examples.tape import run_of
from app.flow.fold import fold
from app.flow.log import Run
from app.views.script import script
from app.views.secrets_of import secrets_of
from app.wire.messages import Exchange, Request
from app.wire.parse.jwt import read_jwt

HOSTILE = [
    "$(touch CANARY)",
    "`touch CANARY`",
    "'; touch CANARY; '",
    '"; touch CANARY; "',
    "\\'; touch CANARY #",
    "${IFS}$(touch${IFS}CANARY)",
    "x\ntouch CANARY\n",
    "x\r\ntouch CANARY\r\n",
    "! touch CANARY",
    "@/etc/passwd",
    "-o CANARY",
    "a[$(touch CANARY)]",
    "\\(input)$ENV.PATH",
    "\u202e'; touch CANARY; '\u2066",
    "EOF\ntouch CANARY",
    "%s%n\\x60touch CANARY\\x60",
    "* ? [a-z] ~ {a,b}",
    "\x1b]0;x\x07\x9b31m",
]
FAKE_CURL = """#!/bin/sh
n=$(cat "$SPOOL/n"); echo $((n + 1)) >"$SPOOL/n"
for argument in "$@"; do printf '%s\\0' "$argument"; done >"$SPOOL/$n.arguments"
while [ $# -gt 0 ]; do case $1 in -D) head=$2 ;; -o) body=$2 ;; esac; shift; done
cat "$SPOOL/$n.head" >"$head"; cat "$SPOOL/$n.body" >"$body"; cat "$SPOOL/$n.status"
"""


def script_of(run: Run) -> str:
    return script(run, fold(run))


def shellcheck(folder: Path, scripts: dict[str, str]) -> str:
    """What shellcheck says of all of them; an empty string where it says nothing."""
    files = []
    for name, text in scripts.items():
        files.append(folder / f"{name}.sh")
        files[-1].write_text(text, encoding="utf-8")
    done = subprocess.run(["shellcheck", *map(str, files)], capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def answered_by(run: Run, folder: Path) -> list[str]:
    """A curl that gives the recorded answers in the order of the log. Returns what to type at the prompts."""
    (folder / "bin").mkdir()
    (folder / "bin" / "curl").write_text(FAKE_CURL)
    (folder / "bin" / "curl").chmod(0o755)
    (folder / "n").write_text("0")
    made = [e.body for e in run.entries if isinstance(e.body, Exchange) and not e.is_aside]
    for n, exchange in enumerate(made):
        start = exchange.response.body_start if exchange.response else 0
        (folder / f"{n}.head").write_bytes(exchange.received[:start])
        (folder / f"{n}.body").write_bytes(exchange.response.body if exchange.response else b"")
        (folder / f"{n}.status").write_text(str(exchange.status or "000"))
    return [e.body.url for e in run.entries if getattr(e.body, "kind", "") == "callback"]


def execute(text: str, folder: Path, typed: list[str], **environment: str) -> subprocess.CompletedProcess[str]:
    path = folder / "walk.sh"
    path.write_text(text, encoding="utf-8", errors="surrogateescape")
    home = {"PATH": f"{folder / 'bin'}:/usr/bin:/bin", "SPOOL": str(folder), "HOME": str(folder), "LC_ALL": "C.UTF-8"}
    given = "".join(f"{line}\n" for line in typed)
    return subprocess.run(
        ["bash", str(path)], input=given, capture_output=True, text=True, cwd=folder, env=home | environment, timeout=60, check=False
    )


def sent(folder: Path) -> list[list[str]]:
    """The arguments of every call of curl."""
    files = sorted(folder.glob("*.arguments"), key=lambda path: int(path.stem))
    return [path.read_text(encoding="utf-8", errors="surrogateescape").split("\0")[:-1] for path in files]


def behind(arguments: list[str], flag: str) -> list[str]:
    return [arguments[n + 1] for n, word in enumerate(arguments) if word == flag]


def without_state(run: Run, typed: list[str]) -> str:
    """The script draws a state of its own; here the recorded one stands in for it, as the answers are the recorded ones."""
    return script_of(run).replace("$(answered state)", '$(: "$callback")$1')


def test_a_whole_walk_sends_what_the_run_sent_and_ends_well(tmp_path: Path) -> None:
    run = walked(Gateway(), "2026-07-28")
    typed = answered_by(run, tmp_path)
    done = execute(without_state(run, typed), tmp_path, typed)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Every answer was as in the run" in done.stdout and "DIFFERS" not in done.stdout
    requests = [e.body.request for e in run.entries if isinstance(e.body, Exchange)]
    calls = sent(tmp_path)
    assert len(calls) == len(requests) > 15
    for arguments, request in zip(calls, requests, strict=True):
        same_request(arguments, request)


def same_request(arguments: list[str], request: Request) -> None:
    """Method, URL, headers and body are those of the run; what is drawn anew is only there."""
    assert behind(arguments, "-X") == [request.method] and behind(arguments, "--url") == [request.url]
    assert behind(arguments, "-H") == [f"{name}: {value}" for name, value in request.headers]
    if "json" in request.header("content-type"):
        assert json.loads(behind(arguments, "--data-raw")[0]) == json.loads(request.body)
    given = dict(pair.split("=", 1) for pair in behind(arguments, "--data-urlencode"))
    for name, value in parse_qsl(request.body.decode()) if "form" in request.header("content-type") else []:
        drawn = name == "code_verifier" or value.startswith("unknown-")
        assert given[name] if drawn else given[name] == value, name


def test_a_changed_answer_is_named_and_ends_the_script_with_one(tmp_path: Path) -> None:
    run = walked(Gateway(), "2026-07-28")
    typed = answered_by(run, tmp_path)
    last = max(int(path.stem) for path in tmp_path.glob("*.status"))
    (tmp_path / f"{last}.status").write_text("200")
    done = execute(without_state(run, typed), tmp_path, typed)
    assert done.returncode == 1 and "DIFFERS: 200, the run got 400" in done.stdout


def test_another_requests_answer_is_refused(tmp_path: Path) -> None:
    run = walked(Gateway(), "2026-07-28")
    typed = answered_by(run, tmp_path)
    done = execute(script_of(run), tmp_path, typed)  # the recorded state, not the one that was just drawn
    assert done.returncode == 1 and "The state differs" in done.stderr


def hostile_walk(text: str) -> Run:
    """A gateway that writes this wherever it can write something."""
    gateway = Gateway()
    gateway.prm |= {"scopes_supported": [f"mcp:tools {text}"], "resource_name": text}
    shown = "".join(letter for letter in text if letter.isprintable())  # no walk goes on with an endpoint that has others in it
    gateway.metadata |= {"authorization_endpoint": f"{AS}/authorize?x={shown}", "revocation_endpoint": f"{AS}/revoke?{text}"}
    line = text.replace("\r", " ").replace("\n", " ").encode("utf-8").decode("latin-1")
    gateway.on["POST /register"] = lambda r: json_reply(
        {**json.loads(r.body), "client_id": f"id-{text}", text: text}, 201, **{"X-Odd": line}
    )
    issue = gateway._token

    def token(request: Request) -> Any:
        reply = issue(request)
        assert isinstance(reply, tuple)
        answer = json.loads(reply[2])
        if "access_token" in answer:
            answer |= {"access_token": f"at-{text}-{gateway.count}", "token_type": text, "scope": f"mcp:tools {text}"}
        return json_reply({**answer, "error_description": text}, reply[0])

    gateway.on["POST /token"] = token
    walker = Walker(gateway, headers=f"X-Team: {line}", scope="", authorize_params="")
    walker.go()
    walker.come_back(code=f"c-{line.replace('#', '').replace('&', '')}")
    walker.go()
    return walker.run


# real shells take their time: a third of the corpus runs with every test, all of it with --all
NUMBERS = [pytest.param(n, marks=[pytest.mark.slow] if n % 3 else []) for n in range(len(HOSTILE))]


@pytest.mark.parametrize("number", NUMBERS)
def test_what_a_gateway_writes_runs_nothing(number: int, tmp_path: Path) -> None:
    text = HOSTILE[number]
    run = hostile_walk(text)
    typed = answered_by(run, tmp_path)
    written = without_state(run, typed)
    done = execute(written, tmp_path, typed, HEADER_X_TEAM=text)
    assert not list(tmp_path.rglob("CANARY*")) and "syntax error" not in done.stderr and "unbound" not in done.stderr, done.stderr
    calls = sent(tmp_path)
    assert len(calls) >= 5, done.stderr  # the hostile client id, code and token were used, as arguments
    assert all(urlsplit(behind(arguments, "--url")[0]).netloc == "gw.example" for arguments in calls)
    assert [mark for mark in ("\x1b", "\x07", "\x9b") if mark in done.stdout] == []
    assert "\u202e" not in written and "\x1b" not in written


@pytest.mark.parametrize("step", [pytest.param(1, marks=pytest.mark.slow), 20])
def test_every_script_is_clean_for_shellcheck(tmp_path: Path, step: int) -> None:
    scripts = {f"hostile-{n}": script_of(hostile_walk(text)) for n, text in list(enumerate(HOSTILE))[:: min(step, 4)]}
    scripts |= {f"walk-{revision}": script_of(walked(Gateway(), revision)) for revision in ("2025-06-18", "2025-11-25", "2026-07-28")}
    scripts |= {f"x-{name}": script_of(run_of(example.fails)) for name, example in list(corpus.EXAMPLES.items())[::step]}
    assert shellcheck(tmp_path, scripts) == ""


def test_shellcheck_would_say_something(tmp_path: Path) -> None:
    assert "SC2086" in shellcheck(tmp_path, {"bad": "#!/usr/bin/env bash\nx=$1\necho $x\n"})


@pytest.mark.parametrize("name", list(corpus.EXAMPLES)[::3])
def test_no_secret_of_any_example_is_in_its_script(name: str) -> None:
    run = run_of(corpus.EXAMPLES[name].fails)
    written = script_of(run)
    assert [secret.kind for secret in secrets_of(run) if secret.value in written] == []


def test_what_the_person_gave_is_asked_for_by_name(tmp_path: Path) -> None:
    walker = Walker(Gateway(), headers="X-Api-Key: planted-key-17\nX-Plain: a", client_id="my-client", client_secret="planted-s3cret-99")
    walker.to_connected()
    written = script_of(walker.run)
    assert "planted" not in written and "client_id='my-client'" in written
    assert ': "${HEADER_X_API_KEY:?Set HEADER_X_API_KEY to' in written and '"X-Api-Key: $HEADER_X_API_KEY"' in written
    assert "CLIENT_SECRET" in written
    done = execute(written, tmp_path, [])
    assert done.returncode != 0 and "Set CLIENT_SECRET" in done.stderr


def proofs_of(arguments: list[str], flag: str, before: str) -> list[str]:
    return [word.removeprefix(before) for word in behind(arguments, flag) if word.startswith(before)]


def test_proofs_of_possession_are_made_anew_by_a_key_of_the_scripts_own(tmp_path: Path) -> None:
    gateway = Gateway()
    issue = gateway._token

    def bound(request: Request) -> Any:
        if read_jwt(request.header("dpop")).claims.get("nonce") != "nonce-1":
            return json_reply({"error": "use_dpop_nonce"}, 400, **{"DPoP-Nonce": "nonce-1"})
        status, headers, body = issue(request)  # type: ignore[misc]
        return json_reply({**json.loads(body), "token_type": "DPoP"}, status, **dict(headers))

    gateway.on["POST /token"] = bound
    walker = Walker(gateway, dpop="on")
    walker.to_connected()
    typed = answered_by(walker.run, tmp_path)
    written = without_state(walker.run, typed)
    assert str(walker.facts.dpop_key["d"]) not in written and shellcheck(tmp_path, {"dpop": written}) == ""
    execute(written, tmp_path, typed)
    proved = [(call, proofs_of(call, "-H", "DPoP: ")) for call in sent(tmp_path)]
    proofs = [(call, decoded(proof[0])) for call, proof in proved if proof]
    assert len(proofs) >= 3
    for call, proof in proofs:
        assert proof.claims["htu"] == behind(call, "--url")[0] and proof.claims["htm"] == "POST" and proof.header["typ"] == "dpop+jwt"
        token = proofs_of(call, "-H", "Authorization: DPoP ")
        hashed = base64.urlsafe_b64encode(hashlib.sha256(token[0].encode()).digest()).rstrip(b"=").decode() if token else None
        assert proof.claims.get("ath") == hashed
    assert [proof.claims.get("nonce") for _, proof in proofs][:2] == [None, "nonce-1"]
    assert len({proof.claims["jti"] for _, proof in proofs}) == len(proofs)


def decoded(proof: str) -> jwt.Token:
    """The proof, its signature checked by the key that it names."""
    key = ECKey.import_key(read_jwt(proof).header["jwk"])
    return jwt.decode(proof, key, algorithms=["ES256"])


def test_a_client_that_signs_registers_and_uses_a_key_of_the_scripts_own(tmp_path: Path) -> None:
    gateway = Gateway()
    gateway.metadata["token_endpoint_auth_methods_supported"] = ["private_key_jwt"]
    walker = Walker(gateway, client_auth="private_key_jwt")
    walker.to_connected()
    typed = answered_by(walker.run, tmp_path)
    written = without_state(walker.run, typed)
    assert str(walker.facts.key["d"]) not in written and shellcheck(tmp_path, {"signs": written}) == ""
    execute(written, tmp_path, typed)
    registered = next(json.loads(body[0]) for call in sent(tmp_path) if "jwks" in "".join(body := behind(call, "--data-raw")))
    asserted = [found[0] for call in sent(tmp_path) if (found := proofs_of(call, "--data-urlencode", "client_assertion="))]
    token = jwt.decode(asserted[0], ECKey.import_key(registered["jwks"]["keys"][0]), algorithms=["ES256"])
    assert (token.claims["iss"], token.claims["sub"], token.claims["aud"]) == ("client-1", "client-1", AS)
    assert registered["redirect_uris"] and "d" not in registered["jwks"]["keys"][0]


def test_a_key_that_the_person_gave_is_not_in_it_and_what_it_signs_is_asked_for(tmp_path: Path) -> None:
    pem = ECKey.generate_key("P-256").as_pem(private=True).decode()
    gateway = Gateway()
    gateway.on["POST /token"] = lambda request: gateway.issue()
    walker = Walker(gateway, grant="client_credentials", client_id="svc-client", client_auth="private_key_jwt", private_key=pem)
    walker.go()
    written = script_of(walker.run)
    assert ': "${CLIENT_ASSERTION:?Set CLIENT_ASSERTION to' in written and pem.splitlines()[1] not in written


def test_the_target_is_the_one_place_of_the_address() -> None:
    written = script_of(walked(Gateway(), "2026-07-28"))
    assert written.count(TARGET) == 2  # in the comment, and where it is set
