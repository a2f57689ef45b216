from __future__ import annotations

import multiprocessing
import stat
from pathlib import Path

import pytest

from app.settings import BadSetting, Settings
from app.store.vault import KEY_FILE, Unreadable, open_vault

NEW = "the-new-key-forty-characters-long-......"


def test_what_is_sealed_opens_and_shows_nothing() -> None:
    vault = open_vault(Settings(secret_key=NEW))
    sealed = vault.seal(b"access token")
    assert b"access" not in sealed and vault.open(sealed) == b"access token"
    assert vault.seal(b"access token") != sealed


@pytest.mark.parametrize("between", [",", " ", "\n", ", "])
def test_a_key_can_be_replaced_while_what_it_sealed_lives_on(between: str) -> None:
    old, new = "o" * 40, "n" * 40
    before, both, after = (open_vault(Settings(secret_key=keys)) for keys in (old, f"{new}{between}{old}", new))
    assert both.open(before.seal(b"kept")) == b"kept"
    assert after.open(both.seal(b"kept")) == b"kept"
    assert both.blinds("sid", "x") == (after.blind("sid", "x"), before.blind("sid", "x"))
    with pytest.raises(Unreadable):
        after.open(before.seal(b"kept"))


def test_a_changed_byte_is_noticed() -> None:
    vault = open_vault(Settings(secret_key=NEW))
    sealed = bytearray(vault.seal(b"kept"))
    sealed[40] ^= 1
    with pytest.raises(Unreadable):
        vault.open(bytes(sealed))


def test_a_blind_name_tells_neither_the_secret_nor_that_it_is_used_elsewhere() -> None:
    vault, other = open_vault(Settings(secret_key=NEW)), open_vault(Settings(secret_key="x" * 40))
    names = {vault.blind("state", "s"), vault.blind("sid", "s"), vault.blind("state", "t"), other.blind("state", "s")}
    assert len(names) == 4 and all(len(name) == 64 for name in names)
    assert vault.blind("state", "s") == vault.blind("state", "s")
    assert vault.blind("state", "\ud800\0") != vault.blind("state", "\0")


def _draw_the_key(folder: str) -> str:
    return open_vault(Settings(data_dir=folder)).blind("any", "thing")


def test_eight_workers_that_start_at_once_agree_on_one_private_key(tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    with multiprocessing.get_context("fork").Pool(8) as pool:
        names = pool.map(_draw_the_key, [str(folder)] * 8, chunksize=1)
    assert len(set(names)) == 1
    assert [file.name for file in folder.iterdir()] == [KEY_FILE]
    assert stat.S_IMODE((folder / KEY_FILE).stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_key_file_that_others_may_read_is_closed_to_them(tmp_path: Path) -> None:
    open_vault(Settings(data_dir=str(tmp_path)))
    (tmp_path / KEY_FILE).chmod(0o644)
    open_vault(Settings(data_dir=str(tmp_path)))
    assert stat.S_IMODE((tmp_path / KEY_FILE).stat().st_mode) == 0o600


@pytest.mark.parametrize("content", [b"", b"short", b"\xff" * 64])
def test_a_damaged_key_file_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / KEY_FILE).write_bytes(content)
    with pytest.raises(BadSetting, match="key file"):
        open_vault(Settings(data_dir=str(tmp_path)))


def test_a_key_of_nothing_but_commas_means_the_file(tmp_path: Path) -> None:
    open_vault(Settings(data_dir=str(tmp_path), secret_key=" , "))
    assert (tmp_path / KEY_FILE).exists()
