"""JSON for the eye: indented without being re-written, so that doubled names and odd numbers stay as they came."""

from __future__ import annotations

import json
import re

# a text that was cut ends within a string: that is one piece too, or each quote in it would look for an end
PIECE = re.compile(r'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)|[{}\[\],:]|[^\s{}\[\],:"]+')
DEEPEST = 40  # further in, indentation only pushes the text off the page


def is_json(text: str) -> bool:
    """Can it be read as JSON at all?"""
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def indented(text: str) -> str:
    """The same pieces in the same order and spelling, on lines of their own."""
    pieces = PIECE.findall(text)
    lines: list[str] = []
    line, depth = "", 0
    for at, piece in enumerate(pieces):
        if piece in "{[":
            line += piece
            if at + 1 < len(pieces) and pieces[at + 1] in "}]":
                continue
            depth += 1
            lines, line = _add(lines, line), _indent(depth)
        elif piece in "}]":
            if at and pieces[at - 1] in "{[":
                line += piece
                continue
            depth = max(0, depth - 1)
            lines, line = _add(lines, line), _indent(depth) + piece
        elif piece == ",":
            lines, line = _add(lines, line + ","), _indent(depth)
        else:
            line += ": " if piece == ":" else piece
    return "\n".join(_add(lines, line))


def _indent(depth: int) -> str:
    return "  " * min(depth, DEEPEST)


def _add(lines: list[str], line: str) -> list[str]:
    lines.append(line)
    return lines
