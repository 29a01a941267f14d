"""What must not pass from a file into the text: control characters and invisible ones; and what must be flagged.

Text that speaks to a model ("ignore previous instructions") is content like any other: it is kept, quoted, and flagged.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_INVISIBLE: Final = dict.fromkeys(
    [
        0x00AD,
        0x061C,
        0x180E,
        0xFEFF,
        *range(0x200B, 0x2010),
        *range(0x202A, 0x202F),
        *range(0x2060, 0x2070),
        *range(0xE0000, 0xE0080),
    ]
)
_CONTROL: Final = {
    **dict.fromkeys([*range(0x09), *range(0x0E, 0x20), 0x7F, *range(0x80, 0x85), *range(0x86, 0xA0)]),
    0x0B: "\n",
    0x0C: "\n",
    0x85: "\n",
    0x2028: "\n",
    0x2029: "\n\n",
    0xA0: " ",
    0x202F: " ",
    0x2007: " ",
    0xFFFD: " ",
}
_TABLE: Final = {**_INVISIBLE, **_CONTROL}
_LIGATURES: Final = {
    code: unicodedata.normalize("NFKC", chr(code)) for code in (*range(0xFB00, 0xFB07), *range(0xFF01, 0xFF5F))
}
_INJECTION: Final = re.compile(
    r"(?:ignore|disregard|forget|override)\s+(?:all\s+|any\s+|the\s+|your\s+)*(?:previous|prior|above|earlier|preceding|other)\s+"
    r"(?:instruction|prompt|rule|direction|text|context|document)s?"
    r"|you\s+are\s+now\s+(?:a|an|in|the)\s|(?:reveal|print|repeat|show)\s+(?:me\s+)?(?:your|the)\s+(?:system\s+)?(?:prompt|instructions)"
    r"|system\s*(?:prompt|message)\s*:|<\|?(?:im_start|im_end|system|endoftext)\|?>|\[/?INST\]|###\s*(?:system|instruction)s?\b"
    r"|(?:note|instructions?|message)\s+(?:to|for)\s+(?:the\s+)?(?:ai|assistant|language\s+model|llm|chatbot)s?\b"
    r"|(?:as\s+an?|dear|attention,?)\s+(?:ai|assistant|language\s+model|llm)\b|(?:assistant|ai|model)s?\s+(?:must|should)\s+(?:answer|respond|reply|say|output|ignore)",
    re.IGNORECASE,
)


def clean(text: str) -> str:
    """Return `text` in NFC without invisible and control characters; ligatures and full-width forms are spelled plainly."""
    return unicodedata.normalize("NFC", text.translate(_TABLE).translate(_LIGATURES))


def injection_flags(text: str, *, most: int = 5) -> tuple[str, ...]:
    """Return the stretches that read like instructions to a model, at most `most`, each with a little context."""
    flags = []
    for found in _INJECTION.finditer(text):
        flags.append(" ".join(text[max(0, found.start() - 20) : found.end() + 30].split()))
        if len(flags) == most:
            break
    return tuple(flags)
