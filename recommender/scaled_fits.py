"""Fitting ALS whose penalty grows with how much a listener or an item is played (Rendle et al.
2021), which `implicit`'s has no setting for: no scaling of its factors makes a constant penalty
this one, since the loss of a pair would then depend on both.

Every row's normal equations are solved exactly, many rows together.
"""

from collections.abc import Iterator

import numpy as np

from recommender.fits import ScaledSettings
from recommender.interactions import Matrix
from recommender.scorers import FactorScorer, Floats, Ints

ROUNDS = 15
AT_ONCE = 1_000_000  # numbers gathered: they stay in the processor's caches


def fit_scaled(
    matrix: Matrix, settings: ScaledSettings, seed: int, rounds: int = ROUNDS
) -> FactorScorer:
    """The scorer of all items (n,) for the preferences `matrix` (m, n)."""
    each = [_factors(matrix, settings, seed + k, rounds) for k in range(settings.members)]
    gram = np.stack([items.T @ items for items in each])
    factors = np.asfortranarray(np.concatenate(each, axis=1))
    constant = settings.penalty * matrix.shape[1]
    return FactorScorer(factors, gram, constant, settings.alpha, settings.penalty)


def _factors(matrix: Matrix, settings: ScaledSettings, seed: int, rounds: int) -> Floats:
    """One member's item factors (n, f)."""
    size = max(1, min(settings.factors, min(matrix.shape) - 1))
    rng = np.random.default_rng(seed)
    items = (0.1 * rng.standard_normal((matrix.shape[1], size))).astype(np.float32)
    rows, columns = matrix.tocsr(), matrix.T.tocsr()
    alpha, growth = settings.alpha, settings.penalty
    for_users, for_items = (growth * one.shape[1] for one in (rows, columns))
    for _ in range(rounds):
        users = solved_rows(rows, items, items.T @ items, alpha, for_users, growth)
        items = solved_rows(columns, users, users.T @ users, alpha, for_items, growth)
    return items


def solved_rows(
    matrix: Matrix, others: Floats, gram: Floats, alpha: float, constant: float, growth: float
) -> Floats:
    """Factors (m, f) of the rows of `matrix` (m, n), for factors `others` (n, f) of its columns,
    whose product is `gram` (f, f).

    An entry's confidence is alpha x its value, that of what is not there 1; a row's penalty is
    `constant` and `growth` times the sum of its entries' confidence. Turned into the gram's own
    directions, a row's equations are a diagonal and as many outer products as it has entries: of
    few the inverse is one of that size (Woodbury).
    """
    values, turn = np.linalg.eigh(gram.astype(np.float64))
    base, turn = values.astype(np.float32), turn.astype(np.float32)
    turned = others @ turn
    size = others.shape[1]
    found = np.zeros((matrix.shape[0], size), dtype=np.float32)
    for rows, wide in _groups(matrix, size):
        columns, confidence = _padded(matrix, rows, wide, alpha)
        penalty = np.float32(constant) + np.float32(growth) * confidence.sum(axis=1)
        diagonal = base + penalty[:, None]
        own = turned[columns]
        more = np.where(confidence > 0, confidence - 1, np.float32(0))[:, :, None]
        if wide < size:
            across = (own / diagonal[:, None, :]).transpose(0, 2, 1)  # (b, f, k)
            system = more * (own @ across)
            system[:, np.arange(wide), np.arange(wide)] += 1
            found[rows] = (across @ np.linalg.solve(system, confidence[:, :, None]))[:, :, 0]
        else:
            across = own.transpose(0, 2, 1)
            system = across @ (more * own)
            system[:, np.arange(size), np.arange(size)] += diagonal
            found[rows] = np.linalg.solve(system, across @ confidence[:, :, None])[:, :, 0]
    return np.asarray(found @ turn.T)


def _groups(matrix: Matrix, size: int) -> Iterator[tuple[Ints, int]]:
    """Rows of nearly as many entries, and how many that is at most."""
    counts = np.diff(matrix.indptr)
    classes = np.where(counts > 0, np.ceil(2 * np.log2(np.maximum(counts, 1))), -1)
    for one in np.unique(classes[counts > 0]):
        rows = np.flatnonzero(classes == one)
        wide = int(counts[rows].max())
        step = max(1, AT_ONCE // (size * max(wide, size)))
        for start in range(0, rows.size, step):
            yield rows[start : start + step], wide


def _padded(matrix: Matrix, rows: Ints, wide: int, alpha: float) -> tuple[Ints, Floats]:
    """Columns and confidence (b, wide) of the entries of `rows`, filled up with confidence 0."""
    starts, ends = matrix.indptr[rows], matrix.indptr[rows + 1]
    places = starts[:, None] + np.arange(wide)
    real = places < ends[:, None]
    places = np.where(real, places, 0)
    confidence = np.where(real, np.float32(alpha) * matrix.data[places], np.float32(0))
    return matrix.indices[places], confidence.astype(np.float32)
