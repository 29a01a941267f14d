"""The coverage page: its figures against the graph, its curve, its gaps, and the run they start."""

from __future__ import annotations

from dataclasses import replace

import pytest
from starlette.testclient import TestClient
from studio_page import check_frame, soup
from studio_rows import add_run, made_row

from groundsmith.row import RowConcept
from groundsmith.runs import Unit
from groundsmith.studio.app import create_app
from groundsmith.studio.coverage_store import _curve
from groundsmith.workspace import Workspace


def test_the_figures_are_those_of_the_graph_and_the_rows(client: TestClient, full: Workspace) -> None:
    found = client.get("/coverage.json").json()
    graph = full.graph()
    kept = [row for run in full.runs.all() for row in full.runs.kept(run.id, limit=1000)]
    stated = {concept.id for row in kept for concept in row.concepts} & set(graph.concepts)
    total = sum(concept.weight for concept in graph.concepts.values())
    assert found["reach"]["rows"] == len(kept) > 0
    assert found["reach"]["concepts"] == len(graph.concepts)
    assert found["reach"]["covered"] == len(stated) > 0
    assert found["reach"]["weighted"] == pytest.approx(sum(graph.concepts[each].weight for each in stated) / total)
    ranked = sorted((c for c in graph.concepts.values() if c.id not in stated), key=lambda c: -c.weight)
    assert [gap["weight"] for gap in found["gaps"]] == pytest.approx([c.weight for c in ranked[: len(found["gaps"])]])
    assert not stated & {gap["id"] for gap in found["gaps"]}
    assert found["reach"]["curve"][0] == [0, 0.0]
    assert found["reach"]["curve"][-1] == [len(kept), pytest.approx(found["reach"]["weighted"])]


def test_the_matrix_counts_concepts_by_document_and_topic(client: TestClient, full: Workspace) -> None:
    graph = full.graph()
    passages = [passage for passage in full.library.passages() if graph.mentions(passage.id)]
    said = {passage.id: graph.mentions(passage.id)[0].concept_id for passage in passages[::4]}
    full.runs.begin("r_9", kind="generate", asked=len(said), record={"model": "m", "settings": {}})
    for number, passage in enumerate(passages[::4]):
        named = graph.concepts[said[passage.id]]
        row = replace(made_row(passage, number, run="r_9"), concepts=(RowConcept(id=named.id, label=named.label),))
        full.runs.add("r_9", Unit(ordinal=number, key=f"m{number}", level=1, outcome="kept", reason="", row=row))
    matrix = client.get("/coverage.json", params={"run": "r_9"}).json()["matrix"]
    tree, shown = graph.tree, {label for _, label in matrix["topics"]}
    assert matrix["lines"]
    for line in matrix["lines"]:
        own = [passage for passage in passages if passage.document_id == line["document"]]
        here = {mention.concept_id for passage in own for mention in graph.mentions(passage.id)}
        here = {each for each in here if tree.path(each) and tree.path(each)[0].label in shown}
        covered = {said[passage.id] for passage in own if passage.id in said} & here
        assert sum(cell["concepts"] for cell in line["cells"]) == len(here)
        assert sum(cell["covered"] for cell in line["cells"]) == len(covered)
    assert any(cell["covered"] for line in matrix["lines"] for cell in line["cells"])


def test_the_page_is_labelled_and_compares_two_runs(client: TestClient, full: Workspace) -> None:
    run = next(iter(full.runs.all())).id
    page = soup(client.get("/coverage"))
    check_frame(page)
    assert page.select_one("nav a[aria-current]").get_text(strip=True) == "Coverage"
    assert page.select_one("svg[role=img]")["aria-label"]
    both = soup(client.get("/coverage", params={"versus": run}))
    check_frame(both)
    assert len(both.select("section.reach")) == 2
    assert len(both.select("svg polyline")) == 2


def test_without_data_it_says_what_to_do(empty: TestClient) -> None:
    page = soup(empty.get("/coverage"))
    check_frame(page)
    assert "groundsmith graph build" in page.main.get_text()


def test_a_run_for_the_gaps_is_drawn_for_the_concepts_marked(full: Workspace) -> None:
    nowhere = ["model.base_url=http://127.0.0.1:9/v1", "model.name=far", "model.retries=0"]
    origin = {"origin": "http://127.0.0.1:8710"}
    with TestClient(create_app(full, overrides=nowhere), base_url="http://127.0.0.1:8710") as client:
        gaps = client.get("/coverage.json").json()["gaps"]
        chosen = [gap["id"] for gap in gaps[:3]]
        form = {"concept": chosen, "count": "5", "calls": "9"}
        answer = client.post("/coverage", data=form, headers=origin, follow_redirects=False)
        assert answer.status_code == 303
        words = client.get(answer.headers["location"] + ".json").json()["job"]["command"]
        assert words[words.index("--count") + 1] == "5"
        assert "budget.calls=9" in words
        assert f"sampling.concepts=[{', '.join(sorted(chosen))}]" in words
        client.post(f"{answer.headers['location']}/stop", headers=origin)


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"count": "5"}, "gaps"),
        ({"count": "5", "concept": "c_not_there"}, "gaps"),
        ({"count": "many", "concept": None}, "count"),
        ({"count": "5", "money": "-1", "concept": None}, "money"),
    ],
)
def test_what_cannot_be_started_is_said_beside_its_field(client: TestClient, form: dict[str, str], field: str) -> None:
    if form.get("concept", "") is None:
        form = {**form, "concept": client.get("/coverage.json").json()["gaps"][0]["id"]}
    answer = client.post("/coverage", data=form, headers={"origin": "http://127.0.0.1:8710"})
    assert answer.status_code == 422
    page = soup(answer)
    assert page.select_one(f".problems a[href='#{field}']")
    assert page.select_one(f"#{field}")


def test_the_curve_ends_where_the_rows_do() -> None:
    numbers = list(range(10, 10 + 250 * 3, 3))
    gains = [(numbers[0], 1.0), (numbers[3], 2.0), (numbers[249], 1.0)]
    points = _curve(numbers, gains, 8.0)
    assert points[0] == (0, 0.0)
    assert points[-1] == (250, 0.5)
    assert len(points) <= 61
    assert [share for _, share in points] == sorted(share for _, share in points)
    assert _curve([], [], 1.0) == ((0, 0.0),)


def test_runs_are_kept_apart(client: TestClient, full: Workspace) -> None:
    before = client.get("/coverage.json").json()["reach"]
    first = next(iter(full.runs.all())).id
    add_run(full)
    runs = {run.id for run in full.runs.all()}
    alone = client.get("/coverage.json", params={"run": first}).json()["reach"]
    assert alone["rows"] == before["rows"]
    if len(runs) > 1:
        assert client.get("/coverage.json").json()["reach"]["rows"] > before["rows"]
