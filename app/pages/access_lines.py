"""gunicorn's own lines in our form: one line a request, the path without its query and without what opens something."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from gunicorn.glogging import Logger  # type: ignore[import-untyped]

from app.pages.log_lines import lines_of, without_capabilities
from app.settings import from_environment


class Lines(Logger):  # type: ignore[misc]
    """What gunicorn writes about itself and about requests."""

    def setup(self, cfg: Any) -> None:
        """As gunicorn does, with our formatter."""
        super().setup(cfg)
        formatter = lines_of(from_environment().log_format)
        for writes in [*self.error_log.handlers, *self.access_log.handlers]:
            writes.setFormatter(formatter)

    def access(self, resp: Any, req: Any, environ: dict[str, Any], request_time: timedelta) -> None:
        """One line for one request. Neither query nor Referer: both carry codes."""
        headers = {str(name).lower(): str(value) for name, value in resp.headers}
        told = {
            "method": str(environ.get("REQUEST_METHOD", "")),
            "path": without_capabilities(str(environ.get("PATH_INFO", ""))),
            "status": int(str(resp.status).split(" ")[0] or 0),
            "bytes": int(getattr(resp, "sent", 0) or 0),
            "ms": int(request_time.total_seconds() * 1_000),
            "address": str(environ.get("REMOTE_ADDR", "")),
            "request": headers.get("x-request-id", ""),
        }
        what = json.dumps(f"{told['method']} {told['path']}")
        line = f"{what} {told['status']} {told['bytes']} {told['ms']}ms address={told['address']} request={told['request']}"
        self.access_log.info("%s", line, extra={"says": "request", "told": told})
