"""Why one track costs what it costs, in numbers a page can put into two sentences."""

import math
from dataclasses import dataclass

import numpy as np

from marketplace.pricing.engine.decision import Reason
from marketplace.pricing.engine.demand import acceptance
from marketplace.pricing.engine.limits import DAY_HOURS, in_launch, is_coarse, prices
from marketplace.pricing.engine.settings import Settings
from marketplace.pricing.engine.state import State


@dataclass(frozen=True)
class Explanation:
    """One track's price, explained; money in the unit of the settings.

    price, yesterday: in force now, and when the day turned. floor, cap: bounds.
    acceptance: estimated share of listeners who accept this price, from about n recent
    observations. target: price aimed at before the exploration offset (a relative number).
    low, high: 80 % interval of that target. valid_until: first hour (t) at which it may change.
    reason: learned, launch, bound, limited, test, frozen or waiting.
    """

    price: float
    yesterday: float
    floor: float
    cap: float
    acceptance: float
    n: float
    target: float
    reason: str
    low: float
    high: float
    offset: float
    valid_until: int


def explanation(state: State, row: int, t: int, settings: Settings) -> Explanation:
    """The explanation of the track in `row` at hour `t`."""
    tracks = state.tracks
    price, yesterday = prices(np.array([tracks.price[row], tracks.yesterday[row]]), settings)
    kappa = state.genres.kappa[tracks.genre[row]]
    share = acceptance(np.array([kappa * (math.log(price) - tracks.u[row])])).share[0]
    target, unsure = float(tracks.target[row]), 1.2816 * math.sqrt(tracks.variance[row])
    launch = bool(in_launch(tracks.first[row : row + 1], t)[0])
    later = max(t + 1, int(tracks.moved[row]) + DAY_HOURS)
    if is_coarse(tracks.price[row]):
        later = max(later, int(tracks.heading_since[row]) + DAY_HOURS)
    return Explanation(
        price=float(price),
        yesterday=float(yesterday),
        floor=settings.floor,
        cap=settings.cap,
        acceptance=float(share),
        n=float(tracks.n[row]),
        target=math.exp(target),
        reason=Reason(int(tracks.reason[row])).name.lower(),
        low=math.exp(target - unsure),
        high=math.exp(target + unsure),
        offset=float(tracks.offset[row]),
        valid_until=t + 1 if launch else later,
    )
