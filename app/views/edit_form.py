"""What a person changed in the form of the request about to be sent. A label typed there means the secret it stands for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.views.mask import mask_for, unmask
from app.views.request_form import header, pairs_of, parameter
from app.views.secrets_of import Secret
from app.wire.messages import Request

NEW_FIELDS = 3  # rows for parameters that the request does not have yet


def read_edit(form: Mapping[str, str], request: Request, secrets: tuple[Secret, ...]) -> dict[str, Any]:
    """The fields of facts.Edit that differ from `request`; empty where nothing was changed.

    `form` must come as it was typed, labels not yet put back: it is compared with what the page showed.
    """
    hide = mask_for(secrets)
    pairs = [(name, parameter(name, value, {}, hide)) for name, value in pairs_of(request)]
    headers = [(name, header(name, value, {}, hide)) for name, value in request.headers]
    dropped = tuple(name for name, shown in pairs if form.get(f"drop.{shown.name}"))
    changed = [(name, _typed(form, f"param.{shown.name}"), shown.shown) for name, shown in pairs if name not in dropped]
    added = [(form.get(f"new_name{n}", "").strip(), _typed(form, f"new_value{n}") or "") for n in _suffixes()]
    lost_headers = tuple(name for name, shown in headers if form.get(f"drop_header.{shown.name}"))
    set_headers = [(name, _typed(form, f"header.{shown.name}"), shown.shown) for name, shown in headers if name not in lost_headers]
    url = form.get("url", "").strip()
    found = {
        "set_params": (*_differing(changed, secrets), *((n, unmask(v, secrets)) for n, v in added if n)),
        "drop_params": dropped,
        "set_headers": _differing(set_headers, secrets),
        "drop_headers": lost_headers,
        "url": unmask(url, secrets) if url and url != _shown_url(request, secrets) else "",
    }
    return {name: value for name, value in found.items() if value}


def _suffixes() -> tuple[str, ...]:
    return ("", *(str(n) for n in range(2, NEW_FIELDS + 1)))


def _typed(form: Mapping[str, str], name: str) -> str | None:
    value = form.get(name)
    return None if value is None else value.replace("\r\n", "\n")


def _differing(rows: list[tuple[str, str | None, str]], secrets: tuple[Secret, ...]) -> tuple[tuple[str, str], ...]:
    return tuple((name, unmask(typed, secrets)) for name, typed, shown in rows if typed is not None and typed != shown)


def _shown_url(request: Request, secrets: tuple[Secret, ...]) -> str:
    url = request.url.split("?")[0] if request.method == "GET" else request.url
    return mask_for(secrets)(url)
