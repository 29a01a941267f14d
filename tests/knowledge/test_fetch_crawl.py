"""Pages, site maps and linked pages into the library; refreshed at little cost; stopped and gone on with."""

from __future__ import annotations

import gzip
import importlib.util
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.document import Document, Passage
from knowledge.errors import DocumentError
from knowledge.fetch.client import Answer
from knowledge.fetch.crawl import ingest_pages
from knowledge.fetch.fetcher import Fetcher
from knowledge.fetch.links import links_of
from knowledge.fetch.pace import Pace
from knowledge.fetch.records import WebRecords
from knowledge.fetch.sitemap import read_site_map
from knowledge.fetch.url import Sites, WebAddress, parse
from knowledge.fetch.visit import Cut, WebReport
from knowledge.library import Library
from knowledge.split import split
from knowledge.store import Database

spec = importlib.util.spec_from_file_location("fetch_site", Path(__file__).with_name("fetch_site.py"))
assert spec is not None
assert spec.loader is not None
fetch_site = importlib.util.module_from_spec(spec)
spec.loader.exec_module(fetch_site)
page = fetch_site.page


class Desk:
    """A site, a library, and ingest from the one into the other."""

    def __init__(self, site: fetch_site.Site, database: Database) -> None:
        self.site = site
        self.library = Library(database)
        self.records = WebRecords(database)

    def ingest(self, *paths: str, pace: Pace | None = None, **options: object) -> WebReport:
        words = [path if "://" in path else self.site.url(path) for path in paths]
        with self.site.fetcher(pace=pace) as fetcher:
            return ingest_pages(words, library=self.library, fetcher=fetcher, **options)

    def statuses(self, *paths: str, **options: object) -> dict[str, str]:
        found = {
            o.source.replace(self.site.url(""), ""): str(o.status) for o in self.ingest(*paths, **options).outcomes
        }
        return dict(sorted(found.items()))


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with fetch_site.running() as site, Database(tmp_path / "library.db") as database:
        site.send("/robots.txt", "", media="text/plain")
        yield Desk(site, database)


def urlset(*addresses: str) -> str:
    entries = "".join(f"<url><loc>{a}</loc><lastmod>2026-01-01</lastmod></url>" for a in addresses)
    return f'<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{entries}</urlset>'


def index_of(*addresses: str) -> str:
    entries = "".join(f"<sitemap><loc> {a} </loc></sitemap>" for a in addresses)
    return f'<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{entries}</sitemapindex>'


# One page ------------------------------------------------------------------------------------------------------


def test_a_page_becomes_a_document_named_by_its_address(desk: Desk) -> None:
    desk.site.send("/rules", page("House rules", "The quiet hours are from 22:00 to 7:00 on every day of the week."))
    report = desk.ingest("/rules#hours")
    entry = desk.library.documents()[0]
    assert entry.source == entry.origin == entry.location == desk.site.url("/rules")
    assert entry.title == "House rules"
    passage = next(desk.library.passages())
    assert passage.source == desk.site.url("/rules")
    assert "quiet hours" in desk.library.document_text(entry.id)
    assert report.counts["added"] == 1
    assert report.stopped == ""


class Listing:
    """An index that only knows which passages it holds."""

    name = "memory"

    def __init__(self) -> None:
        self.held: set[str] = set()

    def ids(self) -> set[str]:
        return set(self.held)

    def count(self) -> int:
        return len(self.held)

    def update(self, passages: list[Passage], gone: list[str], *, progress: object = None) -> tuple[int, int]:
        before, came = set(self.held), {passage.id for passage in passages}
        self.held = (self.held - set(gone)) | came
        return len(came - before), len(before - self.held)

    def sync(self, passages: Iterator[Passage], *, progress: object = None) -> tuple[int, int]:
        wanted = list(passages)
        return self.update(wanted, list(self.held - {passage.id for passage in wanted}))


def test_the_index_follows(desk: Desk) -> None:
    desk.site.send("/rules", page("House rules", "The quiet hours are from 22:00 to 7:00 on every day of the week."))
    index = Listing()
    report = desk.ingest("/rules", index=index)
    assert report.indexed == desk.library.passage_count() > 0
    assert index.ids() == desk.library.passage_ids()


