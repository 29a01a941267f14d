"""Numbers in digits and in words, and the expressions that find them."""

from __future__ import annotations

import re

_UNITS = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
SMALL = (
    {word: float(i) for i, word in enumerate(_UNITS.split(), 1)}
    | {word: 10.0 * i for i, word in enumerate(_TENS.split(), 2)}
    | {"zero": 0.0, "dozen": 12.0}
)
SCALE = {"hundred": 1e2, "thousand": 1e3, "million": 1e6, "billion": 1e9, "k": 1e3, "m": 1e6, "mn": 1e6, "bn": 1e9}
ONES = "|".join(sorted([*SMALL, "hundred", "thousand", "million", "billion"], key=len, reverse=True))
_WORDS = rf"(?<!\w)(?:(?:{ONES})\b(?:(?:[ -]|\ and\ )(?=(?:{ONES})\b))?)+"
DIGITS = r"(?<![\d.,])(?:\d{1,3}(?:[, \u00a0\u202f]\d{3})+(?!\d)|\d+)(?:\.\d+)?"
NUMBER = rf"(?:(?=[\dotfsenzdhmb]){DIGITS}(?:\s?(?:thousand|million|billion|bn|mn|k|m)\b)?|(?=[otfsenzdhmb]){_WORDS})"
AGAIN = r"(?:\s*\(\s*[\d,.]+\s*%?\s*\))?"
HINT = re.compile(rf"\d|\b(?:{ONES})\b", re.IGNORECASE)
"""Found in any text with a number."""


def number(text: str) -> float | None:
    """Return the value of digits or number words ("14 000", "1.5 million", "twenty-five"), or None."""
    cleaned = re.sub(r"(?<=\d)[,\s\u00a0\u202f](?=\d{3})", "", text.strip().lower())
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s?([a-z]+)?", cleaned)
    if found:
        scale = SCALE.get(found[2] or "", 1.0 if not found[2] else None)
        return None if scale is None else float(found[1]) * scale
    return _spelled(re.split(r"[\s-]+", cleaned))


def _spelled(parts: list[str]) -> float | None:
    total = current = 0.0
    for part in parts:
        if part == "and":
            continue
        if part in SMALL:
            current += SMALL[part]
        elif part == "hundred":
            current = (current or 1.0) * 100
        elif part in SCALE and len(part) > 2:
            total, current = total + (current or 1.0) * SCALE[part], 0.0
        else:
            return None
    return total + current
