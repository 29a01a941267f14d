"""A question without the documents that it is asked under."""

import pytest

from verify.question import unplaced


@pytest.mark.parametrize(
    ("question", "bare"),
    [
        ("Under § 1–1163.02a, who must provide notice of meetings?", "Who must provide notice of meetings?"),
        ("Under HBA-02 Priority and Waiting List, who may apply?", "Who may apply?"),
        ("Under the Fee Policy, what is the late fee?", "What is the late fee?"),
        ("Under “Session Management”, if a session ends, what must be done?", "If a session ends, what must be done?"),
        (
            "Under the Fee Policy, what is the late fee, and under § 3-14, who must pay it?",
            "What is the late fee, and who must pay it?",
        ),
        ("Under what condition may a tenant, if late, appeal?", "Under what condition may a tenant, if late, appeal?"),
        ("Under a lease, who must pay the rent?", "Under a lease, who must pay the rent?"),
        ("Who must act under the Act, and when?", "Who must act under the Act, and when?"),
        ("", ""),
    ],
)
def test_the_documents_name_is_left_out(question: str, bare: str) -> None:
    assert unplaced(question) == bare
