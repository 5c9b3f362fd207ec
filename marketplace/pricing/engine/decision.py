"""From beliefs to prices: aim, explore, keep every limit, say why.

Invariant: a price that leaves here is a tick within bounds, reach and daily rule; a track not on
sale stands still, but for one not yet out, which follows what its genre learns. One that nobody has
heard moves as slowly as an old one once its genre has been answered for a week; one that listeners
have met rises only after answers of its own since it last rose, and may fall without. Past launch,
a price of coarse ticks goes only where it has aimed for a day.
"""

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from marketplace.pricing.engine.demand import log_optimum
from marketplace.pricing.engine.evidence import settled_genres
from marketplace.pricing.engine.exploration import hashes, offsets, redrawn
from marketplace.pricing.engine.hour import Hour
from marketplace.pricing.engine.limits import (
    DAY_HOURS,
    LAUNCH_HOURS,
    NEVER,
    allowed_step,
    in_launch,
    is_coarse,
    may_move,
    prices,
    reach,
)
from marketplace.pricing.engine.settings import Settings
from marketplace.pricing.engine.state import Genres, Tracks
from marketplace.pricing.engine.sums import sums

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

SHORT = 0.015
"""A price further than this from its aim, in log, is called limited."""
LAUNCH_DEADBAND = 0.25
DEADBAND = 0.004
"""A price nearer to its aim than this stays, for small moves annoy more than they earn: in launch
so many standard deviations of what is known (and 0.02 in log at least), later 0.004 in log."""

EARNED = 100.0
"""Answers to a genre that let its unheard songs rise half of the way from the first price; a few
let them rise hardly at all, and many all of it."""
WAIT = 0.5
"""Share of the observed hours left in launch within which a waiting track must still arrive."""
WAIT_DOUBT = 0.25
"""Standard deviation of a genre's kappa from which its tracks need not wait to teach it."""


class Reason(IntEnum):
    """Why a price is what it is; the names, in small letters, are part of the protocol."""

    WAITING = 0
    LAUNCH = 1
    LEARNED = 2
    TEST = 3
    BOUND = 4
    LIMITED = 5
    FROZEN = 6


def decide(genres: Genres, tracks: Tracks, hour: Hour, now: Floats, settings: Settings) -> Tracks:
    """The tracks with the prices of the coming hour; `now` (n,) are the log prices in force."""
    calm = settled_genres(tracks, len(genres.mean), hour.t)[tracks.genre]
    since = _answered(tracks, calm, hour.t)
    free = may_move(since, tracks.moved, hour.t) & (hour.active | (hour.age < 0))
    launch = in_launch(tracks.first, hour.t)
    unmet = tracks.first == NEVER
    may_rise = unmet | tracks.fresh
    tracks = _explored(tracks, free, hour.t, settings)
    kappa = genres.kappa[tracks.genre]
    best = log_optimum(tracks.u, tracks.variance, kappa)
    target = np.where(free, best, tracks.target)
    aim = best + np.log1p(tracks.offset)
    wanted = np.rint(np.exp(aim) / settings.tick).astype(np.int64)
    tracks = _headed(tracks, wanted, hour.t)
    turning = is_coarse(tracks.price) & (hour.t - tracks.heading_since < DAY_HOURS)
    turning &= ~in_launch(since, hour.t)
    noise = np.maximum(LAUNCH_DEADBAND * np.sqrt(tracks.variance), 0.02)
    far = np.abs(aim - now) >= np.where(launch, noise, DEADBAND)
    prompt = tracks.quick | calm | (np.diag(genres.covariance)[tracks.genre] < WAIT_DOUBT**2)
    step = allowed_step(tracks.price, since, prompt, calm, hour.t, settings)
    low, high = reach(tracks.price, step, settings)
    waits = _waits(tracks, launch, aim - now, hour.t, settings)
    high = np.where(may_rise & (prompt | ~waits), high, np.minimum(high, tracks.price))
    high = np.where(unmet, np.minimum(high, _earned(genres, tracks, target, settings)), high)
    price = np.where(free & far & ~turning, np.clip(wanted, low, high), tracks.price)
    frozen = free & far & ~may_rise & (wanted > price)
    frozen |= ~(hour.active | (hour.age < 0))
    settled = np.maximum(tracks.reason, Reason.LEARNED)
    reason = np.where(free, _reasons(tracks, target, aim, wanted, price, settings), settled)
    reason = np.where(launch & (reason != Reason.BOUND), Reason.LAUNCH, reason)
    reason = np.where(unmet, Reason.WAITING, reason)
    reason = np.where(frozen, Reason.FROZEN, reason)
    moved = np.where(price != tracks.price, hour.t, tracks.moved)
    fresh = tracks.fresh & (price <= tracks.price)
    return tracks.having(price=price, moved=moved, target=target, fresh=fresh, reason=reason)


