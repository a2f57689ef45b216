"""The pretended tools. Nothing they say is real and nothing they do has an effect."""

from __future__ import annotations

from dataclasses import dataclass, field

Schema = dict[str, object]
TYPES = {"string": str, "integer": int}
SHOWN_CHARACTERS = 200
LINES: Schema = {"type": "object", "properties": {"lines": {"type": "array", "items": {"type": "string"}}}, "required": ["lines"]}


@dataclass(frozen=True)
class Tool:
    """A tool. `scopes` is what its call needs; `upstream` says that it needs the connected upstream."""

    name: str
    title: str
    description: str
    properties: dict[str, Schema] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    reads_only: bool = True
    destructive: bool = False
    scopes: tuple[str, ...] = ("mcp:tools",)
    upstream: bool = False

    def listed(self) -> dict[str, object]:
        """The tool as tools/list shows it."""
        schema = {"type": "object", "properties": self.properties, "required": list(self.required), "additionalProperties": False}
        hints = {"readOnlyHint": self.reads_only, "destructiveHint": self.destructive, "openWorldHint": False}
        shown: dict[str, object] = {"name": self.name, "title": self.title, "description": self.description}
        return shown | {"inputSchema": schema, "outputSchema": LINES, "annotations": hints}


TOOLS = (
    Tool(
        "list_issues",
        "List issues",
        "Lists three pretended issues. Needs nothing but the token.",
        {"state": {"type": "string", "enum": ["open", "closed"], "description": "Which issues", "default": "open"}},
    ),
    Tool(
        "create_issue",
        "Create an issue",
        "Pretends to create an issue. It is marked as writing, so that a client asks before it calls.",
        {"title": {"type": "string", "description": "The issue's title"}},
        ("title",),
        reads_only=False,
    ),
    Tool("list_projects", "List projects", "Lists projects of the upstream account, which must be connected first.", upstream=True),
    Tool(
        "delete_workspace",
        "Delete the workspace",
        "Pretends to delete a workspace. Needs the scope mcp:admin, which a first sign-in does not give.",
        {"name": {"type": "string", "description": "The workspace's name", "default": "sandbox"}},
        reads_only=False,
        destructive=True,
        scopes=("mcp:tools", "mcp:admin"),
    ),
)


def find(name: object) -> Tool | None:
    return next((tool for tool in TOOLS if tool.name == name), None)


def listing() -> list[dict[str, object]]:
    return [tool.listed() for tool in TOOLS]


def run(tool: Tool, arguments: dict[str, object]) -> dict[str, object]:
    """The tool's result; wrong arguments are a result too (isError), so that a model can correct them."""
    says = _objection(tool, arguments)
    if says:
        return _text(says) | {"isError": True}
    text = _SAYS[tool.name].format(title=_shown(arguments, "title", ""), name=_shown(arguments, "name", "sandbox"))
    return _text(text) | {"structuredContent": {"lines": text.splitlines()}}


_SAYS = {
    "list_issues": "PRACTICE-1 Learn to read a challenge\nPRACTICE-2 Refresh before it expires\nPRACTICE-3 Revoke when done",
    "create_issue": "Practice only: nothing was created. It would have been called: {title}",
    "list_projects": "Practice project A\nPractice project B",
    "delete_workspace": "Practice only: nothing was deleted. It would have been: {name}",
}


def _objection(tool: Tool, arguments: dict[str, object]) -> str:
    missing = [name for name in tool.required if name not in arguments]
    if missing:
        return f"Missing argument: {', '.join(missing)}."
    for name, value in arguments.items():
        if name not in tool.properties:
            return f"There is no such argument; {tool.name} takes {', '.join(tool.properties) or 'none'}."
        if not isinstance(value, TYPES[str(tool.properties[name]["type"])]):
            return f"The argument {name} must be of type {tool.properties[name]['type']}."
        choices = tool.properties[name].get("enum")
        if isinstance(choices, list) and value not in choices:
            return f"The argument {name} must be one of {', '.join(choices)}."
    return ""


def _shown(arguments: dict[str, object], name: str, default: str) -> str:
    return str(arguments.get(name, default))[:SHOWN_CHARACTERS]


def _text(text: str) -> dict[str, object]:
    return {"content": [{"type": "text", "text": text}]}
