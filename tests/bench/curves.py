"""How times grow: with the exchanges of a run, the runs in the store, the people, and the people who are stuck."""

from __future__ import annotations

import contextlib
import secrets
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from crowd import silent_gateway, visit_while_crowd
from curve import Curve
from figures import p95
from load import press_once, visit_while
from private_postgres import fresh_database, running_postgres
from robot import HttpUser
from running import App, running_app
from sqlalchemy import insert, select

from app.settings import Settings
from app.store.database import reading, writing
from app.store.opening import Store, open_store
from app.store.sweep import sweep
from app.store.tables import entries, runs
from app.wire.messages import Exchange

EXCHANGES = (10, 30, 100, 300, 1_000)
STORED = (100, 1_000, 10_000, 100_000)
PEOPLE = (1, 10, 40, 100, 200)
STUCK = (0, 20, 40, 70, 100)
TURNS = 9
HALF_MORE = 1.5  # for each of two hundred, against one alone
TENTH = 10  # a hundred times as many exchanges, and a tenth of the times as long; a run may have 200 where nobody sets more
STUCK_SECONDS = 3.0
BATCH = 5_000
ROOMY = {"EXCHANGES_PER_RUN": "5000"}  # the limit of 200 is not what is measured


def measure_curves(folder: Path) -> list[Curve]:
    """All of them, on SQLite; the store's also on PostgreSQL."""
    curves = []
    with running_app(_made(folder / "sqlite"), **ROOMY) as app:
        curves += _both(app, _opened(folder / "sqlite"), "SQLite")
    with contextlib.ExitStack() as stack:
        url = stack.enter_context(fresh_database(stack.enter_context(running_postgres())))
        app = stack.enter_context(running_app(_made(folder / "postgresql"), DATABASE_URL=url, **ROOMY))
        curves += _both(app, _opened(folder / "postgresql", url), "PostgreSQL")
    with running_app(_made(folder / "people")) as app:
        _warm_up(app)
        return [*curves, *_by_people(app), _by_stuck(app)]


def _warm_up(app: App) -> None:
    """Both workers load what they load at the first page of each kind."""
    for _ in range(4):
        user = _begun(app)
        _page(user, user.page.url)
        _step(user)
        user.close()


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _opened(folder: Path, url: str = "") -> Store:
    return open_store(Settings(data_dir=str(folder / "state"), database_url=url))


def _both(app: App, store: Store, named: str) -> list[Curve]:
    _warm_up(app)
    try:
        return [*_by_exchanges(app, store, named), *_by_stored_runs(app, store, named)]
    finally:
        store.engine.dispose()


def _by_exchanges(app: App, store: Store, named: str) -> list[Curve]:
    """A run whose first step was taken again and again; then its page, and the next steps."""
    pages, steps = [], []
    for count in EXCHANGES:
        user = _begun(app)
        _lengthen(store, user.page.url.rsplit("/", 1)[1], count)
        pages.append((count, _page(user, user.page.url)))
        steps.append((count, statistics.median(_step(user) for _ in range(3))))
        user.close()
    return [
        Curve(f"a run's page ({named})", "exchanges", "ms", tuple(pages), TENTH),
        Curve(f"a step ({named})", "exchanges", "ms", tuple(steps), TENTH),
    ]


def _begun(app: App) -> HttpUser:
    """Somebody who has taken the first step."""
    user = HttpUser(app.url)
    user.start({"target": f"{app.practice}/mcp/linear-v1", "revision": "2026-07-28"})
    user.press("step")
    user.wait()
    user.page.url = user.page.url.split("#")[0].split("?")[0]
    return user


def _lengthen(store: Store, run_id: str, count: int) -> None:
    """Write the entries of the first step again until there are so many exchanges."""
    run = store.runs.load_any(run_id)
    assert run is not None
    taken = [entry for entry in run.entries if entry.step == "probe"]
    missing = count - sum(isinstance(entry.body, Exchange) for entry in run.entries)
    while missing > 0:
        for entry in taken:
            run.append(entry.body, step=entry.step, role=entry.role, why=entry.why)
            missing -= isinstance(entry.body, Exchange)


