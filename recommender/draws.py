"""Plays held out several times, and what the parts say then: to listeners they were fitted to, and
to strangers.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from recommender.fits import Settings, preference
from recommender.interactions import Matrix, hold_out
from recommender.panel import Panel, panel_of
from recommender.parts import part_fits
from recommender.pools import Pools, pools_of
from recommender.scorers import PopularityScorer, Scorer

STRANGER_FOLDS = 5


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

    One draw would choose weights by its own chance.
    """
    known, strange = [_pools(panel, settings, extras, seed)], []
    for k in range(1, hold_outs):
        more = panel_of(hold_out(counts, seed + k), seed)
        outside = np.arange(counts.shape[0]) % STRANGER_FOLDS == k
        pools = _pools(more, settings, extras, seed, outside)
        known.append(pools.of(~outside[pools.users]))
        strange.append(pools.of(outside[pools.users]))
    return known, strange


def _pools(
    panel: Panel,
    settings: Settings,
    extras: Mapping[str, Scorer],
    seed: int,
    outside: NDArray[np.bool_] | None = None,
) -> Pools:
    """What each part says to the panel's listeners, fitted to all but those `outside`."""
    matrix = preference(panel.train, settings.counts_matter)
    inside = matrix if outside is None else matrix[~outside]
    fits = part_fits(inside, settings, seed)
    listeners = np.asarray((inside > 0).sum(axis=0), dtype=np.float32).ravel()
    scorers: dict[str, Scorer] = {name: fit() for name, fit in fits.items()}
    scorers |= {"popularity": PopularityScorer(listeners), **extras}
    return pools_of(panel, matrix, scorers)
