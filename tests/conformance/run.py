"""`make conformance`: the whole suite against the app under two workers; one table and one line of counts."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from running import running_app
from server_suite import judge_practice_gateway
from suite import PARTS, Outcome, Scenario, run_part


def report(outcome: Outcome) -> None:
    part = outcome.part
    checks = sum(scenario.passed for scenario in outcome.ours)
    told = f"verdicts {len(outcome.rightly_told)}/{part.wanted}"
    print(f"{part.name:24} {len(outcome.passing)}/{part.wanted}  {checks} checks  {told}  {outcome.seconds:.0f} s")
    for scenario in outcome.ours:
        for trouble in (*scenario.troubles, *([scenario.told] if scenario.told else [])):
            print(f"    {scenario.name}: {trouble}")
    if outcome.extensions:
        good = [scenario.name for scenario in outcome.extensions if not scenario.troubles]
        print(f"    extensions, not scored by the suite: {len(good)}/{len(outcome.extensions)}")
        for scenario in outcome.extensions:
            for trouble in scenario.troubles:
                print(f"    {scenario.name}: {trouble}")
    if outcome.status != 0:
        print(outcome.printed)


def report_server(judged: tuple[Scenario, ...]) -> None:
    good = [scenario for scenario in judged if not scenario.troubles]
    print(f"{'practice gateway as server':24} {len(good)}/2")
    for scenario in judged:
        for trouble in scenario.troubles:
            print(f"    {scenario.name}: {trouble}")


def main(chromium: bool) -> int:
    outcomes = []
    with tempfile.TemporaryDirectory() as folder, running_app(Path(folder)) as app:
        for part in PARTS:
            outcomes.append(run_part(part, app.url, Path(folder) / part.name, chromium=chromium))
            report(outcomes[-1])
        served = judge_practice_gateway(app, Path(folder) / "practice")
    report_server(served)
    passed = sum(len(outcome.passing) for outcome in outcomes)
    told = sum(len(outcome.rightly_told) for outcome in outcomes)
    wanted = sum(part.wanted for part in PARTS)
    print(f"scenarios {passed}/{wanted}, verdicts {told}/{wanted}, {sum(outcome.seconds for outcome in outcomes):.0f} s")
    print(f"{passed} passed, {wanted - passed} failed")
    served_well = [scenario.troubles for scenario in served] == [(), ()]
    return 0 if served_well and all(outcome.is_good for outcome in outcomes) else 1


if __name__ == "__main__":
    sys.exit(main("--browser" in sys.argv[1:]))
