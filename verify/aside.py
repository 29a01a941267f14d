"""What a rule says by the way and a summary leaves out: where it is laid down, that it may be agreed otherwise, what a bracket adds."""

from __future__ import annotations

import re

from verify.words import content

_PLACE = r"(?:sub)?(?:section|rule|paragraph|article|clause|regulation|chapter|part|schedule|appendix|annex|app)s?\b"
_NUMBER = r"[\w.:–-]*\d[\w.:–-]*(?:\s?\(\w{1,5}\))*"
_NUMBERS = rf"{_NUMBER}(?:\s*(?:,|and|or|to|,\s+and)\s*{_NUMBER})*"
_SOURCE = re.compile(
    rf",?\s*\b(?:in\s+accordance\s+with|pursuant\s+to|subject\s+to|for\s+the\s+purposes?\s+of|without\s+prejudice\s+to)\s+{_PLACE}\s+{_NUMBERS}"
    rf"(?:\s+of\s+[A-Z][\w]*(?:\s+\d+)?)?\s*,?",
    re.IGNORECASE,
)
_AGREED = re.compile(
    r"^(?:unless|except\s+as|subject\s+to\s+what\s+is)\s+(?:the\s+parties\s+)?(?:otherwise\s+)?(?:agreed?|provided|specified|stated|permitted|required|directed)"
    r"(?:\s+otherwise)?\b[^,;:]*,\s+",
    re.IGNORECASE,
)
_BRACKET = re.compile(
    r"\s*\((?![^()]*\b(?:not|no|only|if|unless|except|exclud\w*|other\s+than|but|save|up\s+to|than)\b)(?![^()]*\d)[^()]{9,160}\)"
)
_LEAST = 6
"""Words that must be left."""


def without_asides(text: str, *, keep: frozenset[str] = frozenset()) -> str:
    """Return a sentence without such asides; as it is where too little of it would be left.

    A bracket stays that makes an exception, sets a limit, holds a figure or a stem of `keep`; so does a short one, which may name an
    abbreviation.
    """
    left = _BRACKET.sub(lambda found: found[0] if keep & content(found[0]) else "", _AGREED.sub("", text))
    left = _SOURCE.sub(lambda found: ", " if found[0].rstrip().endswith(",") and found.start() else " ", left)
    left = re.sub(r"\s+([,.;:])", r"\1", " ".join(left.split())).lstrip(" ,")
    return f"{left[:1].upper()}{left[1:]}" if len(left.split()) >= _LEAST else text
