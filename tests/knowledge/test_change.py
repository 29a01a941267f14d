"""What changed between versions: the words that changed, and nothing that was only cut otherwise."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.change import ChangeKind, PassageChange, changes
from knowledge.document import Passage
from knowledge.load import load_bytes
from knowledge.split import split

CORPORA = Path(__file__).parents[2].parent / "shared/data/corpora"
RULES = [
    "Badges must be worn at all times on the premises.",
    "Visitors sign in at the desk on the ground floor.",
    "Records of visits are kept for 7 years.",
    "The warden checks every door at ten in the evening.",
    "A lost key is reported to the office within a day.",
    "Bicycles are left in the yard behind the building.",
]


def cut(text: str, *, most: int = 160) -> list[Passage]:
    return split(load_bytes(text.encode(), source="x.md"), max_tokens=most)


def words(change: PassageChange) -> list[tuple[str, str]]:
    return [(each.mark, each.text) for each in change.words if each.mark != "="]


def test_a_figure_that_changed_is_the_only_change():
    text = "# Records\n\n" + " ".join(RULES)
    [change] = changes(cut(text, most=24), cut(text.replace("7 years", "10 years"), most=24))
    assert change.kind == ChangeKind.ALTERED
    assert words(change) == [("-", "7"), ("+", "10")]


def test_what_an_insertion_pushes_on_has_not_changed():
    after = "# Records\n\nDogs stay outside at any time of the year, whoever owns them. " + " ".join(RULES)
    found = changes(cut("# Records\n\n" + " ".join(RULES), most=24), cut(after, most=24))
    assert [change.kind for change in found] == [ChangeKind.ALTERED] or [c.kind for c in found] == [ChangeKind.ADDED]
    assert "Dogs stay outside" in (found[0].after.text if found[0].after else "")


def test_added_removed_and_moved():
    before = "# A\n\nBadges must be worn at all times.\n\n# B\n\nVisitors sign in at the desk.\n"
    after = "# C\n\nBadges must be worn at all times.\n\n# D\n\nThe warden checks every door.\n"
    found = changes(cut(before), cut(after))
    assert Counter(change.kind for change in found) == {ChangeKind.MOVED: 1, ChangeKind.ADDED: 1, ChangeKind.REMOVED: 1}
    assert [c.before.headings for c in found if c.kind == ChangeKind.MOVED and c.before] == [("A",)]


def test_a_sentence_taken_out_is_told_once():
    text = "# Records\n\n" + " ".join(RULES)
    [change] = changes(cut(text), cut(text.replace(" " + RULES[2], "")))
    assert change.kind == ChangeKind.ALTERED
    assert [mark for mark, _ in words(change)] == ["-"]
    assert "Records of visits are kept for 7 years" in words(change)[0][1]


@given(st.permutations(RULES), st.lists(st.sampled_from(RULES), max_size=4), st.integers(12, 60))
def test_words_of_one_version_alone_are_told_and_others_are_not(order: list[str], more: list[str], most: int) -> None:
    before, after = (
        cut("# A\n\n" + " ".join(RULES), most=most),
        cut("# A\n\n" + " ".join([*order[1:], *more]), most=most),
    )
    assert changes(before, before) == []
    gone, come = Counter(RULES) - Counter([*order[1:], *more]), Counter([*order[1:], *more]) - Counter(RULES)
    found = changes(before, after)
    told = [change for change in found if change.kind != ChangeKind.MOVED]
    assert bool(told) == bool(gone or come)
    said = " ".join(" ".join(text for _, text in words(each)) or (each.after or each.before).text for each in told)
    assert all(rule.split()[-2] in said for rule in (*gone, *come))


@pytest.mark.skipif(not CORPORA.exists(), reason="no corpora here")
def test_the_draft_of_the_guidelines_against_the_revision_before():
    path = "sp800-63b/sec4_aal.md"
    before, after = (
        cut((CORPORA / f"nist-800-63/{revision}/{path}").read_text(encoding="utf-8"))
        for revision in ("rev3", "rev4-draft")
    )
    found = changes(before, after)
    assert any(("-", "man-in-the-middle") in words(each) for each in found)
    assert len(found) <= len(before) + len(after)
