"""One JSON document as records, read as a stream: a list of objects, an object that holds one, columns as lists, or SQuAD.

The file is gone through once to learn its form, then once for each reading, and no more than one item of its list is held.
Only an object of columns, each a list of its own, is read whole, since its rows lie across the file.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from groundsmith.encoding import open_text
from groundsmith.json_stream import Cursor
from groundsmith.records import Additions, Record, failed
from knowledge.errors import UsageError


@dataclass(frozen=True, kw_only=True, slots=True)
class _Member:
    """What stands under a key of the document: how many items when it is a list, and what kind they are."""

    key: str
    items: int = -1
    objects: bool = False
    articles: bool = False
    text: bool = False


class JsonDocument:
    """A JSON document; raises UsageError when the file is not JSON, or holds no object and no list."""

    ending = ".json"

    def __init__(self, path: Path) -> None:
        self._path = path
        self._key = ""
        self._squad = False
        self._columns: dict[str, list[Any]] | None = None
        self._count = 0
        self._listed = self._learn()

    def _learn(self) -> bool:
        """Find the form of the document; return whether it is a list itself."""
        with self._cursor() as cursor:
            start = cursor.peek()
            if start == "[":
                self._count = sum(1 for _ in cursor.values())
            elif start == "{":
                self._choose([_member(cursor, key) for key in cursor.members()])
            else:
                kind = type(cursor.value()).__name__
                raise UsageError(f"{self._path}: holds {kind}, but must hold a list of rows")
            cursor.finish()
        return start == "["

    def _choose(self, members: list[_Member]) -> None:
        """Say which member holds the rows; none, when the document is one row or a set of columns."""
        lists = [member for member in members if member.items > 0]
        self._count = 1
        if len(lists) == len(members) > 1 and len({member.items for member in lists}) == 1:
            self._columns = self._whole()
            self._count = lists[0].items
            return
        squad = [member for member in lists if member.key == "data" and member.articles]
        objects = [member for member in lists if member.objects]
        answered = any(member.key == "answer" and member.text for member in members)
        if squad:
            self._squad, self._key = True, "data"
            self._count = sum(1 for _ in self.records())
        elif len(objects) == 1 and not answered:
            self._key, self._count = objects[0].key, objects[0].items

    def _whole(self) -> dict[str, list[Any]]:
        with self._cursor() as cursor:
            document: dict[str, list[Any]] = cursor.value()
        return document

    @contextmanager
    def _cursor(self) -> Iterator[Cursor]:
        with open_text(self._path) as file:
            try:
                yield Cursor(file)
            except (ValueError, RecursionError) as error:
                reason = "nested too deeply" if isinstance(error, RecursionError) else " ".join(str(error).split())
                raise UsageError(f"{self._path}: is not JSON ({reason})") from error

    def count(self) -> int:
        """Return how many records there are."""
        return self._count

    def records(self) -> Iterator[Record]:
        """Yield the objects of the list, or the questions of SQuAD with their context."""
        with self._cursor() as cursor:
            if self._squad:
                yield from self._questions(self._items(cursor))
            else:
                for number, item in enumerate(self._items(cursor), start=1):
                    yield _record(number, item)

    def _items(self, cursor: Cursor) -> Iterator[Any]:
        """Yield the rows as they stand, whatever the form."""
        if self._columns is not None:
            names = list(self._columns)
            yield from (dict(zip(names, cells, strict=True)) for cells in zip(*self._columns.values(), strict=True))
        elif self._key:
            for key in cursor.members():
                if key == self._key and cursor.peek() == "[":
                    yield from cursor.values()
                else:
                    cursor.value()
        elif self._listed:
            yield from cursor.values()
        else:
            yield cursor.value()

    def _questions(self, articles: Iterable[Any]) -> Iterator[Record]:
        number = 0
        for article in articles:
            for paragraph, question in _asked(article):
                number += 1
                context, title = str(paragraph.get("context", "")), str(article.get("title", ""))
                yield _record(number, question, title=title, context=context)

    def write(self, target: BinaryIO, rows: Iterable[tuple[Record, Additions]], columns: Mapping[str, type]) -> None:
        """Write the document with the added keys in each of its rows, a row a line."""
        if self._columns is not None:
            target.write(_encoded(self._transposed(rows, columns)) + b"\n")
        elif self._key:
            self._write_members(target, rows)
        elif self._listed:
            _write_list(target, (_extended(*row) for row in rows))
            target.write(b"\n")
        else:
            for row in rows:
                target.write(_encoded(_extended(*row)) + b"\n")

    def _transposed(
        self, rows: Iterable[tuple[Record, Additions]], columns: Mapping[str, type]
    ) -> dict[str, list[object]]:
        names = dict.fromkeys([*(self._columns or ()), *columns])
        found: dict[str, list[object]] = {name: [] for name in names}
        for row in rows:
            item = _extended(*row)
            for name in names:
                found[name].append(item.get(name))
        return found

    def _write_members(self, target: BinaryIO, rows: Iterable[tuple[Record, Additions]]) -> None:
        """Write the document's members in their order, the list of rows with what was added."""
        with self._cursor() as cursor:
            for place, key in enumerate(cursor.members()):
                target.write((b",\n" if place else b"{") + _encoded(key) + b": ")
                if key != self._key or cursor.peek() != "[":
                    target.write(_encoded(cursor.value()))
                elif self._squad:
                    _write_list(target, _articles(cursor.values(), iter(rows)))
                else:
                    for _ in cursor.values():
                        pass
                    _write_list(target, (_extended(*row) for row in rows))
        target.write(b"}\n")


