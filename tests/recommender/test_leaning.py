"""One number from what is known to what surprises: all three figures rise with it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.leaning import Pool, exchanged, intra_list_distance, leaned, self_information
from recommender.model import Model
from recommender.train import train
from tests.recommender.worlds import group_features, group_of, group_plays, item, item_ids

LEANINGS = [k / 3 for k in range(-3, 4)]


def a_pool(rng: np.random.Generator, size: int) -> Pool:
    points = rng.normal(size=(size, 3))
    distances = np.linalg.norm(points[:, None] - points[None], axis=2)
    return Pool(
        distances / distances.max(initial=1.0),
        rng.gamma(2.0, 2.0, size),
        rng.random(size),
        np.sort(rng.normal(size=size))[::-1],
    )


@settings(max_examples=60)
@given(seed=st.integers(0, 10**6), size=st.integers(0, 40), n=st.integers(1, 12))
def test_every_figure_rises_with_the_number_for_whatever_songs(
    seed: int, size: int, n: int
) -> None:
    pool = a_pool(np.random.default_rng(seed), size)
    effects = []
    for lean in LEANINGS:
        places = exchanged(pool, n, lean)
        assert places.size == np.unique(places).size == min(n, size)
        effects.append(pool.effect(places))
    for figure in ("distance", "self_information", "strangeness"):
        values = [getattr(one, figure) for one in effects]
        assert (np.diff(values) >= -1e-12).all(), figure


def test_both_ends_differ_from_the_models_own_ranking() -> None:
    pool = a_pool(np.random.default_rng(1), 90)
    own = exchanged(pool, 9, 0.0)
    assert own.tolist() == list(range(9))
    known, surprise = (pool.effect(exchanged(pool, 9, lean)) for lean in (-1.0, 1.0))
    middle = pool.effect(own)
    assert known.distance < middle.distance < surprise.distance
    assert known.self_information < middle.self_information < surprise.self_information


def test_figures_are_those_of_their_definitions() -> None:
    distances = np.array([[0.0, 0.2, 0.4], [0.2, 0.0, 0.9], [0.4, 0.9, 0.0]])
    assert intra_list_distance(distances, np.array([0, 1, 2])) == pytest.approx(0.5)
    assert intra_list_distance(distances, np.array([1])) == 0.0
    bits = self_information(np.array([3.0, 0.0], np.float32), 7)
    assert bits.tolist() == pytest.approx([1.0, 3.0])


@pytest.fixture(scope="module")
def model() -> Model:
    return train(group_plays(), item_ids(), group_features(), seed=3).model


def test_a_listener_of_one_taste_hears_of_others_when_asking_for_surprise(model: Model) -> None:
    own = {item(0, 0): 3.0, item(0, 1): 1.0}
    found = model.recommend(own, 22)
    lists = {lean: leaned(model, found, list(own), 6, lean) for lean in (-1.0, 0.0, 1.0)}
    groups = {
        lean: {group_of(one.item_id) for one in listed} for lean, (listed, _) in lists.items()
    }
    assert groups[0.0] == groups[-1.0] == {0}
    assert len(groups[1.0]) > 1
    assert [one.item_id for one in lists[0.0][0]] == [one.item_id for one in found[:6]]
    assert lists[1.0][1].strangeness > lists[0.0][1].strangeness


def test_nothing_to_choose_from_is_an_empty_list(model: Model) -> None:
    listed, effect = leaned(model, [], [], 9, 1.0)
    assert listed == []
    assert (effect.distance, effect.self_information, effect.strangeness) == (0.0, 0.0, 0.0)