def _headed(tracks: Tracks, wanted: Ints, t: int) -> Tracks:
    """Notes which way from their prices lies what the tracks `wanted` (n,) by now, and since when.

    It turns only where the price has been passed: to want the price in force is no turn.
    """
    way = np.sign(wanted - tracks.price)
    heading = np.where(way == 0, tracks.heading, way)
    since = np.where(heading == tracks.heading, tracks.heading_since, t)
    return tracks.having(heading=heading, heading_since=since)


def _waits(tracks: Tracks, launch: Bools, way: Floats, t: int, settings: Settings) -> Bools:
    """Which tracks, `way` (n,) below their aim in log, wait at the price they came out at.

    Half of them, drawn, rise as late as they still can: while the others are up already, one
    audience answers two prices, and on the way up each track's own listeners answer both.
    """
    left = np.where(launch, LAUNCH_HOURS - (t - tracks.first), 0)
    reachable = left * -np.expm1(-tracks.rate) * np.log1p(settings.max_step)
    return np.asarray((way > 0) & (WAIT * reachable > way) & (tracks.first != NEVER))


def _answered(tracks: Tracks, calm: Bools, t: int) -> Ints:
    """Since when (n,) each track counts as answered: by its own first answer or, unheard, for ever
    where its genre is `calm`, a song of it answered for a week.

    Whoever feigns answers to a genre would else move its next releases by the hour.
    """
    long_ago = t - LAUNCH_HOURS - 1
    return np.where((tracks.first == NEVER) & calm, long_ago, tracks.first)


def _earned(genres: Genres, tracks: Tracks, target: Floats, settings: Settings) -> Ints:
    """Ticks (n,) up to which a song nobody heard may rise: the part of the way from the first price
    to its `target` (n,) that answers to its genre have earned; where it stands, if that is more.
    """
    answers = sums(tracks.genre, tracks.n, len(genres.mean))[tracks.genre]
    part = answers**2 / (answers**2 + EARNED**2)
    start, most = np.log(settings.p0), np.log(settings.cap)
    aim = np.exp(start + (np.minimum(target, most) - start) * part)
    ticks: Ints = np.floor(aim / settings.tick).astype(np.int64)
    return np.maximum(ticks, tracks.price)


def new_day(tracks: Tracks, last: int, t: int) -> Tracks:
    """Remembers the prices in force when the day (24 steps) turned."""
    if last == NEVER or last // DAY_HOURS == t // DAY_HOURS:
        return tracks
    return tracks.having(yesterday=tracks.price)


def _explored(tracks: Tracks, free: Bools, t: int, settings: Settings) -> Tracks:
    """Draws the day's offset for tracks free to move and observed since their last draw."""
    day = t // DAY_HOURS
    redraw = free & tracks.fresh & (tracks.first != NEVER) & (tracks.offset_day != day)
    if not redraw.any():
        return tracks
    rows = np.flatnonzero(redraw)
    hashed = hashes(tracks.key[rows])
    again = redrawn(hashed, settings.seed, day) | (tracks.offset[rows] == 0)
    offset = tracks.offset.copy()
    offset[rows] = np.where(again, offsets(hashed, settings.seed, day), offset[rows])
    return tracks.having(
        offset=offset,
        offset_day=np.where(redraw, day, tracks.offset_day),
        fresh=tracks.fresh & ~redraw,
    )


def _reasons(
    tracks: Tracks, target: Floats, aim: Floats, wanted: Ints, price: Ints, settings: Settings
) -> Ints:
    """Reasons (n,) of mature tracks that may move now, `wanted` a price and got one, in ticks."""
    learned = np.abs(target - tracks.target) >= np.abs(tracks.offset)
    short = np.abs(aim - np.log(prices(price, settings))) > SHORT
    low = (wanted < settings.lowest) & (price == settings.lowest)
    high = (wanted > settings.highest) & (price == settings.highest)
    reason = np.where(learned, Reason.LEARNED, Reason.TEST)
    reason = np.where(short, Reason.LIMITED, reason)
    return np.where(low | high, Reason.BOUND, reason)
