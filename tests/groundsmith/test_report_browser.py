"""The report in a browser."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import specimen
from browsing import MARKS, SIZES, axe

from groundsmith.report import render

pytestmark = MARKS
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report with every part."""
    path = tmp_path_factory.mktemp("report") / "report.html"
    data = specimen.data()
    path.write_text(render(replace(data, two_documents=[*data.two_documents] * 3, panels=specimen.panels())))
    return path


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", sorted(SIZES))
def test_it_is_accessible_asks_nothing_and_fits(browser, report: Path, size: str, scheme: str) -> None:
    width, height = SIZES[size]
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
    page = context.new_page()
    asked: list[str] = []
    wrong: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: wrong.append(message.text))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto(report.as_uri())
    assert page.evaluate(SIDEWAYS) <= 0
    page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true; })")
    assert page.evaluate(SIDEWAYS) <= 0
    assert asked == [report.as_uri()]
    assert wrong == []
    # axe itself is put into the page by the driver, which the page's policy does not stop
    found = axe.Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    context.close()


def test_without_scripts_all_is_there_and_it_prints(browser, report: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(report.as_uri())
    assert page.locator(".tools").first.is_hidden()
    for name in ("funnel", "coverage", "quality", "diversity", "cost", "kept", "rejected", "record"):
        assert page.locator(f"section#{name} h2").is_visible()
    assert page.locator("svg.map circle").count() == 4
    assert page.locator("article.sample").count() == 2
    assert page.pdf(format="A4")[:5] == b"%PDF-"
    context.close()


def test_the_filter_shows_rows_with_the_words(browser, report: Path) -> None:
    page = browser.new_page()
    page.goto(report.as_uri())
    page.fill(".tools input", "appeal clause")
    assert page.locator("article.sample:visible").count() == 1
    page.click(".tools button")
    assert page.evaluate("[...document.querySelectorAll('details')].every(each => each.open)")
    page.close()
