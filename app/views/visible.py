"""Text of strangers, made safe to look at: what a screen would hide or obey becomes a visible escape."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

# C0 and C1 controls but tab and line feed, soft hyphen, zero width, bidi controls, line separators, fillers,
# byte order mark, interlinear marks, tag characters and lone surrogates
HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\u3164\ufeff\uffa0\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)
MARKS = re.compile("[\u0300-\u036f\u0483-\u0489\u20d0-\u20f0\ufe20-\ufe2f]{4,}")  # a pile of accents covers the lines around it


def visible(text: str, *, one_line: bool = False) -> str:
    """The text with hidden characters written as ‹U+202E›; a CR before a LF goes, and with `one_line` every break is written."""
    text = text.replace("\r\n", "\n")
    if one_line:
        text = text.replace("\n", "‹LF›").replace("\t", "‹TAB›")
    return MARKS.sub(lambda m: m[0][:3] + f"‹{len(m[0]) - 3} more marks›", HIDDEN.sub(_escape, text))


def _escape(match: re.Match[str]) -> str:
    return f"‹U+{ord(match[0]):04X}›"


def shortened(text: str, most: int) -> str:
    """The beginning of a long text, with what was left out said."""
    return text if len(text) <= most else f"{text[:most]}… ({len(text) - most:,} more characters)"


def host_of(url: str) -> str:
    """The host and port of a URL, visible; empty where there is none."""
    try:
        return visible(urlsplit(url).netloc.rpartition("@")[2], one_line=True)
    except ValueError:
        return ""


def is_web_link(url: str) -> bool:
    """May a page link there? Only http and https with a host; everything else is shown as text."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and not HIDDEN.search(url) and not re.search(r"\s", url)
