"""A folder to train from: the rows as chat messages, a script for peft and trl, and files for Axolotl and LLaMA-Factory."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from groundsmith.export.form import Form, Job, line
from groundsmith.export.training import messages, preferences

if TYPE_CHECKING:
    from groundsmith.row import DatasetRow

_FILES = {
    "train.py": "train.py.txt",
    "axolotl.yaml": "axolotl.yaml",
    "llamafactory.yaml": "llamafactory.yaml",
    "README.md": "recipe.md",
}


def _recipe(parts: Mapping[str, list[DatasetRow]], folder: Path, job: Job) -> int:
    """Write data and recipes; without a split, all rows are for training."""
    for part, rows in parts.items():
        with (folder / f"{part}.jsonl").open("wb") as file:
            file.writelines(line({"messages": messages(row, job.options)}) for row in rows)
    pairs = list(preferences((row for rows in parts.values() for row in rows), job))
    if pairs:
        with (folder / "preference.jsonl").open("wb") as file:
            file.writelines(line(pair) for pair in pairs)
    (folder / "dataset_info.json").write_text(json.dumps(_dataset_info(parts), indent=2) + "\n", encoding="utf-8")
    source = files("groundsmith.export") / "templates"
    tested = next((name for name in ("validation", "test") if name in parts), None)
    for name, template in _FILES.items():
        text = (source / template).read_text(encoding="utf-8")
        (folder / name).write_text(_filled(text, tested, sum(map(len, parts.values()))), encoding="utf-8")
    return sum(map(len, parts.values()))


def _filled(text: str, tested: str | None, rows: int) -> str:
    """Return a recipe with what hangs on the split: lines marked `#if-tested` stay only where there is a part to test on."""
    kept = [each for each in text.split("\n") if tested or not each.endswith("#if-tested")]
    return (
        "\n".join(each.removesuffix("#if-tested").rstrip() for each in kept)
        .replace("@TESTED@", tested or "")
        .replace("@ROWS@", str(rows))
    )


def _dataset_info(parts: Mapping[str, list[DatasetRow]]) -> dict[str, object]:
    """Return how LLaMA-Factory finds and reads the parts."""
    tags = {"role_tag": "role", "content_tag": "content", "user_tag": "user", "assistant_tag": "assistant"}
    return {
        f"groundsmith_{part}": {
            "file_name": f"{part}.jsonl",
            "formatting": "sharegpt",
            "columns": {"messages": "messages"},
            "tags": tags,
        }
        for part in parts
    }


FORMS = (
    Form(
        name="recipe",
        family="training",
        summary="a folder to train from: peft and trl script, Axolotl and LLaMA-Factory files, data",
        folder=_recipe,
    ),
)