def test_a_refresh_costs_an_empty_answer(desk: Desk) -> None:
    desk.site.send("/a", page("A", "The fee is $5 for each resident."), etag='"v1"')
    desk.site.send("/b", page("B", "The fee is $6 for each visitor."), last_modified="Sat, 21 Nov 2026 00:00:00 GMT")
    desk.site.send("/c", page("C", "The fee is $7 for each guest."))
    paths = ("/a", "/b", "/c")
    assert set(desk.statuses(*paths).values()) == {"added"}
    desk.site.requests.clear()
    assert set(desk.statuses(*paths).values()) == {"unchanged"}
    asked = dict(desk.site.requests)
    assert asked["/a"]["if-none-match"] == '"v1"'
    assert asked["/b"]["if-modified-since"] == "Sat, 21 Nov 2026 00:00:00 GMT"
    assert not {"if-none-match", "if-modified-since"} & set(asked["/c"])
    assert [entry.version for entry in desk.library.documents()] == [1, 1, 1]


def test_a_changed_page_is_a_new_version(desk: Desk) -> None:
    desk.site.send("/a", page("A", "The fee is $5 for each resident."), etag='"v1"')
    desk.ingest("/a")
    desk.site.send("/a", page("A", "The fee is $8 for each resident."), etag='"v2"')
    assert desk.statuses("/a") == {"/a": "changed"}
    entry = desk.library.documents()[0]
    assert (entry.version, desk.records.page(entry.location).etag) == (2, '"v2"')
    assert "$8" in desk.library.document_text(entry.id)


def test_other_bytes_with_the_same_text_are_unchanged(desk: Desk) -> None:
    text = page("A", "The fee is $5 for each resident.")
    desk.site.send("/a", text)
    desk.ingest("/a")
    desk.site.send("/a", text.replace("<main>", '<main data-nonce="77">'))
    assert desk.statuses("/a") == {"/a": "unchanged"}


def test_other_settings_ask_for_the_whole_page_again(desk: Desk) -> None:
    desk.site.send("/a", page("A", "The fee is $5 for each resident. " * 40), etag='"v1"')
    desk.ingest("/a")
    before = desk.library.passage_count()
    assert desk.statuses("/a", cut=Cut(max_tokens=32)) == {"/a": "changed"}
    assert desk.library.passage_count() > before
    assert "if-none-match" not in desk.site.requests[-1][1]


def test_a_document_that_was_removed_is_asked_for_whole(desk: Desk) -> None:
    desk.site.send("/a", page("A", "The fee is $5 for each resident."), etag='"v1"')
    desk.ingest("/a")
    desk.library.remove(desk.library.documents()[0].id)
    assert desk.statuses("/a") == {"/a": "added"}


def test_the_same_text_elsewhere_is_a_duplicate(desk: Desk) -> None:
    text = page("A", "The fee is $5 for each resident.")
    desk.site.send("/a", text, etag='"a"')
    desk.site.send("/b", text, etag='"b"')
    assert desk.statuses("/a", "/b") == {"/a": "added", "/b": "duplicate"}
    assert desk.statuses("/a", "/b") == {"/a": "unchanged", "/b": "duplicate"}
    desk.site.send("/a", page("A", "The fee is $9 for each resident."), etag='"a2"')
    assert desk.statuses("/a", "/b")["/a"] == "changed"
    assert {entry.passages > 0 for entry in desk.library.documents()} == {True}


def test_redirects_are_recorded_and_the_answering_address_is_the_source(desk: Desk) -> None:
    desk.site.redirect("/old", "/new", status=301)
    desk.site.send("/new", page("A", "The fee is $5 for each resident."), etag='"v1"')
    report = desk.ingest("/old", "/new")
    assert [o.source for o in report.outcomes] == [desk.site.url("/new")]
    assert f"redirect: {desk.site.url('/old')} → {desk.site.url('/new')}" in report.outcomes[0].warnings
    assert desk.records.page(desk.site.url("/old")).redirect == desk.site.url("/new")
    assert desk.statuses("/old") == {"/new": "unchanged"}
    assert desk.site.requests[-1][1]["if-none-match"] == '"v1"'


