"""Write the README section "Which rules are implemented" from the requirements table. `--check` only says whether it is up to date."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from requirements.table import ENTRIES, MAY, MUST, OURS, REVISIONS, RULES, SHOULD, Rule

README = Path(__file__).resolve().parents[2] / "README.md"
BEGIN, END = "<!-- rules: begin, written by tests/requirements/write_readme.py -->", "<!-- rules: end -->"
WORDS = {MUST: "MUST", SHOULD: "SHOULD", MAY: "MAY", OURS: "+"}


def section() -> str:
    """The whole section, with its heading, between the two markers."""
    return "\n".join([BEGIN, *_head(), *map(_row, RULES), "", *_reasons(), END])


def _head() -> list[str]:
    counts = {level: sum(entry.level == level for entry in ENTRIES.values()) for level in WORDS}
    return [
        "## Which rules are implemented",
        "",
        f"The client's rules of the MCP authorization chapter, by protocol revision: {counts[MUST]} MUST, {counts[SHOULD]} SHOULD, "
        f"{counts[MAY]} MAY. **+** marks {counts[OURS]} that a",
        "revision does not have and that are kept all the same; a star has its reason below. Each cell has at least one test; a test holds "
        "table and tests together.",
        "",
        f"| | rule | {' | '.join(REVISIONS)} |",
        f"|---|---|{'---|' * len(REVISIONS)}",
    ]


def _row(rule: Rule) -> str:
    levels = [WORDS[entry.level] if (entry := ENTRIES.get(f"{rule.id}@{revision}")) else "" for revision in REVISIONS]
    star = "\\*" if rule.reason else ""
    return f"| {rule.id}{star} | {rule.says} | {' | '.join(levels)} |"


def _reasons() -> list[str]:
    return ["Differences on purpose:", "", *(f"* **{rule.id}** {rule.reason}" for rule in RULES if rule.reason)]


def written(readme: str) -> str:
    """The README with the section as the table has it now. Raises ValueError where the markers are missing."""
    before, begin, rest = readme.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"README.md has no lines {BEGIN} and {END}")
    return before + section() + after


def main() -> int:
    old = README.read_text(encoding="utf-8")
    new = written(old)
    if "--check" in sys.argv:
        return int(new != old)
    README.write_text(new, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
