"""The shape of the database, and the steps from one shape to the next (alembic).

A new database is made in one go from the tables as they are written down, and marked with the newest version. An older one
takes the steps in `versions/`, once, whichever worker comes first. Whoever changes a table adds a step and moves HEAD;
`tests/store/test_schema.py` fails where the steps and the tables have come apart.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, Engine, MetaData, inspect, select, text

from app.settings import BadSetting
from app.store.database import one_at_a_time, writing
from app.store.tables import alembic_version, metadata

HEAD = "0002"
FIRST = "0001"  # databases of before alembic: they carry a table schema_version that says 1
FOLDER = Path(__file__).resolve().parent


def prepare_schema(engine: Engine, *beside: MetaData) -> None:
    """Bring the database to HEAD; `beside` are the tables of others in the same database. Raises BadSetting, StoreUnavailable.

    Any number of workers and instances may call this at the same time.
    """
    with writing(engine) as connection:
        one_at_a_time(connection)
        found = version_of(connection)
        if found == HEAD:
            return
        if found and found not in versions():
            raise BadSetting(f"The store has schema version {found}, which is newer than this app ({HEAD}). Start the newer app on it.")
        if found:
            _upgrade(connection, found)
        else:
            _make(connection, (metadata, *beside))


def version_of(connection: Connection) -> str:
    """The version that a database is marked with; empty where it has no tables of ours."""
    tables = inspect(connection)
    if tables.has_table(alembic_version.name):
        return str(connection.scalar(select(alembic_version.c.version_num)) or "")
    if not tables.has_table("schema_version"):
        return ""
    number = connection.scalar(text("SELECT version FROM schema_version"))
    return FIRST if number in (1, None) else f"{number:04}"


def versions() -> frozenset[str]:
    """Every version that there is a step to."""
    return frozenset(path.name[:4] for path in (FOLDER / "versions").glob("[0-9]*.py"))


def _make(connection: Connection, every: tuple[MetaData, ...]) -> None:
    for tables in every:
        tables.create_all(connection)
    connection.execute(alembic_version.insert().values(version_num=HEAD))


def _upgrade(connection: Connection, found: str) -> None:
    from alembic import command  # half a second to import, and hardly ever needed
    from alembic.config import Config

    steps = Config(attributes={"connection": connection})
    steps.set_main_option("script_location", str(FOLDER))
    if found == FIRST and not inspect(connection).has_table(alembic_version.name):
        command.stamp(steps, FIRST)
    command.upgrade(steps, "head")
