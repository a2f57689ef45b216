"""What a stranger wrote comes back from a shell as that text, and runs nothing."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.views.copy_forms import bash_quote, cmd_quote, python_literal
from app.views.visible import HIDDEN

BASH = shutil.which("bash") or "bash"
HOSTILE = (
    "",
    "plain",
    "it's",
    "''",
    "'; touch pwned; '",
    "$(touch pwned)",
    "`touch pwned`",
    '"; touch pwned; "',
    "\\'; touch pwned #",
    "\n touch pwned \n",
    "a\r\ntouch pwned\r\n",
    "!touch",
    "it's\n!! 'x'",
    "\x1b[201~touch pwned\n",
    "\x03\x04\x1a\x7f\x9b",
    "$'\\x27; touch pwned'",
    "${IFS}&&touch${IFS}pwned",
    "-o/etc/passwd",
    "@/etc/passwd",
    "~root/*?[a-z]{a,b}",
    "%PATH%",
    "%PATH:a=b%",
    "%^PATH%",
    '"&calc&"',
    '\\"&calc&\\"',
    "a\\",
    'a\\"b\\\\"c\\\\\\',
    "^&|<>()",
    "a\u202eb\u2066c",
    "\ud800 lone",
    "Grüße, 你好",
    "x" * 10_000 + "'",
    "\t\x0b\x0c",
    "#comment",
    "a=b",
)


def in_bash(words: list[str], folder: Path, *, as_typed: bool = False) -> list[str]:
    """What bash makes of the words, as separate arguments. `as_typed`: with history expansion, as at a prompt."""
    script = f"printf '%s\\0' {' '.join(words)} END\n"
    if as_typed:
        script = f"set -o history -o histexpand\necho first >/dev/null\n{script}"
    environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "HISTFILE": str(folder / "history")}
    done = subprocess.run(
        [BASH, "--norc"], input=script.encode("utf-8", "surrogatepass"), capture_output=True, cwd=folder, env=environment, check=True
    )
    assert done.stderr == b""
    found = done.stdout.decode("utf-8", "surrogatepass").split("\0")
    assert found[-2:] == ["END", ""]
    return found[:-2]


@pytest.mark.attack("X6")
@pytest.mark.parametrize("as_typed", [False, True])
def test_bash_reads_each_hostile_text_back_and_runs_nothing(tmp_path: Path, as_typed: bool) -> None:
    assert in_bash([bash_quote(text) for text in HOSTILE], tmp_path, as_typed=as_typed) == list(HOSTILE)
    assert not (tmp_path / "pwned").exists()


def test_the_corpus_does_harm_where_it_is_not_quoted(tmp_path: Path) -> None:
    subprocess.run([BASH, "-c", f"printf '{HOSTILE[4]}'"], cwd=tmp_path, capture_output=True, check=False)
    assert (tmp_path / "pwned").exists()


@settings(max_examples=20, deadline=None)
@given(st.lists(st.text(max_size=40), max_size=40))
def test_bash_reads_any_text_back(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> None:
    assert in_bash([bash_quote(text) for text in texts], tmp_path_factory.getbasetemp()) == [text.replace("\0", "") for text in texts]


@pytest.mark.parametrize("text", HOSTILE)
def test_what_is_pasted_into_a_shell_is_one_line_of_visible_characters(text: str) -> None:
    for quoted in (bash_quote(text), cmd_quote(text) or "", python_literal(text)):
        assert not HIDDEN.search(quoted) and "\n" not in quoted and "\t" not in quoted


# what to say to cmd.exe -> how it is written at its prompt
CMD_RULES = [
    ("plain", '^"plain^"'),
    ("a b", '^"a b^"'),
    ("a&b|c", '^"a^&b^|c^"'),
    ("<>()^", '^"^<^>^(^)^^^"'),
    ('say "x"', '^"say ^\\^"x^\\^"^"'),
    ("a\\", '^"a^\\^\\^"'),
    ('a\\"', '^"a^\\^\\^\\^"^"'),
    ("%PATH%", '^"^%^PATH^%^"'),
    ("%PATH:a=b%", '^"^%^PATH:a=b^%^"'),
    ("100% sure", '^"100^%^ sure^"'),
    ("wow!", '^"wow^!^"'),
    ("", '^"^"'),
]


@pytest.mark.parametrize(("text", "written"), CMD_RULES)
def test_cmd_is_written_by_its_rules(text: str, written: str) -> None:
    assert cmd_quote(text) == written


@pytest.mark.parametrize("text", ["a\nb", "a\rb", "\x1a", "tab\t", "a\u202eb", "\0"])
def test_what_cmd_cannot_hold_is_refused(text: str) -> None:
    assert cmd_quote(text) is None


def as_cmd_reads(line: str, variables: dict[str, str]) -> str:
    """cmd.exe's own part at the prompt: `%NAME%` and `%NAME:a=b%` of known variables first, then carets; quotes never open."""
    line = re.sub(r"%([^%:]+)(:[^%]*)?%", lambda m: variables.get(m[1].upper(), m[0]), line)
    out, quoted, at = [], False, 0
    while at < len(line):
        letter = line[at]
        if letter == "^" and not quoted:
            at += 1
            out.append(line[at : at + 1])
        else:
            assert quoted or letter not in "&|<>()", f"{letter} acts"
            quoted ^= letter == '"'
            out.append(letter)
        at += 1
    return "".join(out)


def as_a_program_splits(line: str) -> list[str]:
    """The argument rules of programs on Windows: 2n backslashes and a quote, 2n+1 backslashes and a quote."""
    words, word, quoted, started, at = [], "", False, False, 0
    while at < len(line):
        slashes = re.match(r"\\*", line[at:])
        assert slashes
        count = len(slashes[0])
        at += count
        if line[at : at + 1] == '"':
            word += "\\" * (count // 2)
            started = True
            if count % 2 or (quoted and line[at + 1 : at + 2] == '"'):  # two quotes within quotes are one letter
                word += '"'
                at += 0 if count % 2 else 1
            else:
                quoted = not quoted
            at += 1
            continue
        word += "\\" * count
        started |= count > 0
        if at < len(line):
            if line[at] == " " and not quoted:
                words, word, started = [*words, word] if started else words, "", False
            else:
                word, started = word + line[at], True
            at += 1
    return [*words, word] if started else words


@pytest.mark.parametrize("text", [text for text in HOSTILE if cmd_quote(text) is not None])
def test_cmd_and_the_program_behind_it_read_each_hostile_text_back(text: str) -> None:
    line = as_cmd_reads(f"curl {cmd_quote(text)} {cmd_quote('end')}", {"PATH": "C:\\secret"})
    assert as_a_program_splits(line) == ["curl", text, "end"]


@given(st.text(alphabet=st.sampled_from('aP%^"\\&|<>() :=!A'), max_size=30))
def test_cmd_reads_any_mixture_of_its_special_characters_back(text: str) -> None:
    line = as_cmd_reads(f"curl {cmd_quote(text)} {cmd_quote('end')}", {"PATH": "C:\\secret", "A": "x", "P": "y"})
    assert as_a_program_splits(line) == ["curl", text, "end"]


@pytest.mark.parametrize("text", HOSTILE)
def test_python_reads_text_and_bytes_back(text: str) -> None:
    octets = text.encode("utf-8", "surrogatepass")
    assert ast.literal_eval(python_literal(text)) == text and ast.literal_eval(python_literal(octets)) == octets
