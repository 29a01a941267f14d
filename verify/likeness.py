"""How like a claim's wording is to what it is held against: shares of its words and word pairs, written into a judgement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from verify.verdict import Finding, Judgement
from verify.words import content, share, stems, words


def likened(judgement: Judgement, statement: str, *, premise: str, around: str) -> Judgement:
    """Return the judgement with the likeness of a statement to the window read, `premise`, and to passage and headings, `around`.

    Words that a rule found to differ are left out of overlap and of what is missing: the rule speaks for them.
    """
    wanted = content(statement) - _differing(judgement.findings)
    near = content(around)
    return replace(
        judgement,
        overlap=share(wanted, content(premise)),
        passage_overlap=share(content(statement), near),
        pairs=_pairs(statement, premise),
        words=len(words(statement)),
        missing=tuple(sorted(wanted - near)),
    )


def _differing(findings: Sequence[Finding]) -> frozenset[str]:
    return content(" ".join(finding.claim_text for finding in findings if finding.conflict))


def _pairs(statement: str, premise: str) -> float:
    """The share of the statement's pairs of neighbouring content words in the premise; of its words if it has no pair."""
    wanted = frozenset(pairwise(stems(statement)))
    if not wanted:
        return share(content(statement), content(premise))
    return len(wanted & frozenset(pairwise(stems(premise)))) / len(wanted)
