"""What every test shares: the slow rings wait for `--all`, or for their folder to be named."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from private_postgres import fresh_database, running_postgres

SLOW_RINGS = ("browser", "conformance", "interop", "bench", "faults", "instances", "attacks/ring")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--all", action="store_true", help=f"run the slow rings too: {', '.join(SLOW_RINGS)} and what is marked slow")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "slow: takes more than a few seconds; runs with --all")
    config.addinivalue_line("markers", "requirement(*ids): proves these entries of tests/requirements/table.py")
    config.addinivalue_line("markers", "attack(*ids): proves these rows of tests/attacks/attack_rows.py")


def _ring(item: pytest.Item) -> str:
    return next((ring for ring in SLOW_RINGS if f"tests/{ring}/" in item.path.as_posix()), "")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the slow ones out, except the rings that the command line names."""
    if config.getoption("--all"):
        return
    named = [ring for ring in SLOW_RINGS if any(f"tests/{ring}" in argument for argument in config.args)]
    left_out = [item for item in items if (_ring(item) and _ring(item) not in named) or (not named and item.get_closest_marker("slow"))]
    items[:] = [item for item in items if item not in left_out]
    config.hook.pytest_deselected(items=left_out)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The URL of a PostgreSQL server of this session's own. Fails, never skips, where Debian's binaries are missing."""
    with running_postgres() as url:
        yield url


@pytest.fixture
def postgres_database(postgres_url: str) -> Iterator[str]:
    """The URL of a database that is empty and this test's own."""
    with fresh_database(postgres_url) as url:
        yield url
