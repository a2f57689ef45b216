"""Seals what is kept at rest, and blinds what is only looked up. Keys come from SECRET_KEY or from a file beside the store."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import re
import secrets
from contextlib import suppress
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from app.settings import BadSetting, Settings
from app.store.database import StoreUnavailable, make_private_directory

KEY_FILE = "secret.key"


class Unreadable(StoreUnavailable):
    """A kept value that no present key opens: the key was changed, or the value was."""


class Vault:
    """Several keys may be given: the first seals, all of them open and are looked up, so a key can be replaced while people work."""

    def __init__(self, keys: tuple[str, ...]) -> None:
        self._fernet = MultiFernet([Fernet(base64.urlsafe_b64encode(_derived(key, b"seal"))) for key in keys])
        self._blinders = tuple(_derived(key, b"blind") for key in keys)

    def seal(self, clear: bytes) -> bytes:
        """Encrypted and authenticated."""
        return self._fernet.encrypt(clear)

    def open(self, sealed: bytes) -> bytes:
        """What was sealed. Raises Unreadable."""
        try:
            return self._fernet.decrypt(sealed)
        except InvalidToken:
            raise Unreadable("This was sealed with a key that this app no longer has. Add the old key to SECRET_KEY.") from None

    def blind(self, purpose: str, secret: str) -> str:
        """A keyed hash, 64 hex digits, under which a secret is looked up without being stood in clear."""
        return _blinded(self._blinders[0], purpose, secret)

    def blinds(self, purpose: str, secret: str) -> tuple[str, ...]:
        """The same under every present key, the newest first: what a look-up must try."""
        return tuple(_blinded(key, purpose, secret) for key in self._blinders)


def open_vault(settings: Settings) -> Vault:
    """The vault of SECRET_KEY (several keys by commas or blanks, the newest first), else of the key file in DATA_DIR."""
    keys = tuple(re.split(r"[,\s]+", settings.secret_key.strip(", \t\r\n")))
    return Vault(keys if keys != ("",) else (_key_of_file(Path(settings.data_dir)),))


def _derived(key: str, use: bytes) -> bytes:
    return HKDF(SHA256(), 32, None, b"mcp-flow-explorer " + use).derive(key.encode("utf-8", "surrogatepass"))


def _blinded(key: bytes, purpose: str, secret: str) -> str:
    text = f"{purpose}\0{secret}".encode("utf-8", "surrogatepass")
    return hmac.new(key, text, hashlib.sha256).hexdigest()


def _key_of_file(folder: Path) -> str:
    path = folder / KEY_FILE
    make_private_directory(folder)
    try:
        if not path.exists():
            _write_once(path)
        path.chmod(0o600)
        key = path.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise BadSetting(f"The key file {path} cannot be used: {error}.") from None
    if len(key) < 32:
        raise BadSetting(f"The key file {path} is damaged. Restore it, or remove it to begin with an empty store.")
    return key


def _write_once(path: Path) -> None:
    """A link is made whole or not at all: of two workers that start together one wins, and both read the same key."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    try:
        with os.fdopen(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as out:
            out.write(secrets.token_hex(32))
            out.flush()
            os.fsync(out.fileno())
        with suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink(missing_ok=True)
