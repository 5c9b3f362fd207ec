import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.exposure import coverage, gini, sizes


def test_gini_of_known_shares() -> None:
    assert gini(np.ones(7)) == pytest.approx(0.0)
    assert gini(np.array([0.0, 0.0, 0.0, 9.0])) == pytest.approx(0.75)
    assert gini(np.array([1.0, 3.0])) == pytest.approx(0.25)
    assert gini(np.zeros(3)) == gini(np.zeros(0)) == 0.0


@given(counts=st.lists(st.integers(0, 1_000), min_size=1, max_size=30))
def test_gini_is_half_the_relative_mean_difference(counts: list[int]) -> None:
    x = np.array(counts, float)
    apart = np.abs(x[:, None] - x[None]).mean() / (2 * x.mean()) if x.any() else 0.0
    assert gini(x) == pytest.approx(apart)


def test_coverage_counts_what_has_any() -> None:
    assert coverage(np.array([0.0, 2.0, 1.0, 0.0])) == 0.5
    assert coverage(np.zeros(0)) == 0.0


def test_artists_are_new_or_in_terciles_of_their_plays() -> None:
    found = sizes({"a": 0, "b": 9, "c": 3, "d": 1, "e": 5, "f": 2, "just out": 99}, ["just out"])
    assert found == {
        "just out": "new",
        "a": "small",
        "d": "small",
        "f": "middle",
        "c": "middle",
        "e": "large",
        "b": "large",
    }
    assert sizes({}, []) == {}
