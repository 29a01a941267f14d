"""Write the reference pages from the live commands and settings, so that they cannot drift."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent / "reference"


def commands() -> str:
    """Return the commands page: the help text of every command."""
    from typer.main import get_command

    from groundsmith.cli import app

    parts = ["# Commands\n", "Written by `make docs` from the program itself.\n"]
    for path, command in _walk("groundsmith", get_command(app)):
        parts.append(f"## {path}\n\n```\n{_help(path, command)}\n```\n")
    return "\n".join(parts)


def _walk(path: str, command: Any) -> Iterator[tuple[str, Any]]:
    yield path, command
    for name, child in sorted(getattr(command, "commands", {}).items()):
        yield from _walk(f"{path} {name}", child)


def _help(path: str, command: Any) -> str:
    context = command.make_context(path, [], resilient_parsing=True, terminal_width=100, max_content_width=100)
    return "\n".join(line.rstrip() for line in command.get_help(context).splitlines()).strip()


def settings() -> str:
    """Return the settings page: one row a setting."""
    from groundsmith.setting_value import show, show_type
    from groundsmith.settings import TABLE

    parts = [
        "# Settings\n",
        "Written by `make docs` from the settings table. `groundsmith init` writes them all, commented.\n",
    ]
    parts.append("| setting | type | default | what it does |\n|---|---|---|---|")
    for name, setting in TABLE.items():
        cells = (f"`{name}`", show_type(setting), f"`{show(setting.default)}`", setting.help)
        parts.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    parts.append("\n`conditions` holds free names, each with a list of values that the samples rotate through evenly.")
    return "\n".join(parts) + "\n"


def row() -> str:
    """Return the page on the dataset row: every field, from the row's own schema."""
    from groundsmith.row import row_schema

    parts = [
        "# The dataset row\n",
        "Written by `make docs` from the program itself. One JSON object a line; Parquet has the same columns.\n",
    ]
    _fields(parts, "row", row_schema())
    return "\n".join(parts) + "\n"


def _fields(parts: list[str], name: str, schema: dict[str, Any]) -> None:
    """Add a table of the fields of an object, then of the objects in it."""
    parts.append(f"## {name}\n\n{schema.get('description', '')}\n\n| field | type |\n|---|---|")
    inner = []
    for field, kind in schema["properties"].items():
        options = kind.get("anyOf", [kind])
        items = [option.get("items", option) for option in options]
        inner += [(f"{name}.{field}", item) for item in items if item.get("type") == "object" and "properties" in item]
        types = [
            "array of " + option["items"].get("type", "any") if "items" in option else option.get("type", "any")
            for option in options
        ]
        parts.append(f"| `{field}` | {' or '.join(types)} |")
    parts.append("")
    for title, child in inner:
        _fields(parts, title, child)


def main() -> None:
    """Write the pages."""
    HERE.mkdir(exist_ok=True)
    for name, text in (("commands.md", commands()), ("settings.md", settings()), ("row.md", row())):
        (HERE / name).write_text(text, encoding="utf-8")
        sys.stderr.write(f"wrote {HERE / name}\n")


if __name__ == "__main__":
    main()
