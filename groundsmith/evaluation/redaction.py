"""A copy of a dataset in which personal data is replaced by its kind in brackets, as in [email], wherever a record holds text."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from verify.personal import redact

if TYPE_CHECKING:
    from groundsmith.render import Ticker
    from verify.personal import Detector

_KEPT = frozenset(
    (
        "id",
        "_id",
        "uid",
        "guid",
        "run",
        "prompt",
        "created",
        "model",
        "document",
        "source",
        "start",
        "end",
        "version",
        "verdict",
    )
)
"""Fields that hold names of things, times and places in documents, and no text."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Redaction:
    """What was replaced: `records` are written, `changed` of them differ, `kinds` counts the pieces."""

    records: int
    changed: int
    kinds: dict[str, int]


def redact_file(path: Path, output: Path, *, detector: Detector, tick: Ticker) -> Redaction:
    """Write a copy of a dataset in its own format without personal data.

    Figures that count letters of a text (`start`, `end` of claims and spans) are those of the text before. Records that cannot be read are
    left out, since nothing can be said of them.
    """
    from groundsmith.datasets import Dataset

    kinds = Counter[str]()
    changed = 0

    def clean(data: dict[str, Any]) -> dict[str, Any]:
        nonlocal changed
        before = kinds.total()
        cleaned: dict[str, Any] = {name: _clean(name, value, detector, kinds) for name, value in data.items()}
        changed += kinds.total() > before
        tick(1)
        return cleaned

    with Dataset(path) as dataset:
        tick(0, total=dataset.count())
        records = dataset.rewrite(output, clean)
    return Redaction(records=records, changed=changed, kinds=dict(kinds.most_common()))


def _clean(name: str, value: Any, detector: Detector, kinds: Counter[str]) -> Any:  # noqa: ANN401 - JSON
    if name in _KEPT:
        return value
    if isinstance(value, str):
        found = detector.find(value)
        kinds.update(str(each.kind) for each in found)
        return redact(value, found) if found else value
    if isinstance(value, list):
        return [_clean(name, each, detector, kinds) for each in value]
    if isinstance(value, dict):
        return {key: _clean(key, each, detector, kinds) for key, each in value.items()}
    return value
