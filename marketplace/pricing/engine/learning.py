"""Beliefs about demand, moved by one hour of evidence: shape, common shift, tracks, genres.

Four closed-form steps, each a Bayesian update for Gaussian beliefs on the log scale:
1. shape: kappa of the genres, correlated through the market, from how acceptance differs in the
   same hour between tracks that a seeded draw made dearer and cheaper;
2. shift: taste that moves a whole genre, a random walk filtered from the tracks' surprises;
3. tracks: counts that forget, and ln theta of each track under its genre as prior;
4. genres: mean and spread of ln theta (empirical Bayes).
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from marketplace.pricing.engine.demand import acceptance
from marketplace.pricing.engine.evidence import Evidence
from marketplace.pricing.engine.shape import learn_shape
from marketplace.pricing.engine.state import SPREAD, Genres, Tracks
from marketplace.pricing.engine.sums import sums

Floats = NDArray[np.float64]

TRACK_DRIFT = 0.015**2
GENRE_DRIFT = 0.015**2
"""Variances a day of the random walks of ln theta: of one track, of a whole genre."""
SHAPE_DOUBT = 0.03
"""Variance of ln acceptance's slope error: old counts weigh less the further the price moved."""
SPREAD_WEIGHT = 3.0
MARKET_VARIANCE = 0.3**2
FIRST_VARIANCE = 0.5**2
"""Doubt about the market's mean before its first answer: what a young one hears is mostly luck."""
OWN_REACH = 3.0
"""Furthest, in log, that a track's own counts may point beyond belief: a handful of equal answers
has its likelihood's maximum at infinity."""


def learn_shift(
    genres: Genres, tracks: Tracks, seen: Evidence, days: float
) -> tuple[Genres, Tracks]:
    """A genre's common change of taste (Kalman filter of a random walk), added to its tracks.

    Old counts keep their meaning: an observation at price p before tastes rose by d in log is
    one at p e^d today, so their mean log price shifts too.
    """
    size = len(genres.mean)
    information = np.maximum(seen.kappa**2 * seen.n * seen.expected.information, 1e-9)
    surprise = seen.kappa * seen.residual * seen.expected.gain / information
    unsure = 1.0 / information + np.maximum(tracks.variance[seen.rows], 0.1**2)
    weight = sums(seen.genre, 1.0 / unsure, size)
    mean = sums(seen.genre, surprise / unsure, size) / np.maximum(weight, 1e-12)
    drift = genres.drift + GENRE_DRIFT * days
    gain = drift * weight / (1.0 + drift * weight)
    shift = gain * mean
    moved = shift[tracks.genre]
    tracks = tracks.having(x=tracks.x + moved, u=tracks.u + moved)
    return replace(genres, mean=genres.mean + shift, drift=drift * (1.0 - gain)), tracks


def felt(genres: Genres, tracks: Tracks) -> Floats:
    """Mean log price (n,) of the counts that still count, as listeners felt it."""
    return tracks.x + genres.resentment * tracks.news


def learn_tracks(genres: Genres, tracks: Tracks, seen: Evidence, days: float) -> Tracks:
    """Forget, count the hour, and find each ln theta: two Fisher-scoring steps from the last."""
    kappa = genres.kappa[tracks.genre]
    rows = seen.rows
    level = acceptance(kappa * (felt(genres, tracks) - tracks.u))
    doubt = np.full(len(kappa), TRACK_DRIFT * days)
    doubt[rows] += SHAPE_DOUBT * (seen.x - tracks.x[rows]) ** 2 * (tracks.n[rows] > 0)
    keep = 1.0 / (1.0 + kappa**2 * tracks.n * level.information * doubt)
    n, accepted = tracks.n * keep, tracks.accepted * keep
    x, news = tracks.x.copy(), tracks.news.copy()
    total = n[rows] + seen.n
    x[rows] = (n[rows] * x[rows] + seen.n * seen.x) / total
    news[rows] = (n[rows] * news[rows] + seen.n * seen.news) / total
    accepted[rows] += np.clip(seen.n * seen.expected.share + seen.residual, 0.0, seen.n)
    n[rows] = total
    tracks = tracks.having(n=n, accepted=accepted, x=x, news=news)
    for _ in range(2):
        tracks = _scored(genres, tracks, kappa)
    return tracks


