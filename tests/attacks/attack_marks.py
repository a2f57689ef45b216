"""Which test proves which row, read from the decorators in the source, so that nothing has to be collected."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]


def marked_tests(folder: Path = TESTS) -> dict[str, list[str]]:
    """The rows that each marked test names, by `file::test`."""
    sources = ((path, path.read_text(encoding="utf-8")) for path in sorted(folder.rglob("test_*.py")))
    trees = ((path.relative_to(folder).as_posix(), ast.parse(source)) for path, source in sources if "mark.attack" in source)
    return {f"{name}::{test}": ids for name, tree in trees for test, ids in _marked(tree)}


def _marked(tree: ast.Module) -> Iterator[tuple[str, list[str]]]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            marks = [one for one in node.decorator_list if isinstance(one, ast.Call) and ast.unparse(one.func) == "pytest.mark.attack"]
            if marks:
                yield node.name, [str(ast.literal_eval(arg)) for mark in marks for arg in mark.args]


def untested(rows: Collection[str], marked: Mapping[str, Collection[str]]) -> list[str]:
    """Rows that no test names."""
    return sorted(set(rows) - {id for ids in marked.values() for id in ids})


def unknown(rows: Collection[str], marked: Mapping[str, Collection[str]]) -> list[str]:
    """`test: id` of every mark that names no row; a mark that names nothing counts too."""
    return sorted(f"{test}: {id}" for test, ids in marked.items() for id in ids or ("nothing",) if id not in rows)
