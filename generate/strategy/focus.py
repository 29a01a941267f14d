"""`Focus`: a fact of a passage that can be asked about: a sentence that stands alone, words of it that answer, a question.

The fact is chosen by rule and only the wording is left to the model (passage, then answer, then question: Self-Prompting, Li
et al., arXiv 2212.08635). Rules are patterns and word lists; no model is needed. Question word, auxiliary and subject
are put in the order of a question; everything else stays as the passage has it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from generate.strategy.clause import BE, LONGEST_CLAUSE, Clause, read_clause, stands_alone
from generate.strategy.fact import ASKING, BRANCHED, HAVING, Fact, amount_of, facts, leading_amount
from generate.strategy.person import head, is_acronym, is_person, is_plural

KINDS = (
    "amount limit percent duration count date frequency manner agent definition condition outcome prohibition action purpose duty actor"
    " subject"
).split()
"""What can be asked for, the most exact first."""

MOST_A_SENTENCE = 2
"""Questions taken from one sentence, the most exact kinds first."""

LONG_WORD, LONG_WORDS = 3, 5
"""A question for the subject alone needs so many words of more letters than that, or much would answer it."""

LONGEST_QUESTION = 28
"""Words in a question."""

_ITEM = re.compile(r"(?:[“\"]?\([A-Za-z0-9-]{1,6}\)\s*)+|(?:\d{1,3}|[a-z])[.)]\s+")
"""The number or letter of a paragraph or an item of a list, at its beginning."""
_NUMBERED = re.compile(r"(?:[A-Z]{2,5}\s)?[A-Z]?\d+(?:\.[A-Z]?\d+)+\.?\s+(?=[A-Z“\"])")
"""The number of a rule before its text: "APP 7.1.5 "."""
_GOVERNED = re.compile(r"(?:[:;,]|\b(?:and|or))\s*$")
_BEFORE = 12
_MEANS = re.compile(
    r"^(?:The term\s)?[“\"]?(?P<term>[A-Za-z][^“”\".,;:]{2,60}?)[”\"]?\s"
    r"(?P<verb>means?|refers? to|is defined as|are defined as)\s(?P<rest>.{12,})$"
)
_SOMEONE = re.compile(
    r"(?:an?|the|any|each|every|one|some|all)?\s?(?:persons?|individuals?|people|one|part(?:y|ies)|members?|users?|others?)$",
    re.IGNORECASE,
)
"""A doer that says nothing: "A person"."""
_LOOSE_END = re.compile(
    r"\b(?:provided|required|requested|used|made|given|paid|received|described|specified|listed|collected|needed|involved|concerned"
    r"|chosen|selected|issued|proposed)$"
)
"""A subject that points to what was said before: "The space provided"."""
_ADDED = re.compile(r"\s*(?:In addition|Additionally|Alternatively|Also)\b")
_WHOLE = frozenset("condition duty action manner purpose".split())
"""Kinds of fact of which half is told where the next sentence adds to it."""
_ACRONYM = re.compile(r"[A-Z]{2,6}s?$")
_LABEL = re.compile(r"\s*[A-Z][^.:;?!\n]{0,40}:\s")
"""What a line may begin with that its sentences are about: "FAL3: ", "Example: "."""
_DECIDED = frozenset(
    "deemed considered denied approved removed terminated cancelled forfeited returned placed treated".split()
)
_WHEN = re.compile(r",?\s(?:if|when)\s(?:the|a|an|any|all|it|no|at)\s[^,]+$", re.IGNORECASE)
_EMPTY_SUBJECT = re.compile(r"[Tt]he\s(?:[a-z]+$|(?:terms?|entire|whole|same|resulting|given|overall)\s)")
"""A subject that would be no answer without its text: "The field"."""
_NO_EVENT = frozenset(
    "required needed recommended used known encouraged expected intended based defined designed able available subject"
    " entitled obliged exempted".split()
)
"""Words after "is" or "be" that tell of a state, of which nobody asks what happens."""
_BE_DONE = re.compile(
    r"be\s(?:[a-z]+ly\s)?(?!open)(?:[a-z]+(?:ed|en|wn)|put|held|paid|made|sent|kept|lost|set|told|left)\b"
)
_NO_CASE = ("While ", "Although ", "Unless otherwise ", "Except as ")
_ASKED_OF = frozenset("must may can should will".split())
_REVERSED = frozenset("apply mean include contain state have consist constitute".split())
_DANGLING = re.compile(r"\b(?:it|them)\b", re.IGNORECASE)
_BROKEN = re.compile(
    r"\b(?:been|be|have|has|had|and|or|of|to|the|an?|than|such as|including)\?$|\b(?:be|is|are|been) (?:and|or)\b"
)
_BARE_CASE = re.compile(r"(?:If|When|Unless|Where|Once|Upon|As)\s(?:so\s)?\w+(?:\s\w+)?,")
"""A condition of so few words that it tells nobody what it is about: "If requested"."""
_NO_TERM = re.compile(
    r"^To\s|\b(?:a|an|does|do|did|not|may|must|shall|will|can|should|is|are|was|were|has|have|provides?)\b"
    r"|(?<=\s)(?:by|the|of|any|no|through|with)$",
    re.IGNORECASE,
)
"""Words that no term to be defined has, or ends in."""
_VACUOUS = re.compile(
    r"(?:Many|Some|Several|Additional|Further|Appropriate|Various|Most|Multiple|Different|Certain|A number of|Other|Existing)\s[a-z]+$"
    r"|(?:The\s)?(?:resources|systems|methods|measures|processes|steps|procedures|information|factors|controls|techniques|mechanisms"
    r"|requirements|rules|policies|guidance|modifications?|disclosures?)$",
    re.IGNORECASE,
)
_PLACES = ("Within ", "In ", "At ", "On ", "For ", "By ", "To ", "As ", "Under ", "Except ", "Beginning")
_COMMON = frozenset(
    "The A An Each Every All Any No Some Both Most What How Who When Within For At By On Until After Before Under From Where"
    " If Unless In During Upon Once While Although Only".split()
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Focus:
    """One answerable fact.

    `sentence` is the passage text from `start` to `end`, white space folded. `answer` are words of it, `question` asks for
    them. `kind` is one of KINDS.
    """

    kind: str
    sentence: str
    start: int
    end: int
    answer: str
    question: str


@dataclass(frozen=True, kw_only=True, slots=True)
class _Asked:
    kind: str
    answer: str
    question: str


def focuses(text: str, *, split: Callable[[str], Sequence[tuple[int, int]]] | None = None) -> list[Focus]:
    """Return the facts of `text` in reading order, the most exact of each sentence.

    `split` gives the sentences' offsets; without it a sentence ends where a stop is followed by a capital.
    """
    found: list[Focus] = []
    for begin, end in (split or _sentences)(text):
        start = _past_number(text, begin, end)
        sentence = " ".join(text[start:end].split())
        labelled = _LABEL.match(text[text.rfind("\n", 0, start) + 1 : start])
        if stands_alone(sentence) and not labelled:
            found += [
                Focus(
                    kind=each.kind, sentence=sentence, start=start, end=end, answer=each.answer, question=each.question
                )
                for each in _best(_questions(sentence))
                if each.kind not in _WHOLE or not _ADDED.match(text, end)
            ]
    return found


@lru_cache(maxsize=4096)
def facts_in(text: str) -> tuple[Focus, ...]:
    """Return the facts of a text; those of texts asked about before are kept."""
    return tuple(focuses(text))


def _past_number(text: str, start: int, end: int) -> int:
    """Return where a sentence begins behind the number of its paragraph; its end where it goes on what stands before the list."""
    numbered = _NUMBERED.match(text, start, end)
    if numbered is not None:
        return numbered.end()
    number = _ITEM.match(text, start, end)
    if number is None:
        return start
    defines = _MEANS.match(" ".join(text[number.end() : end].split()))
    return end if _GOVERNED.search(text[max(0, start - _BEFORE) : start]) and not defines else number.end()


def lower_first(phrase: str) -> str:
    """Return the phrase with its first word in lower case, unless that looks like a name."""
    words = phrase.split()
    if not words:
        return phrase
    follows_lower = len(words) == 1 or words[1][0].islower()
    common = (
        words[0] in _COMMON
        or re.match(r"[A-Z][a-z]+ing$", words[0])
        or (words[0][1:].islower() and (follows_lower or words[0].endswith("s")))
    )
    return phrase[0].lower() + phrase[1:] if common else phrase


def _best(asked: Iterable[_Asked]) -> list[_Asked]:
    """Return the most exact questions that are short enough, one of a kind."""
    first: dict[str, _Asked] = {}
    for each in asked:
        dangling = each.kind in {"duty", "action", "outcome", "prohibition"} and _DANGLING.search(each.question)
        unclosed = any(each.question.count(one) != each.question.count(two) for one, two in ("()", "“”"))
        unclosed = unclosed or each.question.count('"') % 2 == 1
        told = each.kind in {"actor", "agent", "subject"} and _is_told(each)
        broken = told or unclosed or _BROKEN.search(each.question) or _BARE_CASE.match(each.question)
        if len(each.question.split()) <= LONGEST_QUESTION and not dangling and not broken:
            first.setdefault(each.kind, each)
    return sorted(first.values(), key=lambda each: KINDS.index(each.kind))[:MOST_A_SENTENCE]


def _is_told(asked: _Asked) -> bool:
    """Return whether a question who or what names its answer, or the head of it, as in "who may succeed if the carer died"."""
    noun = (head(asked.answer).split() or [""])[-1].lower()
    return asked.answer.lower() in asked.question.lower() or noun in re.findall(r"[\w-]+", asked.question.lower())


def _questions(sentence: str) -> Iterator[_Asked]:
    means = _MEANS.match(sentence)
    if means and not _is_method(means):
        term = means["term"].strip()
        if means["verb"].startswith("refer") and re.search(r"\sas\s", means["rest"]):
            return
        if means["verb"].startswith("refer") and _ACRONYM.match(term) and not _spells(term, means["rest"]):
            return
        named = any(word[0].isupper() for word in term.split()[1:]) or _is_name(term, means["rest"])
        question = f"What is meant by {term if named else lower_first(term)}?"
        yield _Asked(kind="definition", answer=means["rest"].rstrip("."), question=question)
        return
    clause = read_clause(sentence) if len(sentence.split()) <= LONGEST_CLAUSE else None
    if clause is not None:
        for fact in facts(clause):
            yield _of_rest(clause, fact)
        yield from _of_amount(clause)
        yield from _of_actor(clause)
        yield from _of_whole(clause)
        yield from _of_subject(clause)


def _spells(acronym: str, meaning: str) -> bool:
    """Return whether words of a meaning begin with the acronym's letters in their order: others only say what it is about."""
    letters = iter(word[0].upper() for word in re.findall(r"[A-Za-z]+", meaning))
    return all(letter in letters for letter in acronym.rstrip("s"))


