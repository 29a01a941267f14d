"""One condition of the settings in its full form: from YAML to `ConditionSetting`, or a SettingsError with the remedy."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from groundsmith.sections import ConditionSetting
from knowledge.errors import SettingsError

if TYPE_CHECKING:
    from groundsmith.setting_value import Place

SOURCES = ("list", "concepts", "tree", "vocabulary", "model", "frames", "related", "topics", "words")
_KEYS = ("values", "weights", "from", "count", "unless", "ask", "file")


def condition_setting(name: str, value: Mapping[str, Any], place: Place) -> ConditionSetting:
    """Return the condition that a mapping describes; raises SettingsError naming place, setting and remedy."""
    where = f"{place.label}: {name}"
    for key in value:
        if key not in _KEYS:
            near = difflib.get_close_matches(str(key), _KEYS, n=1)
            raise SettingsError(
                f"{where} has no {key!r}; "
                + (f"did you mean {near[0]!r}?" if near else f"known are {', '.join(_KEYS)}")
            )
    source = str(value.get("from", "list"))
    if source not in SOURCES:
        raise SettingsError(f"{where} takes its values from {source!r}; it can be one of {', '.join(SOURCES)}")
    values = _texts(value.get("values", []), f"{where}.values")
    if source == "list" and not values:
        raise SettingsError(f"{where} has no values; list some, or say where they come from, as in {{from: frames}}")
    weights = value.get("weights", [])
    if not isinstance(weights, list) or not all(isinstance(each, int | float) for each in weights):
        raise SettingsError(f"{where}.weights must be a list of numbers")
    count = value.get("count", 3 if source == "words" else 8)
    if not isinstance(count, int) or not 1 <= count <= 500:
        raise SettingsError(f"{where}.count is {count!r}, but must be a whole number from 1 to 500")
    file = value.get("file")
    return ConditionSetting(
        values=values,
        weights=tuple(float(each) for each in weights),
        source=source,
        count=count,
        unless=_unless(value.get("unless", {}), f"{where}.unless"),
        ask=str(value.get("ask", "")),
        file=None if file is None else (place.folder / Path(str(file)).expanduser()).absolute(),
    )


def _texts(value: object, where: str) -> tuple[str, ...]:
    listed = value if isinstance(value, list) else [value]
    if any(isinstance(each, list | dict) or not str(each).strip() for each in listed):
        raise SettingsError(f"{where} must be a list of texts")
    return tuple(str(each) for each in listed)


def _unless(value: object, where: str) -> dict[str, dict[str, tuple[str, ...]]]:
    if not isinstance(value, Mapping) or not all(isinstance(each, Mapping) for each in value.values()):
        raise SettingsError(
            f"{where} must say for a value which values of others it excludes: {{legal: {{audience: [child]}}}}"
        )
    return {
        str(one): {str(other): _texts(excluded, where) for other, excluded in others.items()}
        for one, others in value.items()
    }
