import pytest

from verify.quotation import quotation

TEXT = "The fee is $5. An applicant must reply within 7 days, in writing. Nobody else pays 1,400 dollars."


@pytest.mark.parametrize(
    "statement",
    [
        "the fee is $5",
        "An applicant must reply within 7 days in writing.",
        "Applicant shall reply within 7 days, in writing",
    ],
)
def test_a_whole_sentence_is_a_quotation(statement: str) -> None:
    found = quotation(statement, TEXT)
    assert found is not None
    assert not found.conflict


@pytest.mark.parametrize(
    "statement", ["The fee is $6.", "An applicant must reply within 7 days.", "pays 1,400 dollars", ""]
)
def test_a_part_or_a_change_is_none(statement: str) -> None:
    assert quotation(statement, TEXT) is None
