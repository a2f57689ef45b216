"""`make step NAME=rooms` writes the next step of the schema: what the tables say now, less what the steps so far make.

Read it before it is used.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

from alembic import command
from alembic.autogenerate import produce_migrations, render_python_code
from alembic.config import Config
from alembic.migration import MigrationContext
from every_table import EVERY
from sqlalchemy import create_engine

from app.store.schema import FOLDER, versions

HEAD = '''"""{says}"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = "{before}"
'''


def differences() -> list[str]:
    """What a step must do, as lines of Python, one operation an item."""
    with tempfile.TemporaryDirectory() as folder:
        engine = create_engine(f"sqlite:///{folder}/steps.sqlite3")
        with engine.begin() as connection:
            steps = Config(attributes={"connection": connection})
            steps.set_main_option("script_location", str(FOLDER))
            command.upgrade(steps, "head")
        with engine.connect() as connection:
            found = produce_migrations(MigrationContext.configure(connection), EVERY)
        engine.dispose()
    for made in found.upgrade_ops.ops if found.upgrade_ops else []:
        if hasattr(made, "info"):
            made.info = {}  # whose the rows are is no matter of the database
    code = render_python_code(found.upgrade_ops) if found.upgrade_ops else ""
    code = re.sub(r"op\.f\(('[^']+')\)", r"\1", code)
    return [part for part in re.split(r"\n(?=    op\.)", code) if part.lstrip().startswith("op.")]


def written(revision: str, before: str, says: str, operations: list[str]) -> str:
    """The text of a step. `upgrade` calls a function for each table, so that none grows long."""
    parts: dict[str, list[str]] = {}
    for operation in operations:
        names = re.findall(r"[\"'](\w+)[\"']", operation)
        table = names[1] if "_index" in operation else names[0]
        parts.setdefault(re.sub(r"\W", "_", table), []).append(operation)
    calls = "\n".join(f"    _{table}()" for table in parts)
    functions = "".join(f"\n\ndef _{table}() -> None:\n" + "\n".join(lines) + "\n" for table, lines in parts.items())
    return HEAD.format(revision=revision, before=before, says=says) + f"\n\ndef upgrade() -> None:\n{calls}\n" + functions


def main(name: str) -> int:
    operations = [one.split("\n    # ###")[0] for one in differences()]
    if not operations:
        print("The steps end where the tables are: nothing to write.")
        return 0
    before = max(versions())
    path = FOLDER / "versions" / f"{int(before) + 1:04}_{name}.py"
    path.write_text(written(path.name[:4], before, f"{name.replace('_', ' ').capitalize()}.", operations), encoding="utf-8")
    subprocess.run([Path(sys.executable).parent / "ruff", "format", "-q", path], check=True)
    print(
        f"Wrote {path.relative_to(FOLDER.parent.parent.parent)}. Read it, and move HEAD in app/store/schema/__init__.py to {path.name[:4]}."
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "step"))
