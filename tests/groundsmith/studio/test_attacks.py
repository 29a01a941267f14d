"""What documents, concepts, models and callers may try: it is shown as text, refused, or not found."""

import re

import pytest
from bs4 import BeautifulSoup
from starlette.testclient import TestClient
from studio_rows import EVIL, made_row

from groundsmith.runs import Unit
from groundsmith.studio import address
from groundsmith.studio.app import create_app
from groundsmith.studio.page import environment

PAYLOADS = (
    EVIL,
    '"><img src=x onerror=alert(1)>',
    "'-alert(1)-'",
    "{{ 7 * 7 }}{% raw %}",
    "javascript:alert(1)",
    "</title><script>alert(1)</script>",
    "\u202etxt.exe",
)


def check_harmless(answer):
    """No element, attribute or script of the page comes from data."""
    page = BeautifulSoup(answer.text, "lxml")
    scripts = [tag.get("src") for tag in page.find_all("script")]
    assert all(src == "/static/studio.js" for src in scripts), scripts
    assert not page.find("img")
    for tag in page.find_all(True):
        assert not any(name.startswith("on") for name in tag.attrs), tag
        for name in ("href", "src", "action", "data-live"):
            assert str(tag.get(name, "/")).startswith(("/", "#")), tag
    assert "49" not in re.findall(r"\{\{ 7 \* 7 \}\}|49", page.title.get_text())


@pytest.mark.parametrize("payload", PAYLOADS)
def test_texts_of_models_are_shown_as_text(full, payload):
    from dataclasses import replace

    passage = next(iter(full.library.passages()))
    row = made_row(passage, 77, run="r_9")
    claim = replace(row.claims[0], reason=payload)
    row = replace(
        row, id="s_evil", question=payload, answer=f"{payload} {row.answer}", model=payload, claims=(claim,), kind=payload,
        conditions={payload: payload}, rejected=payload, reasoning=payload, parts={payload: payload}, verdict=payload,
    )  # fmt: skip
    full.runs.begin("r_9", kind="generate", asked=1, record={"model": payload})
    full.runs.add("r_9", Unit(ordinal=0, key="k", level=1, outcome="rejected", reason=payload, row=row))
    with TestClient(create_app(full), base_url="http://127.0.0.1") as client:
        for path in (
            "/",
            "/runs",
            "/runs/r_9",
            "/samples?outcome=all",
            "/samples/s_evil",
            "/samples?outcome=all&q=alert",
        ):
            answer = client.get(path)
            assert answer.status_code == 200
            check_harmless(answer)
        assert payload in BeautifulSoup(client.get("/samples/s_evil").text, "lxml").h1.get_text()
        condition = address.samples(condition=f"{payload}={payload}", outcome="all").replace("?", ".json?")
        assert client.get(condition).json()["total"] == 1


def test_texts_and_names_of_documents_are_shown_as_text(client):
    flagged = client.get("/documents.json", params={"state": "flagged"}).json()["documents"][0]
    assert "<script>" in flagged["source"]
    for path in ("/documents", f"/documents/{flagged['id']}", "/", "/concepts"):
        check_harmless(client.get(path))
    page = BeautifulSoup(client.get(f"/documents/{flagged['id']}").text, "lxml")
    assert flagged["source"] in page.select_one(".crumbs").get_text()


def test_names_of_concepts_are_shown_as_text(full, client):
    client.get("/concepts")
    with_evil = "UPDATE atlas.concepts SET label = ?, definition = ?, aliases = ?"
    desk = client.app.state.desk
    desk.tables.workspace.database.connection.execute(with_evil, (EVIL, EVIL, f'["{EVIL}"]'))
    one = client.get("/concepts.json").json()["concepts"][0]
    for path in ("/concepts", f"/concepts/{one['id']}"):
        answer = client.get(path)
        check_harmless(answer)
        assert EVIL in BeautifulSoup(answer.text, "lxml").main.get_text()


@pytest.mark.parametrize("payload", PAYLOADS)
def test_what_is_typed_is_shown_as_text(client, payload):
    for path in ("/documents", "/concepts", "/samples"):
        check_harmless(client.get(path, params=dict.fromkeys(("q", "topic", "state", "after", "sort"), payload)))
    for path in (
        address.document(payload),
        address.concept(payload),
        address.sample(payload),
        address.run(payload),
        address.report(payload),
    ):
        answer = client.get(path)
        assert answer.status_code in (404, 405)
        check_harmless(answer)
    check_harmless(client.post("/check", data={"question": payload, "answer": ""}))
    check_harmless(client.post("/runs", data={"count": payload, "money": payload, "calls": payload}))


@pytest.mark.parametrize(
    "name",
    [
        "../../../etc/passwd.jsonl",
        "a\x00b.jsonl",
        "<script>alert(1)</script>.jsonl",
        "..\\..\\x.exe",
        "x" * 300,
    ],
)  # fmt: skip
def test_the_name_of_a_dropped_file_is_a_label_only(full, client, name):
    data = b'{"question": "What?", "answer": "Nothing at all is said here."}\n'
    before = {path for path in full.root.rglob("*") if path.is_file() and full.state not in path.parents}
    answer = client.post("/check", files={"file": (name, data)}, follow_redirects=False)
    assert answer.status_code in (303, 400, 422)
    after = {path for path in full.root.rglob("*") if path.is_file() and full.state not in path.parents}
    assert after == before
    if answer.status_code == 303:
        shown = client.get(answer.headers["location"])
        check_harmless(shown)
        job = answer.headers["location"].rpartition("/")[2]
        files = {path.name for path in (full.state / "studio" / "jobs" / job).iterdir()}
        assert files <= {"dataset.jsonl", "verified.jsonl", "lock", "out", "messages", "pid", "exit", "exit.part"}
        client.post(f"/jobs/{job}/stop")
        wait(client, job)
    else:
        check_harmless(answer)


def wait(client, job):
    """Wait until a job has ended."""
    import time

    while client.get(f"/jobs/{job}.json").json()["progress"]["state"] == "working":
        time.sleep(0.1)


def test_an_upload_over_the_limit_is_refused_and_kept_nowhere(full):
    with TestClient(create_app(full, most_bytes=100_000), base_url="http://127.0.0.1") as client:
        answer = client.post("/check", files={"file": ("x.jsonl", b"x" * 200_000)})
        assert answer.status_code == 413
        assert not (full.state / "studio" / "jobs").exists()


def test_a_text_over_the_limit_is_refused_with_the_reason(client):
    answer = client.post("/check", data={"answer": "word " * 5000})
    assert answer.status_code == 422
    page = BeautifulSoup(answer.text, "lxml")
    assert "20,000" in page.select_one("[role=alert]").get_text()
    assert page.select_one("textarea")["aria-describedby"] == page.select_one("p.wrong")["id"]


def test_templates_mark_nothing_as_safe():
    made = environment()
    assert made.autoescape is True
    for name in made.list_templates():
        source = made.loader.get_source(made, name)[0]
        assert not re.search(r"\|\s*safe|autoescape|Markup", source), name


def test_templates_hold_no_text_of_their_own():
    """All English stands in english.yaml."""
    made = environment()
    for name in made.list_templates():
        source = made.loader.get_source(made, name)[0]
        plain = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", " ", source, flags=re.DOTALL)
        text = re.sub(r"<[^>]*>|[\w-]+=\"[^\"]*\"", " ", plain)
        words = [word for word in re.findall(r"[A-Za-z]{2,}", text) if word not in ("groundsmith",)]
        assert words == [], (name, words)
