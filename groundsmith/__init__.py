"""Groundsmith: question-answer data that your documents entail, with the evidence for every claim.

What a program needs is here, and loaded when it is first asked for: `import groundsmith` alone loads nothing else.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from groundsmith.datasets import Dataset, ForeignRow
    from groundsmith.exports import export_rows
    from groundsmith.pipeline import Outcome
    from groundsmith.row import DatasetRow, row_schema
    from groundsmith.settings import Settings
    from groundsmith.workspace import Workspace
    from knowledge.errors import GroundsmithError

__version__ = "0.1.0"
__all__ = [
    "Dataset",
    "DatasetRow",
    "ForeignRow",
    "GroundsmithError",
    "Outcome",
    "Settings",
    "Workspace",
    "__version__",
    "export_rows",
    "row_schema",
]
_HOMES = {
    "Dataset": "groundsmith.datasets",
    "DatasetRow": "groundsmith.row",
    "ForeignRow": "groundsmith.datasets",
    "GroundsmithError": "knowledge.errors",
    "Outcome": "groundsmith.pipeline",
    "Settings": "groundsmith.settings",
    "Workspace": "groundsmith.workspace",
    "export_rows": "groundsmith.exports",
    "row_schema": "groundsmith.row",
}


def __getattr__(name: str) -> object:
    """Load a public name from its module; raises AttributeError for any other."""
    if name not in _HOMES:
        raise AttributeError(f"module 'groundsmith' has no attribute {name!r}")
    value: object = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
