"""A workspace for documents that need none: made in the user's cache, keyed by what the documents hold, and used again."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from knowledge.errors import UsageError

if TYPE_CHECKING:
    from groundsmith.render import Ticker
    from groundsmith.workspace import Workspace

READY = "ready"


def workspace_of(
    documents: Path,
    *,
    tick: Ticker,
    overrides: Mapping[str, str] | None = None,
    cache: Path | None = None,
) -> Workspace:
    """Return a workspace, open, that holds the documents under a folder, or one file; it is filled when it is new.

    A filling that was killed goes on where it stopped. `cache` is the folder of such workspaces, by default
    `groundsmith/against` in the user's cache. Raises UsageError when there is nothing to read.
    """
    from groundsmith.workspace import Workspace

    root = (cache or cache_folder(os.environ)) / contents(documents)
    Workspace.create(root).close()
    workspace = Workspace.open(root, overrides=overrides)
    try:
        _fill(workspace, documents, tick=tick)
    except BaseException:
        workspace.close()
        raise
    return workspace


def bare_workspace(*, overrides: Mapping[str, str] | None = None, cache: Path | None = None) -> Workspace:
    """Return a workspace without documents, open: it only remembers what rows were judged by their own passages."""
    from groundsmith.workspace import Workspace

    root = (cache or cache_folder(os.environ)) / "rows"
    Workspace.create(root).close()
    return Workspace.open(root, overrides=overrides)


def cache_folder(environment: Mapping[str, str]) -> Path:
    """Return the folder of such workspaces: under XDG_CACHE_HOME, else under ~/.cache."""
    base = environment.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "groundsmith" / "against"


def contents(documents: Path) -> str:
    """Return a digest of the names and bytes of the files that an ingest would read; raises UsageError without any."""
    from knowledge.files import bytes_digest, find
    from knowledge.identity import digest

    if not documents.exists():
        raise UsageError(f"--against {documents}: is not there; name a folder of documents, or one document")
    base = documents.absolute() if documents.is_dir() else documents.absolute().parent
    try:
        files = [
            [os.path.relpath(each.path, base).encode("utf-8", "backslashreplace").decode(), bytes_digest(each.path)]
            for each in find([documents])
            if not each.skip
        ]
    except OSError as error:
        raise UsageError(f"--against {documents}: {error.filename} cannot be read ({error.strerror})") from error
    if not files:
        raise UsageError(f"--against {documents}: holds no document; name a folder with documents")
    return digest(files)


def _fill(workspace: Workspace, documents: Path, *, tick: Ticker) -> None:
    """Read the documents, unless that was done with the same settings before."""
    from groundsmith.ingestion import ingest_into
    from groundsmith.record import encode
    from knowledge.identity import digest

    made = digest([encode(workspace.settings.library), encode(workspace.settings.embedding)])
    ready = workspace.state / READY
    if ready.is_file() and ready.read_text(encoding="ascii") == made:
        return
    root = documents.absolute() if documents.is_dir() else documents.absolute().parent
    report = ingest_into(workspace, [documents], prune=True, tick=tick, root=root)
    if not workspace.library.passage_count():
        wrong = next((outcome for outcome in report.outcomes if outcome.error), None)
        reason = f" ({wrong.source}: {wrong.error})" if wrong else ""
        raise UsageError(f"--against {documents}: no document could be read{reason}")
    ready.write_text(made, encoding="ascii")
