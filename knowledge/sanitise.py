"""What must not pass from a file into the text: control characters and invisible ones; and what must be flagged.

Text that speaks to a model ("ignore previous instructions") is content like any other: it is kept, quoted, and flagged.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import Final

CONTEXT: Final = 60
"""Two flags closer than this, in characters, are one."""

_SOFT: Final = (0x00AD, 0xFEFF)
"""Soft hyphens and byte-order marks: invisible, usual, and harmless."""
_SECRET: Final = (
    0x034F,
    0x061C,
    0x115F,
    0x1160,
    0x17B4,
    0x17B5,
    0x180E,
    0x3164,
    0x200B,
    0x200E,
    0x200F,
    *range(0x202A, 0x202F),
    *range(0x2060, 0x2070),
    *range(0xE0000, 0xE0080),
)
_CONTROL: Final = {
    **dict.fromkeys([*range(0x09), *range(0x0E, 0x20), 0x7F, *range(0x80, 0x85), *range(0x86, 0xA0)]),
    **dict.fromkeys([0x0B, 0x0C, 0x85, 0x2028], "\n"),
    0x2029: "\n\n",
    **dict.fromkeys([0xA0, 0x2007, 0x202F, 0xFFFC, 0xFFFD], " "),
}
_PRIVATE: Final = {
    **dict.fromkeys(range(0xE000, 0xF900)),
    **dict.fromkeys((0xF0B7, 0xF0A7, 0xF0D8), "•"),
    **dict.fromkeys((0xF0FC, 0xF050), "✓"),
    **dict.fromkeys((0xF0FE, 0xF053, 0xF052), "☑"),
    **dict.fromkeys((0xF0FB, 0xF04F), "✗"),
    **dict.fromkeys((0xF0A8, 0xF06F, 0xF071), "☐"),
    0xF078: "☒",
    0xF077: "◆",
    0xF0E0: "→",
}
"""Signs of the symbol typefaces that come with offices' word processors, where they mean something in a table."""
_LIGATURES: Final = {
    code: unicodedata.normalize("NFKC", chr(code)) for code in (*range(0xFB00, 0xFB07), *range(0xFF01, 0xFF5F))
}
_TABLE: Final = {**dict.fromkeys((*_SOFT, *_SECRET)), **_PRIVATE, **_CONTROL, **_LIGATURES}
_PLAIN: Final = {code: target for code, target in _TABLE.items() if code < 0x80}
_JOINERS: Final = re.compile("(?<=[\u0000-\u024f])[\u200c\u200d]+|[\u200c\u200d]+(?=[\u0000-\u024f])")
_WORD_PARTS: Final = "\u200b\u200c\u200d\u200e\u200f\u2060"
_OTHERS: Final = "".join(chr(code) for code in _SECRET if chr(code) not in _WORD_PARTS)
_UNASSIGNED: Final = re.compile("[\ufe00-\ufe0f\U000e0080-\U0010ffff]")
"""Variation selectors, which can carry a message no reader sees, and private characters that no typeface shows."""
_INVISIBLE: Final = re.compile(f"[{_OTHERS}\U000e0080-\U000e0fff]|(?<=[a-zA-Z])[{_WORD_PARTS}]+(?=[a-zA-Z])")
"""Invisible characters that may hide something: direction overrides, tags, and what stands inside a word."""
_LOOKALIKES: Final = str.maketrans(
    "АВЕЅІЈКМНОРСТХУаеоіјрсухѕһԁԛԝΑΒΕΖΗΙΚΜΝΟΡΤΥΧαονιρυ",
    "ABESIJKMHOPCTXYaeoijpcyxshdqwABEZHIKMNOPTYXaovipu",
)
_MIXED: Final = re.compile(r"\b(?=\w{0,60}[A-Za-z])(?=\w{0,60}[\u0370-\u03ff\u0400-\u052f])\w+")
_ADDRESSEE: Final = r"(?:the\s+)?(?:ai|assistant|language\s+model|llm|chatbot)s?\b"
_DEEDS: Final = r"s?\s+(?:must|should)\s+(?:answer|respond|reply|say|output|ignore|mark|approve)\b"
_OVERRULE: Final = (
    r"\s+(?:(?:all|any|the|your|my|of)\s+){0,4}(?:previous|prior|above|earlier|preceding|other|system)\s+"
    r"(?:instruction|prompt|rule|direction|text|context|document|message|guideline)s?"
)
_SPOKEN: Final = r"\s*:\s+(?:sure|certainly|of\s+course|absolutely|here\s+is)\b"
_ONLY: Final = r"\s+only\s+with\s+(?:the\s+words?\b|[\"“'])"
_WHILE: Final = (
    r"(?:s?ing|zing|ing|ting)?\s+(?:this|the)\s+(?:document|text|passage|page|content|context)\s*,\s*"
    r"(?:always\s+|you\s+(?:must|should)\s+|please\s+)?(?:say|state|claim|write|output|report|answer|reply|include|respond)\b"
)
"""As in "when summarising this document, say that"."""
_OBEYED: Final = (
    r"\s+(?:your\s+(?:original|previous|prior|initial|system|earlier)\s|(?:the|any|all)\s+"
    r"(?:\w+\s+)?(?:rule|instruction|guideline)s?\s+(?:that\s+)?(?:you\s+(?:were|have)|above))"
)
_REVEAL: Final = r"\s+(?:me\s+)?(?:the\s+contents\s+of\s+)?(?:your|the)\s+(?:system\s+)?(?:prompt|instructions)\b"
_GIVEN: Final = r"\s+(?:everything|all|whatever)\s+(?:that\s+)?(?:you|above|before)\b"
_SAFETY: Final = (
    r"\s+(?:your|the\s+(?:ai|model|assistant)'?s?)\s+(?:\w+\s+)?(?:guideline|filter|restriction|rule|instruction)s?"
)
_WORDS_ABOVE: Final = r"\s+(?:all\s+|back\s+)?(?:the\s+)?(?:words|text|everything)\s+above\b"
_FORMS: Final = {
    **dict.fromkeys(("ignore", "disregard", "forget", "override", "bypass"), f"(?:{_OVERRULE}|{_GIVEN}|{_SAFETY})"),
    **dict.fromkeys(("reveal", "print", "repeat", "show", "output"), f"(?:{_REVEAL}|{_WORDS_ABOVE})"),
    **dict.fromkeys(("do not follow", "don't follow", "stop following"), _OBEYED),
    **dict.fromkeys(("do not tell", "don't tell", "without telling", "do not inform"), r"\s+the\s+user\b"),
    **dict.fromkeys(("summari", "process", "rat", "evaluat", "grad", "answer", "read", "review"), _WHILE),
    **dict.fromkeys(("begin", "end", "end of"), r"\s+(?:of\s+)?system\s+(?:message|prompt|instruction)s?\b"),
    **dict.fromkeys(("note", "instruction", "instructions", "message"), rf"\s+(?:to|for)\s+{_ADDRESSEE}"),
    **dict.fromkeys(("as an", "dear", "attention"), r",?\s+(?:ai|language\s+model|llm)\b"),
    **dict.fromkeys(("assistant", "ai", "model", "llm"), rf"(?:{_DEEDS}|{_SPOKEN})"),
    **dict.fromkeys(("reply", "respond"), rf"(?:{_ONLY}|{_WHILE})"),
    "answer": rf"(?:{_ONLY}|{_WHILE}|s?\s+to\s+(?:every|all|any)\s+questions?\s+(?:is|are|must)\b)",
    "if you are": rf"\s+(?:an?\s+)?{_ADDRESSEE}",
    "you are now": r"\s+(?:a|an|in|the|free)\s",
    "from now on": r",?\s+(?:you\s+(?:are|will)|(?:answer|respond|reply|speak|act)\b)",
    "pretend": r"\s+(?:that\s+)?you(?:'re|\s+are)\b",
    "act as": r"\s+(?:though|if)\s+you\s+(?:have|had|were)\b|\s+an?\s+(?:unrestricted|uncensored)\b",
    "your new": r"\s+(?:task|instruction|goal|role|objective)s?\s+(?:is|are)\b",
    "developer mode": r"\s+(?:is\s+)?(?:now\s+)?(?:enabled|on|activated)\b",
    "do anything now": r"\b",
    "</": r"(?:system|instruction|prompt|passage|user|assistant)s?>",
    "system": r"\s*(?:prompt|message)?\s*:\s+(?:you|ignore|new)\b",
    "new instructions": r"\s*:",
    "mark": r"\s+(?:every|all|each)\s+(?:claim|answer)s?\b",
    "<": r"\|?(?:im_start|im_end|system|endoftext|eot_id)\|?>|</?sys>>",
    "[": r"/?inst\]",
    "###": r"\s*(?:system|instruction)s?\b",
}
"""How instructions to a model go on, by the words they begin with."""
_INJECTION: Final = {start: re.compile(form) for start, form in _FORMS.items()}
_CARD: Final = re.compile(r"(?<!\d)\d(?:[ -]?\d){12,18}(?!\d)")
_SENSITIVE: Final = (
    ("a private key", re.compile(r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----")),
    ("an access key", re.compile(r"\b(?:AKIA[0-9A-Z]{16}|ghp_\w{36}|sk-[\w-]{20,}|xox[bp]-[\w-]{20,})")),
    (
        "a password",
        re.compile(r"\bpass(?:word|phrase)s?\s*(?:is|:|=)\s*(?=\S*\d)\S{4,}", re.I),
    ),
    ("a social security number", re.compile(r"(?<![\d-])(?!000|666|9\d\d)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\d-])")),
)


def clean(text: str) -> str:
    """Return `text` in NFC without invisible and control characters; ligatures and full-width forms are spelled plainly.

    A word that mixes Latin with Cyrillic or Greek is read as Latin where its letters look Latin.
    """
    if text.isascii():
        return text.translate(_PLAIN)
    plain = _JOINERS.sub("", text) if "\u200c" in text or "\u200d" in text else text
    plain = _UNASSIGNED.sub("", plain.translate(_TABLE))
    return unicodedata.normalize("NFC", _MIXED.sub(_latin, plain))


def _latin(found: re.Match[str]) -> str:
    return found[0].translate(_LOOKALIKES)


def concealed(text: str) -> Counter[str]:
    """Return how many characters a reader cannot see ("invisible") and words of mixed alphabets ("mixed") there are."""
    mixed = sum(1 for word in _MIXED.finditer(text) if word[0].translate(_LOOKALIKES) != word[0])
    return Counter({"invisible": sum(1 for _ in _INVISIBLE.finditer(text)), "mixed": mixed})


def injection_flags(text: str, *, most: int = 5) -> tuple[str, ...]:
    """Return the stretches that read like instructions to a model, at most `most`, each with a little context."""
    lower = text.lower()
    shown = text if len(lower) == len(text) else lower
    places = sorted(place for start in _INJECTION for place in islice(_addressed(lower, start), most))
    flags: list[str] = []
    before = -CONTEXT
    for start, end in places:
        if start - before >= CONTEXT and len(flags) < most:
            flags.append(" ".join(shown[max(0, start - 20) : end + 30].split()))
            before = start
    return tuple(flags)


def _addressed(lower: str, start: str) -> Iterator[tuple[int, int]]:
    """Yield where a phrase begins with `start` and goes on as an instruction to a model does."""
    place = lower.find(start)
    while place >= 0:
        end = place + len(start)
        free = not start[0].isalpha() or place == 0 or not lower[place - 1].isalnum()
        found = _INJECTION[start].match(lower, end) if free else None
        if found:
            yield place, found.end()
        place = lower.find(start, end)


def sensitive_kinds(text: str) -> tuple[str, ...]:
    """Return what kinds of secrets there seem to be, never the secrets: "a card number", "a password"."""
    kinds = [name for name, form in _SENSITIVE if form.search(text)]
    if any(_is_card(found[0]) for found in _CARD.finditer(text)):
        kinds.append("a card number")
    return tuple(kinds)


def _is_card(number: str) -> bool:
    """Return whether a number passes the check sum of payment cards (Luhn, US patent 2,950,048)."""
    digits = [int(sign) for sign in reversed(number) if sign.isdigit()]
    doubled = [digit * 2 - 9 * (digit > 4) for digit in digits[1::2]]
    return len(set(digits)) > 1 and (sum(digits[0::2]) + sum(doubled)) % 10 == 0
