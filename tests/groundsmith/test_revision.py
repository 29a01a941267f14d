"""`groundsmith changes` and `groundsmith references`, from files to what a person reads."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from groundsmith.cli import app
from groundsmith.revision import as_text, chosen, revision
from groundsmith.workspace import Workspace
from knowledge.errors import UsageError
from knowledge.ingest import ingest
from knowledge.library import Library

FIRST = "# 1 Records\n\nRecords of visits are kept for 7 years.\n\n# 2 Access\n\nSee Section 1 for records.\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    Workspace.create(tmp_path).close()
    return tmp_path


def take_in(root: Path, text: str, *, most: int = 160, name: str = "rules.md") -> None:
    path = root / "docs" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    with Workspace.open(root) as workspace:
        ingest([path], library=workspace.library, root=root, max_tokens=most)


def run(root: Path, *words: str) -> str:
    result = CliRunner().invoke(app, [*words, "-w", str(root)], catch_exceptions=False)
    assert result.exit_code == 0
    return result.stdout


def test_what_changed_is_told_word_by_word(root):
    take_in(root, FIRST)
    take_in(root, FIRST.replace("7 years", "10 years"))
    said = run(root, "changes", "rules.md")
    assert "Records of visits are kept for [-7-]{+10+} years." in said
    assert said.endswith("1 altered\n")
    record = json.loads(run(root, "changes", "docs/rules.md", "--from", "1", "--to", "2", "--json"))
    assert (record["from"], record["to"], record["counts"]["altered"]) == (1, 2, 1)
    assert [each["mark"] for each in record["changes"][0]["words"]] == ["=", "-", "+", "="]


def test_the_last_version_with_another_text_is_compared(root):
    take_in(root, FIRST)
    take_in(root, FIRST.replace("7 years", "10 years"))
    take_in(root, FIRST.replace("7 years", "10 years"), most=8)
    with Workspace.open(root) as workspace:
        library = workspace.library
        assert library.versions(chosen(library, "rules.md").id) == [1, 2, 3]
        found = revision(library, "rules.md")
        assert (found.first, found.last) == (1, 3)
        assert "{+10+}" in as_text(found.changes[0])
        assert revision(library, "rules.md", first=2).changes == ()


def test_a_document_or_version_that_is_not_there_is_said(root):
    take_in(root, FIRST)
    take_in(root, "# Other\n\nOther rules hold here.", name="other.md")
    with Workspace.open(root) as workspace:
        library: Library = workspace.library
        with pytest.raises(UsageError, match="no version of it before version 1"):
            revision(library, "rules.md")
        with pytest.raises(UsageError, match="no version 7; kept are 1"):
            revision(library, "rules.md", first=7)
        with pytest.raises(UsageError, match="no such document"):
            chosen(library, "nothing.md")
        with pytest.raises(UsageError, match="fits 2 documents"):
            chosen(library, "*.md")


def test_references_are_listed_with_where_they_lead(root):
    take_in(root, FIRST)
    said = run(root, "references", "rules.md")
    assert '"Section 1"' in said
    assert "1 Records" in said
    [record] = json.loads(run(root, "references", "--json"))
    assert record["reference"]["key"] == "1"
    assert record["exact"] is True


def test_links_are_references_and_the_lost_ones_say_why(root):
    take_in(
        root,
        "# 1 Fees\n\nSee [the records](rules.md#records), [all](gone.md) and [it](https://example.gov/a).\n",
        name="fees.md",
    )
    take_in(root, FIRST.replace("1 Records", "1 Records {#records}"))
    assert '"the records"' in run(root, "references", "fees.md")
    said = run(root, "references", "--lost")
    assert "gone.md: no document of the library is at docs/gone.md" in said
    assert said.endswith("2 links lead to no passage here, 1 of them to other sites\n")
    records = json.loads(run(root, "references", "fees.md", "--lost", "--json"))
    assert [(each["reference"]["link"], each["outside"]) for each in records] == [
        ("gone.md", False),
        ("https://example.gov/a", True),
    ]
    assert run(root, "references", "rules.md", "--lost") == "no lost links\n"
