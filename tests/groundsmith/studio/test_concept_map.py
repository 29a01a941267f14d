"""The concept map's page, what its script fetches, and its filters."""

from __future__ import annotations

from starlette.testclient import TestClient
from studio_page import check_frame, soup

from groundsmith.workspace import Workspace


def test_the_map_holds_the_graph_with_ids(client: TestClient, full: Workspace) -> None:
    client.get("/map")
    data = client.get("/map/data.json").json()
    graph = full.graph()
    assert {spot[11] for spot in data["spots"]} == set(graph.concepts)
    assert {graph.concepts[spot[11]].label for spot in data["spots"]} == {spot[0] for spot in data["spots"]}
    assert data["groups"]
    script = client.get("/map/draw.js")
    assert script.headers["content-type"].startswith("text/javascript")
    assert "const start" in script.text


def test_the_filters_leave_what_they_say(client: TestClient, full: Workspace) -> None:
    client.get("/map")
    graph = full.graph()
    everything = client.get("/map/state.json").json()
    kept = [row for run in full.runs.all() for row in full.runs.kept(run.id, limit=1000)]
    assert set(everything["covered"]) == {concept.id for row in kept for concept in row.concepts}
    assert everything["within"] is None
    missing = client.get("/map/state.json", params={"state": "missing"}).json()["within"]
    assert set(missing) == set(graph.concepts) - set(everything["covered"])
    assert set(client.get("/map/state.json", params={"state": "covered"}).json()["within"]) == set(
        everything["covered"]
    )
    document = next(iter(full.library.documents())).id
    own = {
        mention.concept_id
        for passage in full.library.passages()
        if passage.document_id == document
        for mention in graph.mentions(passage.id)
    }
    assert set(client.get("/map/state.json", params={"document": document}).json()["within"]) == own
    assert client.get("/map/state.json", params={"topic": "0"}).json()["within"]
    assert client.get("/map/state.json", params={"topic": "none", "run": "r_none"}).json() == {
        "covered": [],
        "within": [],
    }


def test_the_page_works_as_a_list_without_script(client: TestClient) -> None:
    page = soup(client.get("/map", params={"colour": "coverage", "state": "missing"}))
    check_frame(page)
    assert page.select_one("#as-list a")["href"].startswith("/concepts/")
    assert page.select_one("#stage")["data-state"] == "/map/state.json?state=missing"
    assert page.select_one("#colour option[selected]")["value"] == "coverage"
    assert page.select_one("form#picked")["action"] == "/coverage"


def test_without_a_graph_it_says_what_to_do(empty: TestClient) -> None:
    page = soup(empty.get("/map"))
    check_frame(page)
    assert "groundsmith graph build" in page.main.get_text()
