"""The English of the studio, in one file: `english.yaml`, looked up by dotted name."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def _texts() -> Mapping[str, Any]:
    import yaml

    found: Mapping[str, Any] = yaml.safe_load(
        (files("groundsmith.studio") / "english.yaml").read_text(encoding="utf-8")
    )
    return found


def say(name: str, /, **values: object) -> str:
    """Return the text under a dotted name with its {values} filled in; raises KeyError for a name that is not there."""
    found: Any = _texts()
    for part in name.split("."):
        found = found[part]
    if not isinstance(found, str):
        raise KeyError(name)
    return found.format(**values) if values else found


def said(name: str, default: str) -> str:
    """Return the text under a dotted name, or `default` when there is none: for words that come from data."""
    try:
        return say(name)
    except KeyError:
        return default


def counted(number: int, name: str) -> str:
    """Return "1 row" or "2,000 rows": the texts `count.NAME.one` and `count.NAME.many` with the number."""
    return say(f"count.{name}.{'one' if number == 1 else 'many'}", n=f"{number:,}")
