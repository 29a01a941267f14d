"""Each page without data, with much, and failing: its title, roles, labels and links; and a walk over every link."""

from urllib.parse import urlsplit

import pytest
from starlette.testclient import TestClient
from studio_page import check_frame, soup
from studio_rows import made_row

from groundsmith.studio import address
from groundsmith.studio.app import create_app
from groundsmith.studio.registry import PAGES

LISTS = ("/", "/documents", "/concepts", "/coverage", "/samples", "/check", "/runs", "/contradictions")


def first(client, path):
    """The address of the first row of a list."""
    return soup(client.get(path)).select_one("tbody th a")["href"]


def follow(client, *, most=400):
    """Follow every internal link from the first page; return what each address answered."""
    found, todo = {}, ["/"]
    while todo and len(found) < most:
        here = todo.pop(0)
        if here in found:
            continue
        answer = client.get(here)
        found[here] = answer.status_code
        if "html" not in answer.headers["content-type"]:
            continue
        for link in soup(answer).select("[href], [src]"):
            target = urlsplit(link.get("href") or link.get("src"))
            assert not target.netloc, f"{here} leads out of the studio: {target.geturl()}"
            where = target._replace(fragment="").geturl()
            if where.startswith("/") and where not in found:
                todo.append(where)
    return found


@pytest.mark.parametrize("path", LISTS)
def test_a_page_without_data_says_what_to_do(empty, path):
    page = soup(empty.get(path))
    check_frame(page)
    if path in ("/", "/documents"):
        assert "groundsmith ingest" in page.main.get_text()
    assert empty.get(address.twin(path)).json()["title"] in page.title.get_text()


@pytest.mark.parametrize("path", LISTS)
def test_a_page_with_data_has_its_frame(client, path):
    page = soup(client.get(path))
    check_frame(page)
    current = page.select_one("header nav a[aria-current=page]")
    assert current["href"] == ("/documents" if path == "/contradictions" else path)


def test_every_page_has_a_twin_with_the_same_title(client):
    paths = [*LISTS, first(client, "/documents"), first(client, "/concepts"), first(client, "/samples"), "/runs/r_1"]
    for path in paths:
        page = soup(client.get(path))
        where = urlsplit(path)
        twin = client.get(address.twin(where.path, where.query))
        assert twin.headers["content-type"] == "application/json"
        assert twin.json()["title"] in page.title.get_text()


def test_every_link_leads_somewhere(client):
    found = follow(client)
    assert len(found) > 100
    assert {path: status for path, status in found.items() if status != 200} == {}


def test_every_link_of_an_empty_workspace_leads_somewhere(empty):
    assert set(follow(empty).values()) == {200}


@pytest.mark.parametrize(
    "path", ["/documents/d_0", "/concepts/c_0", "/samples/s_0", "/runs/r_0", "/reports/t_0", "/jobs/j_0", "/nowhere"]
)
def test_what_is_not_there_is_said(client, path):
    answer = client.get(path)
    page = soup(answer)
    check_frame(page)
    assert answer.status_code == 404
    told = client.get(f"{path}.json")
    assert told.status_code == 404
    assert set(told.json()["error"]) == {"status", "message", "remedy"}
    assert told.json()["error"]["message"] in page.main.get_text()


def test_a_page_that_fails_is_an_error_page(full, tmp_path):
    with TestClient(create_app(full), base_url="http://127.0.0.1", raise_server_exceptions=True) as client:
        client.get("/")
        full.database.connection.execute("ALTER TABLE samples RENAME TO lost")
        answer = client.get("/samples")
        assert answer.status_code == 500
        assert "OperationalError" in soup(answer).main.get_text()
        assert "Traceback" not in answer.text
        assert client.get("/samples.json").json()["error"]["status"] == 500
        assert client.get("/documents").status_code == 200


def test_overview_says_what_needs_a_look(client):
    page = soup(client.get("/"))
    concerns = {link["href"]: link.get_text() for link in page.select("section[aria-labelledby=attention] a")}
    assert "1 file could not be read" in concerns["/documents#refused"]
    assert "1 document with text that reads like instructions" in concerns["/documents?state=flagged"]
    assert any("state=uncertain" in href for href in concerns)
    assert any("state=stale" in href for href in concerns) == bool(
        client.get("/samples.json?state=stale").json()["total"]
    )


def test_documents_are_found_sorted_and_refused_ones_named(client):
    listed = client.get("/documents.json").json()
    assert [each["source"] for each in listed["documents"]] == sorted(each["source"] for each in listed["documents"])
    assert [each["kind"] for each in listed["refused"]] == ["damaged"]
    assert client.get("/documents.json", params={"q": "arrears"}).json()["total"] == 1
    assert client.get("/documents.json", params={"q": "100%_"}).json()["total"] == 0
    changed = client.get("/documents.json", params={"state": "changed"}).json()["documents"]
    assert [each["version"] for each in changed] == [2]
    newest = client.get("/documents.json", params={"sort": "newest"}).json()["documents"]
    assert {each["id"] for each in newest} == {each["id"] for each in listed["documents"]}


