"""What draws a listener to a song and what it is worth to them: taste, appeal, trend, novelty.

Pure and seeded. Some songs are better loved than others and a few rise or fall over the two weeks,
so prices part and shares gather somewhere. Nothing here reads the recommender's features.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from marketplace.demo.listeners import Persona

Floats = NDArray[np.float64]
TRENDS: Mapping[str, float] = {  # change of the logarithm of a song's appeal in a day
    "Coastline in Reverse": 0.13,
    "Slow Glass Harbour": 0.06,
    "Salt on the Dial": 0.10,
    "Neon Causeway": -0.15,
    "The Night Bakery": -0.05,
}
FADED = 0.4  # what is left of a falling song's appeal in the end: somebody goes on liking it
FAVOURITES: Mapping[str, float] = {  # appeal of the songs the demo's pages lead to
    "Slow Glass Harbour": 1.5,
    "Neon Causeway": 2.4,
    "Coastline in Reverse": 0.8,
    "Letter, Unfolded": 1.4,
}
APPEAL_SPREAD = 0.45
FRESH_DAYS = 4.0
FRESH_PULL = 3.0  # of a song of the last days, for those who follow releases
MOOD_SPREAD = 0.28


@dataclass(frozen=True)
class Repertoire:
    """The songs there are: appeal (n,), genre index (n,), day of release (n,), trend (n,)."""

    appeal: Floats
    genre: NDArray[np.int64]
    released: Floats
    trend: Floats

    def at(self, day: float) -> Floats:
        """Appeal (n,) on a day, trends counted."""
        return np.asarray(self.appeal * np.maximum(np.exp(self.trend * day), FADED))


def repertoire(
    titles: Sequence[str], genre: Sequence[int], released: Sequence[float], seed: int
) -> Repertoire:
    """The songs in the caller's order; a song's appeal hangs on its title and the seed alone."""
    return Repertoire(
        np.array([_appeal(title, seed) for title in titles]),
        np.array(genre, np.int64),
        np.array(released, np.float64),
        np.array([TRENDS.get(title, 0.0) for title in titles]),
    )


def pull(who: Persona, songs: Repertoire, day: float) -> Floats:
    """Probabilities (n,) of choosing each song on `day`; songs not yet out have none."""
    age = day - songs.released
    weight = (0.05 + who.tastes[songs.genre]) * songs.at(day) ** 1.5
    if who.follows_releases:
        weight = weight * np.where(age < FRESH_DAYS, FRESH_PULL, 1.0)
    weight = np.where(age >= 0, weight, 0.0)
    total = weight.sum()
    return np.asarray(weight / total if total else weight)


def worth(
    who: Persona, songs: Repertoire, song: int, day: float, rng: np.random.Generator
) -> float:
    """What this play is worth to the listener, in micros."""
    liking = 0.8 + 0.6 * who.tastes[songs.genre[song]]
    loved = float(songs.at(day)[song]) ** 0.3
    return float(who.worth_micros * liking * loved * rng.lognormal(0.0, MOOD_SPREAD))


def _appeal(title: str, seed: int) -> float:
    drawn = np.random.default_rng((seed, crc32(title.encode()))).lognormal(0.0, APPEAL_SPREAD)
    return FAVOURITES.get(title, float(drawn))
