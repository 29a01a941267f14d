from __future__ import annotations

import pytest

from graph.phrase import Token, admissible, phrases


def tagged(text: str) -> tuple[str, list[Token]]:
    """Read "word/TAG word/TAG"; an underscore before a word glues it to the one before."""
    plain, tokens = "", []
    for item in text.split():
        word, _, tag = item.rpartition("/")
        glued = word.startswith("_")
        word = word.removeprefix("_")
        plain += "" if glued or not plain else " "
        tokens.append(Token(word, tag, len(plain), len(plain) + len(word)))
        plain += word
    return plain, tokens


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("the/DT shared/VBN secret/NN is/VBZ", ["shared secret"]),
        ("multi/JJ _-/HYPH _factor/NN authentication/NN", ["multi-factor authentication"]),
        ("out/IN _-/HYPH _of/IN _-/HYPH _band/NN device/NN", ["out-of-band device"]),
        ("new/JJ other/JJ identity/NN proofing/VBG ./.", ["identity proofing"]),
        ("applicant/NN undergoing/VBG identity/NN proofing/NN", ["applicant", "identity proofing"]),
        ("address/NN of/IN record/NN", ["address", "record", "address of record"]),
        ("IAL/NNP 2/CD and/CC 30/CD days/NNS", ["IAL 2", "days"]),
        ("available/JJ ,/, and/CC", []),
        ("token/NN _based/VBN", ["token"]),
        ("risk/NN based/VBN decision/NN", ["risk based decision"]),
        ("http://x.y/NN sec5_1/NN", []),
        ("", []),
    ],
)
def test_patterns(text: str, expected: list[str]) -> None:
    plain, tokens = tagged(text)
    assert [plain[phrase.start : phrase.end] for phrase in phrases(tokens)] == expected


@pytest.mark.parametrize(
    ("key", "kept"),
    [
        ("identity proofing", True),
        ("part", False),
        ("section 4", False),
        ("12", False),
        ("other person", False),
        ("", False),
        ("x", False),
    ],
)
def test_generic_words_alone_are_no_concept(key: str, kept: bool) -> None:
    assert admissible(key) is kept
