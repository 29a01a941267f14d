"""Whether a row made under other settings still fits those of now: what is valid survives a changed parameter."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from knowledge.sentence import sentences

if TYPE_CHECKING:
    from groundsmith.row import DatasetRow
    from groundsmith.settings import Settings

_JUDGING = ("verification",)
_WRITING = ("task", "conditions", "sampling", "generation")
_COUNTING = frozenset(("count", "oversample", "draws", "seed", "epochs"))


class Fitness:
    """Holds rows to the present settings: their level, kind, conditions and length."""

    def __init__(self, settings: Settings) -> None:
        from groundsmith.conditioning import fixed_conditions
        from groundsmith.kinds import KIND, kinds

        self._settings = settings
        self._conditions = {each.name: each.values for each in fixed_conditions(settings) if each.name != KIND}
        self._kinds = {task.kind: task for task in kinds(settings, _recipe(settings)).tasks}

    def problem(self, row: DatasetRow) -> str:
        """Return what of a row the settings do not allow, with the setting's name; "" when it fits."""
        levels = self._settings.sampling.levels
        if row.level not in levels:
            return f"sampling.levels is {list(levels)}, the row's level is {row.level}"
        task = self._kinds.get(row.kind)
        if task is None:
            return f"the kinds asked for are {', '.join(sorted(self._kinds))}, the row's is {row.kind}"
        said = sum(1 for _ in sentences(row.answer))
        if task.sentences is not None and said > task.sentences:
            return f"generation.sentences is {task.sentences}, the answer has {said}"
        for name, values in self._conditions.items():
            if row.conditions.get(name) not in values:
                return (
                    f"conditions.{name} can be {', '.join(values)}, the row's is {row.conditions.get(name) or 'none'}"
                )
        return ""


def differences(before: Mapping[str, Any] | None, settings: Settings) -> tuple[list[str], bool]:
    """Return the names of the settings that decide rows and are others than before, and whether the judge is among them.

    A setting that there was not then, or is not any more, is passed over.
    """
    from groundsmith.record import encode
    from groundsmith.settings import CONDITIONS

    if before is None:
        return [], False
    names: list[str] = []
    now = encode(settings.resolved())
    for section in (*_WRITING, *_JUDGING):
        was, is_now = dict(before.get(section) or {}), dict(now.get(section) or {})
        known = {*was, *is_now} if section == CONDITIONS else {*was} & {*is_now}
        changed = {name for name in known if encode(was.get(name)) != is_now.get(name)} - _COUNTING
        names += [f"{section}.{name}" for name in sorted(changed)]
    return names, any(name.startswith(_JUDGING) for name in names)


def _recipe(settings: Settings) -> Any:  # noqa: ANN401 - a Recipe
    from groundsmith.authorship import recipe_of

    return recipe_of(settings, model=settings.model.name or "")
