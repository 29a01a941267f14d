"""JSON read a value at a time gives what the standard reader gives, wherever the blocks end."""

from __future__ import annotations

import io
import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundsmith.datasets import Dataset
from groundsmith.json_stream import Cursor
from knowledge.errors import UsageError

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)


def read(cursor: Cursor) -> Any:
    """Read a document by its members and items, the way a dataset is read."""
    match cursor.peek():
        case "[":
            return list(cursor.values())
        case "{":
            return {key: cursor.value() for key in cursor.members()}
    return cursor.value()


@given(VALUES, st.integers(1, 40), st.sampled_from([None, 2]), st.booleans())
def test_blocks_change_nothing(value: Any, block: int, indent: int | None, ascii_only: bool) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    cursor = Cursor(io.StringIO(f" {text}\n"), block=block)
    assert read(cursor) == value
    cursor.finish()


@given(VALUES, st.integers(1, 40), st.data())
def test_what_is_cut_short_is_refused(value: Any, block: int, data: st.DataObject) -> None:
    text = json.dumps([value, 1])
    cut = data.draw(st.integers(0, len(text) - 1))
    with pytest.raises(ValueError, match="at character"):
        read(Cursor(io.StringIO(text[:cut]), block=block))


@pytest.mark.parametrize(
    "text", ["[1, 2", "[1 2]", '{"a" 1}', '{"a": 1,}', "{1: 2}", "[1,]", '["\\q"]', "[tru]", "[1]x", '{"a": [1}']
)
def test_what_is_no_json_is_refused(text: str) -> None:
    cursor = Cursor(io.StringIO(text), block=3)
    with pytest.raises(ValueError, match="at character"):
        read(cursor), cursor.finish()


def test_a_large_list_is_never_held_whole(tmp_path: Path) -> None:
    path = tmp_path / "large.json"
    row = {"question": "Q?", "answer": "A.", "context": "w " * 2_000}
    with path.open("w") as file:
        file.write('{"version": 1, "rows": [')
        file.writelines(("," if number else "") + json.dumps(row | {"n": number}) for number in range(4_000))
        file.write("]}")
    tracemalloc.start()
    with Dataset(path) as dataset:
        assert sum(1 for _ in dataset) == dataset.count() == 4_000
        dataset.annotate(tmp_path / "copy.json", {4_000: {"verdict": "supported"}}, columns={"verdict": str})
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 6_000_000 < path.stat().st_size
    copied = json.loads((tmp_path / "copy.json").read_text())
    assert (copied["version"], len(copied["rows"])) == (1, 4_000)
    assert copied["rows"][-1] == {**row, "n": 3_999, "verdict": "supported"}


def test_a_document_torn_in_the_middle_is_wrong_usage(tmp_path: Path) -> None:
    path = tmp_path / "torn.json"
    path.write_text('[{"question": "Q?", "answer": "A."}, {"question": "R?"')
    with pytest.raises(UsageError, match=r"torn\.json: is not JSON \(.* at character \d+\)"):
        Dataset(path)
