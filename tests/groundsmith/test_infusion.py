"""Where rules choose the facts, other passages of the two documents drawn stand in for those without any."""

from __future__ import annotations

from pathlib import Path

import pytest
import scripted

from generate.sample import Failure
from generate.strategy.decompose import choose, pair
from groundsmith.authorship import authorship, is_by_rule
from groundsmith.infusion import infused
from groundsmith.planning import planned
from groundsmith.workspace import Workspace

RULES = {
    "ferry.md": "# Ferry Rules\n\n## Welcome\n\nWelcome aboard the ferry. Enjoy the ride and the harbour.\n\n"
    "## Tickets\n\nA ferry passenger must buy a ticket within 2 days of the booking.\n",
    "harbour.md": "# Harbour Rules\n\n## Welcome\n\nWelcome to the ferry harbour. Enjoy the view.\n\n"
    "## Boarding\n\nA ferry passenger must show the ticket to the harbour officer at the gate.\n",
}


@pytest.fixture(scope="module")
def harbour(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("harbour")
    (root / "papers").mkdir()
    for name, text in RULES.items():
        (root / "papers" / name).write_text(text, encoding="utf-8")
    (root / "place").mkdir()
    return scripted.stocked(root / "place", [root / "papers" / name for name in RULES])


def drawn(workspace: Workspace) -> list[tuple]:
    """One prompt of each level, drawn from the passages that say nothing."""
    passages = [each for each in workspace.library.passages() if "Welcome" in each.text]
    concepts = tuple(
        each for each in workspace.graph().concepts.values() if each.label.lower() in {"ferry", "passenger", "ticket"}
    )
    assert concepts
    return [(concepts, tuple(passages[:1]), 1), (concepts, tuple(passages), 3)]


def test_passages_with_facts_of_the_same_documents_stand_in(harbour: Path) -> None:
    with scripted.opened(harbour, generation__strategy="decompose") as workspace:
        assert is_by_rule(workspace.settings)
        items = drawn(workspace)
        alone, two = infused(workspace, items)
    assert alone == items[0][1]
    assert {each.document_id for each in two} == {each.document_id for each in items[1][1]}
    assert ["must buy a ticket" in two[0].text, "must show the ticket" in two[1].text] == [True, True]
    assert pair(items[1][0], two) is not None
    with scripted.opened(harbour, generation__strategy="single") as workspace:
        assert not is_by_rule(workspace.settings)
        assert infused(workspace, items) == [passages for _, passages, _ in items]


def test_a_plan_for_rules_has_facts_of_both_documents(place: Path) -> None:
    with scripted.opened(place, generation__strategy="decompose", sampling__levels="[3]") as workspace:
        author = authorship(workspace.settings, graph=workspace.graph())
        chosen = [
            choose(author._item(item))
            for _, item in zip(range(12), planned(workspace, workspace.graph()), strict=False)
        ]
    found = [each for each in chosen if not isinstance(each, Failure)]
    assert len(found) > 8
    assert all(one[0].document_id != two[0].document_id for one, two in found)
