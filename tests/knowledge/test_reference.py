"""References are read with what they name, and lead to the passage that goes by it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.document import Passage
from knowledge.ingest import ingest
from knowledge.library import Library
from knowledge.load import load_bytes
from knowledge.reference import line_keys, own_keys, references
from knowledge.resolve import Resolver, resolve
from knowledge.split import split
from knowledge.store import Database

CORPORA = Path(__file__).parents[2].parent / "shared/data/corpora"


def said(text: str) -> list[tuple[str, str]]:
    """Return the targets named in a text, and the document each is said to be of."""
    passage = split(load_bytes(text.encode(), source="x.txt"))[0]
    return [(each.target, each.document) for each in references(passage) if not each.outside]


@pytest.mark.parametrize(
    ("text", "targets"),
    [
        ("As described in Section 5.1.2, verifiers rely on it.", ["5.1.2"]),
        ("See Sec. 4.3 and Sections 4.1.3, 4.2.3, and 4.3.3.", ["4.3", "4.1.3", "4.2.3", "4.3.3"]),
        ("Subject to Rule 3.4(b), the fee is due.", ["3.4(b)"]),
        ("Rules 7.2.2(2) and 7.2.2(3) are not met.", ["7.2.2(2)", "7.2.2(3)"]),
        ("A claim under § 16–1005 or § 1-1163.32f(b)(2) is void.", ["16-1005", "1-1163.32f(b)(2)"]),
        ("Note that Table 3-1 lists the periods.", ["table 3-1"]),
        ("Under subsections (a)(5) and (6) of this section, none.", ["(a)(5)", "(a)(6)"]),
        ("It is set out in Appendix A and in Chapter 5.", ["app a", "chapter 5"]),
        ("Penalties in 44 U.S.C. § 3553 do not count.", []),
        ("Table 3-1 Periods of retention", []),
        ("The cost is $5.1 and the rule of 2019 applies to section heads.", []),
    ],
)
def test_what_a_text_refers_to(text, targets):
    assert [target for target, _ in said(text)] == targets


def test_the_document_that_is_named():
    assert said("See SP 800-63B, Section 5.2 for more.") == [("5.2", "SP 800-63B")]
    assert said("It is met under MIR Rule 2.10.") == [("2.10", "MIR")]
    assert said("Section 604(e) of the Fair Credit Reporting Act applies.") == [("604(e)", "Fair Credit Reporting Act")]


def test_what_headings_and_lines_go_by():
    assert own_keys("5.1.2 Look-Up Secrets") == ("5.1.2",)
    assert own_keys("§ 1–1162.23. Conflicts of interest.") == ("1-1162.23",)
    assert own_keys("APP 6 GUIDANCE ON FITNESS") == ("app 6",)
    assert own_keys("Definitions") == ()
    assert line_keys("8.3.3 (1) Where the customer is a body corporate") == ("8.3.3",)
    assert line_keys("Table 5-1 Strengths") == ("table 5-1",)
    assert line_keys("Figure 2 shows an example") == ()


@given(text=st.text(alphabet="Section§ Rule 1.2-3(a)and,\n", max_size=200))
def test_a_reference_is_a_span_of_the_text(text: str) -> None:
    for passage in split(load_bytes(("Start " + text).encode(), source="x.txt")):
        found = references(passage)
        assert all(passage.text[each.start : each.end] == each.text for each in found)
        assert all(a.end <= b.start for a, b in itertools.pairwise(found))


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with Database(tmp_path / "w.db") as database:
        yield Library(database)


def fill(library: Library, root: Path, **files: str) -> None:
    for name, text in files.items():
        path = root / "docs" / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    ingest([root / "docs"], library=library, root=root, max_tokens=40)


def led(library: Library) -> dict[str, str]:
    """Return where each reference leads: what it says, and how the passage there begins."""
    found = resolve(library)
    return {each.reference.text: library.passage(each.target_id).text[:24] for each in found}


def test_a_section_of_the_same_document_and_its_paragraph(library, tmp_path):
    filler = "Words that fill the passage, so that the next one is another. " * 3
    text = f"""# 4 Fees\n\n## 4.1 Rates\n\n(a) The fee is ten dollars. {filler}\n\n(b) The fee of a firm is twice that. {filler}
    \n\n## 4.2 Waivers\n\nA fee under Section 4.1(b) is waived as Section 4.9 says.\n"""
    fill(library, tmp_path, **{"a.md": text})
    [found] = resolve(library)
    assert found.reference.text == "Section 4.1(b)"
    assert "(b) The fee of a firm is" in library.passage(found.target_id).text


