"""The review queue over a scripted run: order, decisions, versions, undo, blindness, progress, and what comes of it."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import scripted
from reviewing import queue, shown

from groundsmith.review_store import ReviewStore
from groundsmith.reviews import ReviewQueue, reviewed_run
from groundsmith.workspace import Workspace
from knowledge.errors import ConflictError, UsageError


def test_a_decided_row_is_not_shown_again_and_the_counts_follow(reviewed_place: Workspace) -> None:
    review = queue(reviewed_place, rows=12)
    before = review.progress()
    seen = []
    for choice in ("accept", "reject", "edit"):
        offer = review.next()
        assert offer is not None
        seen.append(offer.id)
        decision = review.decide(
            offer.id, choice, reason="wrong", answer="Within 30 days.", seconds=20, seen_version=offer.version
        )
        assert decision.version == offer.version + 1
    after = review.progress()
    assert len(set(seen)) == 3
    assert shown(review) not in seen
    assert (before.done, before.left, after.done, after.left) == (0, 12, 3, 9)
    assert (after.accepted, after.edited, after.rejected) == (1, 1, 1)


def test_the_time_left_is_at_the_reviewers_own_pace(reviewed_place: Workspace) -> None:
    slow, quick = queue(reviewed_place, "slow", rows=20), queue(reviewed_place, "quick", rows=20)
    assert slow.progress().pace_from == "assumed"
    for seconds in (60, 90, 80):
        slow.decide(shown(slow), "accept", seconds=seconds)
    assert quick.progress().pace_from == "everyone"
    for seconds in (5, 10, 6):
        quick.decide(shown(quick), "accept", seconds=seconds)
    assert (slow.progress().seconds_a_row, slow.progress().pace_from) == (80, "own")
    assert quick.progress().seconds_a_row == 6
    assert quick.progress().left == 14
    assert quick.progress().minutes_left == round(14 * 6 / 60, 1)
    assert slow.progress().minutes_spent == round(230 / 60, 1)


def test_two_who_saw_the_same_version_cannot_both_decide(reviewed_place: Workspace) -> None:
    one, other = queue(reviewed_place, "ann"), queue(reviewed_place, "bob")
    row = shown(one)
    seen = one.at(row).version
    one.decide(row, "accept", seen_version=seen)
    with pytest.raises(ConflictError, match="decided meanwhile"):
        other.decide(row, "reject", reason="wrong", seen_version=seen)
    assert one.standings()[row].outcome == "accepted"
    other.decide(row, "reject", reason="wrong", seen_version=other.at(row).version)
    assert one.standings()[row].outcome == "rejected"


def test_two_processes_cannot_write_the_same_version(reviewed_place: Workspace) -> None:
    one = queue(reviewed_place, "ann")
    row = shown(one)
    with scripted.opened(reviewed_place.root) as second:
        other = queue(second, "bob")
        seen = other.at(row).version
        one.decide(row, "accept", seen_version=seen)
        with pytest.raises(ConflictError):
            other.decide(row, "accept", seen_version=seen)


def test_undo_is_an_event_and_brings_back_what_stood_before(reviewed_place: Workspace) -> None:
    review = queue(reviewed_place)
    row = shown(review)
    review.decide(row, "accept")
    review.decide(row, "reject", reason="wrong")
    undone = review.undo()
    assert undone is not None
    assert undone.kind == "reject"
    assert review.standings()[row].outcome == "accepted"
    review.undo()
    assert row not in review.standings()
    assert shown(review) == row
    assert review.undo() is None
    history = review.history(row)
    assert [each.kind for each in history] == ["accept", "reject", "undo", "undo"]
    assert [each.undone for each in history] == [True, True, False, False]
    assert [each.version for each in history] == [1, 2, 3, 4]


def test_undo_takes_back_ones_own_decision_only(reviewed_place: Workspace) -> None:
    ann, bob = queue(reviewed_place, "ann"), queue(reviewed_place, "bob")
    first = shown(ann)
    ann.decide(first, "accept")
    bob.decide(shown(bob), "accept")
    undone = ann.undo()
    assert undone is not None
    assert undone.row == first
    assert ann.progress().done == 1


def test_skipped_rows_come_again_when_no_other_is_left(reviewed_place: Workspace) -> None:
    review = queue(reviewed_place, rows=1000)
    row = shown(review)
    review.skip(row)
    assert row in queue(reviewed_place, "bob", rows=1000).upcoming(1000)
    assert row not in review.upcoming(1000)
    while (offer := review.next()) is not None and offer.id != row:
        review.decide(offer.id, "accept", seen_version=offer.version)
    assert offer is not None
    assert offer.id == row
    review.undo()


def test_an_edit_is_judged_again_and_carries_both_versions(reviewed_place: Workspace) -> None:
    review = queue(reviewed_place)
    offer = review.next()
    assert offer is not None
    decision = review.decide(offer.id, "edit", answer="  Within 30 days. ", reason="style")
    edited = decision.edited
    assert edited is not None
    assert edited.former is not None
    assert (edited.answer, edited.verdict, edited.reviewed) == ("Within 30 days.", "supported", "edited")
    assert edited.former.answer == offer.row.answer
    assert edited.former.id == offer.id != edited.id
    again = review.decide(offer.id, "edit", answer="Never.", reason="style").edited
    assert again is not None
    assert again.verdict == "not enough evidence"
    assert again.former == edited.former
    assert review.at(offer.id).row == again
    review.decide(offer.id, "accept")
    assert review.standings()[offer.id].outcome == "edited"


def test_blind_reviewers_see_neither_each_other_nor_conflict(reviewed_place: Workspace) -> None:
    ann, bob = queue(reviewed_place, "ann", blind=True), queue(reviewed_place, "bob", blind=True)
    for number in range(6):
        offer = ann.next()
        assert offer is not None
        assert offer.decision is None
        seen = bob.at(offer.id)
        ann.decide(offer.id, "accept", seen_version=offer.version)
        assert bob.at(offer.id) == seen
        assert bob.history(offer.id) == []
        bob.decide(seen.id, "accept" if number else "reject", reason="wrong", seen_version=seen.version)
    found = ann.agreement()
    assert found.units == 6
    assert found.pairs[0].agreed == pytest.approx(5 / 6)
    disputed = [each.row for each in ann.standings().values() if each.outcome == "disputed"]
    assert len(disputed) == 1
    assert ann.progress().disputed == 1
    queue(reviewed_place, "chief").decide(disputed[0], "reject", reason="wrong")
    assert ann.standings()[disputed[0]].outcome == "rejected"


def test_wrong_decisions_are_refused_with_what_to_do(reviewed_place: Workspace) -> None:
    review = queue(reviewed_place)
    row = shown(review)
    for message, options in (
        ("known are accept, edit, reject", {"choice": "maybe"}),
        ("a rejection needs a reason: wrong, unsupported", {"choice": "reject"}),
        ("an edit needs a question or an answer", {"choice": "edit", "answer": " "}),
    ):
        with pytest.raises(UsageError, match=message):
            review.decide(row, **options)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="s_nobody: not in the review"):
        review.decide("s_nobody", "accept")
    with pytest.raises(UsageError, match="--strategy gut"):
        queue(reviewed_place, strategy="gut")
    assert review.progress().done == 0


@pytest.mark.parametrize("strategy", ["entropy", "k-means", "vote-k", "random", "disagreement"])
def test_every_strategy_offers_rows(reviewed_place: Workspace, strategy: str) -> None:
    review = queue(reviewed_place, strategy=strategy, rows=8)
    offers = []
    while (offer := review.next()) is not None:
        offers.append(offer)
        review.decide(offer.id, "accept", seen_version=offer.version)
    assert len({offer.id for offer in offers}) == 8
    drawn = sum(offer.why == "random" for offer in offers)
    assert drawn == (8 if strategy == "random" else 2)


def test_only_rows_drawn_at_random_certify(reviewed_place: Workspace) -> None:
    review = queue(reviewed_place, rows=16)
    while (offer := review.next()) is not None:
        review.decide(offer.id, "accept" if offer.row.verdict == "supported" else "reject", reason="wrong")
    done = review.progress()
    assert done.labels == 16
    assert 4 <= done.drawn < 16
    assert done.guarantee is not None
    assert done.guarantee.labels == done.drawn
    assert not done.guarantee.holds


def test_reasons_of_form_say_nothing_about_the_judge(reviewed_place: Workspace) -> None:
    review = queue(reviewed_place, strategy="random")
    for reason in ("style", "trivial: who would ask", "the law says otherwise"):
        review.decide(shown(review), "reject", reason=reason)
    assert [found.right for _, found, _ in review.labelled()] == [False]


def test_the_dataset_is_as_people_left_it(reviewed_place: Workspace) -> None:
    review = queue(reviewed_place, rows=1000)
    run = review.pile.id
    kept = list(reviewed_place.runs.kept(run))
    refused = next(u.row for u in reviewed_place.runs.units(run, outcome="rejected") if u.row.verdict != "supported")
    review.decide(kept[0].id, "accept")
    review.decide(kept[1].id, "reject", reason="wrong")
    review.decide(kept[2].id, "edit", answer="Within 30 days.")
    review.decide(refused.id, "accept")
    now = {row.id: row for row in reviewed_run(reviewed_place, run)}
    out = {row.id: row for row in reviewed_run(reviewed_place, run, kept=False)}
    assert now[kept[0].id].reviewed == "accepted"
    assert now[kept[3].id].reviewed is None
    assert kept[1].id not in now
    assert out[kept[1].id].rejected == "reviewed: wrong"
    assert kept[2].id not in now
    assert [row.former.id for row in now.values() if row.former is not None] == [kept[2].id]
    assert now[refused.id].rejected is None
    assert refused.id not in out


def test_a_run_that_grows_brings_new_rows(reviewed_place: Workspace) -> None:
    before = queue(reviewed_place, rows=1000).progress().rows
    with scripted.opened(reviewed_place.root) as again:
        scripted.run(again, 60)
    assert queue(reviewed_place, rows=1000).progress().rows > before


def test_a_file_of_rows_is_reviewed_as_it_stands(reviewed_place: Workspace, tmp_path: Path) -> None:
    rows = list(reviewed_place.runs.kept(reviewed_place.latest_run().id))[:5]
    file = tmp_path / "rows.jsonl"
    file.write_text("".join(json.dumps(row.to_json()) + "\n" for row in rows), encoding="utf-8")
    review = queue(reviewed_place, file=file)
    assert review.progress().rows == len({row.id for row in rows}) == 5
    review.decide(rows[0].id, "accept")
    file.write_text("".join(json.dumps(row.to_json()) + "\n" for row in rows[:3]), encoding="utf-8")
    again = queue(reviewed_place, file=file)
    assert again.progress().rows == 3
    assert again.progress().accepted == 1
    assert again.at(rows[1].id).row == rows[1]


def test_no_event_is_ever_changed(reviewed_place: Workspace) -> None:
    review = queue(reviewed_place)
    store = ReviewStore(reviewed_place.database)
    seen: list[object] = []
    for step in range(6):
        if step % 3 == 2:
            review.undo()
        else:
            review.decide(shown(review), "accept", seconds=step)
        events = [replace(each, undone=False) for each in store.events()]
        assert events[: len(seen)] == seen
        assert len(events) == step + 1
        seen = list(events)


def test_disagreement_learns_from_decisions(reviewed_place: Workspace) -> None:
    review = queue(reviewed_place, strategy="disagreement", rows=60)
    first = {item.row: item.other for item in review.store.items(review.pile.id)}
    assert all(other is not None for other in first.values())
    for _ in range(10):
        offer = review.next()
        assert offer is not None
        review.decide(offer.id, "reject" if "elephants" in offer.row.answer else "accept", reason="wrong")
    again = queue(reviewed_place, strategy="disagreement", rows=60)
    assert {item.row: item.other for item in again.store.items(again.pile.id)} != first


def test_people_at_work_at_the_same_time_get_different_rows(reviewed_place: Workspace) -> None:
    people = [queue(reviewed_place, name, rows=40) for name in ("ann", "bob", "cy")]
    for review in people:
        review.decide(shown(review), "accept")
    for _ in range(5):
        offers = [review.next() for review in people]
        assert len({offer.id for offer in offers if offer}) == 3
        for review, offer in zip(people, offers, strict=True):
            assert offer is not None
            review.decide(offer.id, "accept", seen_version=offer.version)


def test_the_settings_say_how_a_review_is_made(reviewed_place: Workspace) -> None:
    with scripted.opened(
        reviewed_place.root, review__strategy="random", review__rows="7", review__reviewer="dana"
    ) as place:
        done = ReviewQueue(place).progress()
    assert (done.strategy, done.wanted, done.reviewer) == ("random", 7, "dana")


def test_a_review_that_is_killed_loses_no_decision(reviewed_place: Workspace) -> None:
    script = (
        "import sys; from pathlib import Path; from groundsmith.reviews import ReviewQueue; "
        "from groundsmith.workspace import Workspace; "
        "queue = ReviewQueue(Workspace.open(Path(sys.argv[1]), environment={}), reviewer='ann')\n"
        "while offer := queue.next(): print(queue.decide(offer.id, 'accept').id, flush=True)"
    )
    words = [sys.executable, "-c", script, str(reviewed_place.root)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        told = [int(process.stdout.readline()) for _ in range(5)]
        process.kill()
    kept = [each.id for each in ReviewStore(reviewed_place.database).events()]
    assert kept[:5] == told
    assert len(kept) <= 77


@pytest.mark.parametrize("strategy", ["k-means", "disagreement"])
def test_who_does_not_want_to_wait_is_told_what_to_run(reviewed_place: Workspace, strategy: str) -> None:
    with pytest.raises(UsageError, match="rows must be embedded once for this order; run `groundsmith review"):
        queue(reviewed_place, strategy=strategy, most_embedded=10)
    assert queue(reviewed_place, strategy="entropy", most_embedded=0).next()