def _is_name(term: str, meaning: str) -> bool:
    """Return whether a term is a name: the meaning has its first word as one too, as in "the Director of the Office"."""
    first = re.split(r"[\s-]", term)[0]
    return re.search(rf"\b{re.escape(first)}\b", meaning) is not None


def _is_method(means: re.Match[str]) -> bool:
    """Return whether "means" is a noun here, as in "this is a means to", or what stands before it is more than a term."""
    quoted = re.search(r"[“\"]", means[0][: means.start("rest")]) is not None
    noun = means["verb"] == "means" and re.match(r"(?:to|of|for|by|other than|available)\s", means["rest"]) is not None
    return not quoted and (noun or _NO_TERM.search(means["term"]) is not None)


def _asked(clause: Clause, kind: str, answer: str, *parts: str) -> _Asked:
    """Put the parts of a question together, behind the condition the clause begins with."""
    question = " ".join(" ".join(parts).split()).rstrip(" ,;.")
    led = f"{clause.lead}, {lower_first(question)}" if clause.lead else question[0].upper() + question[1:]
    return _Asked(kind=kind, answer=answer, question=f"{led}?")


def _of_rest(clause: Clause, fact: Fact) -> _Asked:
    """Ask for something after the auxiliary: question word, auxiliary, subject, what is left."""
    subject = lower_first(clause.subject)
    if fact.kind != "limit":
        return _asked(clause, fact.kind, fact.answer, fact.ask, clause.aux, subject, fact.rest)
    if is_plural(clause.subject) or re.search(r"['’]s?\s", clause.subject):
        return _asked(clause, fact.kind, fact.answer, "What is the limit for", subject, fact.rest)
    bare = re.sub(r"^(?:the|a|an|each|every|any|all)\s", "", subject)
    return _asked(clause, fact.kind, fact.answer, fact.ask, bare, fact.rest)


