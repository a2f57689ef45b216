"""What a person's hand does in a browser, counted by the pages themselves and not by the script that moves it."""

from __future__ import annotations

from collections import Counter

from playwright.sync_api import BrowserContext

# trusted events only: what a page's own script dispatches is nobody's work. A checkbox sends no InputEvent: it is pressed, not filled in
WATCH = """(() => {
  const filled = new WeakSet();
  addEventListener("pointerdown", event => { if (event.isTrusted) handDid("press", location.origin); }, true);
  addEventListener("input", event => {
    if (!event.isTrusted || !(event instanceof InputEvent) || filled.has(event.target)) return;
    filled.add(event.target);
    handDid("field", location.origin);
  }, true);
})();"""


class Hand:
    """Presses of the mouse, and fields filled in (each counted once, however many letters), by the origin of the page."""

    def __init__(self, context: BrowserContext) -> None:
        self.presses: Counter[str] = Counter()
        self.fields: Counter[str] = Counter()
        context.expose_binding("handDid", self._did)
        context.add_init_script(WATCH)

    def _did(self, _: object, what: str, origin: str) -> None:
        (self.presses if what == "press" else self.fields)[origin] += 1
