"""What happens in a society whatever its prices: fame, fashions, releases, crowds, fraud.

Tastes drift and jump by genre and by song, songs come out each Friday and fade, few songs get most
visits, crowds of passers-by come for a day, and attackers feign answers. Arrays are (days, n) or
(hours, n) of n tracks, drawn from the seed alone.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tests.benchmarks.pricing_curves import FAMILIES, Audiences
from tests.benchmarks.pricing_market import Floats, Limits

DAY = 24


@dataclass(frozen=True)
class SocietyRules(Limits):
    """What may differ between societies.

    families: of curves, dealt to the genres in turn. released_later: share of tracks not out from
    the start. fakes: feigned answers for each true one where an attack is on.
    """

    tracks: int = 600
    genres: int = 8
    days: int = 56
    quotes_a_day: float = 24.0
    families: tuple[str, ...] = tuple(FAMILIES)
    released_later: float = 0.4
    fakes: float = 5.0


class World:
    """One drawn world.

    genre, artist: (n,). loss, gain: how much more than itself a rise, or a fall, is felt.
    return_track, return_genre: elasticity of coming back to a track, and to its genre.
    level: log of a track's level of taste, by day. mood: added to it, by hour. released: hour.
    rate: visits an hour at a fair price. fakes: feigned answers for each visit by hour, accepted,
    or refused where negative.
    """

    def __init__(self, rules: SocietyRules, seed: int) -> None:
        self.rules, self.seed = rules, seed
        rng = np.random.default_rng([seed, 7])
        self.genre: NDArray[np.int64] = rng.integers(0, rules.genres, rules.tracks)
        names = [rules.families[i % len(rules.families)] for i in range(rules.genres)]
        self.audiences = Audiences.drawn(names, rng)
        self.loss, self.gain = rng.uniform(0.3, 0.9), rng.uniform(0.0, 0.3)
        self.return_track, self.return_genre = rng.uniform(0.03, 0.12), rng.uniform(0.0, 0.06)
        tastes = self._genre_tastes(rng)
        self.artist = rng.integers(0, rules.tracks // 3, rules.tracks)
        self.level = tastes[:, self.genre] + self._own_tastes(rng)
        self.mood = self._moods(rng)
        self.released = self._releases(rng)
        self.rate = self._visits(rng)
        self._crowds(rng)
        self.fakes = self._attacks(rng)

    def small(self) -> NDArray[np.bool_]:
        """Which tracks (n,) are by the half of artists with fewest visits."""
        total = np.bincount(self.artist, self.rate.sum(axis=0))
        return np.asarray(total <= np.median(total))[self.artist]

    def _genre_tastes(self, rng: np.random.Generator) -> Floats:
        """Drifting, with three jumps somewhere, (days, g)."""
        r = self.rules
        taste = np.log(1.4) + rng.normal(0.0, 0.35, r.genres)
        taste = taste + np.cumsum(rng.normal(0.0, 0.012, (r.days, r.genres)), axis=0)
        for _ in range(3):
            day, which = rng.integers(7, r.days - 7), rng.integers(r.genres)
            taste[day:, which] += rng.choice([-1.0, 1.0]) * rng.uniform(0.1, 0.3)
        return np.asarray(taste)

    def _own_tastes(self, rng: np.random.Generator) -> Floats:
        r = self.rules
        artist = rng.normal(0.0, 0.2, r.tracks // 3)[self.artist]
        own = artist + rng.normal(0.0, 0.22, r.tracks)
        return np.asarray(own + np.cumsum(rng.normal(0.0, 0.012, (r.days, r.tracks)), axis=0))

    def _moods(self, rng: np.random.Generator) -> Floats:
        """Evening, weekend, and which surfaces listeners came by that day."""
        r, t = self.rules, np.arange(self.rules.days * DAY)
        cycle = 0.06 * np.sin(2 * np.pi * (t - 14) / DAY) + 0.06 * (t // DAY % 7 >= 5)
        surfaces = rng.normal(0.0, 0.08, (r.days, r.tracks))
        return np.asarray(cycle[:, None] + np.repeat(surfaces, DAY, axis=0))

    def _releases(self, rng: np.random.Generator) -> Floats:
        """0, or some Friday."""
        fridays = np.arange(1, self.rules.days // 7) * 7 * DAY - 2 * DAY
        later = rng.random(self.rules.tracks) < self.rules.released_later
        return np.where(later, rng.choice(fridays, self.rules.tracks), 0).astype(float)

    def _visits(self, rng: np.random.Generator) -> Floats:
        """Few tracks get most; more come in the evening, at weekends and to what is fresh."""
        r, t = self.rules, np.arange(self.rules.days * DAY)
        artist = rng.lognormal(0.0, 1.0, r.tracks // 3)[self.artist]
        fame = artist * rng.lognormal(0.0, 1.1, r.tracks)
        usual = fame / fame.mean() * r.quotes_a_day / DAY
        daytime = 1.0 + 0.7 * np.sin(2 * np.pi * (t - 13) / DAY) + 0.25 * (t // DAY % 7 >= 5)
        age = (t[:, None] - self.released) / DAY
        buzz = 1.0 + 2.0 * np.exp(-np.maximum(age, 0.0) / 5.0) * (self.released > 0)
        return np.asarray(usual * daytime[:, None] * buzz * (age >= 0))

    def _crowds(self, rng: np.random.Generator) -> None:
        """For a day each, many come who care less."""
        for _ in range(self.rules.tracks // 10):
            day, track = rng.integers(5, self.rules.days), rng.integers(self.rules.tracks)
            hours = slice(day * DAY, (day + 1) * DAY)
            self.rate[hours, track] *= rng.uniform(8.0, 30.0)
            self.mood[hours, track] -= 0.35

    def _attacks(self, rng: np.random.Generator) -> Floats:
        """Each lasts three days: on single songs either way, and on a ring of one genre."""
        r = self.rules
        fakes = np.zeros((r.days * DAY, r.tracks))
        for day in (17, 27, 37, 47):
            out = np.flatnonzero(self.released < (day - 7) * DAY)
            struck = rng.choice(out, max(r.tracks // 50, 1), replace=False)
            ring = rng.choice(out[self.genre[out] == rng.integers(r.genres)], 4)
            hours = slice(day * DAY, (day + 3) * DAY)
            fakes[hours, struck] = rng.choice([-r.fakes, r.fakes], len(struck))
            fakes[hours, ring] = r.fakes
        return fakes
