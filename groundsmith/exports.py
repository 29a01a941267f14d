"""Our rows in the formats that trainers, evaluators and archives read; every file and folder is written whole or not at all.

The forms are in `groundsmith.export`, a family a module. Lists of objects are JSON Lines, or one JSON list when the file's name ends
in .json.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from groundsmith.atomic import atomic, whole_folder, write_text
from groundsmith.export import evaluation, hub, lineage, recipes, table, training
from groundsmith.export.form import Form, Job, Options, Origin
from groundsmith.export.split import divided
from knowledge.errors import UsageError

if TYPE_CHECKING:
    from groundsmith.row import DatasetRow

__all__ = ["FOLDERS", "FORMS", "Options", "Origin", "export_parts", "export_rows", "form_of", "write_text"]

_EVERY = (*table.FORMS, *training.FORMS, *recipes.FORMS, *evaluation.FORMS, *hub.FORMS, *lineage.FORMS)
MARK: Final = ".groundsmith-export"
"""The file in a folder that shows it is an export, which another may replace."""
FORMS: dict[str, Form] = {form.name: form for form in _EVERY if form.file}
"""The forms that are one file, by name."""
FOLDERS: dict[str, Form] = {form.name: form for form in _EVERY if form.folder}
"""The forms that are a folder, by name."""


def form_of(name: str) -> Form:
    """Return the form of this name; raises UsageError for an unknown one, with a suggestion."""
    known = FORMS | FOLDERS
    if name not in known:
        close = difflib.get_close_matches(name, known, n=1)
        hint = f"did you mean {close[0]!r}?" if close else f"known are {', '.join(known)}"
        raise UsageError(f"--format {name}: not a format; {hint}")
    return known[name]


def export_rows(
    rows: Iterable[DatasetRow],
    output: Path,
    *,
    form: str,
    options: Options | None = None,
    origin: Origin | None = None,
) -> int:
    """Write the rows to `output` (`-` is standard output, for files) and return how many were written.

    Raises UsageError for an unknown form. `squad` leaves out rows without an evidence span that holds or supports the answer, `beir`
    those that no passage answers; `preference` writes pairs.
    """
    chosen = form_of(form)
    job = Job(options=options or Options(), origin=origin or Origin(), ending=output.suffix)
    if chosen.folder is not None:
        return _folder(chosen, {chosen.part: list(rows)}, output, job)
    if chosen.file is None:
        raise UsageError(f"--format {form}: cannot be written")
    with atomic(output) as file:
        return chosen.file(rows, file, job)


def export_parts(
    rows: Iterable[DatasetRow],
    output: Path,
    *,
    form: str,
    shares: dict[str, float],
    by: str = "passage",
    options: Options | None = None,
    origin: Origin | None = None,
) -> dict[str, int]:
    """Write the rows in parts that share no evidence: files NAME.PART.ending beside one another, or one folder with all parts.

    Returns how many rows each part has. Raises UsageError for an unknown form, or when all rows hang together.
    """
    chosen = form_of(form)
    if str(output) == "-":
        raise UsageError("--split writes several files; name one with --output, as in --output set.jsonl")
    parts = divided(list(rows), shares, by=by)
    job = Job(options=options or Options(), origin=origin or Origin(), ending=output.suffix)
    if chosen.folder is not None:
        _folder(chosen, parts, output, job)
        return {name: len(part) for name, part in parts.items()}
    return {
        name: export_rows(
            part, output.with_name(f"{output.stem}.{name}{output.suffix}"), form=form, options=options, origin=origin
        )
        for name, part in parts.items()
    }


def _folder(form: Form, parts: dict[str, list[DatasetRow]], output: Path, job: Job) -> int:
    with whole_folder(output, mark=MARK, kind="export") as folder:
        if form.folder is None:
            raise UsageError(f"--format {form.name}: is a file")
        return form.folder(parts, folder, job)
