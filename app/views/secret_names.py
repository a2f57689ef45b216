"""Names that give a secret away, and where a name and its value stand in a text."""

from __future__ import annotations

import re

# names whose values are public although they hold one of the words
PUBLIC = (
    r"(?![\w.-]{0,80}(?:_endpoint|_ur[il]s?|Ur[il]s?|_types?|_hint|_methods?|_supported|_alg|_expires_at|_expires_in|_at|_in"
    r"|_challenge|Endpoint|Type)(?![\w-]))"
)
WORDS = r"[\w.-]{0,60}(?:token|secret|verifier|password|passwd|assertion|ticket|api_?key|apikey|cookie)[\w-]{0,60}|authorization"
MEMBER = rf"(?i:{PUBLIC}(?:{WORDS}|(?:\w{1, 60}_)?code))"
PAIR = rf"(?i:{PUBLIC}(?:{WORDS}|(?:\w{1, 60}_)?code|state|sig|signature|sid|session_?id|id_token_hint))"

# "name" : "value" in JSON, also in JSON inside a JSON string, where quotes carry backslashes
NAMED_MEMBER = re.compile(
    rf"""(?P<before>"(?P<name>{MEMBER})\\{{0,8}}"\s{{0,9}}:\s{{0,9}}\\{{0,8}}")(?P<value>(?:[^"\\]|\\[^"\\]|\\\\(?!\\{{0,8}}"))*)(?P<after>\\{{0,8}}"|$)"""
)
# name=value in queries, fragments and forms
NAMED_PAIR = re.compile(
    rf"""(?P<before>(?:^|(?<=[?&;#\s"'(<>]))(?P<name>{PAIR})=)(?P<value>(?:[^&\s"'<>;#]|\#(?:[0-9a-f]{{4,8}}|short)\b)+)""", re.M
)
HEADER_LINE = re.compile(r"^(?P<name>(?i:(?:proxy-)?authorization|cookie|set-cookie))(?P<between>:[ \t]*)(?P<value>[^\r\n]*)", re.M)
# header.payload.signature: shown by its decoded parts elsewhere, never as it is
TOKEN_LIKE = re.compile(r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*")

KINDS = (
    ("refresh_token", "refresh"),
    ("id_token", "id_token"),
    ("registration_access_token", "registration"),
    ("access_token", "access"),
    ("client_secret", "client_secret"),
    ("verifier", "verifier"),
    ("assertion", "assertion"),
    ("ticket", "ticket"),
    ("cookie", "cookie"),
    ("authorization", "authorization"),
    ("session", "session"),
    ("sid", "session"),
    ("token", "token"),
    ("secret", "secret"),
    ("passw", "password"),
    ("code", "code"),
    ("state", "state"),
    ("key", "api_key"),
    ("sig", "signature"),
)
NAME_ALONE = re.compile(PAIR)
PLAIN_WORD = re.compile(r"[a-z]+(?:[_ -][a-z]+)*|[A-Z]+(?:[_ -][A-Z]+)*")


def kind_of(name: str) -> str:
    """The kind of secret that a parameter or member of this name holds, or an empty string."""
    if not NAME_ALONE.fullmatch(name) and name not in ("cookie", "authorization"):
        return ""
    return next((kind for part, kind in KINDS if part in name.lower()), "secret")


def looks_public(name: str, value: str) -> bool:
    """Is it an error code such as `not_found`, which many APIs call `code`?"""
    return name.lower().endswith("code") and len(value) <= 40 and PLAIN_WORD.fullmatch(value) is not None
