import numpy as np

from recommender.content import predict_factors
from recommender.fusion_selection import Pool, select_weights
from recommender.interactions import Plays, hold_out
from recommender.metrics import ndcg, quality, recall, top_of
from recommender.panel import MAX_USERS, panel_of
from recommender.selection import MIN_USERS, defaults, select
from tests.recommender.worlds import group_plays, item_ids


def test_ndcg_and_recall_of_rankings_worked_by_hand() -> None:
    top = np.array([4, 7, 1, 9])
    assert ndcg(top, np.array([4])) == 1.0
    assert ndcg(top, np.array([7])) == 1 / np.log2(3)
    assert ndcg(top, np.array([4, 5])) == 1 / (1 + 1 / np.log2(3))
    assert recall(top, np.array([4, 9, 100, 101])) == 0.5
    mean = quality([top, top], [np.array([4]), np.array([100])], n_items=8)
    assert (mean.ndcg_10, mean.recall_20, mean.coverage_10, mean.users) == (0.5, 0.5, 0.5, 2)


def test_the_best_come_first_ties_by_position_and_masked_never() -> None:
    scores = np.array([1.0, 3.0, -np.inf, 3.0, 2.0], dtype=np.float32)
    assert top_of(scores, 10).tolist() == [1, 3, 4, 0]
    assert top_of(scores, 2).tolist() == [1, 3]
    assert top_of(scores[:0], 2).tolist() == []


def test_holding_out_hides_some_of_each_active_listener_and_loses_nothing() -> None:
    rows = [(0, k, 1.0 + k) for k in range(10)] + [(1, k, 1.0) for k in range(4)]
    matrix = Plays.of(rows).matrix(10)
    split = hold_out(matrix, seed=1, share=0.2)
    assert split.users.tolist() == [0]
    assert [h.size for h in split.held] == [2]
    assert split.train.nnz == 12
    assert not split.train[0, split.held[0]].toarray().any()
    again = hold_out(matrix, seed=1, share=0.2)
    np.testing.assert_array_equal(again.held[0], split.held[0])


def test_trials_are_judged_on_a_sample_of_very_many_listeners() -> None:
    rows = [(user, k, 1.0) for user in range(MAX_USERS + 50) for k in range(5)]
    panel = panel_of(hold_out(Plays.of(rows).matrix(5), seed=1), seed=1)
    assert panel.users.size == len(panel.held) == MAX_USERS
    assert np.unique(panel.users).size == MAX_USERS


def test_few_listeners_get_the_defaults() -> None:
    rows = [(u, k, 1.0) for u in range(MIN_USERS - 1) for k in range(6)]
    assert select(Plays.of(rows).matrix(6), {}, seed=0) == defaults(6)


def test_choices_are_the_seeds_alone_and_leave_some_part_to_rank() -> None:
    matrix = group_plays().matrix(len(item_ids()))
    first = select(matrix, {}, seed=2)
    assert first == select(matrix, {}, seed=2)
    assert sum(first.weights.values()) > 0


def test_factors_of_new_tracks_follow_their_sound() -> None:
    """Taste that is a linear function of sound is recovered; tracks without sound get the mean."""
    rng = np.random.default_rng(0)
    sounds = rng.normal(size=(120, 5)).astype(np.float32)
    sounds /= np.linalg.norm(sounds, axis=1, keepdims=True)
    sounds[119] = 0.0
    truth = (sounds @ rng.normal(size=(5, 3))).astype(np.float32)
    listeners = np.full(100, 50.0, dtype=np.float32)
    predicted = predict_factors(truth[:100], listeners, sounds, None)
    assert predicted.shape == (20, 3)
    assert np.abs(predicted[:19] - truth[100:119]).max() < 0.1
    np.testing.assert_allclose(predicted[19], truth[:100].mean(axis=0), atol=1e-5)


def test_an_artists_other_tracks_tell_of_the_new_one() -> None:
    artists = np.array([0, 0, 0, 1, 1, 1, 0, 1, -1], dtype=np.int64)
    factors = np.array([[2.0], [2.0], [2.0], [-2.0], [-2.0], [-2.0]], dtype=np.float32)
    predicted = predict_factors(factors, np.full(6, 100.0, dtype=np.float32), None, artists)
    assert predicted[0, 0] > 0.5
    assert predicted[1, 0] < -0.5
    assert predicted[2, 0] == 0.0


def test_a_part_that_adds_nothing_is_dropped() -> None:
    """One scorer finds the hidden item, one says the same again, one says nothing."""
    rng = np.random.default_rng(0)
    right = np.where(np.arange(9) == 4, 1.0, 0.0)
    z = np.array([right, right, rng.normal(size=9) * 0.01], dtype=np.float32)
    ones = np.ones(9, dtype=np.float32)
    pools = [Pool(k, np.arange(9), ones, z, np.array([4]), ones[:3]) for k in range(40)]
    weights, value = select_weights(pools, ["ease", "als", "sound"], n_items=9)
    assert sorted(weights.values())[:2] == [0.0, 0.0]
    assert value == 1.0
