"""Shared snapshots and saved targets: sealed, one owner's, and over when their time is."""

from __future__ import annotations

import secrets
from pathlib import Path

import pytest
from store_parts import Clock
from test_secrets_at_rest import bytes_at_rest, forms_of

from app.settings import Settings
from app.store.opening import Store
from app.store.sweep import sweep

RUN = "a-run-of-twenty-or-more"


def test_a_snapshot_is_read_by_its_link_until_its_time_is_over(store: Store, clock: Clock) -> None:
    share = store.shares.create("ada", RUN, "https://g.example/mcp", b"content" * 1_000, 60)
    assert len(share.id) >= 22  # 128 bits
    found = store.shares.load(share.id)
    assert found == share and found.content == b"content" * 1_000
    assert store.shares.load(share.id + "x") is None and store.shares.load("../x") is None and store.shares.load("x\0" * 12) is None
    clock.at += 60
    assert store.shares.load(share.id) is None and store.shares.of_run(RUN, "ada") == [] and store.shares.count("ada") == 0


def test_only_its_owner_lists_and_revokes_it(store: Store) -> None:
    share = store.shares.create("ada", RUN, "t", b"c", 60)
    assert [one.id for one in store.shares.of_run(RUN, "ada")] == [one.id for one in store.shares.of_owner("ada")] == [share.id]
    assert store.shares.of_run(RUN, "bob") == [] and not store.shares.revoke(share.id, "bob")
    assert store.shares.revoke(share.id, "ada") and not store.shares.revoke(share.id, "ada")
    assert store.shares.load(share.id) is None


def test_snapshots_end_with_their_run_and_with_their_owner(store: Store) -> None:
    first, second = (store.shares.create("ada", run, "t", b"c", 60) for run in (RUN, RUN + "2"))
    other = store.shares.create("bob", RUN, "t", b"c", 60)
    assert store.shares.revoke_run(RUN, "ada") == 1 and store.shares.load(first.id) is None
    assert store.shares.load(second.id) and store.shares.load(other.id)
    assert store.shares.forget_owner("ada") == 1 and store.shares.load(second.id) is None and store.shares.load(other.id)


def test_a_sweep_removes_what_is_over(store: Store, settings: Settings, clock: Clock) -> None:
    store.shares.create("ada", RUN, "t", b"c", 60)
    store.targets.save("ada", "mine", {"target": "https://g.example/mcp"})
    clock.at += 61
    swept = sweep(store.engine, settings, clock.at)
    assert swept == {"shares": 1}
    clock.at += settings.saved_seconds
    assert sweep(store.engine, settings, clock.at) == {"targets": 1}


def test_saved_targets_belong_to_one_owner_and_change_their_name(store: Store, clock: Clock, settings: Settings) -> None:
    saved = store.targets.save("ada", "staging", {"target": "https://g.example/mcp", "scope": "mcp:tools"})
    assert store.targets.of("ada") == [saved] and store.targets.of("bob") == [] and store.targets.count("ada") == 1
    assert not store.targets.rename(saved.id, "bob", "x") and not store.targets.delete(saved.id, "bob")
    clock.at += settings.saved_seconds - 1
    assert store.targets.rename(saved.id, "ada", "production")
    clock.at += 2  # it lives on from the day of its new name
    assert [(one.name, one.fields) for one in store.targets.of("ada")] == [("production", saved.fields)]
    assert store.targets.delete(saved.id, "ada") and store.targets.of("ada") == []
    assert not store.targets.delete("x\0", "ada") and not store.targets.rename("'", "ada", "x")


def test_what_is_kept_is_sealed(store: Store, settings: Settings, tmp_path: Path) -> None:
    share = store.shares.create("planted-owner", RUN, "https://planted-host.example/mcp", b"planted-content", 60)
    store.targets.save("planted-owner", "planted-name", {"target": "https://planted-target.example/mcp"})
    kept = bytes_at_rest(store, settings)
    for secret in ("planted-owner", "planted-host", "planted-content", "planted-name", "planted-target", share.id, RUN):
        assert [form for form in forms_of(secret) if form in kept] == [], secret


@pytest.mark.attack("D1")
def test_links_count_for_the_size_of_the_store_on_every_database(store: Store) -> None:
    before = store.size.measure()
    store.shares.create("ada", "r" * 24, "https://gw.example/mcp", secrets.token_bytes(200_000), 60)
    assert store.size.measure() >= before + 200_000