def test_volumes_share_their_numbers_out_but_rulebooks_do_not(library, tmp_path):
    fill(
        library,
        tmp_path,
        **{
            "guide__part4.md": "# 4 Levels\n\n## 4.1 Low\n\nLow levels. See Section 5.1 too.",
            "guide__part5.md": "# 5 Means\n\n## 5.1 Badges\n\nBadges are worn.",
            "rules__AML_1.md": "# 1 Scope\n\nThe scope.\n\n# 2 Duties\n\n## 2.1 Duty\n\nSee GEN Rule 3.1 and Rule 3.2.",
            "rules__GEN_1.md": "# 1 Scope\n\nAll.\n\n# 3 Powers\n\n## 3.1 Power\n\nPowers.\n\n## 3.2 More\n\nMore powers.",
        },
    )
    assert led(library) == {"Section 5.1": "Badges are worn.", "GEN Rule 3.1": "Powers."}


def test_the_only_section_of_that_number_in_a_code_of_law(library, tmp_path):
    fill(
        library,
        tmp_path,
        **{
            "a.md": "# § 16-1005. Custody\n\nThe court orders custody.",
            "b.md": "# § 16-1006. Notice\n\nNotice of an order under § 16-1005 is given; § 16-9999 is repealed.",
        },
    )
    assert led(library) == {"§ 16-1005": "The court orders custody"}


def test_the_names_follow_a_file_that_moved(library, tmp_path):
    files = {
        "rules__AML_1.md": "# 1 Scope\n\nThe scope.\n\n# 2 Duties\n\nSee GEN Rule 3.1.",
        "rules__GEN_1.md": "# 3 Powers\n\n## 3.1 Power\n\nPowers.",
    }
    fill(library, tmp_path, **files)
    assert led(library) == {"GEN Rule 3.1": "Powers."}
    (tmp_path / "docs/rules/GEN_1.md").rename(tmp_path / "docs/rules/CIB_1.md")
    ingest([tmp_path / "docs"], library=library, root=tmp_path, max_tokens=40)
    assert led(library) == {}


def test_the_numbers_follow_a_change(library, tmp_path):
    fill(library, tmp_path, **{"a.md": "# 1 One\n\nSee Section 2.\n\n# 2 Two\n\nThe second."})
    resolver = Resolver(library)
    assert resolver.update() == 0
    assert [library.passage(each.target_id).text for each in resolver.all()] == ["The second."]
    fill(library, tmp_path, **{"a.md": "# 1 One\n\nSee Section 2.\n\n# 3 Three\n\nThe third."})
    assert resolver.update() == 1
    assert list(resolver.all()) == []


@pytest.mark.skipif(not CORPORA.exists(), reason="no corpora here")
def test_the_digital_identity_guidelines_refer_across_files(library):
    folder = CORPORA / "nist-800-63/rev3/sp800-63b"
    ingest([folder], library=library, root=folder.parent)
    found = {each.reference.text: each for each in resolve(library)}
    target = library.passage(found["Section 4.1.3"].target_id) if "Section 4.1.3" in found else None
    target = target or library.passage(found["Sections 4.1.3"].target_id)
    assert target.headings[-1] == "4.1.3 Reauthentication"
    assert isinstance(target, Passage)
