"""A two-document question passes only where no single document supports the whole answer."""

from types import SimpleNamespace

import pytest

from groundsmith.assay import _hop_refusal
from verify.nli import Entailment
from verify.verdict import Judgement, Label, Verdict
from verify.verifier import Result

PASSAGES = tuple(SimpleNamespace(id=name, document_id=name[0]) for name in ("a1", "a2", "b1"))


def written(level=3):
    return SimpleNamespace(planned=SimpleNamespace(level=level, passages=PASSAGES))


def verdict(supporting, needed, found=()):
    return Verdict(
        claim="c",
        statement="c",
        start=0,
        end=1,
        label=Label.SUPPORTED,
        confidence=0.9,
        supporting=supporting,
        needed=needed,
        judgements=tuple(
            Judgement(
                passage_id=name,
                document_id=name[0],
                entailment=Entailment(entailment=0.9, neutral=0.1, contradiction=0.0),
            )
            for name in found
        ),
    )


def refused(*verdicts, level=3):
    result = Result(id="1", label=Label.SUPPORTED, confidence=0.9, verdicts=verdicts)
    return bool(_hop_refusal(written(level), result))


@pytest.mark.parametrize(
    ("verdicts", "single"),
    [
        ([verdict(("a1", "b1"), ("a1", "b1"))], False),
        ([verdict(("a1",), ("a1",)), verdict(("b1",), ("b1",))], False),
        ([verdict(("a1", "b1"), ("a1",))], True),
        ([verdict(("a1", "b1"), ("a1",)), verdict(("b1", "a2"), ("b1",))], True),
        ([verdict(("a1", "a2"), ("a1", "a2"))], True),
        ([verdict(("a1", "b1"), ("a1", "b1")), verdict(("a1",), ("a1",))], False),
        ([verdict((), ())], True),
        ([verdict(("a1",), ("a1",)), verdict(("b1", "a9"), ("b1",), ("b1", "a9"))], True),
        ([verdict(("a1", "c1"), ("a1",), ("c1",)), verdict(("b1", "c2"), ("b1",), ("c2",))], True),
        ([verdict(("a1", "c1"), ("a1",), ("c1",)), verdict(("b1", "d2"), ("b1",), ("d2",))], False),
    ],
)
def test_both_documents_are_needed(verdicts, single):
    assert refused(*verdicts) is single


def test_other_levels_are_not_asked():
    assert not refused(verdict(("a1",), ("a1",)), level=2)
