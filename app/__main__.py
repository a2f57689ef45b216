"""`mcp-flow-explorer` and `python -m app`: start the server in this process."""

from __future__ import annotations

import argparse
import os
import sys


def main() -> None:
    """Read the options into the environment, where all settings come from, and serve until told to stop."""
    asked = _options().parse_args()
    for name in ("host", "port"):
        if getattr(asked, name) is not None:
            os.environ[name.upper()] = str(getattr(asked, name))
    from gunicorn.app.wsgiapp import WSGIApplication  # type: ignore[import-untyped]

    sys.argv = [sys.argv[0], "--config", "python:app.serving"]
    WSGIApplication("%(prog)s [OPTIONS]", prog="mcp-flow-explorer").run()


def _options() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(
        prog="mcp-flow-explorer",
        description="Walks an MCP gateway's OAuth flow in your browser and shows every exchange byte for byte.",
        epilog="All other settings come from the environment; README.md lists them.",
    )
    options.add_argument("--host", help="the address to listen on (default 127.0.0.1, or HOST)")
    options.add_argument("--port", type=int, help="the port to listen on (default 8000, or PORT)")
    return options


if __name__ == "__main__":
    main()
