"""The claim in its evidence's way of putting limits and exceptions."""

from __future__ import annotations

from verify.rules import without_settled
from verify.wording import reworded

LIMIT = "Charges must not exceed the actual cost of the service."


def test_a_limit_is_put_as_the_evidence_puts_it():
    assert reworded("Charges must be limited to the cost.", LIMIT) == "Charges must not exceed the cost."
    assert (
        reworded("Charges must not exceed the cost.", "Charges are capped at the cost.")
        == "Charges must be limited to the cost."
    )


def test_what_is_not_limited_is_no_limit():
    assert reworded("Charges are not limited to the cost.", LIMIT) is None
    assert reworded("Charges must be limited to the cost.", "Charges may exceed the cost.") is None


def test_an_exception_is_put_as_the_evidence_puts_it():
    exception = "A loan, other than one covered by a policy, is void."
    assert (
        reworded("A loan that is not covered by a policy is void.", exception)
        == "A loan, other than one covered by a policy is void."
    )
    assert reworded("A loan that is covered by a policy is void.", exception) is None


def test_the_model_is_shown_the_other_wording():
    assert (
        without_settled("Fees charged to guests must be limited to what it costs.", LIMIT)
        == "Fees charged to guests must not exceed what it costs."
    )
