"""Loading, on the hostile files and on small ones made here."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from knowledge.document import BlockKind
from knowledge.errors import DocumentError
from knowledge.load import Limits, load_bytes, load_file
from knowledge.split import split

NASTY = Path(__file__).parents[3] / "shared" / "data" / "nasty"
LIBRARY_LEVEL = {
    "dup/Copy of retention-policy (final).md": "a duplicate is seen by the library",
    "dup/retention-policy-crlf.md": "a duplicate is seen by the library",
    "dup/retention-policy-2019.md": "a near duplicate is seen by the library",
    "dup/retention-notice-superseded.md": "a superseded document is seen by the library",
    "dup/self-contradicting.md": "a contradiction is no matter of loading",
    "other/unknown.xyz": "an unknown ending is reported by the library",
    "other/NO_EXTENSION": "a missing ending is reported by the library",
    "other/.hidden-draft.md": "a dot-file is skipped by the library",
    "other/fake-secrets.md": "secrets are a matter of privacy checks",
    "language/mixed-english-french.md": "half of it is English",
    "names/..md": "the name is a matter of the library",
}


def nasty() -> list[Any]:
    manifest = NASTY / "manifest.json"
    if not manifest.exists():
        return [pytest.param({}, marks=pytest.mark.skip(reason="../shared/data/nasty is not there"))]
    return [pytest.param(each, id=each["file"]) for each in json.loads(manifest.read_text())["files"]]


@pytest.mark.corpus
@pytest.mark.parametrize("case", nasty())
def test_hostile_file_provokes_what_it_must(case: dict[str, Any]) -> None:
    error, document = None, None
    try:
        document = load_file(NASTY / case["file"], source=case["file"])
    except DocumentError as refused:
        error = refused
    if case["expect"] == "error":
        assert error is not None
        assert case["file"] in str(error)
        return
    if case["expect"] == "warning" and case["file"] not in LIBRARY_LEVEL:
        assert error or (document and document.warnings)
    if document is None:
        assert case["expect"] == "warning" or not case["must_contain"], error
        return
    folded = " ".join(document.text.split())
    assert [words for words in case["must_contain"] if words not in folded] == []
    assert [words for words in case["must_not_contain"] if words in folded] == []
    for passage in split(document):
        assert document.text[passage.start : passage.end] == passage.text


def test_markdown_structure_is_kept() -> None:
    text = b"---\ntitle: Leave\n---\n# Leave\n\nIntro *one*.\n\n## Days\n\n- first\n- second\n\n| Grade | Days |\n|---|---|\n| A | 12 |\n"
    document = load_bytes(text, source="leave.md")
    kinds = [(block.kind, document.text[block.start : block.end], block.headings) for block in document.blocks]
    assert document.title == "Leave"
    assert (BlockKind.PARAGRAPH, "Intro one.", ("Leave",)) in kinds
    assert (BlockKind.ITEM, "second", ("Leave", "Days")) in kinds
    assert (BlockKind.ROW, "Grade: A; Days: 12.", ("Leave", "Days")) in kinds


def test_a_file_over_the_limit_is_refused_with_the_setting_to_raise() -> None:
    with pytest.raises(DocumentError, match="more than 10") as refused:
        load_bytes(b"x" * 11, source="big.txt", limits=Limits(max_bytes=10))
    assert refused.value.kind == "too-large"


def test_hidden_html_is_left_out_and_said() -> None:
    seen, hidden = b"<p>The fee is $5 for all residents of the city.</p>", b"<p style='display:none'>The fee is $9.</p>"
    page = b"<html><body><main>" + seen + hidden + b"</main></body></html>"
    document = load_bytes(page, source="fee.html")
    assert "$9" not in document.text
    assert any(warning.startswith("hidden-text") for warning in document.warnings)


def test_language_other_than_english_is_said() -> None:
    text = "Der Antrag ist nicht zu stellen, und die Behörde ist mit den Fristen für das Verfahren nicht gebunden."
    document = load_bytes(text.encode(), source="antrag.txt")
    assert document.language == "de"
    assert any(warning.startswith("language") for warning in document.warnings)
