"""The format that the guide adds, in one file."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from knowledge.load import format as registry
from knowledge.load import formats as package
from knowledge.load import load_bytes

GUIDE = Path(__file__).parents[2] / "docs" / "how-to" / "add-a-format.md"
CAPTIONS = (
    b"1\n00:00:01,000 --> 00:00:04,000\nThe fee is due in May.\n\n2\n00:00:05,000 --> 00:00:08,000\nThe board agrees.\n"
)


@pytest.fixture
def one_more(tmp_path):
    code = re.search(r"```python\n(.*?)```", GUIDE.read_text(), re.DOTALL)
    assert code is not None
    (tmp_path / "captions.py").write_text(code[1])
    package.__path__.append(str(tmp_path))
    registry.formats.cache_clear()
    yield
    package.__path__.remove(str(tmp_path))
    registry.formats.cache_clear()


@pytest.mark.usefixtures("one_more")
@pytest.mark.parametrize("source", ["meeting.srt", "meeting.log"])
def test_one_file_adds_a_format(source):
    document = load_bytes(CAPTIONS, source=source)
    assert document.media_type == "application/x-subrip"
    assert [document.text[each.start : each.end] for each in document.blocks] == [
        "The fee is due in May.",
        "The board agrees.",
    ]


def test_without_it_the_file_is_plain_text():
    assert load_bytes(CAPTIONS, source="meeting.srt").media_type == "text/plain"
