"""Files read by a reader that the settings name."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import pytest
from llama_index.core.schema import Document as LlamaDocument

from knowledge.errors import DocumentError, MissingDependency, SettingsError
from knowledge.load import Limits, load_bytes


class Reader:
    """A reader as llama-index has them."""

    def load_data(self, file: Path) -> list[LlamaDocument]:
        text = file.read_text()
        if "broken" in text:
            raise KeyError("part 7")
        return [
            LlamaDocument(text=part, metadata={"page_label": str(number), "author": "Office", "title": "Rules"})
            for number, part in enumerate(text.split("\f"), start=1)
        ]


@pytest.fixture(autouse=True)
def module():
    made = ModuleType("stand_in_readers")
    made.Reader = Reader
    sys.modules["stand_in_readers"] = made
    yield
    del sys.modules["stand_in_readers"]


LIMITS = Limits(readers=(".wpd=stand_in_readers:Reader",))


def test_a_named_reader_reads_files_of_its_ending_with_their_pages():
    document = load_bytes(b"Pay in May.\x0cBerths close\xe2\x80\x8b at nine.", source="a/rules.WPD", limits=LIMITS)
    assert [(document.text[b.start : b.end], b.page) for b in document.blocks] == [
        ("Pay in May.", 1),
        ("Berths close at nine.", 2),
    ]
    assert document.title == "Rules"
    assert document.metadata == (("creator", "Office"),)


def test_other_endings_are_read_as_ever():
    assert load_bytes(b"Pay in May.", source="rules.txt", limits=LIMITS).media_type == "text/plain"


def test_what_a_reader_raises_is_an_error_of_that_file():
    with pytest.raises(DocumentError, match=r"stand_in_readers:Reader could not read it.*part 7"):
        load_bytes(b"broken", source="rules.wpd", limits=LIMITS)


@pytest.mark.parametrize(
    ("line", "error", "says"),
    [
        ("wpd Reader", SettingsError, "must read as"),
        (".wpd=stand_in_readers:Nobody", SettingsError, "has no Nobody"),
        (".wpd=llama_index.readers.no_such:Reader", MissingDependency, "pip install llama-index-readers-no-such"),
    ],
)
def test_a_line_that_names_no_reader_is_said(line, error, says):
    with pytest.raises(error, match=says):
        load_bytes(b"Pay in May.", source="rules.wpd", limits=Limits(readers=(line,)))
