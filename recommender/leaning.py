"""How far a list leans from what its listener knows to what surprises: one number, -1 to 1.

From the model's own ranking songs are exchanged, one after the other, for others of its best. On
the way to surprise no exchange makes any of three figures smaller, on the way to the known none
greater: how far the songs lie apart, how rarely they are heard, how far they are from what the
listener plays. So all three rise with the number, for whatever songs: none is paid for by another.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from recommender.fusion import spread
from recommender.likeness import likeness

if TYPE_CHECKING:
    from recommender.model import Model, Recommendation

Doubles = NDArray[np.float64]
OWN = 40  # of a listener's own tracks, the most played, tell what is known
LEAST = 1e-9  # of gain: less is what floating point makes of none


@dataclass(frozen=True, slots=True)
class Pool:
    """Songs to choose from, best first: `distances` (m, m) 0 to 1, `rarity` (m,) in bits,
    `strangeness` (m,) 0 to 1, and how good each is by its `value` (m,), in deviations.
    """

    distances: Doubles
    rarity: Doubles
    strangeness: Doubles
    value: Doubles

    def effect(self, places: NDArray[np.int64]) -> Effect:
        """The three figures of the list of these places."""
        return Effect(
            intra_list_distance(self.distances, places),
            float(self.rarity[places].mean()) if places.size else 0.0,
            float(self.strangeness[places].mean()) if places.size else 0.0,
        )


@dataclass(frozen=True, slots=True)
class Effect:
    """What a list is like: mean distance of its pairs, mean self-information in bits, mean
    distance from what the listener plays.
    """

    distance: float
    self_information: float
    strangeness: float


def intra_list_distance(distances: Doubles, places: NDArray[np.int64]) -> float:
    """The mean of all pairs (Ziegler et al. 2005); 0 for fewer than two."""
    if places.size < 2:
        return 0.0
    inside = distances[np.ix_(places, places)]
    return float((inside.sum() - np.trace(inside)) / (places.size * (places.size - 1)))


def self_information(listeners: NDArray[np.float32], users: int) -> Doubles:
    """Bits (m,) of hearing that somebody plays each: -log2 of the share of `users` who do, one
    more of both for those whom nobody has played (Zhou et al. 2010).
    """
    return np.asarray(np.log2((users + 1.0) / (listeners.astype(np.float64) + 1.0)))


def exchanged(pool: Pool, n: int, lean: float) -> NDArray[np.int64]:
    """Places in the pool of a list of `n`: its first ones, of which some are exchanged, each in its
    place: |lean| of all exchanges that can be made, of `n` at most.

    The exchange made next is the one that gains most of the three figures, each in deviations over
    the pool, after what it loses in value. Lists of less leaning are steps on the way to those of
    more, so the figures of `Pool.effect` never fall as `lean` rises.
    """
    size = len(pool.value)
    chosen = np.arange(min(n, size))
    left = np.arange(chosen.size, size)
    way = [chosen.copy()]
    while lean and left.size and len(way) <= n:
        if (best := _best(pool, chosen, left, 1.0 if lean > 0 else -1.0)) is None:
            break
        out, come = best
        chosen[out], left[come] = left[come], chosen[out]
        way.append(chosen.copy())
    return way[math.ceil(min(abs(lean), 1.0) * (len(way) - 1) - LEAST)]


def _best(
    pool: Pool, chosen: NDArray[np.int64], left: NDArray[np.int64], sign: float
) -> tuple[int, int] | None:
    """Which place of `chosen` is exchanged for which of `left`; None where none helps."""
    apart = pool.distances[:, chosen].sum(axis=1)
    # leaving: its distances to the others; coming: those to them, not to the one that leaves
    pairs = max(1, chosen.size * (chosen.size - 1) / 2)
    comes = apart[left][None, :] - pool.distances[np.ix_(chosen, left)]
    gains = [sign * (comes - apart[chosen][:, None]) / pairs * chosen.size]
    for figure in (pool.rarity, pool.strangeness):
        gains.append(sign * (figure[left][None, :] - figure[chosen][:, None]))
    scale = (pool.distances, pool.rarity, pool.strangeness)
    total = sum(gain / (figure.std() or 1.0) for gain, figure in zip(gains, scale, strict=True))
    allowed = (np.min(gains, axis=0) >= 0.0) & (np.max(gains, axis=0) > LEAST)
    if not allowed.any():
        return None
    worth = np.where(
        allowed, total + pool.value[left][None, :] - pool.value[chosen][:, None], -np.inf
    )
    out, come = np.unravel_index(int(np.argmax(worth)), worth.shape)
    return int(out), int(come)


def pool_of(model: Model, found: Sequence[Recommendation], own: Sequence[str]) -> Pool:
    """What the model knows of recommended tracks, for a listener who plays `own`, most first."""
    places = np.array([model.positions[one.item_id] for one in found], dtype=np.int64)
    known = np.array([model.positions[i] for i in own if i in model.positions][:OWN], np.int64)
    distances = 1.0 - likeness(model, places, places).astype(np.float64)
    np.fill_diagonal(distances, 0.0)
    strangeness = np.zeros(places.size)
    if known.size and places.size:
        strangeness = 1.0 - likeness(model, places, known).max(axis=1).astype(np.float64)
    scores = np.array([one.score for one in found], dtype=np.float32)
    mean, deviation = spread(scores)
    users = model.trained.get("users", int(model.listeners.max(initial=0)))
    return Pool(
        distances,
        self_information(model.listeners[places], users),
        strangeness,
        (scores.astype(np.float64) - mean) / (deviation or 1.0),
    )


def leaned(
    model: Model, found: Sequence[Recommendation], own: Sequence[str], n: int, lean: float
) -> tuple[list[Recommendation], Effect]:
    """`n` of `found` (best first), leaning so far, and what the list is like."""
    pool = pool_of(model, found, own)
    places = exchanged(pool, n, lean)
    return [found[place] for place in places.tolist()], pool.effect(places)