def _member(cursor: Cursor, key: str) -> _Member:
    """Go past a value and say what it is."""
    start = cursor.peek()
    if start != "[":
        cursor.value()
        return _Member(key=key, text=start == '"')
    items, articles, objects = 0, True, False
    for item in cursor.values():
        objects = isinstance(item, dict) if items == 0 else objects
        articles = articles and isinstance(item, dict) and isinstance(item.get("paragraphs"), list)
        items += 1
    return _Member(key=key, items=items, objects=objects, articles=articles)


def _record(number: int, item: object, *, title: str = "", context: str = "") -> Record:
    if isinstance(item, dict):
        return Record(number=number, data=item, title=title, context=context)
    return Record(number=number, data=None, raw=item, error="not a JSON object")


def _asked(article: Mapping[str, Any]) -> Iterator[tuple[dict[str, Any], Any]]:
    """Yield each question of an article of SQuAD with its paragraph."""
    for paragraph in article["paragraphs"]:
        asked = paragraph.get("qas") if isinstance(paragraph, dict) else None
        for question in asked if isinstance(asked, list) else ():
            yield paragraph, question


def _articles(articles: Iterable[Any], rows: Iterator[tuple[Record, Additions]]) -> Iterator[Any]:
    """Yield the articles of SQuAD with what was added to their questions; of those `rows` are the wanted ones in order."""
    row, number = next(rows, None), 0
    for article in articles:
        paragraphs = {id(paragraph): paragraph for paragraph, _ in _asked(article)}
        for paragraph in paragraphs.values():
            asked, paragraph["qas"] = len(paragraph["qas"]), []
            for _ in range(asked):
                number += 1
                if row is not None and row[0].number == number:
                    paragraph["qas"].append(_extended(*row))
                    row = next(rows, None)
        yield article


def _extended(record: Record, additions: Additions) -> Any:  # noqa: ANN401 - what stood there, where nothing is known
    if record.data is None:
        return failed(record, additions) if additions else record.raw
    return {**record.data, **additions}


def _write_list(target: BinaryIO, items: Iterable[object]) -> None:
    begun = False
    for item in items:
        target.write((b",\n" if begun else b"[\n") + _encoded(item))
        begun = True
    target.write(b"\n]" if begun else b"[]")


def _encoded(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, default=str).encode("utf-8", "replace")
