"""The forest: trees as arrays, fitted to what only trees can see."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from recommender import artifacts
from recommender.batch import recommend_all, tops
from recommender.fits import (
    AlsSettings,
    EaseSettings,
    KernelSettings,
    Settings,
    TopicSettings,
    preference,
)
from recommender.forest import Forest, deal, describe
from recommender.forest_fits import classifier, fit_forest
from recommender.kernel_fits import fit_kernel
from recommender.model import Model
from recommender.topic_fits import fit_topics
from recommender.train import train
from tests.recommender.worlds import group_plays, item, item_ids


def either_but_not_both(rows: int = 4_000) -> tuple[np.ndarray, np.ndarray]:
    x = np.random.default_rng(0).normal(size=(rows, 5)).astype(np.float32)
    return x, (x[:, 0] > 0) != (x[:, 1] > 0)


def test_trees_by_hand() -> None:
    """Two trees of depth 1: x0 > 1 brings 5 rather than 2, x1 > 0 takes 1 rather than 0."""
    forest = Forest(
        ("a",),
        np.array([[0], [1]], dtype=np.int32),
        np.array([[1.0], [0.0]], dtype=np.float32),
        np.array([[2.0, 5.0], [0.0, -1.0]], dtype=np.float32),
    )
    x = np.array([[0, 0], [1, 1], [2, 0], [2, 1]], dtype=np.float32)
    assert forest.scores(x).tolist() == [2.0, 1.0, 5.0, 4.0]
    assert replace(forest, discount=0.5).scores(x).tolist() == [2.0, 0.5, 5.0, 3.5]


def test_answers_as_the_library_that_fitted_it() -> None:
    x, wanted = either_but_not_both()
    forest = fit_forest(x, wanted, ("a", "b"), seed=0)
    log_odds = classifier(seed=0).fit(x, wanted).decision_function(x)
    difference = forest.scores(x) - log_odds
    np.testing.assert_allclose(difference, difference[0], atol=1e-4)  # the baseline orders nothing
    assert ((log_odds > 0) == wanted).mean() > 0.95


def test_rows_of_one_listener_share_what_is_known_of_the_listener() -> None:
    x, wanted = either_but_not_both()
    x[:, 3:] = np.repeat(x[::80, 3:], 80, axis=0)
    wanted ^= x[:, 4] > 0
    forest = fit_forest(x, wanted, ("a", "b"), seed=0)
    listeners = np.repeat(np.arange(50), 80)
    np.testing.assert_array_equal(forest.scores(x, listeners), forest.scores(x))
    few = [forest.scores(some) for some in np.split(x, 40)]  # whose places are looked up singly
    np.testing.assert_array_equal(np.concatenate(few), forest.scores(x))
    assert len(np.unique(forest.columns[np.isfinite(forest.thresholds)])) > 3


def test_the_scores_are_dealt_out_in_the_order_of_the_votes() -> None:
    scores = np.array([1.0, 9.0, 5.0, 7.0], dtype=np.float32)
    deal(scores, np.array([1, 3, 2]), np.array([0.1, 0.3, 0.2], dtype=np.float32))
    assert scores.tolist() == [1.0, 5.0, 7.0, 9.0]


def test_candidates_are_described_by_parts_and_popularity() -> None:
    z = np.array([[1.0, 2.0], [3.0, 4.0]], dtype=np.float32)
    log_2 = float(np.log(2))
    rows = describe(z, np.array([0.0, 1.0]), 3, log_2)
    np.testing.assert_allclose(rows, [[1, 3, 0, 3, log_2], [2, 4, log_2, 3, log_2]], rtol=1e-6)


@pytest.fixture(scope="module")
def model() -> Model:
    """With kernels and topics, and a forest that wants what is popular least first."""
    trained = train(group_plays(), item_ids(), seed=3).model
    order = [item_ids().index(i) for i in trained.item_ids]
    matrix = preference(group_plays().matrix(len(order))[:, order].tocsr(), counts_matter=True)
    forest = Forest(
        ("tangent",),
        np.array([[1]], dtype=np.int32),
        np.array([[np.log1p(np.median(trained.listeners))]], dtype=np.float32),
        np.array([[1.0, 0.0]], dtype=np.float32),
        discount=0.01,
    )
    return replace(
        trained,
        tangent=fit_kernel(matrix, KernelSettings(2)),
        linear=fit_kernel(matrix, KernelSettings(0)),
        relative=fit_kernel(matrix, KernelSettings(0, relative=True)),
        topics=fit_topics(matrix, TopicSettings(4, members=2), seed=3),
        weights={"tangent": 1.0, "linear": 0.5, "relative": 0.3, "topics": 0.2},
        forest=forest,
    )


def test_the_forest_rearranges_and_changes_no_reason(model: Model) -> None:
    own = {item(1, 0): 2.0, item(1, 3): 1.0}
    plain = replace(model, forest=None).recommend(own, 24)
    rearranged = model.recommend(own, 24)
    assert sorted(r.score for r in plain) == sorted(r.score for r in rearranged)
    assert {(r.item_id, r.reason) for r in plain} == {(r.item_id, r.reason) for r in rearranged}
    popular = [model.listeners[model.positions[r.item_id]] for r in rearranged]
    median = np.median(model.listeners)
    assert [p > median for p in popular] == sorted(p > median for p in popular)


def test_a_part_without_weight_is_heard_by_the_forest_alone(model: Model) -> None:
    own = {item(1, 0): 2.0, item(0, 3): 1.0}
    by_tangent = Forest(
        ("tangent",),
        np.array([[0], [0]], dtype=np.int32),
        np.array([[-0.5], [0.5]], dtype=np.float32),
        np.array([[1.0, 0.0], [1.0, 0.0]], dtype=np.float32),
    )
    plain = replace(model, weights={"linear": 1.0}, forest=None)
    ordered = replace(plain, forest=by_tangent)
    assert [r.item_id for r in ordered.recommend(own, 9)] != [
        r.item_id for r in plain.recommend(own, 9)
    ]
    assert {(r.item_id, r.reason) for r in ordered.recommend(own, 24)} == {
        (r.item_id, r.reason) for r in plain.recommend(own, 24)
    }
    settings = Settings(AlsSettings(), EaseSettings(), {"linear": 1.0}, forest=by_tangent)
    assert [settings.uses(name) for name in ("linear", "tangent", "ease")] == [True, True, False]


def test_without_own_tracks_the_forest_is_silent(model: Model) -> None:
    assert model.recommend({}, 9) == replace(model, forest=None).recommend({}, 9)


def test_strangers_with_weights_of_their_own_get_no_forest_but_theirs(model: Model) -> None:
    theirs = replace(model, stranger_weights={"linear": 1.0})
    own = {item(0, 1): 2.0}
    plain = replace(model, weights={"linear": 1.0}, forest=None)
    assert theirs.recommend(own, 20, stranger=True) == plain.recommend(own, 20)
    assert theirs.recommend(own, 20) == model.recommend(own, 20)
    ordered = replace(theirs, stranger_forest=model.forest)
    by_forest = replace(plain, forest=model.forest)
    assert ordered.recommend(own, 20, stranger=True) == by_forest.recommend(own, 20)
    assert by_forest.recommend(own, 20) != plain.recommend(own, 20)
    assert model.recommend(own, 20, stranger=True) == model.recommend(own, 20)


def test_listeners_together_get_what_each_gets_alone(model: Model) -> None:
    model = replace(model, stranger_weights={"linear": 1.0, "als": 0.5})
    listeners = [{item(0, 1): 2.0}, {}, {item(2, 2): 1.0, item(1, 0): 3.0}, {"unheard of": 1.0}]
    together = list(recommend_all(model, listeners, 9, strangers={2}))
    alone = [model.recommend(own, 9, stranger=k == 2) for k, own in enumerate(listeners)]
    assert [[(r.item_id, r.reason) for r in found] for found in together] == [
        [(r.item_id, r.reason) for r in found] for found in alone
    ]
    without_reasons = tops(model, listeners, 9, strangers={2})
    assert [[model.item_ids[k] for k in top] for top in without_reasons] == [
        [r.item_id for r in found] for found in alone
    ]


def test_kernels_topics_and_forest_survive_the_disk(model: Model, tmp_path: Path) -> None:
    theirs = {"linear": 1.0}
    model = replace(model, stranger_weights=theirs, stranger_forest=model.forest)
    artifacts.save(model, tmp_path, "2026-01-02T12:00:00+00:00")
    own = {item(0, 1): 2.0, item(2, 2): 9.0}
    loaded = artifacts.load(tmp_path)
    for stranger in (False, True):
        assert loaded.recommend(own, 20, stranger=stranger) == model.recommend(
            own, 20, stranger=stranger
        )
