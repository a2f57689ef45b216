"""The whole app behind a real socket in this process, so that tests reach its engine and walk it as a person does."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from faulty import Explorer
from running import free_port
from werkzeug.serving import make_server

from app import create_app
from app.settings import Settings


@pytest.fixture(scope="session")
def explorer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Explorer]:
    """One app for all walks of this worker."""
    folder: Path = tmp_path_factory.mktemp("explorer")
    settings = Settings(data_dir=str(folder), port=free_port(), new_runs_per_minute=0, runs_per_browser=0, exchange_seconds=2.0)
    app = create_app(settings)
    server = make_server("127.0.0.1", settings.port, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield Explorer(settings, app)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        app.extensions["explorer"].store.engine.dispose()
