"""One suite over every part of the hybrid, on a matrix whose right answer is known."""

from collections.abc import Callable

import numpy as np
import pytest
from implicit.cpu.als import AlternatingLeastSquares
from scipy import sparse

from recommender.batch_scores import score_all
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
from recommender.fusion import spread
from recommender.interactions import Matrix, hold_out
from recommender.kernel_fits import fit_kernel, kernel_problem
from recommender.kernels import tangent_kernel
from recommender.panel import panel_of
from recommender.scaled_fits import fit_scaled, solved_rows
from recommender.scorers import ArtistScorer, PopularityScorer, Scorer, SoundScorer
from recommender.sound import embed, standardise
from recommender.topic_fits import fit_topics
from tests.recommender.worlds import GROUPS, ITEMS_EACH, group_features, group_plays, item_ids

Fit = Callable[[Matrix], Scorer]
GROUP = np.repeat(np.arange(GROUPS), ITEMS_EACH)


def sound(_: Matrix) -> Scorer:
    x = group_features()
    return SoundScorer(embed(x, *standardise(x)))


FITS: dict[str, Fit] = {
    "tangent": lambda m: fit_kernel(m, KernelSettings(layers=2)),
    "linear": lambda m: fit_kernel(m, KernelSettings(layers=0, item_power=0.5)),
    "relative": lambda m: fit_kernel(m, KernelSettings(layers=0, relative=True)),
    "als": lambda m: fit_als(m, AlsSettings(factors=6, regularisation=0.1), seed=1),
    "als of three": lambda m: fit_als(
        m, AlsSettings(factors=6, regularisation=0.1, members=3), seed=1
    ),
    "als_scaled": lambda m: fit_scaled(m, ScaledSettings(6, 0.01, 3.0, members=2), seed=1),
    "ease": lambda m: fit_ease(m, EaseSettings(penalty=1.0, items=24)),
    "ease over some items": lambda m: fit_ease(m, EaseSettings(penalty=1.0, items=20)),
    "neighbours": lambda m: fit_neighbours(m, NeighbourSettings(10, user_power=0.5)),
    "topics": lambda m: fit_topics(m, TopicSettings(4, members=2), seed=1),
    "sound": sound,
    "artist": lambda m: ArtistScorer(GROUP.astype(np.int64)),
}


@pytest.fixture(scope="module")
def matrix() -> Matrix:
    return preference(group_plays().matrix(len(item_ids())), counts_matter=True)


def listener(*items: int) -> tuple[np.ndarray, np.ndarray]:
    return np.array(items, dtype=np.int64), np.array(
        [1.0, 2.0, 0.7][: len(items)], dtype=np.float32
    )


