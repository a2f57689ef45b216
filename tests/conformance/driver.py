"""The command that the official conformance suite runs as "the client": a robot user who presses the buttons of our pages.

The suite starts an MCP server and an authorization server, runs `driver.py <url of its MCP server>`, and judges what its servers saw.
Every MCP and OAuth request is the app's own. The suite tells the scenario by MCP_CONFORMANCE_SCENARIO, _PROTOCOL_VERSION and _CONTEXT;
run.py tells the app by EXPLORER_URL, the kind of user by EXPLORER_USER (http or chromium), the patience by EXPLORER_SECONDS.
Exit status 0 where the flow ended as the scenario wants, a refusal with the right code included. One JSON line says what happened.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Mapping
from typing import Any

from contract import CIMD_SCENARIOS, CIMD_URL, EXPECTED_REFUSAL, GRANTS, MAX_PRESSES, MAX_STEPUPS, PRESS, TERMINAL

SECONDS = float(os.environ.get("EXPLORER_SECONDS", "25"))  # the suite ends the command after 30 unless told otherwise


def user_of(base: str) -> Any:
    if os.environ.get("EXPLORER_USER") == "chromium":
        from chromium_user import ChromiumUser

        return ChromiumUser(base)
    from robot import HttpUser

    return HttpUser(base)


def fields_for(target: str, scenario: str, protocol: str, context: Mapping[str, str]) -> dict[str, str | None]:
    """The start form, as a person would fill it in for this scenario."""
    return {
        "target": target,
        "revision": protocol,
        "client_metadata_url": CIMD_URL if scenario in CIMD_SCENARIOS else None,
        "client_id": context.get("client_id"),
        "client_secret": context.get("client_secret"),
        "grant": GRANTS.get(scenario),
        "private_key": context.get("private_key_pem"),
        "signing_algorithm": context.get("signing_algorithm"),
        "assertion": context.get("valid_jwt"),
        **{name: context.get(name) for name in ("idp_token_endpoint", "idp_client_id", "idp_id_token")},
    }


def drive(user: Any, fields: Mapping[str, str | None]) -> dict[str, Any]:
    """Press what the pages offer until they say that the walk is over. One tool call is asked for, once."""
    deadline, trail, stepups, called = time.monotonic() + SECONDS, [], 0, False
    user.start(fields)
    while user.state not in TERMINAL or (user.state == "connected" and not called and "call_tool" in user.offers):
        state = user.state
        trail.append(state)
        if time.monotonic() > deadline or len(trail) > 10 * MAX_PRESSES:
            return {"state": "stuck", "problem": "too slow or going in circles", "trail": trail[-20:]}
        if state == "running":
            time.sleep(0.1)
            user.reload()
            continue
        action = "call_tool" if state == "connected" else PRESS.get(state, "")
        if action not in user.offers:
            return {"state": "stuck", "problem": f"{state!r} offers {sorted(user.offers)}", "trail": trail}
        stepups += state == "stepup"
        if stepups > MAX_STEPUPS:
            return {"state": "failed", "problem": "stepup_limit", "trail": trail}
        called = called or state == "connected"
        user.press(action)
    return {"state": user.state, "problem": user.problem, "trail": [*trail, user.state]}


def verdict(scenario: str, result: Mapping[str, Any]) -> tuple[bool, str]:
    """Did it end as the scenario wants, and was the reason of a refusal the right one?"""
    wanted = EXPECTED_REFUSAL.get(scenario)
    seen = f"got {result['state']} ({result.get('problem')})"
    if wanted is None:
        return result["state"] in ("connected", "done"), f"expected connected, {seen}"
    return result["state"] == "failed" and result.get("problem") in wanted, f"expected a refusal for {sorted(wanted)}, {seen}"


def main() -> int:
    scenario = os.environ.get("MCP_CONFORMANCE_SCENARIO", "")
    protocol = os.environ.get("MCP_CONFORMANCE_PROTOCOL_VERSION", "2025-11-25")
    context = json.loads(os.environ.get("MCP_CONFORMANCE_CONTEXT") or "{}")
    user = user_of(os.environ.get("EXPLORER_URL", "http://127.0.0.1:8000"))
    try:
        result = drive(user, fields_for(sys.argv[-1], scenario, protocol, context))
    except Exception as error:  # the one top-level place: whatever it was, the suite must keep it in stdout.txt
        result = {"state": "crashed", "problem": f"{type(error).__name__}: {error}"}
    finally:
        user.close()
    ok, why = verdict(scenario, result)
    print(json.dumps({"scenario": scenario, "protocol": protocol, "target": sys.argv[-1], "ok": ok, **result}))
    if not ok:
        print(why, file=sys.stderr)
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