# What the bytes are --------------------------------------------------------------------------------------------


def test_the_type_goes_by_content_and_the_server_is_told_on(desk: Desk) -> None:
    desk.site.send("/a.pdf", page("Rules", "The fee is $5 for each resident."), media="application/pdf")
    report = desk.ingest("/a.pdf")
    assert report.counts["failed"] + report.counts["added"] == 1
    [outcome] = report.outcomes
    assert "application/pdf" in " ".join((*outcome.warnings, outcome.error or ""))


def test_a_pdf_served_as_a_page_is_read_as_a_pdf(desk: Desk) -> None:
    from reportlab.pdfgen.canvas import Canvas

    made = io.BytesIO()
    canvas = Canvas(made)
    canvas.drawString(72, 720, "The fee for a parking permit is $25 a year for each resident.")
    canvas.save()
    desk.site.send("/download.php?id=3", made.getvalue(), media="text/html; charset=iso-8859-1")
    [outcome] = desk.ingest("/download.php?id=3").outcomes
    [entry] = desk.library.documents()
    assert entry.media_type == "application/pdf"
    assert "$25 a year" in desk.library.document_text(entry.id)
    assert "content-type: the server says text/html, but it is application/pdf" in outcome.warnings


@pytest.mark.parametrize(
    ("path", "media", "body", "read"),
    [
        ("/export", "text/csv; charset=utf-8", "item,fee\npermit,$5\nbadge,$6\n", "text/csv"),
        ("/notes", "text/markdown", "# Fees\n\nThe fee is $5 for each resident.\n", "text/markdown"),
        ("/rules.php?id=7", "text/html", page("Rules", "The fee is $5 for each resident."), "text/html"),
        ("/rules.md", "text/html", page("Rules", "The fee is $5 for each resident."), "text/html"),
        ("/rules", "application/octet-stream", page("Rules", "The fee is $5 for each one."), "text/html"),
        ("/plain", "text/plain", "The fee is $5 for each resident.\n", "text/plain"),
    ],
)
def test_the_servers_word_helps_with_text(desk: Desk, path: str, media: str, body: str, read: str) -> None:
    desk.site.send(path, body, media=media)
    desk.ingest(path)
    [entry] = desk.library.documents()
    assert entry.media_type == read
    assert entry.source == desk.site.url(path)


def test_the_encoding_the_server_names_is_used_where_it_must_be(desk: Desk) -> None:
    text = page("Prüfung", "Für die Prüfung gilt eine Gebühr von 5 Euro.")
    desk.site.send(
        "/koi", page("Fees", "Плата за услугу: пять рублей.").encode("koi8-r"), media="text/html; charset=koi8-r"
    )
    desk.site.send("/wrong", text, media="text/html; charset=iso-8859-1")
    desk.ingest("/koi", "/wrong")
    texts = " ".join(desk.library.document_text(entry.id) for entry in desk.library.documents())
    assert "Плата за услугу" in texts
    assert "Prüfung" in texts


def test_what_cannot_be_read_is_an_error_of_that_page(desk: Desk) -> None:
    desk.site.send("/zip", b"\x7fELF" + b"\0" * 100, media="application/octet-stream")
    desk.site.send("/empty", "")
    desk.site.send("/ok", page("A", "The fee is $5 for each resident."))
    report = desk.ingest("/zip", "/empty", "/missing", "/ok")
    assert [str(o.status) for o in report.outcomes] == ["failed", "failed", "failed", "added"]
    assert all((o.error or "").startswith(o.source) for o in report.failed)
    assert [r.kind for r in desk.library.refusals()] == ["empty", "unsupported"]
    desk.site.send("/empty", page("B", "The fee is $6 for each visitor."))
    assert desk.statuses("/empty") == {"/empty": "added"}
    assert len(desk.library.refusals()) == 1


