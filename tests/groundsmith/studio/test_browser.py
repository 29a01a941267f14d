"""The studio in a browser."""

from __future__ import annotations

import shutil
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
import scripted_endpoint
from browsing import MARKS, SIZES, axe
from studio_rows import add_run

from groundsmith.studio.app import create_app
from groundsmith.workspace import Workspace

pytestmark = MARKS
WAIT = 150_000
"""Milliseconds after which a page is given up; on a busy machine the real judge takes its time."""
FOCUSED = "(at => `${at.tagName} ${at.name || at.textContent.trim()}`)(document.activeElement)"


@pytest.fixture(scope="module")
def studio(filled: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimpleNamespace]:
    """A server over a copy of the filled workspace, whose runs ask a scripted endpoint."""
    import uvicorn

    root = tmp_path_factory.mktemp("browser") / "studio"
    shutil.copytree(filled, root)
    patch = pytest.MonkeyPatch()
    patch.setenv("SCRIPTED_KEY", "none")
    with scripted_endpoint.endpoint(delay=0.2) as address, Workspace.open(root, environment={}) as workspace:
        settings = [f"model.base_url={address}", "model.name=scripted", "model.api_key_variable=SCRIPTED_KEY"]
        settings += [
            "sampling.levels=1",
            "curation.duplicates=false",
            "verification.relevance=false",
            "verification.passages=2",
            "model.parallel=1",
        ]
        server = uvicorn.Server(uvicorn.Config(create_app(workspace, overrides=settings), log_level="error"))
        listening = socket.create_server(("127.0.0.1", 0))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        yield SimpleNamespace(address=f"http://127.0.0.1:{listening.getsockname()[1]}", workspace=workspace)
        server.should_exit = True
        thread.join()
        listening.close()
    patch.undo()


@pytest.fixture
def page(browser, studio):
    """A page at the studio that notes what it asks for and what goes wrong."""
    yield from opened(browser, studio)


@pytest.fixture
def plain(browser, studio):
    """A page without script."""
    yield from opened(browser, studio, java_script_enabled=False)


def opened(browser, studio, **options):
    context = browser.new_context(base_url=studio.address, **options)
    page = context.new_page()
    page.set_default_timeout(WAIT)
    asked, wrong = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    yield page
    assert [url for url in asked if not url.startswith(studio.address)] == []
    context.close()
    assert [text for text in wrong if "422" not in text] == []


def addresses(page):
    """Every kind of page, at an address that shows something."""
    listed = {name: page.request.get(f"/{name}.json").json() for name in ("documents", "concepts", "samples")}
    changed = next(each["id"] for each in listed["documents"]["documents"] if each["version"] > 1)
    document = listed["documents"]["documents"][0]["id"]
    return [
        "/", "/documents", f"/documents/{document}", f"/documents/{changed}/changes", "/contradictions", "/concepts",
        f"/concepts/{listed['concepts']['concepts'][0]['id']}", "/samples", "/samples?verdict=supported&q=matter",
        f"/samples/{listed['samples']['samples'][0]['id']}", "/check", "/runs", "/runs/r_1", "/nowhere", "/patterns",
        "/map", "/map?colour=coverage&state=missing", "/coverage", "/coverage?versus=r_1",
    ]  # fmt: skip


@pytest.mark.parametrize(("scheme", "size"), [("light", "wide"), ("dark", "phone")])
def test_axe_finds_nothing_and_nothing_sticks_out(browser, studio, scheme, size):
    width, height = SIZES[size]
    context = browser.new_context(
        base_url=studio.address,
        color_scheme=scheme,
        viewport={"width": width, "height": height},
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.set_default_timeout(WAIT)
    judge, found = axe.Axe(), {}
    for where in addresses(page):
        page.goto(where)
        for each in page.locator("details").all():
            each.evaluate("place => place.open = true")
        violations = judge.run(page).response["violations"]
        if violations:
            found[where] = [(each["id"], each["nodes"][0]["html"][:200]) for each in violations]
        assert page.evaluate("document.documentElement.scrollWidth") <= width, where
    context.close()
    assert found == {}


def test_the_theme_chosen_wins_over_the_system(page):
    page.emulate_media(color_scheme="light")
    page.goto("/documents")
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.get_by_role("link", name="Dark").click()
    page.wait_for_load_state()
    assert page.url.endswith("/documents")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != light
    page.get_by_role("link", name="System").click()
    page.wait_for_load_state()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == light


def test_the_keyboard_reaches_everything(page):
    page.goto("/samples")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    seen = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        seen.add(page.evaluate(FOCUSED))
    assert {"INPUT q", "BUTTON Search", "A CSV"} <= seen
    assert any(each.startswith("SUMMARY Verdict") for each in seen)


def test_a_concept_leads_to_its_passages(page):
    page.goto("/concepts")
    name = page.locator("tbody th a").first.text_content()
    page.get_by_role("searchbox").fill(name)
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name=name, exact=True).first.click()
    assert page.get_by_role("heading", level=1).text_content() == name
    page.locator("section[aria-labelledby=passages] .passage a").first.click()
    assert page.locator("article.at").count() == 1


