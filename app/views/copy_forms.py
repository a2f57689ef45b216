"""Text of strangers, written so that a shell or Python reads back exactly that text: one function per reader, used by all we hand out.

`bash_quote` is for bash and zsh, `cmd_quote` for the prompt of cmd.exe, `python_literal` for Python.
"""

from __future__ import annotations

import re

from app.views.visible import HIDDEN

ESCAPED_IN_BASH = re.compile("[\\\\'!\n\t]|" + HIDDEN.pattern)  # `!` recalls history where quoting spans lines
SHORT_IN_BASH = {"\\": "\\\\", "'": "\\'", "\n": "\\n", "\t": "\\t", "\r": "\\r"}
NEEDS_ESCAPES = re.compile("[!\n\t]|" + HIDDEN.pattern)
PLAIN_IN_CMD = re.compile(r"[A-Za-z0-9 _.,:;/=+*~'`$#@?{}\[\]-]|[^\x00-\x7f]")


def bash_quote(text: str) -> str:
    """One word of bash or zsh: single quotes, or `$'…'` where control, hidden or history characters would act or deceive.

    A NUL is left out: no argument of a program can hold one.
    """
    text = text.replace("\0", "")
    if not NEEDS_ESCAPES.search(text):
        return "'" + text.replace("'", "'\\''") + "'"
    return "$'" + ESCAPED_IN_BASH.sub(lambda found: _in_bash(found[0]), text) + "'"


def _in_bash(character: str) -> str:
    octets = character.encode("utf-8", "surrogatepass")
    return SHORT_IN_BASH.get(character) or "".join(f"\\x{octet:02x}" for octet in octets)


def cmd_quote(text: str) -> str | None:
    """One argument at the prompt of cmd.exe, or None: it has no spelling for line breaks, control and hidden characters.

    Two readers stand behind each other. The program's own splits at quotes and backslashes; cmd.exe before it obeys
    `& | < > ( ) ^ " %`. So the quotes are written for the program, and a caret hides each character from cmd.exe;
    after a `%` also the next one, or `%PATH:a=b%` would still name a variable. Not for batch files, where `%` is doubled.
    """
    if HIDDEN.search(text) or "\n" in text or "\t" in text:
        return None
    inner = re.sub(r'(\\*)"', r'\1\1\\"', text)
    inner = re.sub(r"(\\+)$", r"\1\1", inner)
    return "".join(_carets(f'"{inner}"'))


def _carets(text: str) -> list[str]:
    before = " " + text
    return [
        letter if PLAIN_IN_CMD.fullmatch(letter) and previous != "%" else "^" + letter
        for previous, letter in zip(before, text, strict=False)
    ]


def python_literal(value: str | bytes) -> str:
    """A literal of Python in ASCII alone, so that nothing in it can look like something else."""
    return ascii(value)
