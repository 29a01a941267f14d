"""What people said of a dataset's rows: the label's column, and the words in use for right and wrong."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from knowledge.errors import RowError

COLUMNS = (
    *("label", "supported", "is_supported", "correct", "is_correct", "right", "human_label", "gold_label", "gold"),
    *("reviewed", "faithful", "grounded", "accepted", "approved"),
)
RIGHT = frozenset(
    "true t 1 yes y supported support supports entailed entailment entails correct right accept accepted edited approve approved"
    " pass passed ok good keep kept faithful grounded consistent attributable".split()
)
WRONG = frozenset(
    "false f 0 no n unsupported refuted refutes contradicted contradiction contradicts neutral conflicting incorrect wrong"
    " reject rejected fail failed bad drop dropped unfaithful ungrounded inconsistent hallucinated hallucination nei".split()
) | {
    *("not supported", "not enough evidence", "not enough info", "not enough information", "not entailed"),
    *("not entailment", "non entailment", "not attributable", "not correct"),
}


def label_of(record: Mapping[str, Any], column: str | None = None, *, part: int = 0) -> bool | None:
    """Return whether a person said that the row is right; None when nothing was said.

    `column` names the label's column, None takes the first of COLUMNS that is there. A list holds a label for each reply of a
    conversation, of which `part` is wanted. Raises RowError for a column that is not there and a word that is not known.
    """
    name = _column(record, column)
    value = record[name]
    if isinstance(value, list):
        value = value[part] if part < len(value) else None
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    word = _word(value)
    if word in RIGHT:
        return True
    if word in WRONG:
        return False
    raise RowError(f"the label {str(value)[:40]!r} in {name!r} is not known; write true or false")


def _column(record: Mapping[str, Any], column: str | None) -> str:
    if column is not None:
        if column not in record:
            raise RowError(f"there is no column {column!r} for --label-column among {_listed(record)}")
        return column
    names = {_folded(key): key for key in record}
    found = next((names[_folded(name)] for name in COLUMNS if _folded(name) in names), None)
    if found is None:
        raise RowError(f"no label among the columns {_listed(record)}; name it with --label-column")
    return found


def _word(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return re.sub(r"[\s_-]+", " ", str(value)).strip().lower()


def _folded(key: object) -> str:
    return re.sub(r"[^a-z0-9]", "", str(key).lower())


def _listed(record: Mapping[str, Any]) -> str:
    return ", ".join(repr(str(key)[:40]) for key in list(record)[:12]) or "none"
