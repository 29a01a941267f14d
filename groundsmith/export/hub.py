"""A dataset folder as Hugging Face keeps them: Parquet by part, a card, Croissant metadata, lineage; and the push of it.

The card says what was measured of the rows and nothing else; texts of documents are shown as text.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, get_args, get_origin

from groundsmith.export.form import Form, Job
from groundsmith.export.lineage import FORMS as LINEAGE
from groundsmith.export.table import chosen, write_parquet
from groundsmith.record import shape
from groundsmith.row import DatasetRow
from knowledge.errors import UsageError

if TYPE_CHECKING:
    from groundsmith.row import RowEvidence

_CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
"""The context that Croissant 1.0 prescribes."""
_TYPES = {str: "sc:Text", bool: "sc:Boolean", int: "sc:Integer", float: "sc:Float"}
_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))
_MARKS = re.compile(r"([\\`*_{}\[\]<>#|!])")


class Hub(Protocol):
    """What is needed of `huggingface_hub.HfApi`."""

    def create_repo(self, repo_id: str, *, repo_type: str, private: bool, exist_ok: bool) -> object:
        """Make a repository, unless it is there."""

    def upload_folder(
        self, *, repo_id: str, repo_type: str, folder_path: str, commit_message: str, ignore_patterns: list[str]
    ) -> object:
        """Send the files of a folder."""


def _hub(parts: Mapping[str, list[DatasetRow]], folder: Path, job: Job) -> int:
    """Write the folder: data/PART.parquet, README.md, croissant.json, lineage.nt."""
    (folder / "data").mkdir()
    found = {part: rows for part, rows in parts.items() if rows or len(parts) == 1}
    for part, rows in found.items():
        with (folder / "data" / f"{part}.parquet").open("wb") as file:
            write_parquet(rows, file, job)
    every = [chosen(row, job.options) for rows in found.values() for row in rows]
    with (folder / "lineage.nt").open("wb") as file:
        writer = LINEAGE[0].file
        if writer is not None:
            writer(every, file, job)
    (folder / "README.md").write_text(card(found, job), encoding="utf-8", errors="replace")
    (folder / "croissant.json").write_text(croissant(folder, found, job), encoding="utf-8", errors="replace")
    return len(every)


def card(parts: Mapping[str, list[DatasetRow]], job: Job) -> str:
    """Return the dataset card: front matter that the hub reads, then what the set is and what was measured."""
    every = [row for rows in parts.values() for row in rows]
    language = job.origin.record.get("settings", {}).get("task", {}).get("language")
    head = front(
        title=job.origin.title, rows=len(every), licence=job.origin.licence, language=language, parts=tuple(parts)
    )
    return f"{head}{_body(parts, every, job)}"


def front(*, title: str, rows: int, licence: str | None, language: str | None, parts: Sequence[str] = ()) -> str:
    """Return the front matter of a card, as the hub reads it; `parts` name the files under data/, found by name when none is given."""
    import yaml

    found: dict[str, Any] = {
        "pretty_name": title,
        "task_categories": ["question-answering", "text-generation"],
        "size_categories": [next((name for most, name in _SIZES if rows < most), "n>1M")],
        "tags": ["synthetic", "groundsmith", "croissant"],
    }
    if parts:
        files = [{"split": part, "path": f"data/{part}.parquet"} for part in parts]
        found["configs"] = [{"config_name": "default", "data_files": files}]
    found |= {"license": licence} if licence else {}
    found |= {"language": [language]} if language else {}
    return f"---\n{yaml.safe_dump(found, sort_keys=False, allow_unicode=True)}---\n\n"


def _body(parts: Mapping[str, list[DatasetRow]], every: Sequence[DatasetRow], job: Job) -> str:
    documents: dict[str, RowEvidence] = {each.document: each for row in every for each in row.evidence}
    sure = [row.confidence for row in every if row.confidence is not None]
    mean = f"{sum(sure) / len(sure):.3f}" if sure else "not judged"
    proven = sum(row.multi_hop is not None and row.multi_hop.proven for row in every)
    shares = "\n".join(f"| {part} | {len(rows)} |" for part, rows in parts.items())
    sources = "\n".join(
        f"- {shown(each.title or each.source)} ({shown(each.source)}, version {each.version})"
        for each in sorted(documents.values(), key=lambda each: each.source)
    )
    record = job.origin.record
    return f"""# {shown(job.origin.title)}

Questions and answers written from documents by a language model, each answer verified claim by claim against them. The rows are synthetic.

| part | rows |
|---|---|
{shares}

| | |
|---|---|
| verdicts | {_counted(row.verdict for row in every)} |
| kinds | {_counted(row.kind for row in every)} |
| mean confidence of the judge | {mean} |
| rows that need two documents, proven | {proven} |
| reviewed by people | {sum(row.reviewed is not None for row in every)} |
| written by | {_counted(row.model or "not stated" for row in every)} |
| judged by | {shown(record.get("judge") or "not stated")} |
| run | {shown(job.origin.run or "not stated")} |

