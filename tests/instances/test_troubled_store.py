"""The app as it is started, over a store that goes away and comes back: a database server that is stopped, a data folder that is moved."""

from __future__ import annotations

import resource
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
import requests
from private_postgres import Cluster, running_cluster
from robot import HttpUser
from running import App, running_app
from site_of_two import children
from walker import practice_visit, walk

pytestmark = pytest.mark.xdist_group("instances")
Away = Callable[[], AbstractContextManager[None]]


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    with running_cluster() as running:
        yield running


def stopped(cluster: Cluster) -> Away:
    @contextmanager
    def away() -> Iterator[None]:
        cluster.stop()
        try:
            yield
        finally:
            cluster.start_again()

    return away


def moved(folder: Path) -> Away:
    @contextmanager
    def away() -> Iterator[None]:
        folder.rename(folder.with_name("elsewhere"))
        try:
            yield
        finally:
            folder.with_name("elsewhere").rename(folder)

    return away


@pytest.fixture(params=["sqlite", "postgresql"])
def served(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[App, Away]]:
    own = request.getfixturevalue("cluster") if request.param == "postgresql" else None
    with running_app(tmp_path, **({"DATABASE_URL": own.url} if own else {})) as app:
        yield app, stopped(own) if own else moved(tmp_path / "state")


@pytest.mark.attack("D3")
def test_a_store_that_goes_away_under_a_walk_is_a_sentence_and_the_walk_goes_on(served: tuple[App, Away]) -> None:
    app, away = served
    user = HttpUser(app.url)
    user.start({"target": f"{app.practice}/mcp/linear-v1"})
    user.press("run")
    run_url = user.wait().url
    before, workers = user.twin()["exchanges"], set(children(app.pid))
    for _ in range(2):
        with away():
            for path in ("", "/callback?state=x&code=y", "/lessons", f"/runs/{run_url.rpartition('/')[2]}.har", "/readyz"):
                answer = user.session.get(app.url + path, timeout=30)
                assert answer.status_code == 503 and "store" in answer.text, (path, answer.status_code)
            assert user.session.post(f"{run_url}/step", timeout=30).status_code == 503
            assert requests.get(f"{app.url}/healthz", timeout=30).ok and requests.get(f"{app.url}/checks", timeout=30).ok
        assert user.open(run_url).state == "authorize"
    assert user.twin()["exchanges"] == before
    assert walk(user, practice_visit)[-1] == "done"
    assert set(children(app.pid)) == workers, "nothing was restarted"
    log = app.log.read_text(encoding="utf-8", errors="replace")
    assert "Traceback" not in log and log.count("store unavailable") > 4


@contextmanager
def no_room_to_write(app: App, store: Path) -> Iterator[None]:
    """The kernel lets no file of the workers grow beyond what the store's journal has: each write fails as on a full disk."""
    room = store.with_name(store.name + "-wal").stat().st_size
    whole = resource.prlimit(app.pid, resource.RLIMIT_FSIZE)
    for worker in children(app.pid):
        resource.prlimit(worker, resource.RLIMIT_FSIZE, (room, whole[1]))
    try:
        yield
    finally:
        for worker in children(app.pid):
            resource.prlimit(worker, resource.RLIMIT_FSIZE, whole)


@pytest.mark.attack("D3")
def test_a_disk_without_room_is_a_sentence_and_what_was_kept_can_be_read(tmp_path: Path) -> None:
    with running_app(tmp_path) as app:
        user = HttpUser(app.url)
        user.start({"target": f"{app.practice}/mcp/linear-v1"})
        user.press("run")
        run_url = user.wait().url
        before, workers = user.twin()["exchanges"], set(children(app.pid))
        with no_room_to_write(app, tmp_path / "state" / "explorer.sqlite3"):
            for path in ("/runs", f"/runs/{run_url.rpartition('/')[2]}/restart"):
                answer = user.session.post(app.url + path, {"target": f"{app.practice}/mcp/linear-v1"}, timeout=30, allow_redirects=False)
                assert answer.status_code == 503 and "disk" in answer.text, answer.text
            for end in ("", ".json", ".har", "/pictures"):
                assert user.session.get(run_url + end, timeout=30).ok, end
            assert requests.get(f"{app.url}/readyz", timeout=30).status_code == 503
        assert user.open(run_url).state == "authorize" and user.twin()["exchanges"] == before
        assert walk(user, practice_visit)[-1] == "done"
        assert set(children(app.pid)) == workers and "Traceback" not in app.log.read_text(encoding="utf-8", errors="replace")
