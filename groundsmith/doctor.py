"""What is wrong with a workspace, and what to do about it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from knowledge.errors import GroundsmithError, StorageError

if TYPE_CHECKING:
    from groundsmith.workspace import Workspace
    from knowledge.entry import Refusal


@dataclass(frozen=True, kw_only=True, slots=True)
class Diagnosis:
    """One thing looked at: `state` is "good", "note" or "problem"."""

    state: str
    what: str
    remedy: str = ""


Check = Callable[["Workspace", bool], Iterator[Diagnosis]]


def examine(workspace: Workspace, *, repair: bool = False) -> list[Diagnosis]:
    """Look at database, documents, index, graph and models; with `repair`, rebuild what is derived."""
    checks = (_database, _documents, _index, _graph, _judge, _writer)
    return [finding for check in checks for finding in _found(check, workspace, repair)]


def _found(check: Check, workspace: Workspace, repair: bool) -> list[Diagnosis]:
    """Return what a check finds; one that cannot be made is a problem, and the others go on."""
    try:
        return list(check(workspace, repair))
    except (GroundsmithError, sqlite3.DatabaseError) as error:
        remedy = "restore groundsmith.db from a copy, or remove it and ingest again"
        return [Diagnosis(state="problem", what=str(error), remedy=remedy)]


def _database(workspace: Workspace, repair: bool) -> Iterator[Diagnosis]:
    problem = workspace.database.integrity()
    if problem:
        remedy = "restore groundsmith.db from a copy, or remove it and ingest again"
        yield Diagnosis(state="problem", what=f"the database is damaged: {problem}", remedy=remedy)
    else:
        yield Diagnosis(state="good", what="the database is sound")


def _documents(workspace: Workspace, repair: bool) -> Iterator[Diagnosis]:
    entries = workspace.library.documents()
    if not entries:
        yield Diagnosis(state="note", what="the library is empty", remedy="groundsmith ingest PATH")
    else:
        count = workspace.library.passage_count()
        yield Diagnosis(state="good", what=f"{len(entries)} documents, {count} passages")
    for refusal in workspace.library.refusals():
        yield Diagnosis(state="problem", what=refusal.reason, remedy=_remedy(refusal))
    for entry in entries:
        for warning in entry.warnings:
            yield Diagnosis(state="note", what=f"{entry.source}: {warning}")


def _remedy(refusal: Refusal) -> str:
    """Return what to do about a file or a page that could not be taken in."""
    from knowledge.fetch.fetcher import GONE

    if "://" not in refusal.location:
        return "mend or remove the file, then ingest again"
    if refusal.kind == GONE:
        return f"groundsmith ingest --prune {refusal.location} takes the page out of the library"
    return f"groundsmith ingest {refusal.location} tries it again"


def _index(workspace: Workspace, repair: bool) -> Iterator[Diagnosis]:
    wanted = workspace.library.passage_ids()
    try:
        missing, extra = workspace.index.check(wanted)
    except StorageError as error:
        yield _damaged_index(workspace, error, repair)
        return
    if not missing and not extra:
        yield Diagnosis(state="good", what="the index matches the library")
        return
    what = f"the index lacks {len(missing)} passages and has {len(extra)} too many"
    if not repair:
        yield Diagnosis(state="problem", what=what, remedy="groundsmith doctor --repair")
        return
    workspace.lock()
    workspace.index.sync(workspace.library.passages())
    yield Diagnosis(state="good", what=f"{what}; mended")


def _damaged_index(workspace: Workspace, error: StorageError, repair: bool) -> Diagnosis:
    """Return that the index cannot be read, or, with `repair`, that it was built anew from the library."""
    if not repair:
        return Diagnosis(state="problem", what=str(error), remedy="groundsmith doctor --repair")
    workspace.lock()
    count = workspace.index.rebuild(workspace.library.passages())
    return Diagnosis(state="good", what=f"the index was damaged; built anew with {count} passages")


def _graph(workspace: Workspace, repair: bool) -> Iterator[Diagnosis]:
    known = set(workspace.graph_store.documents())
    wanted = {entry.id for entry in workspace.library.documents()}
    if known == wanted:
        yield Diagnosis(state="good", what=f"the concept graph covers {len(known)} documents")
    else:
        what = f"the concept graph covers {len(known & wanted)} of {len(wanted)} documents"
        yield Diagnosis(state="note", what=what, remedy="groundsmith graph build")


def _judge(workspace: Workspace, repair: bool) -> Iterator[Diagnosis]:
    from groundsmith.models import entailment_model, second_model

    makers = ((entailment_model, "set verification.model: builtin"), (second_model, "set verification.second: null"))
    for make, remedy in makers:
        try:
            model = make(workspace.settings)
            if model is None:
                continue
            (scores,) = model.entail([("Asia contains Singapore.", "Singapore is in Asia.")])
        except GroundsmithError as error:
            yield Diagnosis(state="problem", what=str(error), remedy=remedy)
        else:
            yield Diagnosis(state="good", what=f"the entailment model {model.name} answers ({scores.entailment:.2f})")


def _writer(workspace: Workspace, repair: bool) -> Iterator[Diagnosis]:
    from generate.local import DEFAULT_MODEL, find_gguf
    from groundsmith.models import DEFAULT_REMOTE, is_remote

    model = workspace.settings.model
    if is_remote(workspace.settings):
        where = model.base_url or "OpenAI"
        yield Diagnosis(state="good", what=f"the language model is {model.name or DEFAULT_REMOTE} at {where}")
        return
    try:
        path = find_gguf(model.path or model.name or DEFAULT_MODEL, folders=(workspace.root / "models",))
    except GroundsmithError as error:
        yield Diagnosis(state="problem", what=str(error), remedy="needed for generate only")
    else:
        yield Diagnosis(state="good", what=f"the language model is {path.name}, run in this process")