Each row holds `question` and `answer`, the passages they rest on (`evidence`: document, version, page, headings, characters), and for every
claim of the answer its verdict and the stretch that decided it (`claims`). `lineage.nt` says the same in PROV-O, `croissant.json`
describes the columns. `conditions` and `parts` are JSON text.

## Sources

{sources or "None stated."}

## Limits

A verdict is a model's and a rule's judgement, with errors; `confidence` is how sure it is. Answers hold for the versions of the documents
named above and may be outdated by later ones.
"""


def _counted(values: Any) -> str:  # noqa: ANN401 - an iterable of texts
    return ", ".join(f"{shown(name)} {count}" for name, count in Counter(values).most_common())


def shown(text: object) -> str:
    """Return a text so that Markdown shows it as it is, on one line."""
    return _MARKS.sub(r"\\\1", " ".join(str(text).split()))


def croissant(folder: Path, parts: Mapping[str, list[DatasetRow]], job: Job) -> str:
    """Return Croissant 1.0 metadata (mlcommons.org/croissant/1.0) of the Parquet files in `folder`: a record set a part."""
    distribution = [_file_object(folder / "data" / f"{part}.parquet", part) for part in parts]
    described: dict[str, Any] = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "name": re.sub(r"[^A-Za-z0-9_-]+", "-", job.origin.title).strip("-") or "groundsmith",
        "description": "Questions and answers, verified claim by claim against the documents they were written from.",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "url": f"urn:groundsmith:dataset:{job.origin.run or 'export'}",
        "version": "1.0.0",
        "datePublished": max((row.created for rows in parts.values() for row in rows), default="") or "1970-01-01",
        "creator": {"@type": "sc:Organization", "name": "Groundsmith"},
        "citeAs": f"Groundsmith dataset {job.origin.run}".strip(),
        "license": job.origin.licence or "not stated",
        "distribution": distribution,
        "recordSet": [_record_set(part) for part in parts],
    }
    return json.dumps(described, ensure_ascii=False, indent=2) + "\n"


def _file_object(path: Path, part: str) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": f"{part}-file",
        "name": f"{part}-file",
        "contentUrl": f"data/{path.name}",
        "encodingFormat": "application/x-parquet",
        "contentSize": f"{path.stat().st_size} B",
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
    }


def _record_set(part: str) -> dict[str, Any]:
    """Return what a part's columns are: those of text, figures and truth values; lists and objects stand in the Parquet schema."""
    meant = {item.name for item in fields(DatasetRow)}
    columns = [(name, kind) for name, hint, _ in shape(DatasetRow) if name in meant and (kind := _kind(hint))]
    return {
        "@type": "cr:RecordSet",
        "@id": part,
        "name": part,
        "key": {"@id": f"{part}/id"},
        "field": [
            {
                "@type": "cr:Field",
                "@id": f"{part}/{name}",
                "name": name,
                "dataType": kind,
                "source": {"fileObject": {"@id": f"{part}-file"}, "extract": {"column": name}},
            }
            for name, kind in columns
        ],
    }


def _kind(hint: Any) -> str | None:  # noqa: ANN401 - a type
    """Return the Croissant type of a column, None for one of lists or objects."""
    options = [each for each in get_args(hint) if each is not type(None)] if get_args(hint) else [hint]
    if get_origin(hint) is Mapping:
        return _TYPES[str]
    if get_origin(hint) is tuple or is_dataclass(options[0]):
        return None
    return _TYPES.get(options[0])


def push(folder: Path, repository: str, *, variable: str, private: bool = True, hub: Hub | None = None) -> str:
    """Send a folder to the hub and return where it lies; `variable` names the environment variable that holds the token.

    `hub` replaces the client. Raises UsageError when the variable is not set, or the name is not owner/name.
    """
    if not re.fullmatch(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*", repository):
        raise UsageError(f"--push {repository}: write it as owner/name")
    if hub is None:
        token = os.environ.get(variable)
        if not token:
            raise UsageError(
                f"--push {repository}: the variable {variable} is not set; put your token for the hub there"
            )
        hub = _client(token)
    hub.create_repo(repository, repo_type="dataset", private=private, exist_ok=True)
    hub.upload_folder(
        repo_id=repository,
        repo_type="dataset",
        folder_path=str(folder),
        commit_message="Add the rows, their card and their lineage",
        ignore_patterns=[".groundsmith-export"],
    )
    return f"https://huggingface.co/datasets/{repository}"


def _client(token: str) -> Hub:
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    from huggingface_hub import HfApi

    client: Hub = HfApi(token=token)
    return client


FORMS = (
    Form(
        name="hf",
        family="archive",
        summary="a Hugging Face folder: Parquet, card, Croissant metadata, lineage; --push sends it",
        folder=_hub,
    ),
)
