"""Every merge of the graph as something a person can read and undo."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from graph.canonical import canonical_key, concept_id, plain_form
from graph.network import ConceptGraph
from graph.store import GraphStore
from knowledge.errors import UsageError

_REASONS: Final = {
    "spelling": "equal but for spaces or American spelling",
    "abbreviation": "the documents expand the short form so",
    "form": "equal but for plural, case, hyphens, quotes or possessive",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Taken:
    """A form that was taken for a concept: the concept's id, key and label, the form, the rule, and why.

    `document_id` is the only document where it holds, None for everywhere.
    """

    concept_id: str
    kept: str
    label: str
    form: str
    rule: str
    reason: str
    document_id: str | None = None


def taken(graph: ConceptGraph) -> list[Taken]:
    """Return every merge, in order of rule, concept and form."""
    found = [*_logged(graph), *_forms(graph)]
    return sorted(found, key=lambda one: (one.rule, one.kept, one.form, one.document_id or ""))


def _logged(graph: ConceptGraph) -> Iterator[Taken]:
    for merge in graph.merges:
        concept = graph.concepts.get(concept_id(merge.kept))
        yield Taken(
            concept_id=concept_id(merge.kept),
            kept=merge.kept,
            label=concept.label if concept else merge.kept,
            form=merge.merged,
            rule=merge.rule,
            reason=_REASONS[merge.rule],
            document_id=merge.document_id,
        )


def _forms(graph: ConceptGraph) -> Iterator[Taken]:
    for concept in graph.concepts.values():
        names = (concept.label, *concept.aliases)
        forms = {plain_form(name) for name in names if canonical_key(name) == concept.key}
        stays = concept.key if concept.key in forms else plain_form(concept.label)
        for form in sorted(forms - {stays}):
            yield Taken(
                concept_id=concept.id,
                kept=concept.key,
                label=concept.label,
                form=form,
                rule="form",
                reason=_REASONS["form"],
            )


def undo(graph: ConceptGraph, store: GraphStore, name: str, form: str) -> Taken:
    """Keep `form` apart from the concept `name` for good and return the merge that ends.

    Raises UsageError when the concept has no such merge.
    """
    concept = graph.find(name)
    keys = {canonical_key(form), plain_form(form)}
    here = [one for one in taken(graph) if concept is not None and one.concept_id == concept.id]
    match = next((one for one in here if one.form in keys), None)
    if match is None:
        known = ", ".join(f'"{one.form}"' for one in here[:8]) or "none"
        raise UsageError(
            f'"{form}": not merged into "{name}"; merged forms: {known} (see `groundsmith graph show --merges`)'
        )
    store.keep_apart(match.kept, match.form)
    return match
