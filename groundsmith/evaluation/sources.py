"""Documents that a dataset is compared with: those of a workspace, or files read as they come."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from groundsmith.evaluation.privacy import PASSAGES, Against
from knowledge.errors import DocumentError, UsageError

if TYPE_CHECKING:
    from groundsmith.render import Ticker
    from groundsmith.workspace import Workspace
    from knowledge.document import Document


def documents_in(paths: Sequence[Path], *, option: str) -> Iterator[Document]:
    """Yield the documents under paths, one at a time; raises UsageError for a path that is not there or holds nothing to read."""
    from knowledge.files import find
    from knowledge.load import load_file

    for path in paths:
        if not path.exists():
            raise UsageError(f"{option} {path}: is not there; name a file or a folder")
        read, reason = 0, ""
        for found in find([path]):
            if found.skip:
                continue
            try:
                yield load_file(found.path, source=str(found.path))
                read += 1
            except DocumentError as error:
                reason = f" ({error})"
                if path.is_file():
                    raise UsageError(f"{option} {path}: cannot be read{reason}") from error
        if not read:
            raise UsageError(f"{option} {path}: no document could be read{reason}")


def of_files(
    sources: Sequence[Path],
    *,
    sensitive: Sequence[Path] = (),
    withheld: Sequence[Path] = (),
    canaries: Sequence[str] = (),
) -> Against:
    """Return what to compare with where there is no workspace; the sources are read again each time they are asked for."""
    drawn: list[tuple[str, str]] = []
    seen, draw = 0, random.Random(7)
    for document in documents_in(sources, option="--sources"):
        for text in passages_of(document):
            if len(drawn) < PASSAGES:
                drawn.append((text, document.source))
            elif (place := draw.randrange(seen + 1)) < PASSAGES:
                drawn[place] = (text, document.source)
            seen += 1
    return Against(
        documents=lambda: (document.text for document in documents_in(sources, option="--sources")),
        sensitive=named(sensitive, option="--sensitive"),
        canaries=tuple(canaries),
        passages=drawn,
        withheld=passages_from(withheld),
    )


def of_workspace(
    workspace: Workspace,
    *,
    sensitive: Sequence[Path] = (),
    withheld: Sequence[Path] = (),
    canaries: Sequence[str] = (),
    tick: Ticker | None = None,
) -> Against:
    """Return what to compare with of a workspace: its documents, and the files and strings that its settings mark."""
    library = workspace.library
    drawn = [(passage.text, passage.document_id) for passage in library.passages()]
    drawn = random.Random(7).sample(drawn, min(len(drawn), PASSAGES))
    marked = workspace.settings.privacy
    files = (*sensitive, *sensitive_files(workspace.root, marked.sensitive or ()))
    return Against(
        documents=lambda: (library.document_text(entry.id) for entry in library.documents()),
        sensitive=named(files, option="privacy.sensitive"),
        canaries=(*canaries, *(marked.canaries or ())),
        passages=drawn,
        withheld=passages_from(withheld),
    )


def sensitive_files(root: Path, names: Sequence[str]) -> list[Path]:
    """Return the paths of a setting, relative to the folder of its file."""
    return [root / Path(name).expanduser() for name in names]


def named(paths: Sequence[Path], *, option: str) -> list[tuple[str, str]]:
    """Return the names and texts of the documents under paths."""
    return [(Path(document.source).name, document.text) for document in documents_in(paths, option=option)]


def passages_from(paths: Sequence[Path], *, most: int = 1_000) -> list[str]:
    """Return passages of the documents under paths, the first `most`."""
    found: list[str] = []
    for document in documents_in(paths, option="--withheld"):
        found += passages_of(document)
        if len(found) >= most:
            break
    return found[:most]


def passages_of(document: Document) -> list[str]:
    """Return the texts of a document's passages."""
    from knowledge.split import split

    return [passage.text for passage in split(document)]