def all_scores(scorer: Scorer, items: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Of every item: those beyond the scorer's own have 0."""
    scores = scorer.scores(items, weights)
    return np.pad(scores, (0, GROUPS * ITEMS_EACH - scores.size))


@pytest.mark.parametrize("name", FITS)
def test_scores_the_rest_of_the_listeners_own_group_highest(name: str, matrix: Matrix) -> None:
    scores = FITS[name](matrix).scores(*listener(0, 1))
    assert scores.dtype == np.float32
    rest = scores.copy()
    rest[[0, 1]] = -np.inf
    assert set(np.argsort(-rest)[:6]) == {2, 3, 4, 5, 6, 7}


@pytest.mark.parametrize("name", FITS)
def test_parts_add_up_to_the_score(name: str, matrix: Matrix) -> None:
    scorer = FITS[name](matrix)
    items, weights = listener(0, 9, 22)
    targets = np.array([2, 10, 17, 23])
    parts = scorer.parts(items, weights, targets)
    assert parts.shape == (4, 3)
    scores = all_scores(scorer, items, weights)[targets]
    np.testing.assert_allclose(parts.sum(axis=1), scores, atol=1e-4)


def test_parts_are_the_same_whatever_was_asked_before(
    matrix: Matrix, monkeypatch: pytest.MonkeyPatch
) -> None:
    def parts(scorer: Scorer, *targets: int) -> np.ndarray:
        return scorer.parts(*listener(0, 9, 22), np.array(targets))

    fresh = parts(FITS["tangent"](matrix), 2, 10, 17)
    scorer = fit_kernel(matrix, KernelSettings(layers=2))
    parts(scorer, 17, 5)
    np.testing.assert_allclose(parts(scorer, 2, 10, 17), fresh, rtol=1e-5)
    monkeypatch.setattr("recommender.kernels.KEPT_FLOATS", len(scorer.solution))
    np.testing.assert_allclose(parts(scorer, 17, 2, 10), fresh[[2, 0, 1]], rtol=1e-5)
    np.testing.assert_allclose(parts(scorer, 2), fresh[[0]], rtol=1e-5)


@pytest.mark.parametrize("name", FITS)
def test_knows_nothing_of_a_listener_without_items(name: str, matrix: Matrix) -> None:
    assert not FITS[name](matrix).scores(*listener()).any()


@pytest.mark.parametrize("name", FITS)
def test_many_listeners_at_once_get_what_each_gets_alone(name: str, matrix: Matrix) -> None:
    scorer, own = FITS[name](matrix), matrix[[3, 40, 41]]
    together = score_all(scorer, own)
    alone = [all_scores(scorer, row.indices.astype(np.int64), row.data) for row in own]
    np.testing.assert_allclose(together, np.stack(alone), rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("name", ["tangent", "als", "als_scaled", "ease", "neighbours"])
def test_the_same_seed_gives_the_same_numbers(name: str, matrix: Matrix) -> None:
    first, second = (FITS[name](matrix).scores(*listener(3, 4)) for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_scores_left_out_spread_as_the_zeros_they_stand_for() -> None:
    for level in (0.0, 50.0):  # where the mean is large, the squares' difference says too little
        leading = np.random.default_rng(0).normal(level, 0.1, 900).astype(np.float32)
        padded = np.pad(leading, (0, 100))
        expected = (padded.mean(dtype=np.float64), padded.std(dtype=np.float64))
        assert spread(leading, padded.size) == pytest.approx(expected, rel=1e-4, abs=1e-6)
    assert spread(leading) == pytest.approx((leading.mean(), leading.std()), rel=1e-3)


@pytest.mark.parametrize("count", [3, 1_000, 41_000])
def test_who_says_the_same_of_every_track_says_nothing(count: int) -> None:
    """Rounding is no spread: divided by it, the other parts would drown."""
    assert spread(np.full(count, np.log(7.0), dtype=np.float32))[1] == 0.0


def test_folding_in_equals_the_implicit_librarys_own_solution(matrix: Matrix) -> None:
    ours = fit_als(matrix, AlsSettings(factors=6, regularisation=0.5, alpha=3.0), seed=1)
    theirs = AlternatingLeastSquares(factors=6, regularization=0.5, alpha=3.0, random_state=1)
    theirs.item_factors = np.ascontiguousarray(ours.factors)
    items, weights = listener(0, 9, 22)
    row = sparse.csr_matrix((weights, (np.zeros(3, dtype=int), items)), shape=(1, 24))
    np.testing.assert_allclose(
        ours.listener(items, weights), theirs.recalculate_user(0, row), rtol=1e-3, atol=1e-5
    )


def test_ease_satisfies_its_normal_equations(matrix: Matrix) -> None:
    """Steck 2019: (G + penalty) B - G is diagonal, and the diagonal of B is zero."""
    fitted = fit_ease(matrix, EaseSettings(0.0, 0.0, penalty=2.0, items=24)).matrix
    gram = (matrix.T @ matrix).toarray()
    residual = (gram + 2.0 * np.eye(24)) @ fitted - gram
    np.fill_diagonal(residual, 0.0)
    assert np.abs(residual).max() < 1e-2
    assert not np.diag(fitted).any()


def test_the_linear_kernel_is_ridge_regression_on_items(matrix: Matrix) -> None:
    """(Y'Y + penalty) B = Y'T, Y the rows of length 1 and here T too."""
    problem = kernel_problem(matrix, item_power=0.0, layers=0)
    rows = problem.rows.toarray()
    b = np.linalg.solve(rows.T @ rows + 2.0 * np.eye(24), rows.T @ rows)
    items, weights = listener(0, 9, 22)
    scorer = fit_kernel(matrix, KernelSettings(layers=0, item_power=0.0, penalty=2.0))
    np.testing.assert_allclose(scorer.scores(items, weights), weights @ b[items], atol=1e-4)


def test_scores_of_a_training_listener_are_those_trials_are_judged_by(matrix: Matrix) -> None:
    panel = panel_of(hold_out(matrix, seed=0), seed=0)
    problem = kernel_problem(panel.train, item_power=0.1, layers=2)
    served = fit_kernel(panel.train, KernelSettings(2))
    assert problem.judge(panel, 1.5) == pytest.approx(panel.judge(served, panel.train), abs=1e-3)


def test_the_tangent_kernel_by_hand() -> None:
    """One hidden layer (Arora et al. 2019): u(pi - t) / pi twice, and sin(t) / pi, u = cos(t)."""
    cosine = np.array([1.0, 0.0, -1.0, 0.5], dtype=np.float32)
    angle = np.arccos(cosine)
    expected = (2 * cosine * (np.pi - angle) + np.sin(angle)) / np.pi
    np.testing.assert_allclose(tangent_kernel(cosine, 1), expected, atol=1e-3)


def test_popularity_counts_listeners_and_rests_on_no_own_item() -> None:
    scorer = PopularityScorer(np.array([9.0, 3.0, 0.0], dtype=np.float32))
    items, weights = listener(0)
    assert list(np.argsort(-scorer.scores(items, weights))) == [0, 1, 2]
    assert not scorer.parts(items, weights, np.array([1])).any()


def test_an_unknown_artist_ties_nothing_together() -> None:
    scorer = ArtistScorer(np.array([-1, -1, 0], dtype=np.int64))
    assert not scorer.scores(*listener(0)).any()


def test_scaled_als_solves_rows_of_any_length_with_a_penalty_of_their_own() -> None:
    """(H'H + sum of (c - 1) hh' + penalty) w = sum of c h (Rendle et al. 2021)."""
    rng = np.random.default_rng(0)
    counts = sparse.random(40, 60, 0.2, "csr", np.float32, rng).toarray()
    counts[0], counts[1, 5:] = 0, 0  # nothing, and one or few
    counts[2] = 1.0
    factors = rng.normal(size=(60, 8)).astype(np.float32)
    found = solved_rows(sparse.csr_matrix(counts), factors, factors.T @ factors, 3.0, 0.6, 0.01)
    for own, vector in zip(counts.astype(np.float64), found, strict=True):
        confidence = np.where(own > 0, 3.0 * own, 1.0)
        penalty = 0.6 + 0.01 * 3.0 * own.sum()
        system = (factors.T * confidence) @ factors + penalty * np.eye(8)
        expected = np.linalg.solve(system, factors.T @ (3.0 * own))
        np.testing.assert_allclose(vector, expected, rtol=1e-3, atol=1e-4)


def test_scaled_als_folds_in_a_training_listener_where_its_fit_left_him(matrix: Matrix) -> None:
    """Once rounds change nothing, listeners solved for the items give these items again."""
    settings = ScaledSettings(5, 0.02, 3.0)
    scorer = fit_scaled(matrix, settings, seed=1, rounds=200)
    users = np.stack([scorer.listener(r.indices.astype(np.int64), r.data) for r in matrix])
    constant = settings.penalty * matrix.shape[0]
    items = solved_rows(
        matrix.T.tocsr(), users, users.T @ users, settings.alpha, constant, settings.penalty
    )
    np.testing.assert_allclose(items, scorer.factors, rtol=1e-2, atol=1e-3)
