"""Every address that the app answers, with arguments filled in: for rules that must hold on all of them, the coming ones too."""

from __future__ import annotations

import re
from collections.abc import Iterator

from flask import Flask
from werkzeug.routing import Rule


def path_of(rule: Rule) -> str:
    """The rule's path with something that fits in each place."""
    filled = re.sub(r"<any\(\s*([^,)]+?)\s*[,)][^>]*>", r"\1", rule.rule)
    filled = re.sub(r"<int:[^>]+>", "1", filled)
    return re.sub(r"<[^>]+>", "x", filled)


def every_route(app: Flask) -> Iterator[tuple[Rule, str, str]]:
    """(rule, method, path) of everything but HEAD and OPTIONS, and what is only there to make links."""
    for rule in app.url_map.iter_rules():
        if not rule.build_only:
            yield from ((rule, method, path_of(rule)) for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}))
