"""Choosing settings on plays held out of the training matrix itself: never on a test set.

The work is a fixed list of trials whose size follows from the matrix alone, not from a clock, so
the same plays and seed always choose the same settings.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from recommender.draws import draws
from recommender.efforts import effort_for
from recommender.fits import AlsSettings, EaseSettings, Settings
from recommender.forest import POOL
from recommender.fusion_selection import (
    FIRST_WEIGHTS,
    select_for_strangers,
    select_forest,
    select_weights,
)
from recommender.interactions import Matrix, hold_out, items_to_hold_out
from recommender.panel import panel_of
from recommender.part_selection import MAX_EASE_ITEMS, select_parts
from recommender.pools import Pools, joined
from recommender.scorers import Scorer

MIN_USERS = 30
MIN_FOREST_USERS = 200
DEFAULT_WEIGHTS = {
    "ease": 0.6,
    "als": 0.5,
    "neighbours": 0.3,
    "popularity": 0.1,
    "artist": 0.2,
    "sound": 0.2,
}


def defaults(n_items: int) -> Settings:
    """What serves when there are too few listeners to choose by."""
    return Settings(
        AlsSettings(), EaseSettings(items=min(n_items, MAX_EASE_ITEMS)), dict(DEFAULT_WEIGHTS)
    )


def select(counts: Matrix, extras: Mapping[str, Scorer], seed: int) -> Settings:
    """Settings for `counts` (n_users, n_items), most played items first.

    `extras` are scorers that need no fit (sound, artist). Too few listeners with items to hide:
    the defaults.
    """
    split = hold_out(counts, seed, least=items_to_hold_out(counts))
    if split.users.size < MIN_USERS:
        return defaults(counts.shape[1])
    effort = effort_for(counts)
    panel = panel_of(split, seed)
    settings = select_parts(panel.sample(effort.listeners), effort, seed)
    known, strange = draws(counts, panel, settings, extras, effort.hold_outs, seed)
    weights, value = select_weights(joined(known), FIRST_WEIGHTS)
    settings = replace(settings, weights=weights, quality=value)
    if panel.users.size < MIN_FOREST_USERS:
        return settings
    if not effort.forest_hears_all:
        used = [name for name, weight in weights.items() if weight > 0]
        known, strange = ([draw.by(used) for draw in some] for some in (known, strange))
    return _with_order(settings, known, strange, seed)


def _with_order(
    settings: Settings, known: Sequence[Pools], strange: Sequence[Pools], seed: int
) -> Settings:
    """With a forest, and weights and a forest for strangers, of the parts in the draws."""
    weights = {name: settings.weights[name] for name in known[0].names}
    best = joined([draw.best(weights, POOL) for draw in known])
    order = select_forest(best, seed)
    settings = replace(settings, forest=order.forest)
    if not strange:
        return settings
    theirs = select_for_strangers(joined(strange), weights, order, seed)
    return replace(settings, stranger_weights=theirs[0], stranger_forest=theirs[1])
