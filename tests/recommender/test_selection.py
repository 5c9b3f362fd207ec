from collections.abc import Mapping, Sequence

import numpy as np
import pytest

from recommender import efforts, part_selection, selection
from recommender.draws import STRANGER_HIDINGS
from recommender.fits import AlsSettings, fit_als
from recommender.forest import FUSED, Forest
from recommender.fusion_selection import (
    FIRST_WEIGHTS,
    NO_ORDER,
    STRANGER_COST,
    Order,
    affordable,
    gains_of,
    select_for_strangers,
    select_weights,
    surely_better,
)
from recommender.highest import Best, top_of, top_rows
from recommender.interactions import Matrix, Plays, hold_out, items_to_hold_out
from recommender.metrics import ndcg, ndcgs, quality, recall, sure_gain, values
from recommender.panel import MAX_USERS, panel_of
from recommender.pools import Pools
from recommender.scorers import FactorScorer
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
    for many in (np.arange(5_000) % 997, -np.arange(5_000), np.full(5_000, 3), np.eye(71).ravel()):
        many = many.astype(np.float32)
        best = np.lexsort((np.arange(many.size), -many))
        assert top_of(many, 50).tolist() == best[:50].tolist()


def test_the_best_of_columns_looked_at_in_turn_are_the_best_of_all() -> None:
    rng = np.random.default_rng(0)
    for count, missing in ((1, 0.0), (7, 0.3), (60, 0.9)):
        scores = rng.integers(-9, 9, (4, 50)).astype(np.float32)
        scores[rng.random(scores.shape) < missing] = -np.inf
        best = Best(count)
        for first in range(0, 50, 11):
            best.look(np.ascontiguousarray(scores[:, first : first + 11]), first)
        positions, found = best.found()
        for row, own in enumerate(scores):
            shown = positions[row] >= 0
            assert positions[row][shown].tolist() == top_of(own, count).tolist()
            assert found[row][shown].tolist() == own[top_of(own, count)].tolist()


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
    assert panel.users.size == panel.held.shape[0] == MAX_USERS
    assert np.unique(panel.users).size == MAX_USERS


def test_many_plays_are_tried_on_in_few_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    rounds: list[int] = []

    def counted(matrix: Matrix, settings: AlsSettings, seed: int, rounds_each: int) -> FactorScorer:
        rounds.append(rounds_each)
        return fit_als(matrix, settings, seed, rounds_each)

    monkeypatch.setattr(efforts, "MANY_PLAYS", 100)
    monkeypatch.setattr(part_selection, "fit_als", counted)
    select(group_plays().matrix(len(item_ids())), {}, seed=2)
    assert set(rounds) == {efforts.BRISK.als_rounds}
    assert len(rounds) <= 2 + 3 * efforts.BRISK.steps


