"""Web pages into a workspace: the settings that bound it, and the command as a person uses it."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pytest
from terminal import cli

from groundsmith.ingestion import ingest_sites, joined, web_client
from groundsmith.sections import LibrarySection
from groundsmith.workspace import Workspace
from knowledge.errors import SettingsError
from knowledge.fetch.visit import WebReport
from knowledge.outcome import IngestReport

spec = importlib.util.spec_from_file_location("fetch_site", Path(__file__).parents[1] / "knowledge" / "fetch_site.py")
assert spec is not None
assert spec.loader is not None
fetch_site = importlib.util.module_from_spec(spec)
spec.loader.exec_module(fetch_site)
page = fetch_site.page
EXAMPLES = Path(__file__).parents[2] / "examples" / "harbourview"


@pytest.fixture
def site() -> Iterator[fetch_site.Site]:
    with fetch_site.running() as site:
        site.send("/robots.txt", "", media="text/plain")
        site.send("/", page("Rules", "The rules of the house are on two pages.", links=("/fees", "/hours")))
        site.send("/fees", page("Fees", "The parking permit costs $25 a year for each resident."))
        site.send("/hours", page("Hours", "The office is open from 9:00 to 17:00 on working days."))
        yield site


def quiet(advance: int = 1, *, note: str = "", total: int | None = None) -> None:
    return


def run(folder: Path, site: fetch_site.Site, *paths: str, **options: object) -> WebReport:
    """Ingest with settings and arguments; names with a dot are settings."""
    settings = {name: str(options.pop(name)) for name in list(options) if "." in name}
    chosen = {"library.sites": f"site.test:{site.port}", "library.site_delay": "0", **settings}
    if not (folder / "groundsmith.yaml").exists():
        Workspace.create(folder).close()
    with Workspace.open(folder, overrides=chosen) as workspace:
        section = workspace.settings.library
        client = site.client(agent=section.site_agent, max_bytes=section.max_bytes, timeout=section.site_timeout)
        return ingest_sites(workspace, [site.url(p) for p in paths], tick=quiet, client=client, **options)


def test_a_page_is_found_under_its_address(site: fetch_site.Site, tmp_path: Path) -> None:
    report = run(tmp_path, site, "/", depth=1)
    assert report.counts["added"] == 3
    with Workspace.open(tmp_path) as workspace:
        hit = workspace.retriever.search("How much is a parking permit?", k=1)[0]
    assert hit.passage.source == site.url("/fees")
    assert "$25" in hit.passage.text


def test_real_policies_are_found_with_the_shipped_model(site: fetch_site.Site, tmp_path: Path) -> None:
    names = ("HBA-06-arrears-and-repayment.md", "HBA-07-appeals-and-review.md")
    for name in names:
        site.send(f"/policies/{name}", (EXAMPLES / name).read_bytes(), media="text/markdown; charset=utf-8")
    entries = "".join(f"<url><loc>{site.url(f'/policies/{name}')}</loc></url>" for name in names)
    site.send("/sitemap.xml", f"<urlset>{entries}</urlset>", media="text/xml")
    assert run(tmp_path, site, "/sitemap.xml").counts["added"] == 2
    with Workspace.open(tmp_path) as workspace:
        hits = workspace.retriever.search("How many days are there to appeal against a decision?", k=3)
    assert site.url(f"/policies/{names[1]}") in {hit.passage.source for hit in hits}


def test_the_settings_bound_a_run(site: fetch_site.Site, tmp_path: Path) -> None:
    none = run(tmp_path, site, "/", **{"library.sites": "other.test"})
    assert "library.sites" in (none.outcomes[0].error or "")
    deep = run(tmp_path, site, "/", **{"library.site_depth": 1, "library.site_pages": 2})
    assert (deep.counts["added"], deep.stopped, deep.left) == (2, "library.site_pages = 2 are reached", 1)
    slow = run(tmp_path, site, "/hours", **{"library.site_delay": 50, "library.site_seconds": 10})
    assert (slow.stopped, slow.left) == ("library.site_seconds = 10 are over", 1)
    large = run(tmp_path, site, "/hours", **{"library.max_bytes": 50})
    assert "library.max_bytes = 50" in (large.outcomes[0].error or "")


def test_the_agent_is_sent(site: fetch_site.Site, tmp_path: Path) -> None:
    run(tmp_path, site, "/hours", **{"library.site_agent": "rules (mailto:data@example.gov)"})
    assert {headers["user-agent"] for _, headers in site.requests} == {"rules (mailto:data@example.gov)"}


def test_stopping_leaves_the_rest_for_next_time(site: fetch_site.Site, tmp_path: Path) -> None:
    report = run(tmp_path, site, "/", "/fees", "/hours", stop=lambda: len(site.paths) >= 2)
    assert (report.counts["added"], report.stopped, report.left) == (2, "stopped", 1)
    assert report.indexed > 0
    assert run(tmp_path, site, "/", "/fees", "/hours").counts == {**report.counts, "added": 1, "unchanged": 2}


@pytest.mark.parametrize("agent", ["", "grün", "two\nlines", "(mailto:x@y.gov)"])
def test_a_wrong_agent_is_a_settings_error(agent: str) -> None:
    with pytest.raises(SettingsError, match=r"library\.site_agent"):
        web_client(LibrarySection(site_agent=agent))


def test_the_client_of_the_settings_reaches_no_private_address(site: fetch_site.Site, tmp_path: Path) -> None:
    Workspace.create(tmp_path).close()
    allowed = {"library.sites": f"127.0.0.1:{site.port},localhost:{site.port}"}
    addresses = [site.url("/", "127.0.0.1"), site.url("/", "localhost")]
    with Workspace.open(tmp_path, overrides=allowed) as workspace:
        report = ingest_sites(workspace, addresses, tick=quiet)
    assert all("not public (loopback)" in (outcome.error or "") for outcome in report.outcomes)
    assert len(report.failed) == 2
    assert site.requests == []


def test_reports_are_joined() -> None:
    files, pages = IngestReport(indexed=2, missing=("a.md",)), WebReport(indexed=3, stopped="stopped", left=4)
    assert asdict(joined(files, pages)) == {**asdict(pages), "indexed": 5, "missing": ("a.md",)}


# The command ---------------------------------------------------------------------------------------------------


def test_each_wrong_address_is_told_and_the_rest_goes_on(tmp_path: Path) -> None:
    (tmp_path / "fees.md").write_text("# Fees\n\nThe permit costs $25 a year.\n", encoding="utf-8")
    words = ["http://example.gov/", "file:///etc/passwd", "https://u:secret@example.gov/", "https://example.gov/"]
    done = cli(
        "ingest",
        "fees.md",
        *words,
        "https://127.0.0.1:9/",
        "--set",
        "library.sites=127.0.0.1:9",
        "--json",
        here=tmp_path,
        code=1,
    )
    counts = json.loads(done.stdout)["counts"]
    assert (counts["added"], counts["failed"]) == (1, 5)
    for said in (
        "write https://",
        "user name or a password",
        "--set library.sites=example.gov",
        "not public (loopback)",
    ):
        assert said in done.stderr
    assert "secret" not in done.stderr + done.stdout


def test_a_wrong_site_ends_the_command(tmp_path: Path) -> None:
    done = cli("ingest", "https://example.gov/", "--set", "library.sites=*", here=tmp_path, code=2)
    assert "library.sites: '*' is no site; write a host" in done.stderr
