"""Several passages read as one: which sets are worth reading, what the model is shown of them, and which passage is needed.

A claim that no passage supports alone may follow from two or three. Sets are grown by a small beam: each passage
must bring words of the claim that the others lack, and must be cited with the others or lean on one of them (it is
the section referred to, or defines a term). At most `BEAM` pairs and half as many triples are read for a claim; a set counts only when
leaving out any one of its passages takes the support away.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, permutations

from verify.evidence import Evidence, Window, windows
from verify.link import Link, linked, links, resolved
from verify.sentence import parts
from verify.verdict import Finding
from verify.words import content, share, stem, stems, words

PASSAGES = 3
BEAM = 4
COVERED = 0.75
"""The least share of the claim's content words that a set read together must have."""
_CANDIDATES = 12
LONG, STRANGE = 12, 0.3
_RUN, _STRANGE = 6, 5
_MODAL = r"(?:must|shall|may|should|will|can|is|are|has|have)"
_BRANCH = re.compile(rf"(?:,|;)?\s+and\s+(?:also\s+)?(?=(?:not\s+)?{_MODAL}\b)|;\s+(?:and\s+)?(?={_MODAL}\b)")
_SPLIT = re.compile(r"(?:;\s*(?:and\s+)?|,\s+(?:and|but|while)\s+)(?=\S)")
_HEAD = re.compile(rf"^(?P<subject>.{{3,160}}?)\s+(?={_MODAL}\b)")


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """Passages read as one premise, in the order read; `windows` is the stretch taken of each."""

    windows: tuple[Window, ...]
    premise: str

    @property
    def names(self) -> tuple[str, ...]:
        """The ids of the passages."""
        return tuple(window.passage_id for window in self.windows)


def sets(
    statement: str,
    evidence: Mapping[str, Evidence],
    *,
    cited: frozenset[str],
    size: int,
    grown: Sequence[frozenset[str]] = (),
) -> list[frozenset[str]]:
    """Return at most BEAM sets of `size` passages worth reading, best first; of three, only such as grow one of `grown`."""
    wanted = content(statement)
    held = {name: wanted & content(f"{each.place}\n{each.text}") for name, each in evidence.items()}
    names = sorted((name for name in held if held[name]), key=lambda name: (name not in cited, -len(held[name]), name))
    names = names[:_CANDIDATES]
    if size == 2:
        tried = {frozenset(pair) for pair in combinations(names, 2)}
    else:
        tried = {pair | {name} for pair in grown for name in names if name not in pair}
    fit = [each for each in tried if _apart(each, held) and _bound(each, evidence, cited)]
    ranked = sorted(fit, key=lambda each: (-len(_union(each, held)), sorted(each)))
    return [each for each in ranked if len(_union(each, held)) >= COVERED * len(wanted) or size < PASSAGES][:BEAM]


def readings(statement: str, names: frozenset[str], evidence: Mapping[str, Evidence]) -> list[Reading]:
    """Return the premises to try for a set: one after another, and the leaning passage with the other put in.

    Empty when too little of the claim is in them.
    """
    wanted = content(statement)
    order = sorted(names, key=lambda name: (-len(wanted & content(evidence[name].text)), name))
    best = {name: windows(statement, evidence[name], limit=1)[0] for name in order if evidence[name].text.strip()}
    if len(best) < len(names):
        return []
    held = content(" ".join(f"{evidence[name].place} {evidence[name].text}" for name in order))
    if share(wanted, held) < COVERED:
        return []
    plain = Reading(windows=tuple(best[name] for name in order), premise=" ".join(best[name].premise for name in order))
    return [*_put_in(statement, order, evidence, best), plain][:3]


def _put_in(
    statement: str, order: Sequence[str], evidence: Mapping[str, Evidence], best: Mapping[str, Window]
) -> Iterator[Reading]:
    """Yield the sentence that leans on another passage, with what that one says in the reference's or the term's place."""
    if len(order) > 2:
        return
    for first, second in permutations(order, 2):
        for link in _closest(statement, links(evidence[first], evidence[second])):
            start, end = _sentence(statement, evidence[first].text, with_text=link.text)
            said = evidence[second].text[slice(*_sentence(statement, evidence[second].text))]
            text = resolved(
                " ".join(evidence[first].text[start:end].split()),
                link,
                " ".join(said.split()),
                named=link.number in statement,
            )
            window = Window(
                passage_id=first, start=start, end=end, text=evidence[first].text[start:end], premise=text, overlap=1.0
            )
            yield Reading(windows=(window, best[second]), premise=text)


