"""Write the reference pages from the live commands and settings, so that they cannot drift."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent / "reference"
LONGEST = 120


def commands() -> str:
    """Return the commands page: the help text of every command."""
    from typer.main import get_command

    from groundsmith.cli import app

    parts = ["# Commands\n", "Written by `make docs` from the program itself.\n"]
    for path, command in _walk("groundsmith", get_command(app)):
        parts.append(f"## {path}\n\n```\n{_help(path, command)}\n```\n")
    return "\n".join(parts)


def _walk(path: str, command: Any) -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - typer or click, by version
    yield path, command
    for name, child in sorted(getattr(command, "commands", {}).items()):
        yield from _walk(f"{path} {name}", child)


def _help(path: str, command: Any) -> str:  # noqa: ANN401 - typer or click, by version
    context = command.make_context(path, [], resilient_parsing=True, terminal_width=100, max_content_width=100)
    return "\n".join(line.rstrip() for line in command.get_help(context).splitlines()).strip()


def settings() -> str:
    """Return the settings page: one row a setting."""
    from groundsmith.setting_value import show_type, written
    from groundsmith.settings import TABLE

    parts = [
        "# Settings\n",
        "Written by `make docs` from the settings table. `groundsmith init` writes them all, commented.\n",
    ]
    parts.append("| setting | type | default | what it does |\n|---|---|---|---|")
    for name, setting in TABLE.items():
        cells = (f"`{name}`", show_type(setting), f"`{written(setting.default)}`", setting.help)
        parts.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    parts.append("\n`conditions` holds free names, each with a list of values that the samples rotate through evenly.")
    return "\n".join(parts) + "\n"


def row() -> str:
    """Return the page on the dataset row: every field with its type and an example, from the row's own schema."""
    from groundsmith.row import DatasetRow, row_schema

    lines = (HERE / "row-examples.jsonl").read_text(encoding="utf-8").splitlines()
    examples = [DatasetRow.from_json(json.loads(line)).to_json() for line in lines]
    parts = [
        "# The dataset row\n",
        "Written by `make docs` from the program itself. JSON Lines has one such object a line; Parquet has the same columns, with\n"
        "`conditions` as JSON text; CSV has the same columns, with lists and objects as JSON text. The examples are of rows of\n"
        "one run, in `row-examples.jsonl`: one kept, one rejected, and one rejected over two documents. Long texts are cut.\n",
        "`groundsmith.row_schema()` returns the JSON Schema. Newer versions may add fields; unknown ones are passed over.\n",
    ]
    _fields(parts, "row", row_schema(), examples)
    for title, example in zip(("A row that was kept", "A row that was rejected"), examples[:2], strict=True):
        whole = json.dumps(_cut(example), indent=2, ensure_ascii=False)
        parts.append(f"## {title}\n\n```json\n{whole}\n```\n")
    return "\n".join(parts)


def studio() -> str:
    """Return the page on the studio's pages as data: what each holds, from its Context."""
    from dataclasses import fields, is_dataclass
    from typing import get_type_hints

    from groundsmith.studio import registry
    from groundsmith.studio.address import twin
    from groundsmith.studio.page import VIEWS

    registry.routes()
    parts = ["# The studio's pages as data\n", "Written by `make docs` from the pages themselves.\n"]
    for path, view in sorted(VIEWS.items()):
        context = get_type_hints(view)["return"]
        if is_dataclass(context):
            named = ", ".join(f"`{item.name}`" for item in fields(context))
            told = " ".join((context.__doc__ or "").split()).removeprefix("The Context of ")
            parts.append(f"## {twin(path)}\n\n{told[:1].upper()}{told[1:]}\n\nFields: {named}.\n")
    return "\n".join(parts)


def _fields(parts: list[str], name: str, schema: dict[str, Any], examples: list[dict[str, Any]]) -> None:
    """Add a table of the fields of an object, then of the objects in it."""
    parts.append(f"## {name}\n\n{schema.get('description', '')}\n\n| field | type | example |\n|---|---|---|")
    inner = []
    for field, kind in schema["properties"].items():
        options = kind.get("anyOf", [kind])
        items = [option.get("items", option) for option in options]
        found = [example[field] for example in examples if example[field] not in (None, "", [], {})]
        within = [each for value in found for each in (value if isinstance(value, list) else [value])]
        nested = [item for item in items if item.get("type") == "object" and "properties" in item]
        inner += [(f"{name}.{field}", item, within) for item in nested]
        shown = "see below" if nested else _shown(found[0] if found else examples[0][field] if examples else "")
        parts.append(f"| `{field}` | {' or '.join(map(_type, options))} | {shown} |")
    parts.append("")
    for title, child, values in inner:
        _fields(parts, title, child, values)


def _type(option: dict[str, Any]) -> str:
    kind = option.get("type", "any")
    return f"array of {option['items'].get('type', 'any')}" if "items" in option else str(kind)


def _shown(value: object) -> str:
    """Return a value as a cell of a table, its texts cut."""
    return f"`{json.dumps(_cut(value), ensure_ascii=False)}`".replace("|", "\\|")


def _cut(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Return JSON data with its long texts cut."""
    if isinstance(value, str) and len(value) > LONGEST:
        return value[: LONGEST - 1].rstrip() + "…"
    if isinstance(value, dict):
        return {key: _cut(each) for key, each in value.items()}
    return [_cut(each) for each in value] if isinstance(value, list) else value


def main() -> None:
    """Write the pages."""
    HERE.mkdir(exist_ok=True)
    for name, text in (
        ("commands.md", commands()),
        ("settings.md", settings()),
        ("row.md", row()),
        ("studio.md", studio()),
    ):
        (HERE / name).write_text(text, encoding="utf-8")
        sys.stderr.write(f"wrote {HERE / name}\n")


if __name__ == "__main__":
    main()
