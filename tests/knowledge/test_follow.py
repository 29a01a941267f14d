"""Links lead to the passages they name, stand where they say, and never change the text that they stand in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.document import Document
from knowledge.follow import addresses_of
from knowledge.ingest import ingest
from knowledge.library import Library
from knowledge.load import html, load_bytes, markdown
from knowledge.load.draft import MOST_LINKS
from knowledge.load.place import offsets, target_of
from knowledge.resolve import CrossReference, LostLink, Resolver
from knowledge.store import Database

CORPORA = Path(__file__).parents[2].parent / "shared/data/corpora"
RULES = """<html><head><title>Rules</title></head><body><main>
<h1 id="top">Rules</h1><p>An applicant who meets the <a href="limits.html#table">income
limits</a> may apply under <a href="#appeals">the rules on appeals</a> or <a href="limits.html">the other page</a>.</p>
<h2 id="appeals">Appeals</h2><p id="first">An appeal is made within 30 days.</p><p>It is free of charge for all.</p>
</main></body></html>"""
LIMITS = """<html><body><main><h1>Limits</h1><p>The limits are set every year by the board of the agency.</p>
<h2><a name="table"></a>Amounts</h2><p>The limit is $13,500 for a household of four.
See <a href="https://example.gov/x">the guide</a>.</p></main></body></html>"""


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with Database(tmp_path / "w.db") as database:
        yield Library(database)


def taken_in(library: Library, folder: Path, files: dict[str, str]) -> Resolver:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    ingest([folder], library=library, root=folder.parent)
    return Resolver(library)


def followed(library: Library, resolver: Resolver) -> dict[str, str]:
    """Return, by the words of each link, the first words of the passage it leads to, or why it leads nowhere."""
    found = [each for passage in library.passages() for each in resolver.links(passage)]
    return {
        each.reference.text: library.passage(each.target_id).text if isinstance(each, CrossReference) else each.reason
        for each in found
    }


def words_of(document: Document) -> dict[str, str]:
    return {document.text[link.start : link.end]: link.target for link in document.links}


def test_links_lead_to_anchors_and_documents(library: Library, tmp_path: Path) -> None:
    resolver = taken_in(library, tmp_path / "docs", {"rules.html": RULES, "limits.html": LIMITS})
    found = followed(library, resolver)
    assert found["income limits"].startswith("The limit is $13,500")
    assert found["the rules on appeals"].startswith("An appeal is made")
    assert found["the other page"].startswith("The limits are set every year")
    assert "no document of the library is at //example.gov/x" in found["the guide"]
    lost = [x for p in library.passages() for x in resolver.links(p) if isinstance(x, LostLink)]
    assert [(each.reference.link, each.outside) for each in lost] == [("https://example.gov/x", True)]
    assert {each.reference.text for each in resolver.all()} == {
        "income limits",
        "the rules on appeals",
        "the other page",
    }


def test_what_leads_nowhere_says_why(library: Library, tmp_path: Path) -> None:
    page = "# One\n\nSee [a](#none), [b](../../etc/passwd), [c](gone.md), [d](%2e%2e/%2e%2e/x.md), [e](two.md#none).\n"
    page += (
        "\n# Bare {#bare}\n\n# Last\n\nSee [f](#bare), [g](#), [h](//), [i](http://[x), [j](two.md#), [k](?p=1#last).\n"
    )
    resolver = taken_in(library, tmp_path / "docs", {"one.md": page, "two.md": "# Two\n\nThe words of the second.\n"})
    found = followed(library, resolver)
    assert found == {
        "a": "nothing in the document is called #none",
        "b": "it leads out of the library",
        "c": "no document of the library is at docs/gone.md",
        "d": "it leads out of the library",
        "e": "The words of the second.",
        "f": "nothing stands under #bare",
        "g": "names no place",
        "h": "this is no web address",
        "i": "this is no web address",
        "j": "The words of the second.",
        "k": next(p.text for p in library.passages() if p.headings == ("Last",)),
    }
    assert [each.exact for each in resolver.all() if each.reference.text in "ej"] == [False, True]


def test_sites_leave_endings_and_underscores_out(library: Library, tmp_path: Path) -> None:
    files = {
        "site/a/start.md": "# Start\n\nSee [b](../_b/page.html#rule), [c](/site/b/), [d](/b/page) and [e](page).\n",
        "site/b/page.md": "# Page\n\n<a name='rule'></a>\n## The Rule\n\nIt is the rule on this page.\n",
        "site/b/index.md": "# Index\n\nIt is the index of the folder.\n",
    }
    found = followed(library, taken_in(library, tmp_path, files))
    assert found["b"] == found["d"] == "It is the rule on this page."
    assert found["c"] == "It is the index of the folder."
    assert found["e"].startswith("no document of the library")


def test_pages_know_their_own_address_but_not_anothers(library: Library, tmp_path: Path) -> None:
    def page(words: str, stated: str) -> str:
        head = f'<head><meta property="og:url" content="https://law.example{stated}"></head>'
        return f"<html>{head}<body><main><p>{words}</p></main></body></html>"

    link = '<a href="/code/2">section two</a>, <a href="/acts/2">act two</a> and <a href="/code/3">section three</a>'
    files = {
        "1.html": page(f"It is set out in {link}, which apply to all of it.", "/code/1"),
        "2.html": page("Section two of the code says what it is.", "/code/2"),
        "3.html": page("Section three of the code says one thing.", "/code/3"),
        "4.html": page("A page that says that it is section three too.", "/code/3"),
    }
    found = followed(library, taken_in(library, tmp_path / "docs", files))
    assert found["section two"].startswith("Section two")
    assert found["act two"] == "no document of the library is at //law.example/acts/2"
    assert found["section three"] == "more than one document is found at //law.example/code/3"
    own, stated = addresses_of("https://law.example/code/3", ""), addresses_of("4.html", "https://law.example/code/3")
    assert own["=//law.example/code/3"] < stated["=//law.example/code/3"]


def test_links_follow_documents_that_change_move_or_go(library: Library, tmp_path: Path) -> None:
    folder = tmp_path / "docs"
    resolver = taken_in(library, folder, {"rules.html": RULES, "limits.html": LIMITS})
    again = taken_in(library, folder, {"limits.html": LIMITS.replace("$13,500", "$14,000")})
    assert "$14,000" in followed(library, again)["income limits"]
    library.remove(next(entry.id for entry in library.documents() if entry.source.endswith("limits.html")))
    resolver.update()
    assert "no document" in followed(library, resolver)["the other page"]


def test_a_link_that_is_altered_makes_no_new_version(library: Library, tmp_path: Path) -> None:
    taken_in(library, tmp_path / "docs", {"rules.html": RULES})
    resolver = taken_in(library, tmp_path / "docs", {"rules.html": RULES.replace('"limits.html"', '"#first"')})
    assert [entry.version for entry in library.documents()] == [1]
    assert followed(library, resolver)["the other page"].startswith("An appeal is made")


def test_a_copy_is_found_as_its_first(library: Library, tmp_path: Path) -> None:
    files = {"limits.html": LIMITS, "z/copy.html": LIMITS, "rules.html": RULES.replace("limits.html", "z/copy.html")}
    assert followed(library, taken_in(library, tmp_path / "docs", files))["income limits"].startswith("The limit is")


@pytest.mark.parametrize(
    "href",
    [
        "javascript:alert(1)",
        " JavaScript:alert(1)",
        "java\tscript:alert(1)",
        "java\nscript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "mailto:a@example.gov",
        "C:\\x",
        "vbscript:x",
        "\x01javascript:x",
        "x\x1b[31m",
        "a\u202eb",
        "",
        "x" * 3_000,
    ],
)
def test_what_leads_to_no_page_is_not_kept(href: str) -> None:
    assert target_of(href) is None
    document = html.load(f'<main><p>The rule is <a href="{escape(href)}">in this place</a>.</p></main>', source="x")
    assert document.links == ()
    assert document.text == "The rule is in this place."


def test_places_of_links_in_markup_and_lists() -> None:
    page = (
        "<main><p>See\n <b>the <a href='#a'>first\n rule</a></b>.<br><a href='#b'>Second</a></p><ul><li>On <a href='#c'>"
        "third</a>;</li></ul><dl><dt><a href='#d'>Term</a></dt><dd>It is <a href='#e'>meant</a> so.</dd></dl>"
        "<a href='#f'><h2>Part one</h2><p>Text of it</p></a><a href='#g'><img src='x'></a></main>"
    )
    links = html.load(page, source="x").links
    text = html.load(page, source="x").text
    assert [(text[each.start : each.end], each.target) for each in links] == [
        ("first rule", "#a"),
        ("Second", "#b"),
        ("third", "#c"),
        ("Term", "#d"),
        ("meant", "#e"),
        ("Part one", "#f"),
        ("Text of it", "#f"),
    ]
    assert words_of(markdown.load("A **bold [link](#x)** and\n[two\nlines](y.md).", source="x")) == {
        "link": "#x",
        "two lines": "y.md",
    }


def test_links_of_tables_stand_in_their_cells() -> None:
    rows = "<tr><th>Rule</th><th>See Rule 5</th></tr><tr id='r1'><td><a href='#x'>Rule</a> 5</td><td>at <a href='y'>Rule</a></td></tr>"
    document = html.load(f"<main><p>The rules of this place are:</p><table>{rows}</table></main>", source="x")
    assert document.text.endswith("Rule: Rule 5; See Rule 5: at Rule.")
    start = document.text.index("Rule: ")
    assert [(each.start - start, each.end - start, each.target) for each in document.links] == [
        (6, 10, "#x"),
        (29, 33, "y"),
    ]
    assert [(anchor.name, anchor.start) for anchor in document.anchors] == [("r1", start)]
    text = "| Rule | Fee |\n|---|---|\n| [first *rule*](#x) of it | [5](y.md) |\n"
    assert words_of(markdown.load(text, source="x")) == {"first rule": "#x", "5": "y.md"}


def test_anchors_of_markdown() -> None:
    text = "# One {#first}\n\nWords.\n\n<a name='second'></a>\n## Two\n\nMore.\n\n- item\n{:#third}\n\nLast words {#fourth}\n"
    text += '\n[Fig](x.md#f){:name="fifth"} shows it\n'
    document = markdown.load(text, source="x")
    named = {anchor.name: document.text[anchor.start : anchor.end] for anchor in document.anchors}
    assert named["first"] == named["one"] == document.text
    assert named["second"] == named["two"] == document.text[document.text.index("Two") :]
    assert named["fourth"] == "Last words"
    assert named["fifth"] == "Fig shows it"
    assert not re.search("[\ue000-\uf8ff]", document.text)


def test_a_page_of_very_many_links_is_bounded() -> None:
    links = "".join(f"<a id='n{n}' href='#n{n}'>a</a> " for n in range(MOST_LINKS + 500))
    document = html.load(f"<main><p>{links}</p></main>", source="x")
    assert len(document.links) == len(document.anchors) == MOST_LINKS
    assert any(warning.startswith("links: ") for warning in document.warnings)


WORDS = st.lists(
    st.sampled_from(
        ["rule", "été", "e\u0301", "ﬁne", "a\u00adb", "\u200b", "x\u200dy", "  ", "\n", "Раy", "\ue010", "I", "—", "."]
    ),
    max_size=6,
).map("".join)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(WORDS, st.booleans(), st.booleans()), max_size=8))
def test_links_never_change_the_text(parts: list[tuple[str, bool, bool]]) -> None:
    linked = "".join(
        f"{'</p><p>' if breaks else ''}<a id='i{n}' href='#i{n}'>{words}</a>" if link else words
        for n, (words, link, breaks) in enumerate(parts)
    )
    bare = re.sub(r"</?a\b[^>]*>", "", linked)
    with_links, without = (html.load(f"<body><p>Text: {each}</p></body>", source="x") for each in (linked, bare))
    assert (with_links.text, with_links.blocks) == (without.text, without.blocks)
    for link in with_links.links:
        assert 0 <= link.start < link.end <= len(with_links.text)
        words = with_links.text[link.start : link.end]
        assert words == words.strip()
    for anchor in with_links.anchors:
        assert any(block.start == anchor.start and block.end <= anchor.end for block in with_links.blocks)


@given(st.text(), st.lists(st.integers(0, 60), max_size=9))
def test_offsets_are_of_characters_that_are_no_space(text: str, counts: list[int]) -> None:
    solid = [place for place, sign in enumerate(text) if not sign.isspace()]
    assert offsets(text, counts) == {count: solid[count] for count in set(counts) if count < len(solid)}


def test_links_of_real_pages_stand_on_their_words() -> None:
    path = CORPORA / "dc-code-html/28-3814.html"
    if not path.exists():
        pytest.skip("corpora not here")
    from lxml import html as parser

    document = load_bytes(path.read_bytes(), source="28-3814.html")
    page = parser.fromstring(path.read_bytes())
    written = {(" ".join(a.text_content().split()), a.get("href")) for a in page.iter("a")}
    kept = {(document.text[link.start : link.end], link.target) for link in document.links}
    assert len(kept) >= 5
    assert kept <= written
