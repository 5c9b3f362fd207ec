"""From an hour's counts to what they tell: spikes cut, surprises bounded, compared with belief.

Invariant: volume only weighs an observation; what moves a belief is the share that accepted.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from marketplace.pricing.engine.demand import Acceptance, acceptance, news
from marketplace.pricing.engine.hour import Hour
from marketplace.pricing.engine.limits import NEVER, in_launch
from marketplace.pricing.engine.state import State, Tracks
from marketplace.pricing.engine.sums import sums

Floats = NDArray[np.float64]

SPIKE = 3.0
WEEK_HOURS = 168
SURPRISE = 3.0
ARMS = 8


@dataclass(frozen=True)
class Evidence:
    """An hour's usable observations of tracks `rows` (k,); the other fields are (k,) too.

    x: log price; news: how much dearer it feels for being news. n: quotes after winsorising.
    residual: accepted beyond expectation, bounded. expected: the acceptance believed in before;
    kappa: the shape of its genre. arm: 0..7, four times whether in launch, plus which of four ways
    two seeded draws sent the track. spike: was n cut. roaming: in launch in a settled genre, where
    a price leaves its genre's for nothing but the track's own answers.
    """

    rows: NDArray[np.int64]
    genre: NDArray[np.int64]
    x: Floats
    news: Floats
    n: Floats
    residual: Floats
    expected: Acceptance
    kappa: Floats
    arm: NDArray[np.int64]
    spike: NDArray[np.bool_]
    roaming: NDArray[np.bool_]

    def only(self, which: NDArray[np.bool_]) -> "Evidence":
        """The evidence of some of its rows, `which` (k,)."""
        keep = np.flatnonzero(which)
        share, gain, information = (v[keep] for v in vars(self.expected).values())
        rest = {name: v[keep] for name, v in vars(self).items() if name != "expected"}
        return Evidence(**rest, expected=Acceptance(share, gain, information))


def usual_rate(state: State, hour: Hour) -> tuple[Floats, Floats]:
    """Quotes this hour cut to 3 x the week's norm, and the norm hereafter; both (n,).

    The norm is a track's mean rate over a week (less while it is younger) times the market's
    profile of the week. A track without history is held to its genre's mean. Three quotes are
    always let through: they are within the noise of any norm.
    """
    tracks = state.tracks
    known = np.where(tracks.first == NEVER, 0, hour.t - tracks.first)
    genre_quotes = sums(tracks.genre, hour.quotes, len(state.genres.mean))
    genre_count = sums(tracks.genre, hour.active, len(state.genres.mean))
    fallback = (genre_quotes / np.maximum(genre_count, 1.0))[tracks.genre]
    norm = tracks.rate * state.profile[hour.dow, hour.hour]
    norm = np.where(known < 24, np.maximum(norm, fallback), norm)
    cut = np.minimum(hour.quotes, SPIKE * norm + SPIKE)
    gain = 1.0 / np.clip(known + 1, 1, WEEK_HOURS)
    rate = np.where(known > 0, tracks.rate + (cut - tracks.rate) * gain, cut)
    return cut, np.where((tracks.first == NEVER) & (hour.quotes == 0), 0.0, rate)


def week_profile(state: State, hour: Hour) -> Floats:
    """The market's quotes by day and hour of the week, (7, 24), relative to their mean."""
    tracks, size = state.tracks, len(state.genres.mean)
    usual = float(sums(tracks.genre, tracks.rate, size).sum())
    if usual <= 0:
        return state.profile
    now = float(sums(tracks.genre, hour.quotes, size).sum()) / usual
    profile = state.profile.copy()
    profile[hour.dow, hour.hour] += 0.3 * (min(max(now, 0.1), 4.0) - profile[hour.dow, hour.hour])
    return profile


def gather(state: State, hour: Hour, cut: Floats) -> Evidence:
    """The hour's evidence, its quotes scaled down to `cut` (n,).

    A residual beyond three standard deviations of what belief and chance allow is bounded there
    (Huber: Robust estimation of a location parameter, 1964), so no hour convinces by extremity.
    """
    rows = np.flatnonzero(cut > 0)
    tracks = state.tracks
    genre = tracks.genre[rows]
    kappa = state.genres.kappa[genre]
    x = np.log(hour.price[rows])
    change = news(x, tracks.remembered[rows])
    felt = x + state.genres.resentment * change
    n = cut[rows]
    expected = acceptance(kappa * (felt - tracks.u[rows]))
    share = expected.share
    residual = n * (hour.accepts[rows] / hour.quotes[rows] - share)
    chance = n * share * (1.0 - share)
    slope = kappa * (1.0 - share) * expected.gain * share
    belief = (n * slope) ** 2 * tracks.variance[rows]
    bound = SURPRISE * np.sqrt(chance + belief)
    launch = in_launch(tracks.first[rows], hour.t)
    return Evidence(
        rows=rows,
        genre=genre,
        x=x,
        news=change,
        n=n,
        residual=np.clip(residual, -bound, bound),
        expected=expected,
        kappa=kappa,
        arm=4 * launch + 2 * tracks.quick[rows] + (tracks.offset[rows] > 0),
        spike=cut[rows] < hour.quotes[rows],
        roaming=launch & settled_genres(tracks, len(state.genres.mean), hour.t)[genre],
    )


def settled_genres(tracks: Tracks, n_genres: int, t: int) -> NDArray[np.bool_]:
    """Which genres (g,) have a song that was first answered a week before `t`, or longer ago."""
    known = (tracks.first != NEVER) & (t - tracks.first >= WEEK_HOURS)
    return sums(tracks.genre, known, n_genres) > 0
