"""Less like this: near neighbours fall, in sound and in taste, and nothing is fitted anew."""

from dataclasses import replace

import numpy as np
import pytest

from recommender.forest import Forest
from recommender.model import Model
from recommender.train import train
from tests.recommender.worlds import (
    ITEMS_EACH,
    group_features,
    group_of,
    group_plays,
    item,
    item_ids,
)

OWN = {item(0, 0): 1.0, item(1, 0): 1.0, item(2, 0): 1.0}


@pytest.fixture(scope="module")
def model() -> Model:
    return train(group_plays(), item_ids(), group_features(), seed=3).model


def ranks(model: Model, own: dict[str, float], *less: str) -> dict[str, int]:
    found = model.recommend(own, 24, less=less)
    return {one.item_id: rank for rank, one in enumerate(found)}


def mean_rank(of: dict[str, int], group: int) -> float:
    return float(np.mean([rank for item_id, rank in of.items() if group_of(item_id) == group]))


@pytest.mark.parametrize("without", ["", "sound", "als"])
@pytest.mark.parametrize("own", [OWN, {}], ids=["a listener", "nobody"])
def test_near_neighbours_fall(model: Model, own: dict[str, float], without: str) -> None:
    """By both senses, by taste alone and by sound alone."""
    heard = replace(
        model,
        sound=None if without == "sound" else model.sound,
        als=None if without == "als" else model.als,
    )
    before, after = ranks(heard, own), ranks(heard, own, item(1, 5))
    assert mean_rank(after, 1) > mean_rank(before, 1)
    last = [i for i, rank in after.items() if rank >= len(after) - ITEMS_EACH + 3]
    assert {group_of(i) for i in last} == {1}
    for group in (0, 2):
        assert mean_rank(after, group) < mean_rank(before, group)


def test_two_of_different_worlds_push_both_away(model: Model) -> None:
    after = ranks(model, OWN, item(1, 5), item(2, 5))
    first = [i for i, rank in after.items() if rank < ITEMS_EACH - 1]
    assert {group_of(i) for i in first} == {0}


def test_unknown_tracks_and_none_change_nothing(model: Model) -> None:
    assert ranks(model, OWN, "unheard of") == ranks(model, OWN)


def test_a_forest_does_not_put_them_back(model: Model) -> None:
    """It orders the best of the weighted sum, and what is like the one named falls behind it."""
    parts = ("als",)
    stump = Forest(
        parts,
        np.array([[0]], np.int32),
        np.array([[-np.inf]], np.float32),
        np.zeros((1, 2), np.float32),
    )
    ordered = replace(model, forest=stump)
    after = ranks(ordered, OWN, item(1, 5))
    assert {group_of(i) for i, rank in after.items() if rank >= len(after) - 5} == {1}


def test_what_is_like_a_track_falls_among_those_like_another(model: Model) -> None:
    before = [i for i, _, _ in model.similar(item(1, 0), ITEMS_EACH - 1)]
    after = [i for i, _, _ in model.similar(item(1, 0), ITEMS_EACH - 1, less=[item(1, 5)])]
    assert {group_of(i) for i in before} == {1}
    assert 1 not in {group_of(i) for i in after}
    assert model.similar(item(1, 0), 5, less=["unheard of"]) == model.similar(item(1, 0), 5)
