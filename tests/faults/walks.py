"""A person without JavaScript meets one fault at one step: what the pages say, and whether the person can go on."""

from __future__ import annotations

from dataclasses import dataclass, field

from callbacks import Shape
from classes import class_of
from fault import Pair
from robot import HttpUser
from stage import Stage

PRESS = {"ready": ("run", "step"), "authorize": ("authorize",)}
ON = ("retry", "step", "run", "restart", "go_on")  # any of them lets the person go on
MOST_PRESSES = 14


@dataclass
class Met:
    """What one pair showed. `wrong` is empty where everything holds."""

    pair: Pair
    problem: str = ""
    level: str = ""
    codes: list[tuple[str, str]] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    longest_s: float = 0.0

    @property
    def shown_class(self) -> str:
        return class_of(self.problem)

    @property
    def is_right_class(self) -> bool:
        wanted = self.pair.fault.classes_at(self.pair.step)
        notes = {class_of(code) for _, code in self.codes}
        return self.shown_class in wanted or ("remark" in wanted and "remark" in notes and not self.problem)


def meet(app_url: str, stage: Stage, pair: Pair) -> Met:
    """Walk up to the fault, look at every page that shows it, take the fault away, and walk on."""
    met, user = Met(pair), HttpUser(app_url, wait_seconds=0.05)
    try:
        _walk_into(user, stage, pair, met)
        _walk_on(user, stage, pair, met)
    except (RuntimeError, LookupError) as error:
        met.wrong.append(str(error)[:300])
    finally:
        met.longest_s = max((one.elapsed.total_seconds() for one in user.answers), default=0.0)
        user.close()
    return met


@dataclass
class Back:
    """What a walk showed after the browser had come back in some shape."""

    state: str = ""
    problem: str = ""
    wrong: list[str] = field(default_factory=list)


def come_back(app_url: str, stage: Stage, shape: Shape) -> Back:
    """Walk to the authorization server and come back with this query."""
    back, user = Back(), HttpUser(app_url, wait_seconds=0.05)
    try:
        user.start({"target": f"{stage.origin}/callback/{shape.slug}/mcp", "revision": "2026-07-28"})
        user.wait()
        user.press("run")
        left_from = user.wait().url
        _leave(user)
        user.open(left_from)
        user.wait()
        back.state, back.problem = user.state, user.problem
    except (RuntimeError, LookupError) as error:
        back.wrong.append(str(error)[:300])
    finally:
        user.close()
    return back


def _leave(user: HttpUser) -> None:
    """Follow the link out and whatever comes back; a refused answer is explained by a page of status 400."""
    try:
        user.press("authorize")
    except RuntimeError as error:
        if "answered 400 at /callback" not in str(error):
            raise


def _walk_into(user: HttpUser, stage: Stage, pair: Pair, met: Met) -> None:
    user.start({"target": stage.target(pair), "revision": "2026-07-28"})
    _press_until(user, pair)
    if user.state == "running":
        met.wrong.append("still under way after its budget")
    met.problem, met.codes = user.page.problem, user.page.codes
    met.level = next((level for level, code in met.codes if code == met.problem), "")
    _judge_pages(user, pair, met)


def _press_until(user: HttpUser, pair: Pair) -> None:
    """To the end of what can be walked, or to where the fault's own step has been taken."""
    user.wait()
    for _ in range(MOST_PRESSES):
        if _state_of(user, pair.step) in ("failed", "refused", "done", "skipped") and user.state != "authorize":
            return
        wanted = (pair.step,) if user.state == "connected" and pair.step in ("refresh", "revoke") else PRESS.get(user.state, ())
        offered = [action for action in wanted if action in user.offers]
        if not offered:
            return
        user.press(offered[0])
        user.wait()


def _state_of(user: HttpUser, step: str) -> str:
    return next(found["state"] for found in user.twin()["steps"] if found["name"] == step)


def _judge_pages(user: HttpUser, pair: Pair, met: Met) -> None:
    text, fault = user.page.text, pair.fault
    if text.count("data-problem=") > 1:
        met.wrong.append("more than one main finding")
    if met.problem and "Operator of the gateway" not in text:
        met.wrong.append("nobody is told to change anything")
    if "Traceback" in text:
        met.wrong.append("a traceback on the page")
    twin = user.twin()
    mine = [exchange for exchange in twin["exchanges"] if exchange["step"] == pair.step]
    if not mine:
        met.wrong.append("the step shows no exchange")
        return
    run_url = user.page.url.split("#")[0].split("?")[0]
    page = user.open(f"{run_url}/exchanges/{mine[-1]['seq']}")
    if "Request" not in page.text or "Response" not in page.text:
        met.wrong.append("the exchange's page does not show both sides")
    user.open(run_url)
    if met.problem and not fault.is_legal:
        about = [finding for finding in twin["findings"] if finding["code"] == met.problem]
        if about and about[0]["step"] != pair.step and pair.step != "probe":
            met.wrong.append(f"the main finding names step {about[0]['step']}")


def _walk_on(user: HttpUser, stage: Stage, pair: Pair, met: Met) -> None:
    """With the fault gone the same run must go on: the next exchange works."""
    stage.heal(pair.id)
    if user.state in ("connected", "done") or met.wrong:
        return
    if user.state not in ("failed", "ready", "authorize"):
        met.wrong.append(f"the walk rests in state {user.state}")
        return
    offered = [action for action in ON if action in user.offers]
    if not offered:
        met.wrong.append(f"nothing lets the person go on: {sorted(user.offers)}")
        return
    before = len(user.twin()["exchanges"])
    user.press(offered[0])
    user.wait()
    for _ in range(MOST_PRESSES):
        if user.state in ("connected", "done", "running", "failed"):
            break
        wanted = [action for action in PRESS.get(user.state, ()) if action in user.offers]
        if not wanted:
            break
        user.press(wanted[0])
        user.wait()
    after = user.twin()["exchanges"]
    if len(after) <= before and user.state not in ("connected", "done"):
        met.wrong.append("pressing on made no exchange")
    elif pair.fault.breaks and user.state not in ("connected", "done"):
        met.wrong.append(f"healed, it still rests in {user.state} with {user.problem or 'no finding'}")
