"""How a setting is declared: a field with its help and range."""

from __future__ import annotations

from dataclasses import field
from typing import TypeVar

T = TypeVar("T")


def setting(default: T, help: str, *, minimum: float | None = None, maximum: float | None = None, kind: str = "") -> T:  # noqa: A002
    """Declare a setting; `kind` is empty, "variable" (a variable's name) or "place" (a name or a relative path)."""
    return field(default=default, metadata={"help": help, "minimum": minimum, "maximum": maximum, "kind": kind})
