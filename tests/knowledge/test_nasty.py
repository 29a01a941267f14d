"""All of the hostile files, taken in together as a folder: every one of the manifest ends as it must, none is passed over."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from knowledge.ingest import Outcome, Status, ingest
from knowledge.library import Library
from knowledge.store import Database

NASTY = Path(__file__).parents[3] / "shared" / "data" / "nasty"
CASES = json.loads((NASTY / "manifest.json").read_text())["files"] if NASTY.exists() else []
OUTSIDE = {
    "dup/self-contradicting.md": "that two of its rules contradict one another is no matter of taking it in",
}

pytestmark = [pytest.mark.corpus, pytest.mark.skipif(not CASES, reason="../shared/data/nasty is not there")]


@pytest.fixture(scope="module")
def taken(tmp_path_factory) -> dict[str, tuple[Outcome, str]]:
    """Each file's outcome, and the text of its passages, folded."""
    root = tmp_path_factory.mktemp("hostile")
    with Database(root / "w.db") as database:
        library = Library(database)
        hidden = [NASTY / case["file"] for case in CASES if Path(case["file"]).name.startswith(".")]
        report = ingest([NASTY, *hidden], library=library, root=NASTY)
        texts = {
            outcome.source: " ".join(
                " ".join(passage.text for passage in library.passages(outcome.document_id)).split()
            )
            for outcome in report.outcomes
            if outcome.document_id
        }
    shutil.rmtree(root)
    return {outcome.source: (outcome, texts.get(outcome.source, "")) for outcome in report.outcomes}


def test_every_file_of_the_manifest_is_reported(taken):
    assert {case["file"] for case in CASES} - set(taken) == set()
    assert len(CASES) == 85


@pytest.mark.parametrize("case", CASES, ids=[case["file"] for case in CASES])
def test_it_ends_as_it_must(taken, case: dict[str, Any]):
    outcome, text = taken[case["file"]]
    refused = outcome.status in (Status.FAILED, Status.SKIPPED)
    if case["expect"] == "error":
        assert refused
        assert outcome.error or outcome.warnings
    elif case["expect"] == "warning" and case["file"] not in OUTSIDE:
        named = any(case["file"] in said for other, _ in taken.values() for said in other.warnings)
        assert refused or outcome.warnings or named  # of two equal files, the one read later is the duplicate
    elif case["expect"] == "handled":
        assert outcome.status in (Status.ADDED, Status.DUPLICATE)
    if outcome.status == Status.ADDED:
        assert [words for words in case["must_contain"] if words not in text] == []
    assert [words for words in case["must_not_contain"] if words in text] == []