def _of_amount(clause: Clause) -> Iterator[_Asked]:
    """Yield the question for an amount that the subject is ("The fee is $20") or has ("A fee of $20 is charged")."""
    if clause.aux not in BE:
        return
    amount = leading_amount(clause.rest)
    if amount and not re.match(r"\s*(?:and|or|but|,)", clause.rest[amount.end() :]):
        tail = clause.rest[amount.end() :]
        yield _asked(clause, "amount", amount[0], f"What {clause.aux}", lower_first(clause.subject), tail)
    owned = amount_of(clause.subject)
    if owned:
        yield _asked(
            clause, "amount", owned["amount"], f"How much is the {owned['noun']} that {clause.aux}", clause.rest
        )


def _of_actor(clause: Clause) -> Iterator[_Asked]:
    words = clause.rest.split()
    plain = len(clause.subject.split()) <= 9 and words[0] not in {"not", "be", *HAVING} and not words[0].endswith("ly")
    plain = plain and not (words[0] == "have" and clause.aux in {"may", "can"})
    named = not clause.subject.startswith(("All ", "Any ", "Each ", "Every ")) and is_person(clause.subject)
    told = (
        not _SOMEONE.match(clause.subject)
        and not _VACUOUS.match(clause.subject)
        and not _LOOSE_END.search(clause.subject)
        and not re.match(r"[A-Z][a-z]+ing\s", clause.subject)
    )
    pointing = re.search(r"\b(?:it|them|they|he|she|him|her)\b", clause.rest)
    if clause.modal and not clause.lead and plain and named and told and not pointing and 4 <= len(words) <= 30:
        yield _asked(clause, "actor", clause.subject, f"Who {clause.aux}", clause.rest)