def test_a_document_shows_outline_passages_flags_and_rows(client):
    flagged = client.get("/documents.json", params={"state": "flagged"}).json()["documents"][0]
    page = soup(client.get(f"/documents/{flagged['id']}"))
    check_frame(page)
    assert "reads like an instruction to a model" in page.main.get_text()
    document = client.get(f"/documents/{flagged['id']}.json").json()
    shown = [each["passage"]["id"] for each in document["passages"]]
    assert [article["id"] for article in page.select("article.passage")] == shown
    assert document["outline"]


def test_a_document_opens_at_a_passage(client):
    row = client.get("/samples.json").json()["samples"][0]
    evidence = client.get(f"/samples/{row['id']}.json").json()["row"]["evidence"][0]
    href = address.document(evidence["document"], passage=evidence["id"])
    page = soup(client.get(href.partition("#")[0]))
    assert page.select_one("article.at")["id"] == evidence["id"] == href.partition("#")[2]


def test_versions_stand_side_by_side(client):
    changed = client.get("/documents.json", params={"state": "changed"}).json()["documents"][0]
    page = soup(client.get(f"/documents/{changed['id']}/changes"))
    check_frame(page)
    assert "400" in " ".join(each.get_text() for each in page.find_all("del"))
    assert "900" in " ".join(each.get_text() for each in page.find_all("ins"))
    older = soup(client.get(f"/documents/{changed['id']}", params={"version": 1}))
    assert "$1,400" in older.main.get_text()
    assert client.get(f"/documents/{changed['id']}", params={"version": 9}).status_code == 404
    single = next(each for each in client.get("/documents.json").json()["documents"] if each["version"] == 1)
    assert client.get(f"/documents/{single['id']}/changes").status_code == 404


def test_concepts_by_importance_by_word_and_by_topic(client):
    listed = client.get("/concepts.json").json()
    weights = [each["weight"] for each in listed["concepts"]]
    assert weights == sorted(weights, reverse=True)
    one = listed["concepts"][0]
    found = client.get("/concepts.json", params={"q": one["label"][:5]}).json()
    assert one["id"] in [each["id"] for each in found["concepts"]]
    topics = client.get("/concepts.json", params={"kind": "topic"}).json()
    assert {each["kind"] for each in topics["concepts"]} == {"topic"}
    by_topic = next(facet for facet in listed["facets"] if facet["name"] == "topic")["options"][0]
    assert client.get(by_topic["href"].replace("?", ".json?")).json()["total"] == by_topic["count"]


def test_a_concept_has_neighbours_passages_and_rows(client, full):
    graph = full.graph()
    row = next(each for each in client.get("/samples.json").json()["samples"] if each["ordinal"] == 0)
    concept = client.get(f"/samples/{row['id']}.json").json()["row"]["concepts"][0]["id"]
    shown = client.get(f"/concepts/{concept}.json").json()
    expected = [(each.concept_id, each.count) for each in graph.neighbours(concept)]
    assert {(each["id"], each["count"]) for each in shown["known"]["near"]} == set(expected)
    assert [each["id"] for each in shown["passages"]] == list(graph.passages_of(concept))[:20]
    assert row["id"] in [each["id"] for each in shown["samples"]]
    check_frame(soup(client.get(f"/concepts/{concept}")))


def test_a_merge_is_undone(client, full):
    from graph.merges import taken

    one = taken(full.graph())[0]
    answer = client.post(f"/concepts/{one.concept_id}/apart", data={"form": one.form}, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/concepts/{one.concept_id}")
    assert (one.kept, one.form) in full.graph_store.apart()
    again = client.post(f"/concepts/{one.concept_id}/apart", data={"form": "no such form"})
    assert again.status_code == 400


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, 6), ({"outcome": "all"}, 12), ({"outcome": "rejected"}, 3), ({"outcome": "failed"}, 3),
        ({"verdict": "supported", "outcome": "all"}, 6), ({"verdict": "refuted", "outcome": "all"}, 2),
        ({"condition": "audience=staff"}, 3), ({"condition": "audience=nobody"}, 0), ({"kind": "question-answer"}, 6),
        ({"run": "r_1", "reason": "refuted", "outcome": "rejected"}, 3), ({"run": "r_2"}, 0),
        ({"confidence": "0.5-0.8", "outcome": "all"}, 9), ({"confidence": "nonsense"}, 0), ({"state": "uncertain"}, 5),
        ({"q": "matter 9"}, 1), ({"q": "matter"}, 6), ({"q": "matt"}, 6), ({"q": '" OR 1 --'}, 0), ({"q": "(*"}, 0),
    ],
)  # fmt: skip
def test_rows_are_filtered(client, query, expected):
    assert client.get("/samples.json", params=query).json()["total"] == expected
    assert soup(client.get("/samples", params=query)).main


