"""What somebody finds who gets hold of the database: nothing that a person or a gateway said."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from sqlalchemy import make_url, update
from sqlalchemy.exc import IntegrityError

from app.flow.log import Choice, Exchange, Leg
from app.settings import Settings
from app.store.database import reading, writing
from app.store.opening import Store
from app.store.tables import metadata, runs
from app.wire.messages import Connection, Failure, Request, Tls

SECRETS = (
    *("planted-target", "planted-owner", "planted-verifier", "planted-state", "planted-access", "planted-body", "planted-why"),
    *("planted-code", "planted-sid", "planted-ids", "planted-progress", "planted-certificate", "planted-failure"),
)


def plant(store: Store) -> None:
    run = store.runs.create("planted-owner", "https://planted-target.example/mcp")
    run.append(Choice("authorize", {"verifier": "planted-verifier", "nested": ("planted-state",)}), step="authorize", why="planted-why")
    sent = Request("POST", "https://planted-target.example/mcp", (("Authorization", "Bearer planted-access"),), b"planted-body")
    connection = Connection(tls=Tls(chain=(b"planted-certificate",)))
    run.append(Exchange(sent, b"planted-body", b"planted-access", connection=connection, failure=Failure("reset", "planted-failure")))
    run.append(Leg("callback", "/callback?code=planted-code&state=planted-state"), step="callback", role="callback")
    store.states.remember_state("planted-state", run.id, "planted-owner", 2e9)
    lease = store.leases.take_lease(run.id, "token", 60)
    assert lease is not None and store.leases.renew(lease, 60, "asking planted-progress")
    store.sessions.set("session:planted-sid", {"owner": "planted-owner", "runs": ["planted-ids"]})


def bytes_at_rest(store: Store, settings: Settings) -> bytes:
    """Everything that the database wrote to its disk, and all rows as they are dumped."""
    with reading(store.engine) as connection:
        rows = [tuple(row) for table in metadata.sorted_tables for row in connection.execute(table.select())]
        if store.engine.dialect.name == "postgresql":
            connection.exec_driver_sql("CHECKPOINT")
    folder = Path(settings.data_dir)
    if store.engine.dialect.name == "postgresql":
        folder = Path(str(make_url(settings.database_url).query["host"])) / "cluster"
    return repr(rows).encode() + b"".join(file.read_bytes() for file in folder.rglob("*") if file.is_file())


def forms_of(secret: str) -> list[bytes]:
    """The secret as it is, in hexadecimal, and in Base64 wherever it begins within a group of three bytes."""
    raw = secret.encode()
    return [raw, raw.hex().encode(), *(base64.b64encode(b" " * shift + raw)[4:-4] for shift in range(3))]


@pytest.mark.attack("L8")
def test_no_planted_secret_stands_in_the_database_in_any_form(store: Store, settings: Settings) -> None:
    plant(store)
    kept = bytes_at_rest(store, settings)
    for secret in SECRETS:
        assert [form for form in forms_of(secret) if form in kept] == [], secret


def test_the_search_finds_what_stands_in_clear(store: Store, settings: Settings) -> None:
    plant(store)
    [listed] = store.runs.runs_of("planted-owner")
    kept = bytes_at_rest(store, settings)
    assert kept.count(listed.id.encode()) >= 2  # in the rows and in the files
    for shift in range(3):
        sealed_by_nothing = base64.b64encode(b"x" * shift + b"planted-owner and more")
        assert any(form in sealed_by_nothing for form in forms_of("planted-owner"))


def test_an_error_of_the_database_quotes_no_secret(store: Store) -> None:
    run = store.runs.create("planted-owner", "https://planted-target.example/mcp")
    run.append(Choice("authorize", {"verifier": "planted-verifier"}), why="planted-why")
    with writing(store.engine) as connection:
        connection.execute(update(runs).values(last_seq=0))
    with pytest.raises(IntegrityError) as caught:
        run.append(Choice("authorize", {"verifier": "planted-verifier"}), why="planted-why")
    told = f"{caught.value} {caught.value.__cause__}"
    assert "planted" not in told and "parameters hidden" in told