def _of_subject(clause: Clause) -> Iterator[_Asked]:
    """Yield the question what, or who, must be or do something: the words stay in their order, and the subject answers."""
    words = clause.rest.split()
    person = is_person(clause.subject)
    loose = re.search(r"\b(?:it|its|them|they|their|he|she|him|her|his)\b", f"{clause.lead} {clause.rest}")
    classed = re.match(r"be an?\s", clause.rest)
    told = (
        not classed
        and len([word for word in words if len(word) > LONG_WORD]) >= LONG_WORDS
        and words[0] not in _REVERSED
    )
    empty = _SOMEONE.match(clause.subject) or _VACUOUS.match(clause.subject) or _EMPTY_SUBJECT.match(clause.subject)
    empty = empty or _LOOSE_END.search(clause.subject)
    stated = clause.modal and clause.aux in BE
    plain = (stated or clause.aux in _ASKED_OF) and not clause.lead.startswith(_NO_CASE)
    if (
        plain
        and told
        and not loose
        and not empty
        and (not person or ((stated or words[0] == "be") and not is_acronym(clause.subject)))
    ):
        aux = "is" if stated else clause.aux
        yield _asked(clause, "subject", clause.subject, f"{'Who' if person else 'What'} {aux}", clause.rest)


def _of_whole(clause: Clause) -> Iterator[_Asked]:
    """Yield questions for what a clause says altogether: what it is, what is forbidden, what to do or what happens when."""
    subject, words = lower_first(clause.subject), clause.rest.split()
    whole = f"{clause.aux} {clause.rest}"
    if words[0] == "not":
        particular = re.search(r"\s(?:who|that|whose)\s", clause.subject) and is_person(clause.subject)
        if clause.aux in {"may", "must", "can"} and particular:
            be = "are" if is_plural(clause.subject) else "is"
            yield _asked(clause, "prohibition", whole, f"What {be}", subject, "not allowed to do")
        return
    general = re.match(r"(?:An?\s|[A-Z]{2,6}$)", clause.subject) and clause.aux == "is" and not clause.lead
    if general and re.match(r"(?:a|an|any|one)\s[a-z]", clause.rest) and len(words) > 4:
        yield _asked(clause, "definition", clause.rest, f"What is {subject}")
    yield from _of_case(clause)


def _of_case(clause: Clause) -> Iterator[_Asked]:
    """Yield what to do, or what happens, in the case that the clause's "if" or "when" names."""
    subject, words = lower_first(clause.subject), clause.rest.split()
    tail = None if clause.lead else _WHEN.search(clause.rest)
    if not (clause.lead or tail) or clause.lead.startswith((*_PLACES, *_NO_CASE)) or words[0] == "only":
        return
    if tail and (
        clause.cut or ASKING.search(clause.rest[: tail.start()]) or BRANCHED.search(clause.rest[: tail.start()])
    ):
        return
    done = clause.rest[: tail.start()] if tail else clause.rest
    case = tail[0].strip(" ,") if tail else ""
    state = words[1 if words[0] == "be" else 0] in _NO_EVENT
    passive = _BE_DONE.match(clause.rest) or (clause.aux in {"is", "are"} and re.match(r"[a-z]+(?:ed|en)\b", words[0]))
    answer = f"{clause.aux} {done}"
    if len(done.split()) < 3:
        return
    if passive and not state and (clause.aux not in {"must", "should"} or words[1] in _DECIDED):
        happens = "may happen" if clause.aux in {"may", "can"} else "happens"
        yield _asked(clause, "outcome", answer, f"What {happens} to", subject, case)
    elif clause.modal and words[0] != "be" and is_person(clause.subject):
        yield _asked(clause, "action", answer, f"What {clause.aux}", subject, "do", case)


def _sentences(text: str) -> list[tuple[int, int]]:
    bounds = [0, *(m.end() for m in re.finditer(r"[.!?][”\"')\]]*\s+(?=[A-Z“\"(])|\n{2,}", text)), len(text)]
    spans = []
    for start, end in pairwise(bounds):
        raw = text[start:end]
        spans.append((start + len(raw) - len(raw.lstrip()), start + len(raw.rstrip())))
    return [(start, end) for start, end in spans if end > start]
