"""One WWW-Authenticate line cut into schemes and parameters, with every break of the grammar and its offset."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_TCHAR = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]"
_TOKEN = re.compile(_TCHAR + "+")
_TOKEN68 = re.compile(r"[A-Za-z0-9\-._~+/]+=*(?=[ \t]*(?:,|\Z))")
_BLANK = re.compile(r"[ \t]*")
_GAP = re.compile(r"[ \t,]*")
_BARE = re.compile(r"[^\s,]*")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
PIECES_READ = 300  # 20 x what the longest real header holds; a hostile one must not cost seconds
_FORBIDDEN = re.compile(r"[^\t\x20-\x7e\x80-\xff]")


@dataclass(frozen=True)
class Problem:
    """A break of the grammar. Slugs: unquoted_value missing_comma unterminated_quote duplicate_parameter outside_challenge
    unexpected_text empty_value space_round_equals bad_character empty_header too_long scheme_rule. `at` counts characters of `line`."""

    slug: str
    says: str
    line: int
    at: int


@dataclass(frozen=True)
class Mark:
    """A scheme, with its token68 where it has one."""

    name: str
    start: int
    end: int
    token68: str = ""


@dataclass(frozen=True)
class Param(Mark):
    """A parameter, name as written. Not `sound` where the grammar does not allow it at this place or in this form."""

    value: str = ""
    sound: bool = True


@dataclass
class _Scan:
    text: str
    line: int
    at: int = 0
    marks: list[Mark] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    named: set[str] = field(default_factory=set)  # parameters of the challenge that is open
    open: bool = False  # a scheme without token68 has been read

    def complain(self, slug: str, says: str, at: int) -> None:
        self.problems.append(Problem(slug, says, self.line, at))


def scan(text: str, line: int = 0) -> tuple[tuple[Mark, ...], list[Problem]]:
    """Cut one header line. Never raises; every character is looked at a bounded number of times."""
    state = _Scan(text, line)
    bad = _FORBIDDEN.search(text)
    if bad:
        state.complain("bad_character", f"The character {bad[0]!a} is not allowed in a header.", bad.start())
    after_comma, pieces = True, 0
    while (gap := _GAP.match(text, state.at)) and gap.end() < len(text):
        after_comma = after_comma or "," in gap[0]
        state.at = gap.end()
        if pieces == PIECES_READ:
            state.complain("too_long", f"The header has more than {PIECES_READ} pieces; the rest was not read.", state.at)
            break
        _read_one(state, after_comma)
        after_comma, pieces = False, pieces + 1
    if not state.marks and not state.problems:
        state.complain("empty_header", "The header is empty.", 0)
    return tuple(state.marks), state.problems


def _read_one(state: _Scan, after_comma: bool) -> None:
    token = _TOKEN.match(state.text, state.at)
    if token is None:
        _skip_junk(state)
        return
    blank = _BLANK.match(state.text, token.end())
    equals = blank.end() if blank else token.end()
    if state.text.startswith("=", equals):
        _read_param(state, token, equals, after_comma)
    elif after_comma:
        _read_scheme(state, token)
    else:
        state.complain("unexpected_text", f"{token[0][:40]!r} stands where a comma should.", token.start())
        state.at = token.end()


def _skip_junk(state: _Scan) -> None:
    quoted = _QUOTED.match(state.text, state.at) if state.text.startswith('"', state.at) else None
    bare = None if quoted else _BARE.match(state.text, state.at)
    end = quoted.end() if quoted else max(bare.end() if bare else 0, state.at + 1)
    state.complain("unexpected_text", f"{state.text[state.at : end][:40]!r} is neither a scheme nor a parameter.", state.at)
    state.at = end


def _read_scheme(state: _Scan, token: re.Match[str]) -> None:
    state.at, state.named, state.open = token.end(), set(), True
    blank = _BLANK.match(state.text, token.end())
    first = blank.end() if blank else token.end()
    token68 = _TOKEN68.match(state.text, first) if first > token.end() else None
    # By the grammar `Bearer scope=` is a token68; RFC 6750 knows none, so it is a parameter that lost its value.
    if token68 and not (token[0].lower() == "bearer" and "=" in token68[0]):
        state.at, state.open = token68.end(), False
    elif first == token.end() and not state.text.startswith(",", first) and first < len(state.text):
        state.complain("unexpected_text", f"A space should follow the scheme {token[0][:40]!r}.", first)
    state.marks.append(Mark(token[0], token.start(), state.at, "" if state.open or not token68 else token68[0]))


def _read_param(state: _Scan, token: re.Match[str], equals: int, after_comma: bool) -> None:
    name, start = token[0], token.start()
    sound = _in_place(state, name, start, after_comma)
    blank = _BLANK.match(state.text, equals + 1)
    at = blank.end() if blank else equals + 1
    if equals > token.end() or at > equals + 1:
        state.complain("space_round_equals", f"There must be no blank round the = of {name!r}.", equals)
    value, state.at, fine = _read_value(state, name, at)
    if name.lower() in state.named:
        state.complain("duplicate_parameter", f"The parameter {name!r} stands twice in one challenge; the first one counts.", start)
    state.named.add(name.lower())
    state.marks.append(Param(name, start, state.at, value=value, sound=sound and fine))


def _in_place(state: _Scan, name: str, start: int, after_comma: bool) -> bool:
    if not state.open:
        state.complain("outside_challenge", f"The parameter {name!r} belongs to no scheme.", start)
        return False
    follows_scheme = not isinstance(state.marks[-1], Param)
    if not after_comma and not follows_scheme:
        state.complain("missing_comma", f"A comma is missing before {name!r}.", start)
        return False
    return True


def _read_value(state: _Scan, name: str, at: int) -> tuple[str, int, bool]:
    """The value, the offset behind it, and whether its form is sound."""
    if state.text.startswith('"', at):
        quoted = _QUOTED.match(state.text, at)
        if quoted:
            return _ESCAPE.sub(r"\1", quoted[1]), quoted.end(), True
        state.complain("unterminated_quote", f"The quote that opens the value of {name!r} is never closed.", at)
        return state.text[at + 1 :], len(state.text), False
    bare = _BARE.match(state.text, at)
    value, end = (bare[0], bare.end()) if bare else ("", at)
    if not value:
        state.complain("empty_value", f"{name!r} has no value; an empty one is written as two quotes.", at)
        return "", end, False
    if _TOKEN.fullmatch(value):
        return value, end, True
    state.complain("unquoted_value", f"The value of {name!r} needs quotes: {value[:60]!r} holds characters that a bare word must not.", at)
    return value, end, False
