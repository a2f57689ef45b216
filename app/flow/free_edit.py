"""The request's form as the person sent it back, compared with the request as it would go: only differences are an edit."""

from __future__ import annotations

import re
from collections.abc import Mapping

from app.flow.edits import parameters
from app.flow.engine import preview
from app.flow.facts import Edit, Facts

Pairs = tuple[tuple[str, str], ...]
# Secrets stand in the form as labels (code#3f9a) or as empty fields: both mean "as it is". To send an empty value, add the name anew.
MASKED = re.compile(r"[A-Za-z_ -]+#[0-9a-f]{4,}")


def free_edit(facts: Facts, step: str, form: Mapping[str, str]) -> Edit | None:
    """Fields `param.<name>`, `header.<name>`, `drop.<name>`, `drop_header.<name>`, `new_name`/`new_value`,
    `new_header`/`new_header_value`, `url`. None where nothing differs from the preview."""
    ask = preview(facts, step)
    if ask is None:
        return None
    request = ask.request
    edit = Edit(
        step,
        set_params=(*_changed(form, "param.", parameters(request)), *_added(form, "new_name", "new_value")),
        drop_params=_dropped(form, "drop."),
        set_headers=(*_changed(form, "header.", request.headers), *_added(form, "new_header", "new_header_value")),
        drop_headers=_dropped(form, "drop_header."),
        url=_other_url(form, request.url, step),
    )
    return None if edit == Edit(step) else edit


def _changed(form: Mapping[str, str], prefix: str, pairs: Pairs) -> Pairs:
    given = ((name, form.get(prefix + name), value) for name, value in pairs)
    return tuple((name, _clean(new)) for name, new, value in given if new and not MASKED.fullmatch(new) and _clean(new) != _clean(value))


def _added(form: Mapping[str, str], name: str, value: str) -> Pairs:
    return ((form[name].strip(), _clean(form.get(value, ""))),) if form.get(name, "").strip() else ()


def _dropped(form: Mapping[str, str], prefix: str) -> tuple[str, ...]:
    return tuple(name.removeprefix(prefix) for name in form if name.startswith(prefix))


def _other_url(form: Mapping[str, str], url: str, step: str) -> str:
    new = form.get("url", "").strip()
    return new if new and new != url and step != "authorize" else ""


def _clean(text: str) -> str:
    # a browser writes line ends of its own into a field; a header or parameter must not grow by them
    return text.replace("\r\n", "\n").strip("\n")
