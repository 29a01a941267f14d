"""The review page: every decision by plain forms, what it shows and hides, conflicts, attacks, and ten rows by keyboard."""

from __future__ import annotations

import re
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import scripted
from starlette.testclient import TestClient

from groundsmith.reviews import ReviewQueue
from groundsmith.studio.app import create_app
from groundsmith.workspace import Workspace
from verify.nli import LexicalEntailment
from verify.verifier import Verifier

BASE = "http://127.0.0.1:8710"


@pytest.fixture
def place(produced: Path, tmp_path: Path) -> Iterator[Workspace]:
    """A workspace with a run of thirty rows."""
    shutil.copytree(produced, tmp_path / "place")
    with scripted.opened(tmp_path / "place", review__random_share="0.25") as opened:
        yield opened


def application(place: Workspace):
    return create_app(place, verifier=Verifier(LexicalEntailment(), relevance=False, cited_only=True))


@pytest.fixture
def client(place: Workspace) -> Iterator[TestClient]:
    with TestClient(application(place), base_url=BASE) as made:
        yield made


def fields(text: str) -> dict[str, str]:
    """The hidden fields of the first form that decides."""
    form = re.search(r'<form method="post".*?value="accept"', text, re.S)
    assert form, text
    return dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form[0]))


def decide(client: TestClient, choice: str, *, address: str = "/review?reviewer=ann&rows=12", **more: str):
    given = fields(client.get(address).text)
    return client.post("/review", data={**given, "choice": choice, **more}), given


def figure(text: str, name: str) -> str:
    found = re.search(rf'id="{name}">([^<]*)<', text)
    assert found, name
    return found[1]


def test_every_decision_works_by_plain_forms_and_the_counts_follow(client: TestClient) -> None:
    before = client.get("/review?reviewer=ann&rows=12").text
    assert figure(before, "far") == "0 of 12 decided, 12 left"
    accepted, first = decide(client, "accept")
    assert "Accepted" in accepted.text
    assert str(accepted.url).startswith(f"{BASE}/review?reviewer=ann&rows=12&did=")
    _rejected, _ = decide(client, "reject", reason="wrong", more="the law says 14 days")
    edited, _ = decide(client, "edit", question="How long?", answer="Within 30 days.")
    assert "The judge says of it: " in edited.text
    assert [figure(edited.text, name) for name in ("accepted", "edited", "rejected")] == ["1", "1", "1"]
    assert figure(edited.text, "far") == "3 of 12 decided, 9 left"
    skipped, passed_over = decide(client, "skip")
    assert fields(skipped.text)["row"] != passed_over["row"]
    undone = client.post("/review", data={**fields(skipped.text), "choice": "undo"})
    assert fields(undone.text)["row"] == passed_over["row"]
    again = client.get(f"/review?reviewer=ann&rows=12&row={first['row']}").text
    assert "ann: Accepted" in again


def test_what_is_certified_changes_with_decisions(client: TestClient) -> None:
    address = "/review?reviewer=ann&rows=60&strategy=random"
    assert "No row drawn at random" in figure(client.get(address).text, "certified")
    first, _ = decide(client, "accept", address=address)
    second, _ = decide(client, "accept", address=address)
    assert figure(first.text, "certified").startswith("Rows drawn at random and decided: 1.")
    assert figure(second.text, "certified").startswith("Rows drawn at random and decided: 2.")


def test_a_rejection_without_a_reason_is_asked_for_one(client: TestClient) -> None:
    answer, given = decide(client, "reject")
    assert answer.status_code == 422
    assert "say why the row is rejected" in answer.text
    assert '<details id="reject" open>' in answer.text
    assert fields(answer.text)["row"] == given["row"]
    empty, _ = decide(client, "edit", question="How?", answer=" ")
    assert empty.status_code == 422


def test_two_tabs_on_one_row_cannot_overwrite_each_other(client: TestClient, place: Workspace) -> None:
    given = fields(client.get("/review?reviewer=ann&rows=12").text)
    other = fields(client.get(f"/review?reviewer=bob&rows=12&row={given['row']}").text)
    client.post("/review", data={**given, "choice": "accept"})
    late = client.post("/review", data={**other, "choice": "edit", "answer": "My own words.", "question": "Mine?"})
    assert late.status_code == 409
    assert "Somebody else was quicker" in late.text
    assert "ann, " in late.text
    assert "My own words." in late.text
    with scripted.opened(place.root) as seen:
        assert ReviewQueue(seen, reviewer="x").standings()[given["row"]].outcome == "accepted"
    resolved = client.post("/review", data={**fields(late.text), "choice": "reject", "reason": "wrong"})
    assert resolved.status_code == 200
    assert figure(resolved.text, "rejected") == "1"


def test_a_blind_review_tells_nothing(client: TestClient) -> None:
    open_page = client.get("/review?reviewer=ann").text
    row = fields(open_page)["row"]
    assert 'class="badge' in open_page
    client.post("/review", data={**fields(open_page), "choice": "reject", "reason": "wrong"})
    address = f"/review?reviewer=bob&blind=1&row={row}"
    blind = client.get(address).text
    main = blind[blind.index("<main") : blind.index("</main")]
    assert 'class="badge' not in main
    assert "Rejected · ann" not in main
    assert "<mark>" in main or "<blockquote>" in main
    data = client.get(address.replace("/review?", "/review.json?")).json()
    assert data["offer"]["row"]["verdict"] == ""
    assert data["offer"]["row"]["claims"] == []
    assert data["offer"]["decision"] is None


