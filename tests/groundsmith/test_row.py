import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundsmith.row import (
    DatasetRow,
    MultiHop,
    RowClaim,
    RowConcept,
    RowEvidence,
    RowFinding,
    RowSpan,
    row_id,
    row_schema,
)
from knowledge.errors import RowError

texts = st.text(max_size=20)
numbers = st.integers(0, 10**6)
shares = st.floats(0, 1)
evidence = st.builds(
    RowEvidence,
    id=texts, document=texts, version=numbers, title=texts, source=texts, start=numbers, end=numbers, text=texts,
    page=st.none() | numbers, headings=st.lists(texts, max_size=2).map(tuple),
)  # fmt: skip
claims = st.builds(
    RowClaim,
    text=texts, start=numbers, end=numbers, verdict=texts,
    entailment=st.none() | shares, contradiction=st.none() | shares,
    evidence=st.lists(texts, max_size=2).map(tuple), reason=texts,
    spans=st.lists(st.builds(RowSpan, id=texts, start=numbers, end=numbers), max_size=2).map(tuple),
    rules=st.lists(st.builds(RowFinding, rule=texts, conflict=st.booleans(), detail=texts), max_size=2).map(tuple),
)  # fmt: skip
hops = st.builds(
    MultiHop, proven=st.booleans(), documents=st.lists(texts, max_size=2).map(tuple), together=st.none() | shares,
    alone=st.lists(shares, max_size=2).map(tuple), reason=texts,
)  # fmt: skip
rows = st.builds(
    DatasetRow,
    id=texts, question=texts, answer=texts, reasoning=st.none() | texts, kind=texts, level=st.integers(1, 3),
    concepts=st.lists(st.builds(RowConcept, id=texts, label=texts), max_size=2).map(tuple),
    conditions=st.dictionaries(texts, texts, max_size=2), evidence=st.lists(evidence, max_size=2).map(tuple),
    claims=st.lists(claims, max_size=2).map(tuple), verdict=texts, confidence=st.none() | shares, weight=shares,
    reviewed=st.none() | texts, synthetic=st.booleans(), model=texts, prompt=texts, run=texts, created=texts,
    rejected=st.none() | texts, multi_hop=st.none() | hops,
)  # fmt: skip


@given(rows)
def test_a_row_comes_back_from_json_as_it_was(row: DatasetRow) -> None:
    line = json.dumps(row.to_json(), allow_nan=False)
    assert DatasetRow.from_json(json.loads(line)) == row


def test_keys_of_a_newer_version_are_passed_over() -> None:
    assert DatasetRow.from_json({"id": "s", "question": "q", "answer": "a", "new": 1}).question == "q"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"question": None}, "row.question: must be string, not null"),
        ({"level": True}, "row.level: must be integer, not boolean"),
        ({"confidence": math.nan}, "row.confidence: must be number, not nan"),
        ({"claims": {}}, "row.claims: must be array, not object"),
        ({"claims": [{"text": "x"}]}, "row.claims[0]: 'start' is missing"),
        ({"conditions": {"a": 1}}, "row.conditions.a: must be string, not integer"),
    ],
)
def test_a_wrong_field_is_named(change: dict[str, object], message: str) -> None:
    with pytest.raises(RowError) as caught:
        DatasetRow.from_json({"id": "s", "question": "q", "answer": "a", **change})
    assert str(caught.value) == message


def test_the_id_is_of_the_content() -> None:
    first = row_id(question="q", answer="a", evidence=["p_2", "p_1"])
    assert first == row_id(question="q", answer="a", evidence=["p_1", "p_2"])
    assert first != row_id(question="q", answer="b", evidence=["p_1", "p_2"])


def test_the_schema_names_every_field() -> None:
    schema = row_schema()
    assert set(schema["properties"]) == set(DatasetRow(id="", question="", answer="").to_json())
    assert schema["required"] == ["id", "question", "answer"]
    assert schema["properties"]["claims"]["items"]["properties"]["entailment"] == {
        "anyOf": [{"type": "number"}, {"type": "null"}]
    }
