"""What a listener plays as a mixture of topics, each a taste that many share.

Probabilistic latent semantic analysis (Hofmann 1999) with a symmetric prior on the mixture: it
explains plays by their likelihood, where the other parts explain them by squared errors, so it errs
elsewhere than they do. numpy only: this runs in web processes.
"""

from dataclasses import dataclass

import numpy as np

from recommender.scorers import Floats, Ints

FOLD_IN_ROUNDS = 20
LEAST_CHANCE = np.float32(1e-12)


@dataclass(frozen=True, slots=True)
class TopicScorer:
    """The mean of `members` models that differ by seed alone.

    `chances` (n, members x k): of each item in each topic, the members' topics side by side; a
    member's topic adds up to 1 over items. `prior` is the weight of plays that each topic of a
    listener has beforehand.
    """

    chances: Floats
    members: int
    prior: float

    def scores(self, items: Ints, weights: Floats) -> Floats:
        if not items.size:
            return np.zeros(len(self.chances), dtype=np.float32)
        mixture = self._shares(items, weights).sum(axis=1).ravel()
        return np.asarray(self.chances @ mixture, dtype=np.float32)

    def parts(self, items: Ints, weights: Floats, targets: Ints) -> Floats:
        """Each own item adds by the topics it is put down to, and its part of the prior."""
        if not items.size:
            return np.zeros((targets.size, 0), dtype=np.float32)
        shares = self._shares(items, weights).transpose(0, 2, 1)  # (members, k, items)
        flat = shares.reshape(-1, items.size)
        return np.asarray(self.chances[targets] @ flat, dtype=np.float32)

    def _shares(self, items: Ints, weights: Floats) -> Floats:
        """How much each own item adds to each topic of the listener's mixture, which is their sum,
        (members, len(items), k).
        """
        rows = self.chances[items].reshape(items.size, self.members, -1)
        own = np.ascontiguousarray(rows.transpose(1, 0, 2))
        n_topics = own.shape[2]
        total = weights.sum()
        mixture = np.full((self.members, n_topics, 1), 1 / n_topics, dtype=np.float32)
        scale = np.float32(1 / (total + n_topics * self.prior))
        prior = np.float32(self.prior)
        for _ in range(FOLD_IN_ROUNDS):
            chance = np.maximum(own @ mixture, LEAST_CHANCE)  # (members, items, 1)
            taken = own.transpose(0, 2, 1) @ (weights[:, None] / chance)
            before, mixture = mixture, scale * (mixture * taken + prior)
        shares = own * (weights[:, None] / chance) * before.transpose(0, 2, 1)
        shares += prior * (weights / total)[:, None]
        return np.asarray(shares * (scale / np.float32(self.members)), dtype=np.float32)