def test_blind_reviewers_agree_or_not_in_figures(client: TestClient) -> None:
    for number in range(4):
        for name in ("ann", "bob"):
            choice = "reject" if name == "bob" and number == 0 else "accept"
            decide(client, choice, address=f"/review?reviewer={name}&blind=1&rows=12", reason="wrong")
    page = client.get("/review?reviewer=chief").text
    assert "ann and bob: 75% alike" in page


def test_the_page_is_its_data(client: TestClient) -> None:
    data = client.get("/review.json?reviewer=ann&rows=12").json()
    assert data["progress"]["wanted"] == 12
    assert data["offer"]["id"] == fields(client.get("/review?reviewer=ann&rows=12").text)["row"]
    assert data["offer"]["row"]["question"]


def test_nothing_to_review_says_what_to_do(bare: Workspace) -> None:
    page = TestClient(create_app(bare), base_url=BASE).get("/review")
    assert page.status_code == 200
    assert "groundsmith generate" in page.text


def test_all_decided_says_so_and_undo_still_works(client: TestClient) -> None:
    for _ in range(2):
        answer, _ = decide(client, "accept", address="/review?reviewer=ann&rows=2")
    assert "Nothing is left to review" in answer.text
    undone = client.post("/review", data={"reviewer": "ann", "rows": "2", "choice": "undo"})
    assert "Taken back" in undone.text


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"row": "../../etc/passwd"}, 400),
        ({"row": "s_nobody"}, 400),
        ({"choice": "destroy"}, 400),
        ({"version": "-1"}, 400),
        ({"version": "9" * 40}, 400),
        ({"pile": "/etc/passwd"}, 400),
        ({"strategy": "gut"}, 400),
        ({"shown_at": "yesterday"}, 200),
        ({"why": "<script>"}, 200),
        ({"rows": "1e9"}, 200),
    ],
)
def test_strange_fields_are_refused_or_ignored(client: TestClient, change: dict[str, str], status: int) -> None:
    given = fields(client.get("/review?reviewer=ann").text)
    answer = client.post("/review", data={**given, "choice": "accept", **change})
    assert answer.status_code == status
    assert "Traceback" not in answer.text


def test_names_reasons_and_edits_are_text(client: TestClient) -> None:
    script = "<script>alert(1)</script>"
    address = f"/review?reviewer={script}"
    edited, given = decide(client, "edit", address=address, question=script, answer=f"Within 30 days. {script}")
    assert script not in edited.text
    page = client.get("/review", params={"reviewer": script, "row": given["row"]}).text
    assert script not in page
    assert "&lt;script&gt;" in page
    rejected = client.post("/review", data={**fields(page), "choice": "reject", "more": script})
    assert script not in client.get("/review", params={"reviewer": script, "row": given["row"]}).text
    assert rejected.status_code == 200


def test_a_form_of_another_site_decides_nothing(client: TestClient) -> None:
    given = fields(client.get("/review?reviewer=ann").text)
    answer = client.post("/review", data={**given, "choice": "accept"}, headers={"sec-fetch-site": "cross-site"})
    assert answer.status_code == 403
    assert figure(client.get("/review?reviewer=ann").text, "accepted") == "0"


def test_a_server_that_ends_loses_no_decision(place: Workspace) -> None:
    with TestClient(application(place), base_url=BASE) as first:
        decide(first, "accept")
    with TestClient(application(place), base_url=BASE) as second:
        assert figure(second.get("/review?reviewer=ann&rows=12").text, "accepted") == "1"


@pytest.fixture
def served(place: Workspace) -> Iterator[str]:
    """The studio on a free port of this machine."""
    uvicorn = pytest.importorskip("uvicorn", reason="uvicorn is not installed")
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(application(place), port=port, log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join()


def test_ten_rows_by_keyboard_with_an_edit_and_an_undo(served: str) -> None:
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("there is no chromium on this machine")
    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]
    with api.sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=flags)
        tab = browser.new_page()
        tab.set_default_timeout(60_000)
        tab.goto(f"{served}/review?reviewer=ann&rows=10")
        certified = tab.text_content("#certified")

        def press(key: str, told: str) -> None:
            with tab.expect_navigation():
                tab.keyboard.press(key)
            assert told in (tab.text_content("[role=status]") or "")

        for _ in range(4):
            press("a", "Accepted")
        tab.keyboard.press("r")
        press("2", "Rejected")
        tab.keyboard.press("e")
        assert tab.evaluate("document.activeElement.id") == "answer"
        tab.keyboard.type(" Within 30 days.")
        with tab.expect_navigation():
            tab.keyboard.press("Control+Enter")
        assert tab.text_content("#edited") == "1"
        press("a", "Accepted")
        assert tab.text_content("#far") == "7 of 10 decided, 3 left"
        press("u", "Taken back")
        assert tab.text_content("#far") == "6 of 10 decided, 4 left"
        for _ in range(4):
            press("a", "Accepted")
        assert "Nothing is left to review" in (tab.text_content("h1") or "")
        counts = [tab.text_content(f"#{name}") for name in ("accepted", "edited", "rejected")]
        assert counts == ["8", "1", "1"]
        assert tab.text_content("#certified") != certified
        browser.close()
