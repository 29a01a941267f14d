import pytest

from verify.evidence import Evidence
from verify.nli_onnx import OnnxEntailment
from verify.second import SecondReader, merged
from verify.verdict import Entailment, Label
from verify.verifier import Item, Verifier


class Said:
    """A model that says what it was told of a premise that holds a word, and counts what it is asked."""

    def __init__(self, name="said", **told):
        self.name, self.told, self.asked = name, told, []

    def entail(self, pairs):
        self.asked += pairs
        return [self._of(premise) for premise, _ in pairs]

    def _of(self, premise):
        entailment, contradiction = next((v for word, v in self.told.items() if word in premise), (0.01, 0.0))
        return Entailment(entailment=entailment, neutral=1 - entailment - contradiction, contradiction=contradiction)


def passage(name, text):
    return Evidence(passage_id=name, document_id="d", text=text)


OFFICE = passage("office", "The office hears appeals of tenants.")
BOARD = passage("board", "The board hears complaints of tenants.")
CLAIM = Item(id="1", answer="Tenants are heard by the office.", cited=(OFFICE, BOARD))


def judge(first, second, **options):
    reader = SecondReader(model=second, **options)
    (result,) = Verifier(first, rules=False, relevance=False, joint=False, second=reader).verify([CLAIM])
    return result


def test_what_the_first_leaves_open_the_second_decides():
    first = Said(office=(0.6, 0.0))
    assert judge(first, Said(office=(0.99, 0.0))).label is Label.SUPPORTED
    assert judge(first, Said(office=(0.02, 0.0))).label is Label.NOT_ENOUGH


def test_the_second_is_not_asked_where_the_first_is_sure():
    for score in (0.95, 0.01):
        second = Said()
        judge(Said(office=(score, 0.0)), second)
        assert second.asked == []


def test_the_next_best_window_is_read_when_the_best_has_fallen_behind():
    first, second = Said(office=(0.7, 0.0), board=(0.6, 0.0)), Said(office=(0.01, 0.0), board=(0.9, 0.0))
    result = judge(first, second)
    assert (result.label, result.verdicts[0].supporting) == (Label.SUPPORTED, ("board",))
    assert any("board" in premise for premise, _ in second.asked)


def test_no_more_windows_are_read_than_allowed():
    second = Said()
    judge(Said(office=(0.7, 0.0), board=(0.6, 0.0)), second, reads=1)
    assert len(second.asked) == 1


def test_a_contradiction_needs_both():
    first = Said(office=(0.01, 0.95))
    assert judge(first, Said(office=(0.01, 0.95))).label is Label.REFUTED
    assert judge(first, Said(office=(0.3, 0.05))).label is Label.NOT_ENOUGH


def test_a_quotation_is_not_read_again():
    second = Said()
    item = Item(
        id="1",
        answer="The office must hear appeals of tenants.",
        cited=(passage("duty", "The office must hear appeals of tenants."),),
    )
    (result,) = Verifier(Said(), second=SecondReader(model=second)).verify([item])
    assert (result.label, second.asked) == (Label.SUPPORTED, [])


def test_what_is_read_again_does_not_depend_on_the_other_items():
    reader = SecondReader(model=Said(office=(0.9, 0.0)))
    judge_all = Verifier(Said(office=(0.5, 0.0), board=(0.5, 0.0)), rules=False, relevance=False, second=reader)
    other = Item(id="2", answer="Complaints go to the board.", cited=(BOARD,))
    together = list(judge_all.verify([CLAIM, other]))
    assert together == [*judge_all.verify([CLAIM]), *judge_all.verify([other])]


def test_merged_scores_sum_to_one_and_lie_between():
    one = Entailment(entailment=0.9, neutral=0.08, contradiction=0.02)
    other = Entailment(entailment=0.2, neutral=0.7, contradiction=0.1)
    both = merged(one, other)
    assert both.entailment + both.neutral + both.contradiction == pytest.approx(1.0)
    assert 0.2 < both.entailment < 0.9
    assert merged(one, one).entailment == pytest.approx(0.9)


def test_the_name_tells_both_models():
    first, second = Said("small"), Said("large")
    assert Verifier(first, second=SecondReader(model=second)).read_by == "small+large"
    assert Verifier(first).read_by == "small"


def test_a_real_model_that_reads_again_what_it_read_changes_nothing():
    model = OnnxEntailment()
    item = Item(id="1", question="Who hears tenants?", answer="The office does, on appeal.", cited=(OFFICE, BOARD))
    (alone,) = Verifier(model).verify([item])
    (twice,) = Verifier(model, second=SecondReader(model=model, low=0.0, high=1.0)).verify([item])
    assert twice.label is alone.label
    assert twice.verdicts[0].entailment == pytest.approx(alone.verdicts[0].entailment, abs=1e-6)
