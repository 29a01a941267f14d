"""The measures of `curate --rule` that look for personal data and offensive content."""

import pytest

from verify.filter import Filter, measures_of, refused


@pytest.mark.parametrize(
    ("answer", "row", "value"),
    [
        ("Call (202) 555-0147 or write to a@gmx.net.", {}, 2),
        ("Write to a@gmx.net.", {"evidence": [{"id": "p", "text": "Mail: a@gmx.net"}]}, 0),
        ("Write to a@gmx.net.", {"contexts": ["Mail: a@gmx.net"]}, 0),
        ("Write to a@gmx.net.", {"context": "Mail: b@gmx.net"}, 1),
        ("Write to the office.", {}, 0),
    ],
)
def test_personal_data_is_counted_against_the_evidence(answer, row, value):
    assert measures_of("How?", answer, row, names=["personal"]) == {"personal": value}


def test_rules_refuse_with_the_reason():
    rules = [Filter.of("personal: ..0"), Filter.of("offence: ..0.5")]
    values = measures_of("Who is it?", "An idiot.", {}, names=["personal", "offence"])
    found = refused(rules, values)
    assert found is not None
    assert found.reason == "offence 0.6 is above 0.5: score of the content filter, 0 to 1"
    assert refused(rules, measures_of("Who?", "The tenant.", {}, names=["personal", "offence"])) is None
