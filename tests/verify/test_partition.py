"""Parts of a dataset: no key in two of them, sizes as near as groups allow."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verify.partition import components, partition

KEYS = st.lists(st.lists(st.sampled_from([f"d{n}" for n in range(30)]), max_size=3), max_size=60)


@given(KEYS, st.lists(st.integers(0, 9), min_size=1, max_size=4).filter(sum), st.integers(0, 5))
def test_no_key_stands_in_two_parts(keys, shares, seed):
    found = partition(keys, shares=shares, seed=seed)
    of = {}
    for mine, part in zip(keys, found.parts, strict=True):
        for key in mine:
            assert of.setdefault(key, part) == part
    assert sum(found.sizes) == len(keys)
    assert [found.parts.count(part) for part in range(len(shares))] == list(found.sizes)
    assert all(not size for size, share in zip(found.sizes, shares, strict=True) if not share)
    assert found == partition(keys, shares=shares, seed=seed)


def test_links_over_several_steps_join():
    assert components([["a", "b"], ["c"], ["b", "d"], ["d"], []]) == [[0, 2, 3], [1], [4]]


def test_shares_are_met_where_groups_are_small():
    found = partition([[f"d{n // 2}"] for n in range(200)], shares=[80, 10, 10])
    assert found.sizes == (160, 20, 20)
    assert (found.groups, found.largest) == (100, 0.01)


def test_shares_must_be_usable():
    with pytest.raises(ValueError, match="above 0"):
        partition([["a"]], shares=[0, 0])
