"""What leaves a node: how much one listener can add to it, what noise is worth, what masks hide."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from recommender.errors import DataError
from recommender.federated import masks, privacy
from recommender.federated.fit import tastes_in
from recommender.federated.sums import (
    ONE,
    PRESENCE,
    ROW_ONE,
    Integers,
    listeners_sum,
    symmetric,
    taste_rows,
    taste_sum,
)
from recommender.interactions import Matrix

TRACKS = 6
rows = st.lists(
    st.lists(st.sampled_from([0.0, 1.0, 3.0, 1e6]), min_size=TRACKS, max_size=TRACKS),
    min_size=1,
    max_size=5,
)
usual = st.lists(st.floats(0, 1), min_size=TRACKS, max_size=TRACKS).map(np.array)


def counts(table: list[list[float]]) -> Matrix:
    return sparse.csr_matrix(np.array(table, dtype=np.float32))


def squared(vector: Integers) -> int:
    """Of whole numbers, without rounding."""
    return sum(value * value for value in vector.tolist())


@given(table=rows, everybody=usual)
@settings(max_examples=40, deadline=None)
def test_no_listener_adds_more_than_one_to_either_sum(
    table: list[list[float]], everybody: "np.ndarray[tuple[int], np.dtype[np.float64]]"
) -> None:
    tracks = np.arange(TRACKS)[::-1].copy()
    for with_one, without in ((counts(table), counts([*table[:-1], [0.0] * TRACKS])),):
        added = listeners_sum(with_one) - listeners_sum(without)
        assert squared(added) <= ONE**2
        added = taste_sum(with_one, tracks, everybody) - taste_sum(without, tracks, everybody)
        assert squared(added) <= ONE**2


def test_a_listener_uses_what_is_allowed() -> None:
    table = counts([[1, 1, 0, 5, 0, 0]])
    assert squared(listeners_sum(table)) > 0.999 * ONE**2
    assert squared(taste_sum(table, np.arange(TRACKS), np.full(TRACKS, 0.4))) > 0.99 * ONE**2


def test_the_sums_are_those_of_their_parts() -> None:
    """However listeners are spread over nodes."""
    rng = np.random.default_rng(0)
    table = counts(rng.integers(0, 3, (40, TRACKS)).tolist())
    tracks, everybody = np.array([4, 0, 2]), np.array([0.6, 0.6, 0.5])
    halves = [table[:15], table[15:]]
    np.testing.assert_array_equal(listeners_sum(table), sum(map(listeners_sum, halves)))
    np.testing.assert_array_equal(
        taste_sum(table, tracks, everybody),
        sum(taste_sum(half, tracks, everybody) for half in halves),
    )


def test_the_first_sum_counts_listeners_and_the_second_is_their_rows_times_themselves() -> None:
    own = np.array([[1, 0, 1, 0, 0, 0], [1, 1, 0, 0, 0, 0]], dtype=np.float32)
    first = listeners_sum(sparse.csr_matrix(own)) / ONE
    assert first[-1] == pytest.approx(2 * PRESENCE, abs=1e-6)
    assert first[0] == pytest.approx(2 * first[1], abs=1e-6)
    everybody = np.full(TRACKS, TRACKS**-0.5)
    second = symmetric(
        taste_sum(sparse.csr_matrix(own), np.arange(TRACKS), everybody) / ONE, TRACKS
    )
    whole = taste_rows(np.log1p(own), everybody) / ROW_ONE
    np.testing.assert_allclose(second, whole.T @ whole, atol=1e-9)


@pytest.mark.parametrize(
    ("epsilon", "delta", "deviation"),
    [  # Balle and Wang's own calibration of the analytic mechanism
        (1.0, 1e-5, 3.730631634816464),
        (0.5, 1e-5, 7.031826688195264),
    ],
)
def test_noise_is_that_of_the_published_calibration(
    epsilon: float, delta: float, deviation: float
) -> None:
    assert 1 / privacy.mu_for(epsilon, delta) == pytest.approx(deviation, rel=1e-4)


def test_delta_is_that_of_gaussian_differential_privacy() -> None:
    def normal(x: float) -> float:
        return math.erfc(-x / math.sqrt(2)) / 2

    for mu, epsilon in ((1.0, 1.0), (0.5, 0.2), (3.0, 8.0)):
        expected = normal(mu / 2 - epsilon / mu) - math.exp(epsilon) * normal(
            -mu / 2 - epsilon / mu
        )
        assert privacy.delta_of(mu, epsilon) == pytest.approx(expected, rel=1e-9)


@given(mu=st.floats(0.05, 20), delta=st.sampled_from([1e-5, 1e-6, 1e-9]))
@settings(max_examples=30, deadline=None)
def test_epsilon_is_below_what_renyi_divergence_gives(mu: float, delta: float) -> None:
    """Mironov 2017, proposition 3 with theorem 8, over orders."""
    orders = 1 + np.logspace(-3, 4, 400)
    bound = float(np.min(orders * mu**2 / 2 + math.log(1 / delta) / (orders - 1)))
    epsilon = privacy.epsilon_of(mu, delta)
    assert 0 <= epsilon <= bound
    assert privacy.delta_of(mu, epsilon) <= delta * (1 + 1e-4)


def test_releases_add_up_and_nothing_promises_nothing() -> None:
    assert privacy.composed([0.3, 0.4]) == pytest.approx(0.5)
    assert privacy.epsilon_of(0.0, 1e-6) == 0.0
    assert math.isinf(privacy.mu_for(math.inf, 1e-6))
    for epsilon, delta in ((0.0, 1e-6), (-1.0, 1e-6), (1.0, 0.0), (1.0, 1.0)):
        with pytest.raises(DataError, match="Epsilon must be above 0"):
            privacy.mu_for(epsilon, delta)


@given(
    nodes=st.integers(2, 5),
    values=st.lists(st.integers(-(2**62), 2**62), min_size=1, max_size=9),
)
@settings(max_examples=25, deadline=None)
def test_masks_cancel_exactly(nodes: int, values: list[int]) -> None:
    names = [f"node_{k}" for k in range(nodes)]
    keys = {name: masks.AttemptKey() for name in names}
    own = {name: masks.Identity.new_seed() for name in names}
    plain = masks.to_words(np.array(values))
    masked = {}
    for name in names:
        seeds = {
            other: keys[name].seed_with(keys[other].public, b"round")
            for other in names
            if other != name
        }
        masked[name] = masks.mask(plain, name, seeds, own[name])
        assert not (masked[name] == plain).any()
    total = masks.unmasked_sum(masked.values(), own.values())
    assert total.tolist() == [value * nodes % 2**64 for value in values]
    partial = masks.unmasked_sum(masked.values(), list(own.values())[:-1])
    assert not (partial == total).any()


def test_a_mask_is_another_in_another_round_and_for_another_pair() -> None:
    one, two, three = (masks.AttemptKey() for _ in range(3))
    seed = one.seed_with(two.public, b"first")
    assert seed == two.seed_with(one.public, b"first")
    others = (one.seed_with(two.public, b"second"), one.seed_with(three.public, b"first"))
    assert seed not in others


def test_noise_has_the_deviation_asked_for_and_never_repeats() -> None:
    one, two = (masks.gaussian(20_000, 1e9) for _ in range(2))
    assert not (one == two).any()
    assert one.std() == pytest.approx(1e9, rel=0.03)
    assert abs(one.mean()) < 4e7
    assert not masks.gaussian(5, 0.0).any()


def test_of_noise_alone_no_taste_is_found() -> None:
    noise = np.random.default_rng(1).normal(0, 2.0, 80 * 81 // 2)
    values, directions = tastes_in(symmetric(noise, 80), 2.0)
    assert values.size == directions.shape[1] <= 1


def test_a_taste_above_the_noise_is_found_and_shrunk() -> None:
    direction = np.full(80, 80**-0.5)
    noise = np.random.default_rng(1).normal(0, 1.0, 80 * 81 // 2)
    matrix = symmetric(noise, 80) + 60 * np.outer(direction, direction)
    values, directions = tastes_in(matrix, 1.0)
    assert values[0] == pytest.approx(60, abs=4)
    assert abs(directions[:, 0] @ direction) > 0.97
