"""Simulated listeners of real recordings: who plays what, and who would play what is new.

Nothing here has heard the recordings: a track's hidden factors come from its artist, the package it
was found in and noise of its own. This module shares nothing with the recommender that is measured
against it (a test holds that).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Rules:
    """How a world is drawn. `source`, `artist` and `own` are shares of a track's variance."""

    listeners: int = 500
    strangers: int = 100
    factors: int = 8
    source: float = 0.45
    artist: float = 0.45
    own: float = 0.1
    keenness: float = 0.7  # of taste, in units of the noise of one choice
    fame: float = 0.5  # an artist's, the same for all listeners
    cold_share: float = 0.3
    heard_share: float = 0.12  # of the known tracks, the median listener
    wanted_share: float = 0.15  # of the new ones


@dataclass(frozen=True, slots=True)
class World:
    """`warm` and `cold` are track numbers; `plays` rows (listener, track, count) of warm tracks,
    those of listeners from `first_stranger` on kept from training; `wanted` the cold tracks that
    each listener would play; `appeal` (n_listeners, n_tracks) what decides it, before chance.
    """

    warm: Ints
    cold: Ints
    plays: list[tuple[int, int, float]]
    first_stranger: int
    wanted: list[Ints]
    appeal: Doubles


def draw(sources: Sequence[str], artists: Sequence[str], seed: int, rules: Rules) -> World:
    """A world of the tracks with these `sources` and `artists` (n,)."""
    rng = np.random.default_rng(seed)
    tracks = _factors(rng, sources, artists, rules)
    total = rules.listeners + rules.strangers
    tastes = rng.normal(size=(total, rules.factors))
    fame = rules.fame * _shared(rng, artists, 1)[:, 0]
    appeal = rules.keenness * tastes @ tracks.T + fame
    order = rng.permutation(len(tracks))
    cold = np.sort(order[: round(rules.cold_share * len(tracks))])
    warm = np.setdiff1d(order, cold)
    plays: list[tuple[int, int, float]] = []
    wanted = []
    for listener in range(total):
        eager = rng.lognormal(0.0, 0.5)
        heard = _chosen(rng, appeal[listener], warm, rules.heard_share * eager)
        counts = 1 + rng.poisson(np.exp(np.minimum(appeal[listener, heard], 3.0)))
        plays += [(listener, t, float(n)) for t, n in zip(heard.tolist(), counts, strict=True)]
        wanted.append(_chosen(rng, appeal[listener], cold, rules.wanted_share))
    return World(warm, cold, plays, rules.listeners, wanted, appeal)


def _factors(
    rng: np.random.Generator, sources: Sequence[str], artists: Sequence[str], rules: Rules
) -> Doubles:
    own = rng.normal(size=(len(sources), rules.factors))
    return np.asarray(
        np.sqrt(rules.source) * _shared(rng, sources, rules.factors)
        + np.sqrt(rules.artist) * _shared(rng, artists, rules.factors)
        + np.sqrt(rules.own) * own
    )


def _shared(rng: np.random.Generator, names: Sequence[str], factors: int) -> Doubles:
    """Normal factors (n, f), the same wherever the name is the same."""
    kinds, which = np.unique(names, return_inverse=True)
    return rng.normal(size=(kinds.size, factors))[which]


def _chosen(rng: np.random.Generator, appeal: Doubles, among: Ints, share: float) -> Ints:
    """`share` of `among`, at least two, drawn without replacement in proportion to exp(appeal)."""
    count = min(max(2, round(share * among.size)), among.size)
    keys = appeal[among] + rng.gumbel(size=among.size)
    return np.sort(among[np.argsort(-keys)[:count]])
