"""Which kind of sample a planned item is to become: the one of the settings, a user's own, or several in turn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from knowledge.errors import SettingsError
from knowledge.identity import digest

if TYPE_CHECKING:
    from generate.strategy.recipe import Recipe
    from generate.task import Task
    from graph.concept import Concept
    from graph.network import ConceptGraph
    from groundsmith.planning import Planned
    from groundsmith.settings import Settings

KIND = "kind"
"""The condition by which several kinds take turns."""

_LANGUAGES = {
    "en": "English", "de": "German", "fr": "French", "es": "Spanish", "it": "Italian", "nl": "Dutch", "pt": "Portuguese",
    "pl": "Polish", "sv": "Swedish", "da": "Danish", "fi": "Finnish", "cs": "Czech", "tr": "Turkish", "ar": "Arabic",
    "zh": "Chinese", "ja": "Japanese", "ko": "Korean", "hi": "Hindi", "ru": "Russian", "uk": "Ukrainian", "el": "Greek",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Kinds:
    """The tasks of a run, by kind and by how many documents the passages come from."""

    by_name: Mapping[str, tuple[Task, Task]]
    first: str

    @property
    def tasks(self) -> tuple[Task, ...]:
        """Every task that the run may use."""
        return tuple(task for pair in self.by_name.values() for task in pair)

    @property
    def digest(self) -> str:
        """A digest of all that the tasks say; another one when a task's file was changed."""
        return digest([repr(task) for task in self.tasks])[:12]

    def of(self, planned: Planned) -> Task:
        """Return the task for a planned item: of its kind, and for two documents at level 3."""
        one, two = self.by_name[planned.conditions.get(KIND, self.first)]
        return two if planned.level == 3 else one


def kinds(settings: Settings, recipe: Recipe) -> Kinds:
    """Return the tasks that the settings ask for; raises SettingsError for a kind that does not exist or cannot be drawn."""
    from generate.task import across, task_file

    if settings.task.file is not None:
        own = _adapted(settings, task_file(settings.task.file), recipe)
        return Kinds(by_name={own.kind: (own, across(own))}, first=own.kind)
    names = settings.task.mix or (settings.task.name,)
    pairs: dict[str, tuple[Task, Task]] = {}
    for name in names:
        task = known_task(name)
        if task.documents == 2 and min(settings.sampling.levels) < 3:
            raise SettingsError(f"task {name} needs two documents: set sampling.levels to [3]")
        pairs[name] = (_adapted(settings, task, recipe), _adapted(settings, across(task), recipe))
    return Kinds(by_name=pairs, first=names[0])


def known_task(name: str) -> Task:
    """Return the kind that ships under a name, with hyphens or underscores; raises SettingsError for an unknown one."""
    from generate.task import PRESETS, task_from

    plain = name.replace("-", "_")
    if plain not in PRESETS:
        import difflib

        known = [each.replace("_", "-") for each in PRESETS if each not in _INNER]
        near = difflib.get_close_matches(name, known, n=1)
        remedy = f'did you mean "{near[0]}"?' if near else f"known are {', '.join(known)}; or set task.file"
        raise SettingsError(f'task.name: there is no kind "{name}"; {remedy}')
    return task_from(plain, {})


_INNER = frozenset(("question_answer_across", "question_for_answer"))


def listing() -> list[tuple[str, str]]:
    """Return the kinds that ship with a line on each."""
    from generate.task import PRESETS

    return [(task.name.replace("_", "-"), task.summary) for name, task in PRESETS.items() if name not in _INNER]


def _adapted(settings: Settings, task: Task, recipe: Recipe) -> Task:
    """Return the task with the role, words, length and language of the settings."""
    changes: dict[str, Any] = {"instruction": task.instruction}
    if settings.task.role:
        changes["role"] = settings.task.role
    if settings.task.instruction:
        changes["instruction"] += f" {settings.task.instruction}"
        changes["stress"] = settings.task.instruction
    if settings.task.language != "en":
        changes["language"] = _LANGUAGES.get(settings.task.language, settings.task.language)
    if task.is_plain and not task.checks:
        most = settings.generation.sentences
        changes["instruction"] += f" The answer has at most {most} sentence{'s' if most > 1 else ''}."
        changes["sentences"] = most
    return replace(task, **changes)


def siblings(graph: ConceptGraph | None, concepts: Sequence[Concept], number: int) -> tuple[Concept, ...]:
    """Return up to `number` concepts near the given ones: their strongest neighbours in the graph, best first."""
    from graph.concept import Layer

    if graph is None or number == 0:
        return ()
    own = {concept.id for concept in concepts}
    found: dict[str, Concept] = {}
    for concept in concepts:
        for near in graph.neighbours(concept.id, layer=Layer.CONCEPT_CONCEPT, limit=number + len(own)):
            if near.concept_id not in own:
                found.setdefault(near.concept_id, graph.concepts[near.concept_id])
    return tuple(found.values())[:number]
