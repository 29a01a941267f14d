from __future__ import annotations

import pytest

from graph.plural import singular


@pytest.mark.parametrize(
    ("plural", "one"),
    [
        ("policies", "policy"),
        ("processes", "process"),
        ("databases", "database"),
        ("responses", "response"),
        ("branches", "branch"),
        ("taxes", "tax"),
        ("criteria", "criterion"),
        ("status", "status"),
        ("analysis", "analysis"),
        ("access", "access"),
        ("series", "series"),
        ("SMS", "sms"),
        ("FIPS", "fips"),
        ("IDs", "id"),
        ("children", "child"),
        ("sizes", "size"),
    ],
)
def test_nouns(plural: str, one: str) -> None:
    assert singular(plural) == one