def test_a_parsers_bug_ends_one_page_only(desk: Desk) -> None:
    def broken(document: Document, **options: object) -> list[Passage]:
        if "crash" in document.text:
            raise RecursionError("too deep")
        return split(document, **options)

    desk.site.send("/bad", page("Bad", "Make it crash."))
    desk.site.send("/ok", page("A", "The fee is $5 for each resident."))
    assert desk.statuses("/bad", "/ok", cut=Cut(split=broken)) == {"/bad": "failed", "/ok": "added"}


def test_rights_reserved_are_told(desk: Desk) -> None:
    desk.site.send("/a", page("A", "The fee is $5 for each resident."), tdm_reservation="1")
    assert any(warning.startswith("rights: ") for warning in desk.ingest("/a").outcomes[0].warnings)


def test_wrong_addresses_are_errors_of_their_own(desk: Desk) -> None:
    desk.site.send("/ok", page("A", "The fee is $5 for each resident."))
    words = ["http://site.test/x", "file:///etc/passwd", "https://u:pw@site.test/", "https://evil.test/", "/ok"]
    report = desk.ingest(*words)
    errors = [outcome.error or "" for outcome in report.outcomes]
    for error, said in zip(
        errors, ["https is fetched", "https is fetched", "user name", "library.sites"], strict=False
    ):
        assert said in error
    assert "pw" not in " ".join(errors)
    assert report.counts["added"] == 1


def test_a_page_that_is_gone_stays_until_pruned(desk: Desk) -> None:
    desk.site.send("/a", page("A", "The fee is $5 for each resident."), etag='"v1"')
    desk.ingest("/a")
    del desk.site.routes["/a"]
    outcome = desk.ingest("/a").outcomes[0]
    assert str(outcome.status) == "failed"
    assert outcome.warnings == ("kept: version 1, read before, stays in the library",)
    assert desk.statuses("/a", prune=True) == {"/a": "removed"}
    assert desk.library.documents() == []
    assert desk.records.page(desk.site.url("/a")) is None


# Site maps -----------------------------------------------------------------------------------------------------


def test_a_site_map_of_site_maps_is_taken_in(desk: Desk) -> None:
    site = desk.site
    for number in range(4):
        site.send(f"/{number}", page(f"Rule {number}", f"The fee is ${number} for each resident."), etag=f'"{number}"')
    site.send("/one.xml", urlset(site.url("/0"), site.url("/1"), site.url("/1")), media="application/xml", etag='"m"')
    site.send("/two.xml.gz", gzip.compress(urlset(site.url("/2")).encode()), media="application/gzip")
    site.send("/three.txt", f"{site.url('/3')}\n\n{site.url('/0')}\n", media="text/plain")
    maps = [site.url(path) for path in ("/one.xml", "/two.xml.gz", "/three.txt")]
    site.send("/sitemap.xml", index_of(*maps), media="text/xml", last_modified="Sat, 21 Nov 2026 00:00:00 GMT")
    assert desk.statuses("/sitemap.xml") == {f"/{number}": "added" for number in range(4)}
    site.requests.clear()
    assert desk.statuses("/sitemap.xml") == {f"/{number}": "unchanged" for number in range(4)}
    conditional = {path for path, headers in site.requests if {"if-none-match", "if-modified-since"} & set(headers)}
    assert conditional == {"/sitemap.xml", "/one.xml", "/0", "/1", "/2", "/3"}


def test_a_site_map_cannot_widen_what_is_allowed(desk: Desk) -> None:
    site = desk.site
    site.send("/ok", page("A", "The fee is $5 for each resident."))
    entries = [
        site.url("/ok"),
        "https://evil.test/x",
        "http://127.0.0.1/x",
        "file:///etc/passwd",
        "https://u:p@site.test/",
    ]
    site.send("/sitemap.xml", urlset(*entries), media="text/xml")
    statuses = desk.statuses("/sitemap.xml")
    assert statuses.pop("/ok") == "added"
    assert set(statuses.values()) == {"skipped"}
    assert len(statuses) == 4