def test_counts_of_a_filter_are_what_it_leaves(client):
    for facet in client.get("/samples.json").json()["facets"]:
        for option in facet["options"]:
            if option["count"] is not None and not option["on"]:
                assert client.get(option["href"].replace("?", ".json?")).json()["total"] == option["count"], option


def test_filters_in_force_can_be_taken_out(client):
    page = soup(client.get("/samples", params={"verdict": "supported", "q": "matter", "sort": "confidence"}))
    chips = [each["href"] for each in page.select(".chips a")]
    assert chips == ["/samples?q=matter&sort=confidence", "/samples?verdict=supported&sort=confidence"]
    assert page.select_one("th[aria-sort=ascending]").get_text(strip=True).startswith("Confidence")
    carried = {field["name"]: field["value"] for field in page.select("form input[type=hidden]")}
    assert carried == {"verdict": "supported", "sort": "confidence"}


def test_a_row_shows_claims_evidence_rules_and_lineage(client):
    rows = client.get("/samples.json", params={"outcome": "all"}).json()["samples"]
    for row in rows:
        page = soup(client.get(f"/samples/{row['id']}"))
        check_frame(page)
        shown = client.get(f"/samples/{row['id']}.json").json()
        claim = page.select_one("ol.claims > li")
        assert "".join(mark.get_text() for mark in claim.select("blockquote mark")) == shown["row"]["claims"][0]["text"]
        assert claim.select_one("figcaption a")["href"].startswith(
            f"/documents/{shown['row']['evidence'][0]['document']}"
        )
        assert claim.select_one(".findings")
        assert page.select_one(f"a[href='/runs/{row['run']}']")


def test_other_rows_of_the_same_prompt_are_alternatives(client):
    row = client.get("/samples.json").json()["samples"][0]
    shown = client.get(f"/samples/{row['id']}.json").json()
    assert len(shown["drawn"]) == 11
    assert row["id"] not in [each["id"] for each in shown["drawn"]]


@pytest.mark.parametrize("form", ["jsonl", "csv", "parquet"])
def test_export_carries_the_filter(client, full, form):
    page = soup(client.get("/samples", params={"verdict": "refuted", "outcome": "all"}))
    href = next(link["href"] for link in page.select("a[download]") if f"format={form}" in link["href"])
    answer = client.get(href)
    assert "attachment" in answer.headers["content-disposition"]
    if form == "jsonl":
        assert len(answer.text.splitlines()) == 2
    assert not list((full.state / "studio").glob("tmp*"))
    assert client.get("/samples/export?format=exe").status_code == 404


def test_pages_go_on_where_the_last_ended(full):
    from groundsmith.runs import Unit

    passage = next(iter(full.library.passages()))
    for number in range(130):
        row = made_row(passage, number + 100, run="r_2")
        full.runs.begin("r_2", kind="generate", asked=130, record={})
        full.runs.add("r_2", Unit(ordinal=number, key="k", level=1, outcome="kept", reason="", row=row))
    with TestClient(create_app(full), base_url="http://127.0.0.1") as client:
        for query in ("run=r_2", "run=r_2&sort=confidence"):
            seen, where = [], f"/samples.json?{query}"
            while where:
                page = client.get(where).json()
                seen += [each["ordinal"] for each in page["samples"]]
                where = page["pager"]["next"].replace("/samples?", "/samples.json?")
            assert len(seen) == 130
            assert seen == sorted(seen, reverse=query == "run=r_2")
        assert client.get("/samples.json?after=nonsense").status_code == 200
        assert client.get("/samples.json?sort=confidence&after=x~y").status_code == 200


def test_modules_of_the_registry_have_routes_and_texts():
    for module in PAGES:
        assert module.routes
    names = [module.nav.name for module in PAGES if module.nav]
    assert len(names) == len(set(names))


def test_the_page_of_patterns_shows_every_state(empty):
    page = soup(empty.get("/patterns"))
    check_frame(page)
    badges = [each.get_text() for each in page.select(".badge")]
    assert {"supported", "refuted", "conflicting", "not enough evidence"} <= set(badges)
    assert page.select_one("[role=alert] a")["href"] == "#field"
    assert page.select(".facets a[aria-current]")
    assert {"next", "first"} == {link["rel"][0] for link in page.select(".pager a")}
