"""What a Hugging Face dataset says of its columns, with added ones taken in; without that, the copy would not load."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from groundsmith.arrow import features

_FENCE = "---\n"


def with_features(path: Path, columns: Mapping[str, type]) -> str | None:
    """Return a file that describes features with the added columns; None when it describes none."""
    if path.name in ("dataset_info.json", "dataset_infos.json"):
        return _with_json_features(path, columns)
    return _with_card_features(path, columns) if path.name == "README.md" else None


def _with_json_features(path: Path, columns: Mapping[str, type]) -> str | None:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError):
        return None
    held = [info["features"] for info in _infos(document) if isinstance(info.get("features"), dict)]
    for each in held:
        each |= features(columns)
    return json.dumps(document, ensure_ascii=False, indent=2) if held else None


def _with_card_features(path: Path, columns: Mapping[str, type]) -> str | None:
    """Return a dataset card with the columns added to `dataset_info.features` of its front matter."""
    import yaml

    text = path.read_text(encoding="utf-8", errors="replace")
    if not text.startswith(_FENCE) or "\n---" not in text[len(_FENCE) :]:
        return None
    front, _, body = text[len(_FENCE) :].partition("\n---")
    try:
        document = yaml.safe_load(front)
    except yaml.YAMLError:
        return None
    told = document.get("dataset_info") if isinstance(document, dict) else None
    infos = told if isinstance(told, list) else [told]
    held = [info["features"] for info in infos if isinstance(info, dict) and isinstance(info.get("features"), list)]
    for each in held:
        names = {column.get("name") for column in each if isinstance(column, dict)}
        new = features(columns).items()
        each.extend({"name": name, "dtype": kind["dtype"]} for name, kind in new if name not in names)
    dumped = yaml.safe_dump(document, sort_keys=False, allow_unicode=True)
    return f"{_FENCE}{dumped}---{body}" if held else None


def _infos(document: object) -> Iterator[dict[str, Any]]:
    """Yield the descriptions in a document: itself, or one for each configuration."""
    if isinstance(document, dict):
        yield document
        yield from (each for each in document.values() if isinstance(each, dict))