def test_a_forest_and_strangers_are_tried_where_there_are_listeners_enough(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[Pools] = []

    def noted(
        pools: Pools, weights: Mapping[str, float], order: Order, _: int
    ) -> tuple[dict[str, float], Forest | None]:
        asked.append(pools)
        return dict(weights), order.forest

    monkeypatch.setattr(selection, "MIN_FOREST_USERS", 30)
    monkeypatch.setattr(selection, "select_for_strangers", noted)
    settings = select(group_plays().matrix(len(item_ids())), {}, seed=2)
    assert settings.stranger_weights is not None
    assert set(settings.stranger_weights.items()) <= set(settings.weights.items())
    assert np.unique(asked[0].users % 5).tolist() == [1, 2, 3, 4]  # each left out of one fit
    _, times = np.unique(asked[0].users, return_counts=True)
    assert set(times.tolist()) == {STRANGER_HIDINGS}


def test_few_listeners_get_the_defaults() -> None:
    rows = [(u, k, 1.0) for u in range(MIN_USERS - 1) for k in range(6)]
    assert select(Plays.of(rows).matrix(6), {}, seed=0) == defaults(6)


@pytest.mark.parametrize(("listeners", "items"), [(210, 3), (40, 2)])
def test_where_nobody_has_five_tracks_fewer_are_enough_to_choose_by(
    listeners: int, items: int
) -> None:
    rows = [(u, 4 * (u % 3) + (u + k) % 4, 1.0) for u in range(listeners) for k in range(items)]
    matrix = Plays.of(rows).matrix(12)
    assert items_to_hold_out(matrix) == items
    assert select(matrix, {}, seed=0).quality is not None


def test_five_tracks_are_wanted_where_listeners_enough_have_them() -> None:
    rows = [(u, k, 1.0) for u in range(300) for k in range(5 if u < 200 else 3)]
    assert items_to_hold_out(Plays.of(rows).matrix(5)) == 5
    assert items_to_hold_out(Plays.of(rows[5:]).matrix(5)) == 3
    assert items_to_hold_out(Plays.of(rows[:150]).matrix(5)) == 5


def test_choices_are_the_seeds_alone_and_leave_some_part_to_rank() -> None:
    matrix = group_plays().matrix(len(item_ids()))
    first = select(matrix, {}, seed=2)
    assert first == select(matrix, {}, seed=2)
    assert sum(first.weights.values()) > 0


def pools_where_right(right: str, names: Sequence[str]) -> Pools:
    """The part `right` finds the hidden item, a second says the same again, a third nothing."""
    rng = np.random.default_rng(0)
    wanted = np.tile(np.arange(9) == 4, (40, 1))
    noise = rng.normal(size=wanted.shape) * 0.01
    z = np.stack([noise if name != right else wanted for name in names]).astype(np.float32)
    ones, each = np.ones(wanted.shape, dtype=np.float32), np.ones(40, dtype=np.int64)
    of_listeners = (np.arange(40), each, ones[:, 0], ones[:, 0])
    return Pools(tuple(names), z, ones > 0, ones, wanted, *of_listeners)


def test_a_part_that_adds_nothing_is_dropped() -> None:
    for right in ("ease", "als"):
        weights, value = select_weights(
            pools_where_right(right, ["ease", "als", "sound"]), FIRST_WEIGHTS
        )
        assert [name for name, weight in weights.items() if weight > 0] == [right]
        assert value == 1.0


def test_strangers_get_other_weights_only_where_those_rank_better() -> None:
    known = {"ease": 1.0, "als": 0.0}
    other, _ = select_for_strangers(
        pools_where_right("als", ["ease", "als"]), known, NO_ORDER, seed=0
    )
    assert other is not None
    assert other["als"] > other["ease"]
    same = pools_where_right("ease", ["ease", "als"])
    assert select_for_strangers(same, known, NO_ORDER, seed=0) == (None, None)


def test_rankings_by_rows_are_valued_as_one_by_one() -> None:
    rng = np.random.default_rng(0)
    scores = rng.normal(size=(6, 40)).astype(np.float32)
    held = [rng.permutation(40)[: k + 1] for k in range(6)]
    tops = top_rows(scores, 20)
    np.testing.assert_array_equal(tops, [top_of(row, 20) for row in scores])
    hits = np.stack([np.isin(top, hidden) for top, hidden in zip(tops, held, strict=True)])
    value = values(hits, np.arange(6) + 1).mean()
    assert value == pytest.approx(quality(list(tops), held, n_items=40).value)


def test_candidates_are_valued_as_if_all_were_sorted() -> None:
    """Also where some have the same score, more are hidden than shown, and places are filled up."""
    rng = np.random.default_rng(0)
    shape = (7, 60)
    real = np.arange(60) < rng.integers(5, 60, (7, 1))
    wanted = (rng.random(shape) < np.linspace(0, 0.8, 7)[:, None]) & real
    hidden = np.maximum(wanted.sum(axis=1), 1)
    each = np.ones(7, dtype=np.float32)
    z = rng.integers(0, 9, (1, *shape)).astype(np.float32)
    pools = Pools(("a",), z, real, real * each[0], wanted, np.arange(7), hidden, each, each)
    scores = pools.fused({"a": 1.0})
    hits = np.take_along_axis(wanted, top_rows(scores, 20), axis=1)
    np.testing.assert_array_equal(pools.values(scores), values(hits, hidden))
    np.testing.assert_array_equal(pools.ndcgs(scores), ndcgs(hits, hidden))


def test_a_discount_costs_a_quarter_of_the_gain_and_leaves_what_a_forest_must_be_worth() -> None:
    for gains, discount in (
        ({0.0: 0.0050, 0.1: 0.0040, 0.2: 0.0030}, 0.1),
        ({0.0: 0.0015, 0.1: 0.0012, 0.2: 0.0006}, 0.1),
        ({0.0: 0.0009, 0.1: 0.0005}, None),
    ):
        assert affordable(gains, sure=gains) == discount


def test_of_strangers_a_discount_costs_a_tenth() -> None:
    gains = {0.0: 0.0050, 0.1: 0.0046, 0.2: 0.0040}
    assert affordable(gains, gains, STRANGER_COST) == 0.1
    assert affordable(gains, gains) == 0.2


def test_strangers_get_others_forest_only_if_it_helps_who_is_new_to_it() -> None:
    """Fitted to all it knows in other draws what they hide; its halves do not."""
    pools = pools_where_right("als", ["ease", "als"])
    known = {"ease": 1.0, "als": 0.0}
    right, wrong = (
        Forest(
            (FUSED, "ease", "als"),
            np.array([[2]], dtype=np.int32),
            np.array([[0.5]], dtype=np.float32),
            np.array([[0.0, vote]], dtype=np.float32),
        )
        for vote in (1.0, -1.0)
    )
    assert select_for_strangers(pools, known, Order(right, 0.1, (right, right)), 0) == (None, None)
    assert select_for_strangers(pools, known, Order(right, 0.1, (wrong, wrong)), 0) != (None, None)


def test_a_forest_whose_gain_may_be_chance_is_not_taken() -> None:
    gains = {0.0: 0.0050, 0.1: 0.0045}
    assert affordable(gains, [0.0]) == 0.0
    assert affordable(gains, []) is None


def test_a_gain_is_sure_above_its_standard_error_over_listeners() -> None:
    two = np.array([0.1, 0.3])
    assert sure_gain(two, np.array([0, 1])) == pytest.approx(0.1)
    again = np.tile(two, 50)  # the same two listeners, drawn fifty times
    assert sure_gain(again, np.tile([0, 1], 50)) == pytest.approx(0.1)
    assert sure_gain(again, np.arange(100)) == pytest.approx(0.19, abs=0.001)
    assert sure_gain(np.array([0.5, -0.3]), np.array([4, 9])) < 0
    assert sure_gain(two, np.array([3, 3])) == -np.inf


def test_an_order_that_finds_more_by_putting_it_lower_is_not_better() -> None:
    """Wanted are the first and, unseen so far, the last eight of thirty."""
    wanted = np.tile((np.arange(30) == 0) | (np.arange(30) >= 22), (40, 1))
    ones, each = np.ones(wanted.shape, dtype=np.float32), np.ones(40, dtype=np.float32)
    hidden = np.full(40, 9)
    z = -np.arange(30, dtype=np.float32) * ones[None]
    pools = Pools(("ease",), z, ones > 0, ones, wanted, np.arange(40), hidden, each, each)
    order = [*range(10), *range(22, 30), *range(10, 22)]

    def votes(order: Sequence[int]) -> np.ndarray:
        return np.tile(-np.argsort(order).astype(np.float32), (40, 1))

    lower = [*order[1:18], 0, *order[18:]]  # what stood first comes eighteenth
    assert (gains_of(votes(lower), pools) > 0).all()
    assert surely_better(votes(order), pools)
    assert not surely_better(votes(lower), pools)
