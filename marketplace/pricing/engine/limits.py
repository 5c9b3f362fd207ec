"""Prices as whole ticks, and how far one may move. Invariant: no limit is broken by rounding.

Every limit is checked on the very float that is returned, so a caller who divides two prices
finds them within the factor, to the last bit.
"""

import numpy as np
from numpy.typing import NDArray

from marketplace.pricing.engine.exploration import SLOW, SLOW_HOURS
from marketplace.pricing.engine.settings import Settings

LAUNCH_HOURS = 46
"""Steps of free movement after a track's first observation.

The daily rule binds from hour 72 against the price 24 hours before, that is from hour 48; the
two hours between leave a caller free to count the first hour from its start or from its end.
"""
DAY_HOURS = 24
ROAM_STEP = 0.0125
"""Most that a price in launch moves in an hour where its genre is settled, if its tick allows.

One known beforehand comes out at its genre's price, so it has no long way to go, and its own
answers are too few to know which for hours: a faster one earns nothing more, and goes further with
a liar.
"""
DAILY_STEP = 0.03
CALM_STEP = 0.02
"""Most that a price moves in a day of its own accord, where its tick allows; the rule is 3 %.

Two runs of a mature track that differ only in what an attacker feigned for a day thus end within
0.04 in log. A tick of more than 2 %, up in one and down in the other, would leave 0.06: a price of
such ticks goes only where it has aimed for a day, since before they parted. A track in launch goes
further (ROAM_STEP).
"""
NEVER = np.iinfo(np.int64).min // 4
"""The hour of what has not happened yet."""

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


def prices(ticks: Ints, settings: Settings) -> Floats:
    """Prices of `ticks` (n,), rounded to the decimals a person would write: 57 x .01 is .57."""
    return np.round(ticks * settings.tick, 10)


def reach(ticks: Ints, step: Floats, settings: Settings) -> tuple[Ints, Ints]:
    """Lowest and highest ticks (n,), (n,) within a factor 1 + `step` of `ticks` and the bounds.

    Downwards the factor is 1 / (1 + step), the stricter reading of a relative move. A price
    outside the bounds is answered with the nearest it may reach.
    """
    now = prices(ticks, settings)
    most, least = now * (1.0 + step), now / (1.0 + step)
    high = np.rint(most / settings.tick).astype(np.int64)
    high -= prices(high, settings) > most
    low = np.rint(least / settings.tick).astype(np.int64)
    low += prices(low, settings) < least
    low, high = np.minimum(low, ticks), np.maximum(high, ticks)
    return np.clip(settings.lowest, low, high), np.clip(settings.highest, low, high)


def in_launch(first: Ints, t: int) -> NDArray[np.bool_]:
    """Which tracks, first observed at hour `first` (n,), may still move every hour at hour `t`."""
    return np.asarray((first == NEVER) | (t - first <= LAUNCH_HOURS))


def may_move(first: Ints, moved: Ints, t: int) -> NDArray[np.bool_]:
    """Which tracks may move at `t`: in launch always, later once in 24 hours.

    One move of at most 3 % within any 24 hours is the daily rule without a price history.
    """
    return in_launch(first, t) | (t - moved >= DAY_HOURS)


def is_coarse(ticks: Ints) -> NDArray[np.bool_]:
    """Which prices of `ticks` (n,) are so low that a tick down is more than CALM_STEP."""
    return np.asarray((ticks - 1) * CALM_STEP < 1)


def allowed_step(
    ticks: Ints,
    first: Ints,
    quick: NDArray[np.bool_],
    calm: NDArray[np.bool_],
    t: int,
    settings: Settings,
) -> Floats:
    """Largest relative move (n,) from `ticks` at hour `t`: in launch `max_step`, or ROAM_STEP where
    the genre is `calm`, long answered; then 2 % if less, or 3 % where a tick is more than 2 %.

    Tracks of other genres not drawn `quick` set out slowly in the first hours after their first
    observation. All of them may go a tick an hour in launch, where `max_step` allows it: a coarse
    tick must not hold them where they are.
    """
    tick = (1 + 1e-9) / np.maximum(ticks - 1, 1)  # down is the wider way; a hair for rounding
    slowly = np.clip(tick, SLOW * settings.max_step, settings.max_step)
    slow = ~quick & (first != NEVER) & (t - first < SLOW_HOURS)
    roaming = np.clip(tick, min(settings.max_step, ROAM_STEP), settings.max_step)
    launch = np.where(calm, roaming, np.where(slow, slowly, settings.max_step))
    most = min(settings.max_step, DAILY_STEP)
    mature = np.clip(tick, min(settings.max_step, CALM_STEP), most)
    return np.where(in_launch(first, t), launch, mature)
