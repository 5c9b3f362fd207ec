"""A mix is one seed's, of many artists; a song's nearest of one's own is named."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from recommender.mix import mixed, near_own
from recommender.model import Model, Recommendation
from recommender.train import train
from tests.recommender.worlds import group_features, group_of, group_plays, item, item_ids

OWN = {item(0, 0): 3.0, item(0, 1): 1.0}


@pytest.fixture(scope="module")
def model() -> Model:
    artists = [f"artist {k % 6}" for k in range(len(item_ids()))]
    plays = group_plays()
    return train(plays, item_ids(), group_features(), artists=artists, seed=1).model


def ranked(model: Model) -> list[Recommendation]:
    return model.recommend(OWN, n=22)


def ids(found: list[Recommendation]) -> list[str]:
    return [one.item_id for one in found]


def test_a_mix_is_the_same_for_its_seed_and_another_for_the_next(model: Model) -> None:
    found = ranked(model)
    first = mixed(model, found, 8, seed=4)
    assert mixed(model, found, 8, seed=4) == first
    assert ids(mixed(model, found, 8, seed=5)) != ids(first)
    assert len(set(ids(first))) == 8
    assert {one.item_id for one in first} <= set(ids(found))


def test_no_artist_fills_a_mix(model: Model) -> None:
    artists = model.artist
    assert artists is not None
    owner = dict(zip(model.item_ids, artists.artists.tolist(), strict=True))
    for seed in range(10):
        counted = Counter(owner[one] for one in ids(mixed(model, ranked(model), 6, seed)))
        assert max(counted.values()) <= 2


def test_what_ranks_high_comes_more_often(model: Model) -> None:
    found = ranked(replace(model, artist=None, sound=None))
    plain = replace(model, artist=None, sound=None)
    taken = Counter(one for seed in range(60) for one in ids(mixed(plain, found, 4, seed)))
    top, last = ids(found)[:6], ids(found)[-6:]
    assert sum(taken[one] for one in top) > 1.5 * sum(taken[one] for one in last)


def test_a_short_ranking_makes_a_short_mix(model: Model) -> None:
    assert mixed(model, [], 5, seed=1) == []
    assert len(mixed(model, ranked(model)[:3], 5, seed=1)) == 3


def test_songs_near_ones_own_by_sound_come_first_with_the_nearest_named(model: Model) -> None:
    others = {one: None for one in item_ids() if one not in OWN}
    found = near_own(model, OWN, others)
    assert {group_of(one.item_id) for one in found[:6]} == {0}
    assert {one.because_item for one in found[:6]} <= set(OWN)
    assert found[0].likeness > 0.5
    assert near_own(model, {}, others) == []


def test_a_song_of_after_the_training_brings_its_sound(model: Model) -> None:
    assert model.features is not None
    vector = model.features[model.positions[item(0, 5)]] + 0.01
    odd = np.zeros(3, np.float32)
    found = near_own(model, OWN, {"new": vector, "odd": odd, "unheard": None})
    assert [one.item_id for one in found] == ["new"]
    assert found[0].traits
