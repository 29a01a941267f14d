"""Splitting keeps offsets, covers every block, stays within its size, and is fast on one huge line."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from knowledge.document import BlockKind, Document
from knowledge.load import load_bytes
from knowledge.split import estimate, sentences, split

WORDS = st.text(alphabet="abcdefgh .;,\n-#|1234567890", min_size=1, max_size=800)


@given(text=WORDS, most=st.integers(8, 60))
def test_laws_of_splitting(text: str, most: int) -> None:
    document = load_bytes(("Start. " + text).encode(), source="any.md")
    passages = split(document, max_tokens=most)
    assert all(document.text[p.start : p.end] == p.text for p in passages)
    assert all(p.tokens <= most for p in passages)
    assert all(a.end <= b.start for a, b in pairwise(passages))
    assert len({p.id for p in passages}) == len(passages)
    covered = "".join("".join(p.text.split()) for p in passages)
    body = "".join(
        "".join(document.text[b.start : b.end].split()) for b in document.blocks if b.kind != BlockKind.HEADING
    )
    assert covered == body
    assert passages == split(document, max_tokens=most)


def test_a_passage_does_not_cross_a_heading() -> None:
    document = load_bytes(b"# A\n\nOne.\n\n# B\n\nTwo.\n", source="x.md")
    assert [(p.headings, p.text) for p in split(document)] == [(("A",), "One."), (("B",), "Two.")]


def test_an_edit_elsewhere_keeps_a_passage_id() -> None:
    before = split(load_bytes(b"# A\n\nOne.\n\n# B\n\nTwo.\n", source="x.md"))
    after = split(load_bytes(b"# A\n\nOne and more.\n\n# B\n\nTwo.\n", source="x.md"))
    assert before[1].id == after[1].id
    assert before[0].id != after[0].id
    assert before[1].start != after[1].start


def test_one_long_line_is_cut_in_linear_time() -> None:
    text = "The applicant must reply within ten days of notice 17. " * 40_000
    document = Document(source="long.txt", title="long", text=text, media_type="text/plain")
    passages = split(document)
    assert len(passages) > 1000
    assert max(p.tokens for p in passages) <= 160


def test_a_giant_word_is_cut() -> None:
    document = Document(source="w.txt", title="w", text="x" * 300_000 + " The rule.", media_type="text/plain")
    passages = split(document)
    assert "The rule." in passages[-1].text
    assert all(estimate(p.text) <= 160 for p in passages)


def test_sentences_know_abbreviations_and_numbers() -> None:
    text = "See Sec. 4.7.2(1) of the Act, e.g. for fees. The fee is $3.50. Contact the U.S. Office now. (a) First item. It ends"
    found = [text[s.start : s.end] for s in sentences(text)]
    assert found == [
        "See Sec. 4.7.2(1) of the Act, e.g. for fees.",
        "The fee is $3.50.",
        "Contact the U.S. Office now.",
        "(a) First item.",
        "It ends",
    ]


def test_sentences_know_labels_and_initials() -> None:
    text = (
        "9.1.2.Guidance.2. The Regulator expects it. SECTION II.C. The balance is set. By James L. Fenton and P. Saint-Andre."
        " Public Law (P.L.) 113-283 holds in the U.A.E. Cabinet. It is the law of the U.A.E. The rest is not."
    )
    found = [text[s.start : s.end] for s in sentences(text)]
    assert found == [
        "9.1.2.Guidance.2. The Regulator expects it.",
        "SECTION II.C. The balance is set.",
        "By James L. Fenton and P. Saint-Andre.",
        "Public Law (P.L.) 113-283 holds in the U.A.E. Cabinet.",
        "It is the law of the U.A.E.",
        "The rest is not.",
    ]


def test_labels_are_told_in_linear_time() -> None:
    assert len(sentences("a" * 36 + ".b$. " + "1.1-(a)" * 50_000 + "Ab.C. " * 50_000)) > 1