def test_a_site_map_of_strangers_is_told_in_few_lines(desk: Desk) -> None:
    strangers = [f"https://{number}.evil.test/" for number in range(100)]
    desk.site.send("/sitemap.xml", urlset(*strangers), media="text/xml")
    report = desk.ingest("/sitemap.xml")
    assert len(report.outcomes) == 21
    assert report.outcomes[-1].warnings == ("skipped: 80 more of its entries may not be fetched",)


def test_a_site_map_may_write_http() -> None:
    found = read_site_map(urlset("http://example.gov/a").encode(), source="m", max_bytes=1000)
    assert found is not None
    assert str(parse(found.pages[0], upgrade=True)) == "https://example.gov/a"


def test_a_whole_site_is_found_through_robots_txt(desk: Desk) -> None:
    site = desk.site
    site.send("/robots.txt", f"User-agent: *\nDisallow: /no\nSitemap: {site.url('/map.xml')}\n", media="text/plain")
    site.send("/map.xml", urlset(site.url("/a"), site.url("/no/b")), media="text/xml")
    site.send("/a", page("A", "The fee is $5 for each resident."))
    assert desk.statuses("/", whole_site=True) == {"/a": "added", "/no/b": "failed"}
    assert "/" not in site.paths


def test_a_whole_site_without_robots_txt_has_the_usual_map(desk: Desk) -> None:
    desk.site.send("/sitemap.xml", urlset(desk.site.url("/a")), media="text/xml")
    desk.site.send("/a", page("A", "The fee is $5 for each resident."))
    assert desk.statuses("/x/y", whole_site=True) == {"/a": "added"}


def test_bombs_and_damage_in_site_maps_are_errors(desk: Desk) -> None:
    laughs = '<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>' + urlset("https://site.test/&b;")
    desk.site.send("/laughs.xml", laughs, media="text/xml")
    desk.site.send("/cut.xml", urlset(desk.site.url("/a"))[:-20], media="text/xml")
    desk.site.send("/none.xml", urlset(), media="text/xml")
    outcomes = desk.ingest("/cut.xml", "/none.xml", "/laughs.xml").outcomes
    assert not any("hahaha" in outcome.source for outcome in outcomes)
    assert "damaged" in (outcomes[0].error or "")
    assert "lists nothing" in (outcomes[1].error or "")
    bomb = gzip.compress(b"<urlset>" + b" " * 50_000_000)
    with pytest.raises(DocumentError, match="unpacks to more"):
        read_site_map(bomb, source="m", max_bytes=1_000_000)


def test_a_page_in_place_of_a_listed_site_map_is_an_error(desk: Desk) -> None:
    desk.site.send("/m.xml", page("Not found", "Sorry."), media="text/html")
    desk.site.send("/sitemap.xml", index_of(desk.site.url("/m.xml")), media="text/xml")
    assert desk.statuses("/sitemap.xml") == {"/m.xml": "failed"}


def test_pictures_in_a_site_map_are_no_pages() -> None:
    text = (
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:image="http://www.google.com/schemas/'
        'sitemap-image/1.1"><url><loc>https://x.test/a</loc><image:image><image:loc>https://x.test/a.png</image:loc>'
        "</image:image></url></urlset>"
    )
    found = read_site_map(text.encode(), source="m", max_bytes=10_000)
    assert found is not None
    assert found.pages == ("https://x.test/a",)


# Links ---------------------------------------------------------------------------------------------------------


def wire(desk: Desk, tree: dict[str, tuple[str, ...]]) -> None:
    for number, (path, links) in enumerate(tree.items()):
        desk.site.send(path, page(path, f"The fee is ${number} for each resident.", links=links), etag=f'"{path}"')


def test_links_are_followed_as_deep_as_asked(desk: Desk) -> None:
    wire(desk, {"/": ("/a", "/b"), "/a": ("/c", "/"), "/b": (), "/c": ("/d",), "/d": ()})
    assert list(desk.statuses("/")) == ["/"]
    assert list(desk.statuses("/", depth=1)) == ["/", "/a", "/b"]
    assert desk.statuses("/", depth=2) == {"/": "unchanged", "/a": "unchanged", "/b": "unchanged", "/c": "added"}


