"""Names that give a secret away, and where a name and its value stand in a text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

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

# what every one of them begins with: found ten times faster, so that the expressions above are tried at few places
_ANY_MEMBER = re.compile(r'"[\w.-]{1,140}+\\{0,8}"\s{0,9}:')
_ANY_PAIR = re.compile(r"(?<![\w.-])[\w.-]{1,140}+=")

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


def members_in(text: str) -> Iterator[re.Match[str]]:
    """What NAMED_MEMBER.finditer finds."""
    return _from(_ANY_MEMBER, NAMED_MEMBER, text)


def pairs_in(text: str) -> Iterator[re.Match[str]]:
    """What NAMED_PAIR.finditer finds."""
    return _from(_ANY_PAIR, NAMED_PAIR, text)


def _from(begins: re.Pattern[str], whole: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    done = 0
    for begin in begins.finditer(text):
        found = whole.match(text, begin.start()) if begin.start() >= done else None
        if found:
            done = found.end()
            yield found


def rewritten(text: str, found: Iterable[re.Match[str]], write: Callable[[re.Match[str]], str]) -> str:
    """The text with each match written anew."""
    pieces, at = [], 0
    for match in found:
        pieces += [text[at : match.start()], write(match)]
        at = match.end()
    return "".join([*pieces, text[at:]]) if pieces else text


def kind_of(name: str) -> str:
    """The kind of secret that a parameter or member of this name holds, or an empty string."""
    if not NAME_ALONE.fullmatch(name) and name not in ("cookie", "authorization"):
        return ""
    return next((kind for part, kind in KINDS if part in name.lower()), "secret")


def looks_public(name: str, value: str) -> bool:
    """Is it an error code such as `not_found`, which many APIs call `code`?"""
    return name.lower().endswith("code") and len(value) <= 40 and PLAIN_WORD.fullmatch(value) is not None
