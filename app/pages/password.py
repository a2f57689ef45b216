"""The shared password, where a team signs in by one."""

from __future__ import annotations

import threading

from werkzeug.security import check_password_hash, generate_password_hash

from app.settings import BadSetting, Settings

LEAST_DIGITS = 40  # of a hash in hexadecimal; werkzeug writes 64 and more


class Password:
    """Kept as a hash. One check at a time: scrypt takes 32 MB of memory for each."""

    def __init__(self, settings: Settings) -> None:
        self._hash = settings.login_password_hash or generate_password_hash(settings.login_password, "scrypt")
        self._turn = threading.Lock()

    def is_right(self, typed: str) -> bool:
        """Compared in constant time, after a fixed amount of work."""
        with self._turn:
            return check_password_hash(self._hash, typed)


def password_of(settings: Settings) -> Password | None:
    """The password that people share here, None where they sign in otherwise. Raises BadSetting for a hash that fits no password."""
    if settings.login == "password" and settings.login_password_hash and not _is_hash(settings.login_password_hash):
        raise BadSetting("LOGIN_PASSWORD_HASH is damaged: no password fits it. Where a shell reads it, quote it for the $ in it.")
    return Password(settings) if settings.login == "password" else None


def _is_hash(digest: str) -> bool:
    try:
        check_password_hash(digest, "")
    except (ValueError, TypeError, OverflowError):
        return False
    return digest.count("$") == 2 and len(digest.rpartition("$")[2]) >= LEAST_DIGITS
