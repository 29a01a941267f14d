"""Datasets that are folders: a Hugging Face dataset, and BEIR with its corpus, queries and judgements.

A folder is copied file by file into a folder beside, with the rows annotated in the files that hold them; every other file
is copied as it is. Neither needs the library that made it.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import Any

from groundsmith.atomic import whole_folder
from groundsmith.encoding import open_bytes, open_text
from groundsmith.huggingface import with_features
from groundsmith.records import Additions, Format, Record
from knowledge.errors import UsageError

MARK = ".groundsmith-verified"
_DATA = (".parquet", ".arrow", ".jsonl", ".ndjson", ".json", ".csv", ".tsv")
_NOT_DATA = frozenset(
    "dataset_info.json dataset_infos.json dataset_dict.json state.json croissant.json corpus.jsonl corpus.jsonl.gz".split()
)
Detect = Callable[[Path], Format]


def folder(path: Path, detect: Detect) -> FileSet | Beir:
    """Return the dataset in a folder; `detect` tells the format of a file. Raises UsageError when there is none."""
    queries = [path / name for name in ("queries.jsonl", "queries.jsonl.gz") if (path / name).is_file()]
    if queries:
        return Beir(path, queries[0], detect)
    files = sorted(_data_files(path))
    if not files:
        raise UsageError(
            f"{path}: holds no dataset; give a folder with parquet, arrow, jsonl or csv files, or with queries.jsonl"
        )
    return FileSet(path, files, detect)


def _data_files(path: Path) -> Iterator[Path]:
    for found in path.rglob("*"):
        inner = found.relative_to(path)
        endings = [ending.lower() for ending in found.suffixes if ending != ".gz"]
        hidden = any(part.startswith(".") for part in inner.parts)
        if not hidden and endings and endings[-1] in _DATA and found.name not in _NOT_DATA and found.is_file():
            yield inner


class FileSet:
    """A folder of data files, as a dataset of Hugging Face is stored or saved; records run through all files in order of name."""

    ending = ""

    def __init__(self, path: Path, files: list[Path], detect: Detect) -> None:
        self._path = path
        self._files = files
        self._formats = [detect(path / file) for file in files]

    def count(self) -> int:
        """Return how many records there are."""
        return sum(each.count() for each in self._formats)

    def records(self) -> Iterator[Record]:
        """Yield the records of each file; their numbers go on from file to file."""
        before = 0
        for file, each in zip(self._files, self._formats, strict=True):
            number = 0
            for record in each.records():
                number = record.number
                yield replace(record, number=before + number, file=str(file))
            before += number

    def copy(self, output: Path, rows: Iterable[tuple[Record, Additions]], columns: Mapping[str, type]) -> None:
        """Write the folder anew; descriptions of features take in the added columns."""
        with _beside(self._path, output) as target:
            _copy_others(self._path, target, besides={*self._files}, columns=columns)
            waiting = groupby(rows, key=lambda row: row[0].file)
            name, group = next(waiting, ("", iter(())))
            for file, each in zip(self._files, self._formats, strict=True):
                (target / file).parent.mkdir(parents=True, exist_ok=True)
                mine = group if name == str(file) else iter(())
                with (target / file).open("wb") as written:
                    each.write(written, mine, columns)
                if name == str(file):
                    name, group = next(waiting, ("", iter(())))


class Beir:
    """A folder with `corpus.jsonl`, `queries.jsonl` and `qrels/*.tsv`: each query with the passages judged relevant to it."""

    ending = ""

    def __init__(self, path: Path, queries: Path, detect: Detect) -> None:
        self._path = path
        self._queries = queries
        self._format = detect(queries)
        corpora = [path / name for name in ("corpus.jsonl", "corpus.jsonl.gz") if (path / name).is_file()]
        self._corpus = corpora[0] if corpora else None

    def count(self) -> int:
        """Return how many queries there are."""
        return self._format.count()

    def records(self) -> Iterator[Record]:
        """Yield the queries, each with the texts of its relevant passages."""
        relevant = self._relevant()
        places = self._places({name for names in relevant.values() for name in names})
        with _Corpus(self._corpus, places) as corpus:
            for record in self._format.records():
                names = relevant.get(str((record.data or {}).get("_id")), [])
                texts = (corpus.text(name) for name in names)
                yield replace(record, contexts=tuple(text for text in texts if text), file=self._queries.name)

    def _relevant(self) -> dict[str, list[str]]:
        """Return the passages of each query, of all judgements, those with the highest score first."""
        found: dict[str, dict[str, float]] = {}
        for file in sorted(self._path.glob("qrels/*.tsv")):
            with open_text(file) as lines:
                for line in lines:
                    cells = line.rstrip("\r\n").split("\t")
                    if len(cells) >= 3 and (score := _score(cells[-1])) > 0:
                        found.setdefault(cells[0], {})[cells[-2]] = score
        return {query: sorted(scores, key=lambda name: (-scores[name], name)) for query, scores in found.items()}

    def _places(self, wanted: set[str]) -> dict[str, int]:
        """Return where in the corpus each wanted passage begins, in bytes."""
        places: dict[str, int] = {}
        if self._corpus is None or not wanted:
            return places
        with open_bytes(self._corpus) as file:
            at = 0
            for line in file:
                name = _loaded(line).get("_id")
                if str(name) in wanted:
                    places[str(name)] = at
                at += len(line)
        return places

    def copy(self, output: Path, rows: Iterable[tuple[Record, Additions]], columns: Mapping[str, type]) -> None:
        """Write the folder anew with annotated queries."""
        name = Path(self._queries.name.removesuffix(".gz"))
        with _beside(self._path, output) as target:
            _copy_others(self._path, target, besides={Path(self._queries.name)}, columns={})
            with (target / name).open("wb") as written:
                self._format.write(written, rows, columns)


class _Corpus:
    """Passages of BEIR read where they stand."""

    def __init__(self, path: Path | None, places: Mapping[str, int]) -> None:
        self._file = open_bytes(path) if path and places else None
        self._places = places

    def text(self, name: str) -> str:
        """Return title and text of a passage, empty when it is not there."""
        if self._file is None or name not in self._places:
            return ""
        self._file.seek(self._places[name])
        data = _loaded(self._file.readline())
        parts = [str(data.get(key) or "").strip() for key in ("title", "text")]
        return "\n\n".join(part for part in parts if part)

    def __enter__(self) -> _Corpus:
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()


def _loaded(line: bytes) -> dict[str, Any]:
    """Return a line of JSON as an object; an empty one when it is none, since a torn passage is a missing passage."""
    try:
        data = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}


def _score(cell: str) -> float:
    """Return a judgement of relevance; the header and what is no number are 0."""
    try:
        return float(cell)
    except ValueError:
        return 0.0


@contextmanager
def _beside(source: Path, output: Path) -> Iterator[Path]:
    """Yield a new folder that becomes `output` when the block ends well; an earlier copy there is replaced, nothing else."""
    whole = output.expanduser().resolve()
    if whole == source.resolve() or source.resolve() in whole.parents:
        raise UsageError(f"{output}: lies in the dataset itself; choose another --output")
    with whole_folder(output, mark=MARK, kind="annotated copy") as part:
        yield part


def _copy_others(source: Path, target: Path, *, besides: set[Path], columns: Mapping[str, type]) -> None:
    """Copy every file that holds no rows; hidden ones, and what links point to outside the folder, are left out."""
    for found in sorted(source.rglob("*")):
        inner = found.relative_to(source)
        if inner in besides or any(part.startswith(".") for part in inner.parts) or not found.is_file():
            continue
        if found.is_symlink() and not found.resolve().is_relative_to(source.resolve()):
            continue
        (target / inner).parent.mkdir(parents=True, exist_ok=True)
        described = with_features(found, columns) if columns else None
        if described is None:
            shutil.copyfile(found, target / inner)
        else:
            (target / inner).write_text(described, encoding="utf-8")
