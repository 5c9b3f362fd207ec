"""A stated share of places is drawn by chance, and the chance is what it is said to be."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.errors import DataError
from recommender.exploration import EVEN, chance_of, draw_chances, placed, places_of

LISTED = [f"song {k}" for k in range(9)]
NEW = ["a", "b", "c", "d"]
SCORES = [2.0, 1.0, 0.0, -1.0]


def a_list(seed: int, share: float = 0.1, new: list[str] = NEW) -> list[tuple[str, float, bool]]:
    rng = np.random.default_rng(seed)
    places = places_of(len(LISTED), share, rng)
    found = placed(LISTED, places, new, SCORES[: len(new)], share, rng)
    return [(one.item_id, one.propensity, one.explored) for one in found]


def test_the_stated_share_of_places_is_explored_never_the_first() -> None:
    lists = [a_list(seed) for seed in range(3_000)]
    explored = np.mean([[one[2] for one in found] for found in lists], axis=0)
    assert explored[0] == 0.0
    assert explored.mean() == pytest.approx(0.1, abs=0.006)
    assert explored[1:] == pytest.approx(np.full(8, chance_of(0.1, 9)), abs=0.025)


def test_propensities_are_the_frequencies() -> None:
    """At the second place nothing was drawn above, so its chances are the same in each list."""
    lists = [a_list(seed)[1] for seed in range(6_000)]
    told = {item: propensity for item, propensity, _ in lists}
    counted = Counter(item for item, _, _ in lists)
    for item in ["song 1", *NEW]:
        assert counted[item] / len(lists) == pytest.approx(told[item], abs=0.02)
    assert sum(told.values()) == pytest.approx(1.0)


@given(seed=st.integers(0, 10**6), share=st.floats(0.0, 0.5), n=st.integers(0, 4))
def test_no_song_stands_twice_and_what_is_not_explored_stays(
    seed: int, share: float, n: int
) -> None:
    found = a_list(seed, share, NEW[:n])
    assert len({item for item, _, _ in found}) == len(LISTED)
    for place, (item, propensity, explored) in enumerate(found):
        assert 0.0 < propensity <= 1.0
        assert (item in NEW) == explored
        assert explored or item == LISTED[place]
    if not n:
        assert {propensity for _, propensity, _ in found} == {1.0}


def test_the_same_seed_draws_the_same_list() -> None:
    assert a_list(7, 0.4) == a_list(7, 0.4)


def test_no_candidate_is_hopeless() -> None:
    chances = draw_chances(np.array([9.0, 0.0, -9.0]))
    assert chances.sum() == pytest.approx(1.0)
    assert chances.min() >= EVEN / 3
    assert (np.diff(chances) < 0).all()


def test_a_share_beyond_half_is_refused() -> None:
    with pytest.raises(DataError, match=r"between 0 and 0\.5, not at 0\.6"):
        chance_of(0.6, 9)
