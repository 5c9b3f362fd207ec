"""Who lives in the demo: fifty invented listeners who differ in taste, purse, patience and hours.

Pure and seeded. A taste is a weight for each genre that adds to 1; `worth_micros` is what a play of
a song they like is worth to them, before the song and the moment have their say.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FIRST = (
    "Ada", "Basil", "Cleo", "Dov", "Esme", "Faro", "Gita", "Hollis", "Imre", "June",
    "Kaya", "Leif", "Mira", "Nils", "Odile", "Pax", "Quill", "Rhea", "Sorin", "Tilda",
    "Uma", "Vesna", "Wim", "Xenia", "Yusuf",
)  # fmt: skip
LAST = (
    "Amberley", "Brandt", "Castellan", "Dufresne", "Eklund", "Farouk", "Grieg", "Halloran",
    "Ibarra", "Jansson",
)  # fmt: skip
TASTE_SPREAD = 0.35  # Dirichlet: most love one or two genres, and hear the rest now and then
FOLLOWERS = 0.3  # part of the listeners who look for what came out this week
WORTH_MICROS = 8_600  # the middle listener's worth of a play, in micros
COUNTRIES = ("DE", "GB", "FR", "US", "PT", "IS", "")  # "": would rather not say
WHERE = (0.26, 0.2, 0.16, 0.14, 0.05, 0.04, 0.15)
WORTH_SPREAD = 0.22  # standard deviation of its logarithm


@dataclass(frozen=True)
class Persona:
    """A listener's ways. `tastes` (n_genres,); `hour` is when the day's listening centres."""

    name: str
    email: str
    tastes: NDArray[np.float64]
    worth_micros: float
    sessions_a_day: float
    songs_a_session: float
    hour: float
    patience_seconds: float  # how long a song may go on before a doubtful listener stops it
    follows_releases: bool
    top_up_micros: int
    cap_micros: int
    country: str


def personas(n: int, n_genres: int, seed: int) -> list[Persona]:
    """The first `n` listeners, decided by the seed."""
    return [_persona(i, n_genres, np.random.default_rng((seed, i))) for i in range(n)]


def devoted(
    name: str, email: str, genres: Sequence[str], loved: Sequence[str], cap_micros: int
) -> Persona:
    """A listener who comes every evening, for the `loved` ones of these genres above all."""
    tastes = np.array([6.0 if genre in loved else 0.5 for genre in genres])
    return Persona(
        name=name,
        email=email,
        tastes=tastes / tastes.sum(),
        worth_micros=1.3 * WORTH_MICROS,
        sessions_a_day=1.6,
        songs_a_session=3.5,
        hour=19.0,
        patience_seconds=18.0,
        follows_releases=True,
        top_up_micros=10_000_000,
        cap_micros=cap_micros,
        country="DE",
    )


def _persona(i: int, n_genres: int, rng: np.random.Generator) -> Persona:
    name = f"{FIRST[i % len(FIRST)]} {LAST[(i * 7 + i // len(FIRST)) % len(LAST)]}"
    top_up = int(rng.choice([2_000_000, 5_000_000, 10_000_000]))
    return Persona(
        name=name,
        email=f"{name.lower().replace(' ', '.')}.{i}@listeners.refrain.demo",
        tastes=rng.dirichlet(np.full(n_genres, TASTE_SPREAD)),
        worth_micros=float(rng.lognormal(np.log(WORTH_MICROS), WORTH_SPREAD)),
        sessions_a_day=float(rng.gamma(2.0, 0.3)),
        songs_a_session=float(rng.uniform(1.5, 4.0)),
        hour=float(rng.choice([8.0, 13.0, 18.0, 21.0])),
        patience_seconds=float(rng.uniform(5.0, 25.0)),
        follows_releases=bool(rng.random() < FOLLOWERS),
        top_up_micros=top_up,
        cap_micros=2 * top_up,
        country=str(rng.choice(COUNTRIES, p=WHERE)),
    )