def test_a_refresh_follows_the_links_of_unchanged_pages(desk: Desk) -> None:
    wire(desk, {"/": ("/a",), "/a": ("/b",), "/b": ()})
    desk.ingest("/", depth=2)
    desk.site.requests.clear()
    assert desk.statuses("/", depth=2) == {"/": "unchanged", "/a": "unchanged", "/b": "unchanged"}
    assert all("if-none-match" in headers for path, headers in desk.site.requests if path != "/robots.txt")


def test_links_that_lead_nowhere_are_left_out_quietly(desk: Desk) -> None:
    wire(desk, {"/": ("/dead", "/a", "mailto:x@y.test", "https://evil.test/", "javascript:x()"), "/a": ()})
    report = desk.ingest("/", depth=1)
    assert report.failed == ()
    skipped = [o for o in report.outcomes if str(o.status) == "skipped"]
    assert [(o.source, o.warnings) for o in skipped] == [(desk.site.url("/dead"), ("skipped: the server answers 404",))]


def test_links_stay_on_their_site_and_leave_out_pictures() -> None:
    text = """<html><head><base href="https://x.test/dir/"></head><body>
        <a href="a.html">a</a> <a href=" a.html#part ">again</a> <a href="/b c?x=1&amp;y=2">b</a> <a href="//x.test/c">c</a>
        <a href="http://x.test/d">d</a> <a href="https://y.test/">other</a> <a href="pic.PNG">picture</a>
        <a href="e" rel="nofollow">e</a> <a href="#top">top</a> <a href="ftp://x.test/f">f</a> <area href="g.pdf">
        </body></html>"""
    found = links_of(text.encode(), address=parse("https://x.test/page"))
    assert [link.target for link in found] == ["/dir/a.html", "/b%20c?x=1&y=2", "/c", "/d", "/dir/g.pdf"]
    closed = text.replace("<head>", '<head><meta name="robots" content="noindex, NoFollow">')
    assert links_of(closed.encode(), address=parse("https://x.test/page")) == ()
    assert links_of(b"", address=parse("https://x.test/page")) == ()


# A law -------------------------------------------------------------------------------------------------------


class Shelf:
    """A client without a network: pages by path, each with its text as its validator."""

    agent = "groundsmith"
    max_bytes = 1_000_000

    def __init__(self) -> None:
        self.pages: dict[str, str] = {}

    def get(self, address: WebAddress, *, headers: dict[str, str] | None = None) -> Answer:
        text = self.pages.get(address.target)
        if text is None:
            return Answer(address=address, status=404)
        etag = f'"{text}"'
        if (headers or {}).get("If-None-Match") == etag:
            return Answer(address=address, status=304, headers={"etag": etag})
        body = page("Rules", f"The fee is {text} dollars for each resident.").encode()
        return Answer(address=address, status=200, headers={"etag": etag, "content-type": "text/html"}, body=body)

    def close(self) -> None:
        return


PATHS = ("/a", "/b", "/c")
STATES = st.lists(st.dictionaries(st.sampled_from(PATHS), st.sampled_from("123")), min_size=1, max_size=5)


def contents(database: Database, states: list[dict[str, str]]) -> tuple[set[str], set[str]]:
    """Take in a site in one state after another; return what the library then holds."""
    shelf, library = Shelf(), Library(database)
    for state in states:
        shelf.pages = state
        fetcher = Fetcher(shelf, sites=Sites.of(["x.test"]), pace=Pace(delay=0))
        ingest_pages([f"https://x.test{path}" for path in PATHS], library=library, fetcher=fetcher, prune=True)
    return {passage.text for passage in library.passages()}, {
        entry.source for entry in library.documents(duplicates=True)
    }


@given(STATES)
@settings(max_examples=30)
def test_refreshing_equals_taking_in_anew(states: list[dict[str, str]]) -> None:
    with Database(":memory:") as refreshed, Database(":memory:") as fresh:
        assert contents(refreshed, states) == contents(fresh, states[-1:])


# Limits and stopping -------------------------------------------------------------------------------------------