def test_the_map_finds_a_concept_and_leads_to_its_passages(page, studio):
    ranked = sorted(studio.workspace.graph().concepts.values(), key=lambda concept: -concept.weight)
    page.goto("/map?colour=coverage")
    page.locator("#found li").first.wait_for()
    page.keyboard.press("/")
    page.keyboard.type(ranked[4].label)
    page.keyboard.press("Enter")
    card = page.locator("#card")
    card.get_by_role("heading", name=ranked[4].label).wait_for()
    assert card.locator("blockquote").count() > 0
    card.get_by_role("button", name="Mark for a run").click()
    assert page.locator("#picked-list li").all_text_contents() == [ranked[4].label]
    card.get_by_role("link", name="All about it").click()
    assert page.locator("h1").text_content() == ranked[4].label
    assert page.locator("#passages, .passage").count() > 0


def test_a_run_for_the_gaps_is_watched_and_coverage_rises(page, studio):
    page.goto("/coverage")
    before = page.request.get("/coverage.json").json()["reach"]
    page.locator("#count").fill("3")
    page.locator("#seconds").fill("120")
    page.get_by_role("button", name="Generate for these").click()
    page.wait_for_url("**/runs/*", timeout=WAIT)
    page.get_by_text("complete", exact=False).first.wait_for(timeout=WAIT)
    after = page.request.get("/coverage.json").json()["reach"]
    assert after["rows"] >= before["rows"] + 3
    assert after["weighted"] > before["weighted"]
    page.goto("/coverage")
    assert f"{after['weighted']:.1%}" in page.locator("dl.tiles").first.text_content()


def test_versions_are_compared(page):
    page.goto("/documents?state=changed")
    page.get_by_role("link", name="see what changed").click()
    assert "400" in page.locator("del").first.text_content()
    assert "900" in page.locator("ins").first.text_content()


def test_rows_are_filtered_and_read(page):
    page.goto("/samples")
    total = page.locator(".bar-line strong").text_content()
    page.get_by_text("Verdict", exact=True).first.click()
    page.locator(".facets a", has_text="conflicting").click()
    assert page.locator(".bar-line strong").text_content() != total
    page.get_by_role("list", name="Filters in force").get_by_role("link").click()
    assert page.locator(".bar-line strong").text_content() == total
    page.locator("tbody th a").first.click()
    assert page.locator("ol.claims > li blockquote mark").count() >= 1


@pytest.mark.model
def test_a_text_is_checked(page, studio):
    passage = next(each for each in studio.workspace.library.passages() if len(each.text) > 200)
    page.goto("/check")
    page.get_by_role("button", name="Check").click()
    assert page.get_by_role("alert").is_visible()
    page.get_by_label("Answer").fill(passage.text.partition(". ")[0] + ".")
    page.get_by_role("button", name="Check").click()
    page.wait_for_url("**/reports/*", timeout=WAIT)
    assert page.locator("main .badge").first.text_content() == "supported"
    assert page.locator("ol.claims blockquote mark").count() >= 1


@pytest.mark.model
def test_a_run_is_started_watched_and_stopped(page, studio):
    page.goto("/runs")
    before = int(page.request.get("/samples.json?outcome=all").json()["total"])
    page.get_by_text("Start a run").click()
    page.get_by_label("Rows wanted").fill("40")
    page.get_by_label("Most model calls").fill("200")
    page.get_by_role("button", name="Start").click()
    page.wait_for_url("**/runs/r_*", timeout=WAIT)
    bar = page.locator("progress")
    end = time.monotonic() + 150
    while not int(bar.get_attribute("value") or 0) and time.monotonic() < end:
        page.wait_for_timeout(300)
    assert int(bar.get_attribute("value") or 0) > 0, "the bar moves while the page stays"
    page.get_by_role("button", name="Stop").click()
    page.locator("main .badge", has_text="stopped").first.wait_for(timeout=WAIT)
    assert page.get_by_role("button", name="Go on").is_visible()
    after = int(page.request.get("/samples.json?outcome=all").json()["total"])
    assert after > before


def test_without_script_lists_rows_and_forms_work(plain, studio):
    add_run(studio.workspace, run="r_8")
    plain.goto("/documents")
    plain.locator("tbody th a").first.click()
    assert plain.locator("article.passage").count() >= 1
    plain.goto("/concepts")
    plain.locator("tbody th a").first.click()
    assert plain.get_by_role("heading", name="Neighbours").is_visible()
    plain.goto("/samples")
    plain.get_by_role("searchbox").fill("matter 4")
    plain.get_by_role("button", name="Search").click()
    plain.locator("tbody th a").first.click()
    assert plain.locator("ol.claims > li").count() == 1
    plain.goto("/check")
    plain.get_by_role("button", name="Check").click()
    assert plain.get_by_role("alert").is_visible()
