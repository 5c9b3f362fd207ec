"""Fitting topics to plays by expectation maximisation, and many listeners' mixtures at once."""

import numpy as np

from recommender.fits import TopicSettings
from recommender.interactions import Matrix
from recommender.scorers import Floats, Ints
from recommender.topics import FOLD_IN_ROUNDS, LEAST_CHANCE, TopicScorer

ROUNDS = 60
SMOOTHING = 0.1  # plays' weight that each topic has of each item beforehand


def fit_topics(matrix: Matrix, settings: TopicSettings, seed: int) -> TopicScorer:
    """The scorer of all items (n,) for the preferences `matrix` (m, n)."""
    each = [_chances(matrix, settings, seed + k) for k in range(settings.members)]
    return TopicScorer(
        np.asfortranarray(np.concatenate(each, axis=1)), settings.members, settings.prior
    )


def _chances(matrix: Matrix, settings: TopicSettings, seed: int) -> Floats:
    """One member's chances (n, k)."""
    rng = np.random.default_rng(seed)
    n_users, n_items = matrix.shape
    chances = rng.dirichlet(np.ones(n_items), settings.topics).T.astype(np.float32)
    mixtures = np.full((n_users, settings.topics), 1 / settings.topics, dtype=np.float32)
    surprise, rows = matrix.astype(np.float32), _rows(matrix)
    for _ in range(ROUNDS):
        surprise.data = _surprise(matrix, rows, mixtures, chances)
        mixed = mixtures * (surprise @ chances) + np.float32(settings.prior)
        chances = chances * (surprise.T @ mixtures) + np.float32(SMOOTHING)
        mixtures = mixed / mixed.sum(axis=1, keepdims=True)
        chances /= chances.sum(axis=0, keepdims=True)
    return chances


def mixtures_of(chances: Floats, prior: float, own: Matrix) -> Floats:
    """Listeners' mixtures (b, k) of one member's topics, `chances` (n, k), given their preferences
    `own` (b, n).
    """
    n_topics = chances.shape[1]
    mixtures = np.full((own.shape[0], n_topics), 1 / n_topics, dtype=np.float32)
    surprise, rows = own.astype(np.float32), _rows(own)
    for _ in range(FOLD_IN_ROUNDS):
        surprise.data = _surprise(own, rows, mixtures, chances)
        mixtures = mixtures * (surprise @ chances) + np.float32(prior)
        mixtures /= mixtures.sum(axis=1, keepdims=True)
    return np.asarray(mixtures, dtype=np.float32)


def _rows(matrix: Matrix) -> Ints:
    """Whose each entry of `matrix` (m, n) is."""
    return np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))


def _surprise(matrix: Matrix, rows: Ints, mixtures: Floats, chances: Floats) -> Floats:
    """The entries of `matrix` over the chance that the mixtures give to each."""
    chance = np.einsum("nk,nk->n", mixtures[rows], chances[matrix.indices])
    return np.asarray(matrix.data / np.maximum(chance, LEAST_CHANCE), dtype=np.float32)