def test_a_run_that_reached_its_limit_goes_on_where_it_was(desk: Desk) -> None:
    wire(desk, {"/": ("/a", "/b", "/c"), "/a": ("/d",), "/b": (), "/c": (), "/d": ()})
    first = desk.ingest("/", depth=2, pages=2)
    assert first.stopped == "library.site_pages = 2 are reached"
    assert first.left == 3
    assert first.counts["added"] == 2
    desk.site.requests.clear()
    second = desk.ingest("/", depth=2, pages=2)
    assert second.counts["added"] == 2
    assert desk.site.paths == ["/b", "/c"]
    assert second.left == 1
    desk.site.requests.clear()
    third = desk.ingest("/", depth=2, pages=2)
    assert (third.stopped, third.counts["added"], desk.site.paths) == ("", 1, ["/d"])
    desk.site.requests.clear()
    assert desk.ingest("/", depth=2).counts["unchanged"] == 5  # done: the next run asks for all again
    assert len(desk.site.paths) == 5


def test_a_stopped_run_goes_on_where_it_was(desk: Desk) -> None:
    site = desk.site
    for number in range(5):
        site.send(f"/{number}", page(f"Rule {number}", f"The fee is ${number} for each resident."))
    site.send("/sitemap.xml", urlset(*(site.url(f"/{number}") for number in range(5))), media="text/xml")
    pace = Pace(delay=0, stop=lambda: len(site.paths) >= 3)
    report = desk.ingest("/sitemap.xml", pace=pace)
    assert (report.stopped, report.left, report.counts["added"]) == ("stopped", 3, 2)
    site.requests.clear()
    assert desk.ingest("/sitemap.xml").counts == {**report.counts, "added": 3, "unchanged": 2}
    assert site.paths == ["/2", "/3", "/4"]


def test_an_interrupt_loses_nothing_that_was_done(desk: Desk) -> None:
    wire(desk, {"/a": (), "/b": (), "/c": ()})

    def interrupt(event: object) -> None:
        if event.done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        desk.ingest("/a", "/b", "/c", progress=interrupt)
    assert len(desk.library.documents()) == 2
    desk.site.requests.clear()
    assert desk.statuses("/a", "/b", "/c") == {"/a": "unchanged", "/b": "unchanged", "/c": "added"}
    assert desk.site.paths == ["/c"]


def test_an_interrupt_within_a_page_leaves_nothing_of_it(desk: Desk) -> None:
    def interrupted(document: Document, **options: object) -> list[Passage]:
        raise KeyboardInterrupt

    desk.site.send("/a", page("A", "The fee is $5 for each resident."), etag='"v1"')
    with pytest.raises(KeyboardInterrupt):
        desk.ingest("/a", cut=Cut(split=interrupted))
    assert desk.library.documents() == []
    assert desk.records.page(desk.site.url("/a")) is None
    assert desk.statuses("/a") == {"/a": "added"}


def test_an_unfinished_run_is_gone_on_with_for_a_day(desk: Desk) -> None:
    assert desk.records.begin("run") == ""
    assert desk.records.begin("run") != ""
    desk.records.finish("run")
    assert desk.records.begin("run") == ""
    with desk.library.database.transaction() as connection:
        connection.execute("UPDATE web_runs SET started = '2020-01-01T00:00:00Z'")
    assert desk.records.begin("run") == ""


def test_progress_names_each_page(desk: Desk) -> None:
    wire(desk, {"/": ("/a", "/b"), "/a": (), "/b": ()})
    events = []
    desk.ingest("/", depth=1, progress=events.append)
    assert [(event.done, event.total) for event in events] == [(1, 3), (2, 3), (3, 3)]
    assert [event.outcome.source for event in events] == [desk.site.url(path) for path in ("/", "/a", "/b")]


def test_the_report_is_plain_data(desk: Desk) -> None:
    from dataclasses import asdict

    desk.site.send("/a", page("A", "The fee is $5 for each resident."))
    assert json.loads(json.dumps(asdict(desk.ingest("/a"))))["stopped"] == ""
