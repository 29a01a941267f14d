"""Turns a question and its answer into one self-contained declarative sentence, by rule.

"What is the filing fee?" and "$50" become "The filing fee is $50." An entailment model can judge that sentence against a
passage, where a bare "$50" means nothing. The rules know no grammar beyond small word lists; where they are not
sure of the clause they join question and answer plainly, so that no word of either is lost.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import pairwise

from verify.antecedent import restored
from verify.grammar import (
    AUX,
    BE,
    DETERMINERS,
    DO,
    EDGE_STEMS,
    FOLLOWERS,
    MODAL,
    NUMBERS,
    PREPOSITIONS,
    PRONOUNS,
    RELATIVES,
    STRONG,
    STRONG_THIRD,
    WEAK,
    finite,
    late_participle,
    looks_like_subject,
    predicative,
    subject_end,
    uninvert,
    verb_follows,
)
from verify.words import stem

_SPACES = re.compile(r"\s+")
_QUESTION_END = re.compile(r"[\s?]+$")
_POLAR = re.compile(r"^(yes|no|true|false|correct|incorrect)\b[\s,.;:!–—-]*", re.IGNORECASE)
_LEAD = re.compile(
    r"^((?:if|when|under|in|for|at|on|after|before|during|according to|as|once|unless|with|based on|"
    r"besides|until|since|other than|given|aside from)\b[^?]*?),\s+"
    r"((?:what|which|who|whom|whose|when|where|why|how|is|are|was|were|do|does|did|can|could|may|must|shall|should|will|would|has"
    r"|have|had|(?:to|for|in|on|at|by|from|within|under|with)\s+(?:what|which|whom|whose|how))\b.*)$",
    re.IGNORECASE | re.DOTALL,
)
_CONTRACTED = re.compile(r"^(what|who|where|when|how)['’]s\b", re.IGNORECASE)
_BLANK = re.compile(r"_{2,}\.?")
_ATTRIBUTION = re.compile(r"^(?:according to|based on)\b", re.IGNORECASE)
_NUMBER = re.compile(
    r"^(?:about |approximately |up to |at least |at most |more than |less than )?"
    r"(?:[$€£]?[\d,.]+%?|(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|a)"
    r"(?: (?:hundred|thousand|million|dozen))?)$",
    re.IGNORECASE,
)
_YEAR = re.compile(r"^(?:1[0-9]|20)\d\d(?:\s*[-–]\s*\d+)?$")
_DAY = re.compile(
    r"^(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|"
    r"(?:january|february|march|april|may|june|july|august|september|october|november|december)\s+\d)",
    re.IGNORECASE,
)
_MONTH = re.compile(
    r"^(?:early |late |mid-?)?(?:january|february|march|april|may|june|july|august|september|october|november|december|spring|summer"
    r"|autumn|fall|winter)\b",
    re.IGNORECASE,
)
_DURATION = re.compile(r"^[\w-]+(?: [\w-]+)? (?:second|minute|hour|day|week|month|year)s?$", re.IGNORECASE)

_LONG, _REACH = 12, 14
_SETTING = re.compile(
    r"^(?:if|when|where|once|unless|before|after|although|while|to|for|under|in|on)\b[^,]*(?:\([^)]*\)[^,]*)*,\s+",
    re.IGNORECASE,
)
_Rule = Callable[[list[str], str], "str | None"]


def statement(question: str, answer: str) -> str:
    """One declarative sentence that says what `answer` says in reply to `question`.

    An answer that is already a sentence comes back as it is, its opening pronoun replaced where the question
    names the subject. An empty answer gives an empty string; an empty question gives the answer as a sentence.
    """
    asked = _CONTRACTED.sub(r"\1 is", _QUESTION_END.sub("", _SPACES.sub(" ", question).strip()))
    said = _SPACES.sub(" ", answer).strip()
    if not said or not asked:
        return _sentence(said)
    if _BLANK.search(asked):
        return _sentence(_BLANK.sub(lambda _: _tail(said), asked, count=1))
    found = _LEAD.match(asked)
    if found is None:
        return _sentence(_reply(asked, said))
    lead, core = found.groups()
    body = _reply(core, said)
    if _ATTRIBUTION.match(lead) or lead.lower() in body.lower():
        return _sentence(body)
    return _sentence(f"{lead}, {_lower_first(body)}")


def _reply(question: str, answer: str) -> str:
    """Return the statement of a question without its leading condition."""
    words = question.split()
    if words[0].lower() in AUX:
        return _polar(words, answer)
    bare = _POLAR.sub("", answer)
    answer = bare or answer
    if _is_sentence(answer, question):
        return restored(words, answer)
    rules: tuple[_Rule, ...] = (_prepositional, _copular, _subject_question, _adverbial, _object_question, _in_place)
    for rule in rules:
        made = rule(words, _tail(answer))
        if made:
            return made
    return f"{question}: {answer}"


def _polar(words: list[str], answer: str) -> str:
    """Return a yes-or-no question with its answer."""
    found = _POLAR.match(answer)
    rest = answer[found.end() :] if found else answer
    if rest and _is_sentence(rest, " ".join(words)):
        return restored(words, rest)
    negative = found is not None and found.group(1).lower() in {"no", "false", "incorrect"}
    clause = uninvert(words)
    if clause is None:
        return f"{' '.join(words)}: {answer}"
    base = _negated(words, clause) if negative else f"{clause[0]} {clause[1]}"
    if not rest or rest.rstrip(".") == "":
        return base
    return f"{base}, {_tail(rest)}" if found else f"{base}: {_tail(rest)}"


def _negated(words: Sequence[str], clause: tuple[str, str]) -> str:
    """Return the clause of a yes-or-no question with a "not" after its auxiliary."""
    aux = words[0].lower()
    subject, predicate = clause
    if aux not in DO:
        return f"{subject} {predicate.replace(aux, _not(aux), 1)}"
    cut = subject_end(words[1:], aux) or 0
    return f"{subject} {aux} not {' '.join(words[1 + cut :])}"


def _not(aux: str) -> str:
    return {"can": "cannot", "must": "need not"}.get(aux, f"{aux} not")


def _prepositional(words: list[str], answer: str) -> str | None:
    """Answer the likes of "In what year did it begin?", "To whom must the report be sent?"."""
    low = [w.lower() for w in words]
    if len(words) < 3 or low[0] not in PREPOSITIONS or low[1] not in {"what", "which", "whom", "whose", "how"}:
        return None
    start = next((i for i in range(2, len(words)) if low[i] in AUX), None)
    clause = uninvert(words[start:]) if start is not None else None
    if clause is None:
        return None
    answer = _with_unit(low[1:], start - 1 if start else 1, answer)
    prefix = "" if low[0] == answer.split()[0].lower() or _opens_with_preposition(answer) else f"{low[0]} "
    return f"{clause[0]} {clause[1]} {prefix}{answer}"


def _copular(words: list[str], answer: str) -> str | None:
    """Answer the likes of "What is the fee?", "Who is eligible?", "What is the form used for?"."""
    low = [w.lower() for w in words]
    if len(words) < 3 or low[0] not in {"what", "who", "which", "whose"} or low[1] not in BE:
        return None
    rest = low[2:]
    if predicative(rest[0]) and not looks_like_subject(rest):
        return f"{answer} {' '.join(words[1:])}"
    cut = late_participle(rest)
    if cut is not None:
        return f"{' '.join(words[2 : 2 + cut])} {low[1]} {' '.join(words[2 + cut :])} {answer}"
    return f"{' '.join(words[2:])} {low[1]} {answer}"


def _subject_question(words: list[str], answer: str) -> str | None:
    """Answer the likes of "Who must sign the form?", "Which agency runs the programme?", "How many people work here?"."""
    low = [w.lower() for w in words]
    end = _wh_end(low)
    if end is None:
        return None
    start = next((i for i in range(end, len(low)) if low[i] in AUX), None)
    if start is None:
        start = next((i for i in range(end, len(low)) if i > 0 and finite(low[i])), None)
    elif not verb_follows(low, start) and not _who_may(words, start):
        return None
    if start is None or (low[0] in {"who", "whom"} and not all(_adverbial_word(w) for w in low[end:start])):
        return None
    if low[start + 1 : start + 2] == ["there"]:
        return f"There {low[start]} {_with_unit(low, start, answer)} {' '.join(words[start + 2 :])}"
    return f"{_with_unit(low, start, answer)} {' '.join(words[1 if low[0] == 'who' else start :])}"


def _adverbial_word(word: str) -> bool:
    return word.endswith("ly") or word in {
        "first",
        "also",
        "then",
        "later",
        "last",
        "else",
        "ever",
        "never",
        "once",
        "still",
    }


def _adverbial(words: list[str], answer: str) -> str | None:
    """Answer "when", "where", "why", "how", "how long" and "how often"."""
    low = [w.lower() for w in words]
    if low[0] not in {"when", "where", "why", "how"} or low[1:2] in (["many"], ["much"]):
        return None
    start = next((i for i in range(1, min(len(low), 5)) if low[i] in AUX), None)
    clause = uninvert(words[start:]) if start is not None else None
    if start is None or clause is None:
        return _plain_be(words, start, answer)
    having = re.match(r"(ha[sd]|have) to ", clause[1]) if low[:2] == ["how", "long"] else None
    if having and not _opens_with_preposition(answer):
        return f"{clause[0]} {having.group(1)} {answer} {clause[1][len(having.group(1)) + 1 :]}"
    return f"{clause[0]} {clause[1]} {_adverb(' '.join(low[:start]), clause[1], answer)}"


def _plain_be(words: list[str], start: int | None, answer: str) -> str | None:
    """Answer "When is the hearing?" and "What color is the car?": a form of "be" and a subject, nothing more."""
    if start is None or words[start].lower() not in BE or start + 1 >= len(words):
        return None
    return f"{' '.join(words[start + 1 :])} {words[start].lower()} {_adverb(words[0].lower(), '', answer)}"


def _adverb(kind: str, verb: str, answer: str) -> str:
    """Return the answer with the preposition or conjunction its question word asks for."""
    if _opens_with_preposition(answer):
        return answer
    if kind == "when":
        return (
            f"in {answer}"
            if _YEAR.match(answer) or (_MONTH.match(answer) and not _DAY.match(answer))
            else _on_day(answer)
        )
    if kind == "where" and re.match(r"(?:the |a )?[A-Z]|the |an? ", answer):
        return f"in {answer}"
    if kind == "why":
        return f"because {answer}"
    if kind == "how" and re.match(r"[a-z]+ing\b", answer, re.IGNORECASE):
        return f"by {answer}"
    if (
        kind == "how long"
        and _DURATION.match(answer)
        and not re.search(r"\b(?:ha[sd]|have|takes?|took|lasts?|lasted|is|was|be)$", verb)
    ):
        return f"for {answer}"
    return answer


def _on_day(answer: str) -> str:
    return f"on {answer}" if _DAY.match(answer) else answer


def _object_question(words: list[str], answer: str) -> str | None:
    """Answer the likes of "What documents must an applicant submit?", "How many days does a tenant have to appeal?"."""
    low = [w.lower() for w in words]
    end = _wh_end(low)
    start = next((i for i in range(end, len(low)) if low[i] in AUX), None) if end is not None else None
    clause = uninvert(words[start:]) if start is not None else None
    if start is None or clause is None:
        return _plain_be(words, start, answer)
    return f"{clause[0]} {_place(clause[1].split(), _with_unit(low, start, answer), low)}"


def _place(predicate: list[str], answer: str, question: Sequence[str]) -> str:
    """Return the predicate with the answer put where its object belongs."""
    low = [w.lower() for w in predicate]
    if low[0] in {"has", "have", "had"} and low[1:2] == ["to"] and question[0] == "how" and question[2] not in AUX:
        return " ".join([predicate[0], answer, *predicate[1:]])
    if question[0] == "what" and question[1] in AUX and "do" in low[:3]:
        at = low.index("do")
        answer = answer if answer[:2].isupper() else answer[0].lower() + answer[1:]
        return " ".join([*predicate[:at], answer, *predicate[at + 1 :]])
    verb = next(
        (i for i, w in enumerate(low) if w not in AUX and w not in {"be", "not", "also", "only", "been"}), len(low) - 1
    )
    after = low[verb + 1 :]
    if (
        len(after) > 1
        and after[0] in FOLLOWERS
        and after[-1] not in PREPOSITIONS
        and low[verb] not in {"apply", "applies"}
    ):
        return " ".join([*predicate[: verb + 1], answer, *predicate[verb + 1 :]])
    return " ".join([*predicate, answer])


def _in_place(words: list[str], answer: str) -> str | None:
    """Answer "The treaty was signed where?": the question word stands where the answer belongs."""
    low = [w.lower().strip(",") for w in words]
    at = next(
        (i for i in range(1, len(low)) if low[i] in {"what", "whom", "which", "where", "who", "when", "how"}), None
    )
    if at is None or any(w in AUX for w in low[at:]) or low[0] in {"how", "why"}:
        return None
    if low[at] == "how" and low[at + 1 : at + 2] not in (["many"], ["much"]):
        return None
    return f"{' '.join(words[:at])} {_with_unit(low[at:], len(low) - at, answer)}"


def _who_may(words: Sequence[str], start: int) -> bool:
    """Whether "who" stands before a modal verb and a word that cannot open a subject."""
    if words[0].lower() != "who" or start != 1 or words[1].lower() not in MODAL or len(words) < 3:
        return False
    return words[2][0].islower() and words[2].lower() not in DETERMINERS | PRONOUNS


def _wh_end(low: Sequence[str]) -> int | None:
    """Index after the question word, or after "how many" and "how much"; None when there is none in front."""
    if low[0] in {"what", "which", "who", "whom", "whose"}:
        return 1
    return 2 if len(low) > 2 and low[0] == "how" and low[1] in {"many", "much"} else None


def _with_unit(low: Sequence[str], start: int, answer: str) -> str:
    """Return a bare number with the noun that "how many ..." asked for."""
    if low[0] == "how" and low[1:2] == ["many"] and _NUMBER.match(answer) and "%" not in answer and start > 2:
        return f"{answer} {' '.join(low[2:start])}"
    return answer


def _is_sentence(answer: str, question: str) -> bool:
    """Whether the answer has a main finite verb of its own and speaks of what was asked."""
    low = [w.strip(",.;:\"'()").lower() for w in answer.split()]
    if _stands_alone(answer):
        return True
    if len(low) < 3 or low[0] in PREPOSITIONS | {"because", "if", "when", "who", "that", "which"}:
        return False
    if low[0] in PRONOUNS and low[1].endswith("s") and stem(low[1]) in map(stem, question.split()):
        return True
    relatives = sum(w in RELATIVES and before != "at" for before, w in pairwise(["", *low]))
    verbs = sum(w in AUX for w in low[1:]) + sum(w in STRONG_THIRD for w in low[1:])
    if verbs <= relatives:
        return False
    asked = {w.strip(",.").lower() for w in question.split() if len(w) > 3}
    opened = answer[0].isupper() and answer.endswith((".", "!"))
    return opened or low[0] in PRONOUNS or bool(asked & set(low))


def _stands_alone(answer: str) -> bool:
    """Whether an answer is a long sentence, with its capital, its stop and a verb, past a condition in front that is closed by a comma."""
    if len(answer.split()) < _LONG or not answer[0].isupper() or not answer.endswith(".") or _POLAR.match(answer):
        return False
    main = _SETTING.sub("", answer)
    words = [w.strip(",.;:").lower() for w in main.split()]
    opens = words[0] in DETERMINERS | PRONOUNS or main[0].isupper()
    return (
        opens
        and words[0] not in RELATIVES | PREPOSITIONS
        and any(w in AUX or w in STRONG_THIRD for w in words[1:_REACH])
    )


def _opens_with_preposition(answer: str) -> bool:
    first = answer.split()[0].lower()
    return first in FOLLOWERS or first in {
        "every",
        "annually",
        "monthly",
        "weekly",
        "daily",
        "immediately",
        "no",
        "not",
        "due",
    }


def _tail(answer: str) -> str:
    """Return the answer without its final stop and opening capital, ready for the middle or end of a sentence."""
    text = answer.rstrip(" .;,") or answer
    first = text.split()[0]
    low = first.lower()
    common = low in DETERMINERS | FOLLOWERS | NUMBERS | STRONG | WEAK | PRONOUNS - {"i", "us"}
    gerund = bool(re.fullmatch(r"[A-Z][a-z]+ing", first)) and low.removesuffix("ing") in STRONG | WEAK | EDGE_STEMS
    return text[0].lower() + text[1:] if (common or gerund) and (first == "A" or not first.isupper()) else text


def _lower_first(text: str) -> str:
    first = text.split()[0]
    return text[0].lower() + text[1:] if first.lower() in DETERMINERS | PRONOUNS - {"i"} else text


def _upper_first(text: str) -> str:
    return text[:1].upper() + text[1:]


def _sentence(text: str) -> str:
    """Return the text with an opening capital and a closing stop."""
    text = _SPACES.sub(" ", text).strip()
    if not text:
        return ""
    return _upper_first(text if text.endswith((".", "!", "?", ".”", '."')) else text.rstrip(" ,;:") + ".")
