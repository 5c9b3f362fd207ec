"""Plays held out several times, and what the parts say then: to listeners they were fitted to, and
to strangers.
"""

from collections.abc import Mapping

import numpy as np

from recommender.fits import Settings, preference
from recommender.interactions import Matrix, hold_out, items_to_hold_out
from recommender.panel import Panel, panel_of
from recommender.parts import part_fits
from recommender.pools import Pools, pools_of
from recommender.scorers import PopularityScorer, Scorer

STRANGER_FOLDS = 5
STRANGER_HIDINGS = 3  # of the plays of each left out


def draws(
    counts: Matrix,
    panel: Panel,
    settings: Settings,
    extras: Mapping[str, Scorer],
    hold_outs: int,
    seed: int,
) -> tuple[list[Pools], list[Pools]]:
    """What the parts say to listeners they were fitted to, and to strangers, on plays held out
    `hold_outs` times: the panel's first, then others, with another fifth of the listeners left out
    of what is fitted.

    One draw would choose weights by its own chance. Strangers are few in each, but to hide other
    plays of theirs takes no other fit.
    """
    least = items_to_hold_out(counts)
    known, strange = [_pools(panel, _scorers(panel.train, settings, extras, seed), settings)], []
    for k in range(1, hold_outs):
        more = panel_of(hold_out(counts, seed + k, least=least), seed)
        outside = np.arange(counts.shape[0]) % STRANGER_FOLDS == k
        scorers = _scorers(more.train[~outside], settings, extras, seed)
        pools = _pools(more, scorers, settings)
        known.append(pools.of(~outside[pools.users]))
        strange.append(pools.of(outside[pools.users]))
        for again in range(1, STRANGER_HIDINGS):
            apart = seed + k + again * hold_outs
            other = panel_of(hold_out(counts, apart, least=least), seed)
            others = other.of(outside[other.users])
            if others.users.size:
                strange.append(_pools(others, scorers, settings))
    return known, strange


def _scorers(
    counts: Matrix, settings: Settings, extras: Mapping[str, Scorer], seed: int
) -> dict[str, Scorer]:
    """Every part, fitted to `counts` (m, n_items)."""
    matrix = preference(counts, settings.counts_matter)
    listeners = np.asarray((matrix > 0).sum(axis=0), dtype=np.float32).ravel()
    scorers = {name: fit() for name, fit in part_fits(matrix, settings, seed).items()}
    return {**scorers, "popularity": PopularityScorer(listeners), **extras}


def _pools(panel: Panel, scorers: Mapping[str, Scorer], settings: Settings) -> Pools:
    """What `scorers` say to the panel's listeners."""
    return pools_of(panel, preference(panel.train, settings.counts_matter), scorers)