def _page(user: HttpUser, url: str) -> float:
    """Milliseconds, the median; not the first two, for two workers read the run from the store."""
    return statistics.median([_took(partial(user.open, url)) for _ in range(TURNS + 2)][2:])


def _step(user: HttpUser) -> float:
    """Milliseconds of the press of one step, the gateway's time included: it is the same for all sizes."""
    user.reload()
    move = user.page.moves["step"]
    return _took(lambda: user.session.post(move.url, data=move.values, allow_redirects=False, timeout=60))


def _took(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1_000


def _by_stored_runs(app: App, store: Store, named: str) -> list[Curve]:
    """Pages, a step, a new run and a sweep while other people's runs pile up."""
    user, stored = _begun(app), 0
    run_url = user.page.url
    series: dict[str, list[tuple[int, float]]] = {"a run's page": [], "a new run": [], "a step": [], "a sweep": []}
    for count in STORED:
        _pile_up(store, run_url.rsplit("/", 1)[1], count - stored)
        stored = count
        series["a run's page"].append((count, _page(user, run_url)))
        series["a new run"].append((count, statistics.median(_took(partial(_begin, app)) for _ in range(TURNS))))
        series["a step"].append((count, statistics.median(_step(_begun(app)) for _ in range(5))))
        series["a sweep"].append((count, statistics.median(_took(lambda: sweep(store.engine, Settings(), time.time())) for _ in range(3))))
    bends = {"a run's page": 2, "a new run": 2, "a step": 2, "a sweep": None}
    return [Curve(f"{what} ({named})", "stored runs", "ms", tuple(points), bends[what]) for what, points in series.items()]


def _begin(app: App) -> None:
    user = HttpUser(app.url)
    user.start({"target": f"{app.practice}/mcp/linear-v1"})
    user.close()


def _pile_up(store: Store, like: str, count: int) -> None:
    """Insert copies of a run's row and of its first entry, each another owner's."""
    with reading(store.engine) as connection:
        run = connection.execute(select(runs).where(runs.c.id == like)).one()._asdict()
        entry = connection.execute(select(entries).where(entries.c.run_id == like).limit(1)).one()._asdict()
    for begin in range(0, count, BATCH):
        ids = [secrets.token_urlsafe(18) for _ in range(min(BATCH, count - begin))]
        with writing(store.engine) as connection:
            connection.execute(insert(runs), [run | {"id": one, "owner_key": secrets.token_hex(32), "last_seq": 1} for one in ids])
            connection.execute(insert(entries), [entry | {"run_id": one, "seq": 1} for one in ids])


def _by_people(app: App) -> list[Curve]:
    """So many people at once walk to the gateway's login; one more looks at pages, and we count the seconds for each of them."""
    pages, each, lost = [], [], []
    for people in PEOPLE:
        took, told = visit_while_crowd("begin", app, f"{app.practice}/mcp/linear-v1", people)
        lost.append((people, len(told["troubles"])))
        pages.append((people, p95(took)))
        each.append((people, told["seconds"] * 1_000 / people))
    return [
        Curve("a page of one more person, p95", "people who begin a walk at once", "ms", tuple(pages)),
        Curve("server time for each of them", "people who begin a walk at once", "ms", tuple(each), HALF_MORE),
        Curve("those who did not get to the login", "people who begin a walk at once", "people", tuple(lost)),
    ]


def _by_stuck(app: App) -> Curve:
    """So many people press at a gateway that says nothing; one more looks at pages for some seconds."""
    pages = []
    for stuck in STUCK:
        with contextlib.ExitStack() as gateway, ThreadPoolExecutor(max(1, stuck)) as pool:
            target = gateway.enter_context(silent_gateway())
            users = [HttpUser(app.url) for _ in range(stuck)]
            for user in users:
                user.start({"target": target})
            pressed = [pool.submit(press_once, user) for user in users]
            took, _ = visit_while(app, lambda: time.sleep(STUCK_SECONDS))
            pages.append((stuck, p95(took)))
            gateway.close()
            for one in pressed:
                one.result()
    return Curve("a page of one more person, p95", "people at a silent gateway", "ms", tuple(pages))
