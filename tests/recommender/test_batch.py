"""Lists of many listeners at once are those that each gets alone."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from recommender.batch import recommend_all, tops
from recommender.fits import (
    AlsSettings,
    EaseSettings,
    KernelSettings,
    NeighbourSettings,
    ScaledSettings,
    TopicSettings,
    fit_als,
    fit_ease,
    fit_neighbours,
    preference,
)
from recommender.forest import FUSED, Forest
from recommender.fusion import ProductSpread
from recommender.kernel_fits import fit_kernel
from recommender.model import Model
from recommender.scaled_fits import fit_scaled
from recommender.scorers import FactorScorer, Floats
from recommender.together import spreads
from recommender.topic_fits import fit_topics
from recommender.train import train
from tests.recommender.worlds import ITEMS_EACH, group_features, group_plays, item, item_ids

NEW = ["g0-new", "g1-new", "g2-new"]
LISTENERS: list[Mapping[str, float]] = [
    {item(0, 1): 2.0},
    {},
    {item(2, 2): 1.0, item(1, 0): 3.0, "unheard of": 2.0},
    {"unheard of": 1.0},
    {"g1-new": 2.0},
    {"g1-new": 2.0, item(2, 0): 1.0, item(0, 7): 0.0},
    {item(1, k): 1.0 for k in range(ITEMS_EACH)},
]
WEIGHTS = ["ease", "als", "als_scaled", "neighbours", "topics", "popularity", "artist", "sound"]


@pytest.fixture(scope="module")
def model() -> Model:
    """Every kind of part, three tracks nobody has played, and a forest that alone hears one."""
    x = group_features()
    new = x[[0, ITEMS_EACH, 2 * ITEMS_EACH]] + np.float32(0.1)
    artists = [f"artist-{i[:2]}" for i in item_ids()] + [None, "artist-g1", None]
    features = np.concatenate([x, new])
    trained = train(group_plays(), item_ids() + NEW, features, artists, seed=3).model
    order = [item_ids().index(i) for i in trained.item_ids[: trained.warm]]
    matrix = preference(group_plays().matrix(len(order))[:, order].tocsr(), counts_matter=True)
    als = fit_als(matrix, AlsSettings(6, 0.5, 2.0, members=2), seed=1)
    forest = Forest(
        (FUSED, "als", "tangent"),
        np.array([[3], [1], [2], [0]], dtype=np.int32),
        np.array([[np.log1p(np.median(trained.listeners))], [0.2], [0.3], [0.1]], np.float32),
        np.array([[1.0, 0.0], [0.0, 0.7], [0.0, 0.4], [0.2, 0.0]], dtype=np.float32),
        discount=0.01,
    )
    return replace(
        trained,
        als=als.joined(als.factors[:3] * np.float32(0.9)),
        als_scaled=fit_scaled(matrix, ScaledSettings(5, 0.02, 3.0, members=2), seed=1),
        ease=fit_ease(matrix, EaseSettings(penalty=1.0, items=20)),
        neighbours=fit_neighbours(matrix, NeighbourSettings(10)),
        tangent=fit_kernel(matrix, KernelSettings(2)),
        topics=fit_topics(matrix, TopicSettings(4, members=2), seed=3),
        weights=dict(zip(WEIGHTS, (0.5, 0.4, 0.3, 0.3, 0.2, 0.1, 0.2, 0.2), strict=True)),
        forest=forest,
        stranger_weights={"als": 0.5, "sound": 1.5, "popularity": 0.4},
        stranger_forest=None,
    )


@pytest.mark.parametrize("candidates", [None, ["g0-new", item(0, 3), item(1, 1), "unheard of"]])
@pytest.mark.parametrize("n", [4, 27])
def test_each_gets_what_it_gets_alone(
    model: Model, n: int, candidates: list[str] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recommender.batch.BLOCK", 3)  # so there are several
    monkeypatch.setattr("recommender.batch_fold_in.WIDTH", 10)
    strangers = {0, 2, 4}
    together = recommend_all(model, LISTENERS, n, candidates, strangers)
    for k, (listener, found) in enumerate(zip(LISTENERS, together, strict=True)):
        alone = model.recommend(listener, n, candidates=candidates, stranger=k in strangers)
        assert [(r.item_id, r.reason) for r in found] == [(r.item_id, r.reason) for r in alone]
        np.testing.assert_allclose(
            [r.score for r in found], [r.score for r in alone], rtol=1e-4, atol=1e-4
        )


def test_tops_are_the_same_without_reasons(model: Model) -> None:
    found = [[model.item_ids[k] for k in top] for top in tops(model, LISTENERS, 9, {2})]
    lists = recommend_all(model, LISTENERS, 9, strangers={2})
    assert found == [[r.item_id for r in one] for one in lists]


def test_a_list_ends_where_there_is_nothing_more(model: Model) -> None:
    lists = list(recommend_all(model, LISTENERS, 50))
    assert [len(one) for one in lists] == [26, 27, 25, 27, 26, 25, 19]


def test_spread_of_als_follows_from_its_factors() -> None:
    """Without another look at the scores, also where their mean is far above their spread."""
    for level in (0.0, 3.0):
        factors = np.random.default_rng(0).normal(level, 0.1, (900, 6)).astype(np.float32)
        gram = (factors.T @ factors)[None]
        scorer = FactorScorer(np.asfortranarray(factors), gram, 0.5, 2.0)
        own = np.array([3, 70]), np.ones(2, dtype=np.float32)
        mean, deviation = ProductSpread.over(factors).of(scorer.listener(*own)[None])
        np.testing.assert_allclose(mean, scorer.scores(*own).mean(), rtol=1e-4)
        np.testing.assert_allclose(deviation, scorer.scores(*own).std(), rtol=1e-3)


def test_spread_of_rows_is_that_of_each() -> None:
    def rows(level: float) -> Floats:
        return np.random.default_rng(0).normal(level, 0.1, (3, 900)).astype(np.float32)

    for level in (0.0, 50.0):
        mean, deviation = spreads(rows(level), 1_000)
        padded = np.pad(rows(level), ((0, 0), (0, 100))).astype(np.float64)
        np.testing.assert_allclose(mean, padded.mean(axis=1), rtol=1e-4, atol=1e-6)
        np.testing.assert_allclose(deviation, padded.std(axis=1), rtol=1e-3)
    assert spreads(np.full((1, 1_000), 7.1, dtype=np.float32), 1_000)[1] == 0.0