def _closest(statement: str, found: Sequence[Link]) -> list[Link]:
    """The link whose meaning the claim has most of; a claim that says "Section 5.1" needs it not put in but read."""
    wanted = content(statement)
    return sorted(found, key=lambda link: (-share(content(link.meaning), wanted), link.text))[:1]


def _sentence(statement: str, text: str, *, with_text: str = "") -> tuple[int, int]:
    """The sentence of a text that has most of the claim, among those that hold `with_text` if any does."""
    wanted = content(statement)
    spans = [span for span in parts(text) if with_text in text[span.start : span.end]] or list(parts(text))
    best = max(spans, key=lambda span: (len(wanted & content(text[span.start : span.end])), -span.start))
    return best.start, best.end


def _union(names: frozenset[str], held: Mapping[str, frozenset[str]]) -> frozenset[str]:
    return frozenset().union(*(held[name] for name in names))


def _apart(names: frozenset[str], held: Mapping[str, frozenset[str]]) -> bool:
    """Whether each passage brings a word of the claim that the others lack."""
    return all(held[name] - _union(names - {name}, held) for name in names)


def _bound(names: frozenset[str], evidence: Mapping[str, Evidence], cited: frozenset[str]) -> bool:
    """Whether each passage is cited, or leans on another of the set or is leant on."""
    return all(
        any((name in cited and other in cited) or linked(evidence[name], evidence[other]) for other in names - {name})
        for name in names
    )


def strange(statement: str, text: str) -> str:
    """Return what a text knows nothing of in a claim, else "".

    Either six content words running of which five are not there, or, in a claim of at least `LONG` content words, more than
    `STRANGE` of all. A small model takes a long claim for entailed when its first half is.
    """
    found, known = stems(statement), content(text)
    for start in range(len(found) - _RUN + 1):
        run = found[start : start + _RUN]
        if sum(word not in known for word in run) >= _STRANGE:
            return _said(statement, run)
    new = [word for word in dict.fromkeys(found) if word not in known]
    if len(set(found)) >= LONG and len(new) > STRANGE * len(set(found)):
        return _said(statement, new)
    return ""


def _said(statement: str, wanted: Sequence[str]) -> str:
    """The words of a statement that have these stems."""
    return " ".join(word for word in words(statement) if stem(word) in wanted and content(word))


def added(statement: str, text: str) -> tuple[Finding, ...]:
    """Return a conflict where a stretch of the claim is nowhere in the passage."""
    unknown = strange(statement, text)
    detail = f"the evidence has nothing of “{unknown}”"
    return (Finding(rule="addition", conflict=True, detail=detail, claim_text=unknown),) if unknown else ()


def _clauses(text: str) -> list[str]:
    """A text cut at "; " and ", and "; a piece without a verb of its own stays with the one before."""
    pieces: list[str] = []
    start = 0
    for cut in [*_SPLIT.finditer(text), None]:
        piece = text[start : cut.start() if cut else len(text)]
        if pieces and not re.search(rf"\b(?:{_MODAL}|says|requires)\b", piece):
            pieces[-1] = text[text.index(pieces[-1]) : start + len(piece)]
        else:
            pieces.append(piece)
        start = cut.end() if cut else start
    return [piece.strip() for piece in pieces]


def branches(statement: str) -> list[str]:
    """Return the parts of a compound claim, each with its subject; empty when it has one part only.

    "A visitor must sign in and must wear a badge." has the parts "A visitor must sign in." and "A visitor must wear a badge."
    """
    text = statement.strip().rstrip(".")
    head = _HEAD.match(text)
    pieces = [piece.strip() for piece in (_BRANCH.split(text) if head else [text])]
    shared = head is not None and len(pieces) > 1
    pieces = [pieces[0], *(f"{head['subject']} {piece}" for piece in pieces[1:])] if shared and head else _clauses(text)
    whole = len(pieces) > 1 and all(len(content(piece)) >= 3 and re.search(rf"\b{_MODAL}\b", piece) for piece in pieces)
    return (
        [f"{piece[:1].upper()}{piece[1:]}." for piece in pieces[:PASSAGES]] if whole and len(pieces) <= PASSAGES else []
    )
