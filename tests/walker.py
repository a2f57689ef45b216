"""A robot user who walks a whole run: presses what is offered, goes to the gateway's own pages and comes back."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from robot import HttpUser, Move

# what to press in each state, the first that is offered
PREFERENCES = {
    "ready": ("run", "step"),
    "authorize": ("authorize",),
    "stepup": ("stepup",),
    "connect": ("retry", "run"),
    "connected": ("run", "refresh", "replay", "revoke", "confirm"),
    "failed": ("refresh", "replay", "revoke", "confirm"),
}
MOST_PRESSES = 40

Visit = Callable[[HttpUser], None]


def walk(
    user: HttpUser,
    visit: Visit,
    *,
    until: frozenset[str] = frozenset({"done", "failed"}),
    preferences: Mapping[str, tuple[str, ...]] = PREFERENCES,
) -> list[str]:
    """Walk from the run page on until a state in `until`. `visit` gets through the gateway's pages. Returns the states that were met."""
    trail = [user.wait().state]
    while user.state not in until:
        if len(trail) > MOST_PRESSES:
            raise RuntimeError(f"going in circles: {trail}")
        offered = [action for action in preferences.get(user.state, ()) if action in user.offers]
        if not offered:
            raise RuntimeError(f"state {user.state!r} offers only {sorted(user.offers)} after {trail}")
        user.press(offered[0])
        if not user.is_home:
            visit(user)
        trail.append(user.wait().state)
    return trail


def practice_visit(user: HttpUser) -> None:
    """Sign in at the practice gateway, connect the upstream, allow."""
    for _ in range(6):
        if user.is_home:
            return
        user.send(_practice_move(user))
    raise RuntimeError(f"the practice gateway does not let go: {user.page.url.split('?')[0]}")


def _practice_move(user: HttpUser) -> Move:
    buttons = {button: form for form in user.page.forms for button in form.buttons}
    for name, value in (("decision", "connect"), ("decision", "approve"), ("person", "ada")):
        if (name, value) in buttons:
            return buttons[name, value].pressed(name, value)
    raise RuntimeError(f"no known button at {user.page.url.split('?')[0]}: {sorted(buttons)}")


def one_button_visit(user: HttpUser) -> None:
    """Press the only button of the page."""
    user.send(user.page.forms[0])
