"""Variety in a list for a listener nothing is known of: the best, but not all of one artist or one
sound.
"""

import numpy as np

from recommender.highest import top_of
from recommender.scorers import ArtistScorer, Floats, Ints, SoundScorer

SAME_ARTIST, SAME_SOUND = (
    0.3,
    0.1,
)  # in deviations of score: what a likeness to one already listed costs
POOL = 5  # times the list's length


def varied(scores: Floats, n: int, artist: ArtistScorer | None, sound: SoundScorer | None) -> Ints:
    """Positions of `n` items, each the best after what it shares with those before is taken off.

    This is maximal marginal relevance (Carbonell and Goldstein 1998) with a mild price.
    """
    pool = top_of(scores, n * POOL)
    value = scores[pool].copy()
    chosen: list[int] = []
    while len(chosen) < min(n, pool.size):
        best = int(np.argmax(value))
        chosen.append(best)
        value -= _likeness(pool, int(pool[best]), artist, sound)
        value[chosen] = -np.inf
    return pool[chosen]


def _likeness(
    pool: Ints, item: int, artist: ArtistScorer | None, sound: SoundScorer | None
) -> Floats:
    cost = np.zeros(pool.size, dtype=np.float32)
    if artist is not None and artist.artists[item] >= 0:
        cost += np.float32(SAME_ARTIST) * (artist.artists[pool] == artist.artists[item])
    if sound is not None:
        cost += np.float32(SAME_SOUND) * np.maximum(sound.unit[pool] @ sound.unit[item], 0.0)
    return cost