def _scored(genres: Genres, tracks: Tracks, kappa: Floats) -> Tracks:
    """One Fisher-scoring step of ln theta for all tracks, at most 0.5 far."""
    level = acceptance(kappa * (felt(genres, tracks) - tracks.u))
    residual = tracks.accepted - tracks.n * level.share
    certain = 1.0 / genres.spread[tracks.genre]
    information = kappa**2 * tracks.n * level.information + certain
    pull = kappa * residual * level.gain - (tracks.u - genres.mean[tracks.genre]) * certain
    return tracks.having(
        u=tracks.u + np.clip(pull / information, -0.5, 0.5),
        variance=1.0 / information,
    )


def learn_genres(genres: Genres, tracks: Tracks, first: float) -> Genres:
    """Mean and spread of ln theta within each genre, the mean shrunk to the market's, and that
    to `first`, what was believed before anybody answered.

    Each track enters as what its own counts alone say (`own`, with variance `noise`): one scoring
    step of their likelihood from where belief stands, not taken back out of the posterior, which
    few counts leave as near to the old mean as to the truth. The spread is the method of moments
    (DerSimonian, Laird 1986), held near SPREAD by the weight of three tracks.
    """
    size = len(genres.mean)
    spread, kappa = genres.spread[tracks.genre], genres.kappa[tracks.genre]
    level = acceptance(kappa * (felt(genres, tracks) - tracks.u))
    told = kappa**2 * tracks.n * level.information
    score = kappa * (tracks.accepted - tracks.n * level.share) * level.gain
    heard = told > 1e-6
    noise = 1.0 / np.where(heard, told, 1.0)
    own = tracks.u + np.where(heard, np.clip(score * noise, -OWN_REACH, OWN_REACH), 0.0)
    weight = np.where(heard, 1.0 / (noise + spread), 0.0)
    total = sums(tracks.genre, weight, size)
    among = 1.0 / (MARKET_VARIANCE + 1.0 / np.maximum(total, 1e-9))
    moment = sums(tracks.genre, weight * own, size)
    told_of_market = (among * moment / np.maximum(total, 1e-9)).sum() + first / FIRST_VARIANCE
    market = float(told_of_market / (among.sum() + 1.0 / FIRST_VARIANCE))
    mean = (moment + market / MARKET_VARIANCE) / (total + 1.0 / MARKET_VARIANCE)
    square = weight**2 * ((own - mean[tracks.genre]) ** 2 - noise)
    prior = SPREAD_WEIGHT / SPREAD**4
    found = sums(tracks.genre, square, size) + prior * SPREAD**2
    found /= sums(tracks.genre, weight**2, size) + prior
    return replace(genres, mean=mean, spread=np.clip(found, 0.05**2, 0.6**2))


def learn(
    genres: Genres, tracks: Tracks, seen: Evidence, days: float, first: float
) -> tuple[Genres, Tracks]:
    """Genres and tracks after the evidence `seen`, `days` after the last; `first` as below.

    Spikes teach their own track alone, so a crowd sent to one moves no other. Nor does the shape
    learn from a price that left its genre's for its own answers: they would pass for demand's
    answer to it, and a few feigned ones would bend the curve of all.
    """
    ordinary = seen.only(~seen.spike)
    genres = learn_shape(genres, tracks, ordinary.only(~ordinary.roaming), days)
    genres, tracks = learn_shift(genres, tracks, ordinary, days)
    tracks = learn_tracks(genres, tracks, seen, days)
    return learn_genres(genres, tracks, first), tracks
