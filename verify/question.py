"""What a question asks for, and whether it is one well-formed question."""

from __future__ import annotations

import re
from collections.abc import Iterator

from verify.verdict import Finding
from verify.words import words

WH = re.compile(
    r"\b(how\s+(?:many|much|long|often|old|soon|far|large|big)|what|which|who|whom|whose|when|where|why|how)\b",
    re.IGNORECASE,
)
_SETTING = re.compile(
    r"^(?:when|where|if|for|in|under|after|before)\b[^?]*?,\s+(?=(?:what|which|who|whom|whose|when|where|why|how|must|may|can|is|are|do|does)\b)",
    re.IGNORECASE,
)
_PLACE = re.compile(
    r"(?P<before>^|,\s(?:and|or)\s)(?i:under)\s(?:§+\s?\d[\w.–-]*|“[^”]+”"
    r"|(?:the\s)?[A-Z][\w’'()-]*(?:\s(?:[A-Z\d&(][\w’'().-]*|of|the|and|for|to|in|on|an?))*),\s(?=\w)"
)
AUX = re.compile(
    r"^(?:is|are|was|were|do|does|did|can|could|may|must|shall|should|will|would|has|have)\b", re.IGNORECASE
)
_DANGLING = re.compile(
    r"\b(?P<verb>[a-z]+)\s+(?P<prep>at|in|on|by|for|from|of|with|to|under)\s+(?P<rest>(?:the|an?|any|its|their|[A-Z][\w-]*)\b[^?,]*)"
)
_DONE = re.compile(
    r"(?:[a-z]{2,}ed|made|held|given|paid|owned|sought|sent|kept|taken|bought|sold|found|built|chosen|drawn|known|led|put|set|shown|written|responsible"
    r"|available|eligible|subject)$"
)


def unplaced(question: str) -> str:
    """Return a question without the documents that it is asked under: "Under § 3-14, who must …?" is "Who must …?".

    A document's passages seldom say its name, so it is no word of the question that they could lack.
    """
    rest = _PLACE.sub(lambda found: found["before"], question.strip())
    return rest[:1].upper() + rest[1:]


def question_word(question: str) -> str:
    """Return the words that ask, in lower case ("how many", "who"), past a setting in front; empty for yes-or-no."""
    asked = question.strip()
    found = WH.search(_SETTING.sub("", asked))
    return "" if found is None or AUX.match(asked) else " ".join(found[1].lower().split())


def main_clause(question: str) -> int:
    """Return where the question proper begins, past a setting such as "If the tenant leaves, "."""
    found = _SETTING.match(question)
    return found.end() if found else 0


def is_polar(question: str) -> bool:
    """Return whether yes or no is an answer; a choice ("A or B?") is not polar."""
    asked = _SETTING.sub("", question.strip())
    return bool(AUX.match(asked)) and re.search(r"\b\w+\s+or\s+\w+", asked) is None


def malformed(question: str, evidence: str) -> Iterator[Finding]:
    """Yield what is wrong with a question's form: no question, two of them, or pieces left over from its source sentence."""
    asked = question.strip()
    if len(asked.split()) < 3 or not (WH.search(asked) or AUX.match(asked)) or asked.count("?") > 1:
        yield _form("this is not one plain question", asked[:80])
        return
    left = _left_over(asked, evidence) or _twice(asked)
    if left:
        yield _form(f"“{left}” does not fit into the question", left)


def _form(detail: str, text: str) -> Finding:
    return Finding(rule="form", conflict=True, detail=detail, claim_text=text)


def _left_over(question: str, evidence: str) -> str:
    """A phrase after the question's verb that in the evidence belongs to a word of the answer, which the question lacks."""
    if not re.match(r"(?:[^?]*,\s*)?(?:what|which|whom)\b", question, re.IGNORECASE):
        return ""
    low = set(words(question))
    for found in _DANGLING.finditer(question):
        phrase = f"{found['prep']} {' '.join(found['rest'].split()[:3])}"
        before = re.search(rf"([\w-]+)\s+{re.escape(phrase)}", evidence)
        owner = before[1].lower() if before else ""
        if owner and owner not in low and owner != found["verb"] and _DONE.match(owner):
            return phrase
    return ""


def _twice(question: str) -> str:
    """A subject that comes back as the doer: "What does the RP use by the RP?"."""
    found = re.search(
        r"\b(?:does|do|did|must|shall|may|can|should|will)\s+(the\s+[\w -]+?)\s+(?!be\b)[a-z]+\s+by\s+\1\b",
        question,
        re.IGNORECASE,
    )
    return f"by {found[1]}" if found else ""
