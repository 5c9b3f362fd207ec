"""What places by chance earn or cost: the feed as it was against one without, and one that always
gives them to the newcomer ranked highest. Estimated from the log of lists shown; see `impressions`.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import numpy as np
from django.conf import settings
from numpy.typing import NDArray

from marketplace.discovery.impressions import OUTCOMES, Outcomes, outcomes
from marketplace.discovery.models import Shown
from recommender.exploration import POLICY, chance_of
from recommender.off_policy import (
    CLIP,
    Estimate,
    Log,
    doubly_robust,
    gain,
    ips,
    logged,
    self_normalised,
)

Doubles = NDArray[np.float64]


@dataclass(frozen=True)
class Worth:
    """One outcome's estimates, by place of a list. `gain`: what exploration brought beyond a feed
    without; `weighted` and `robust` estimate `without` in two other ways.
    """

    outcome: str
    shown: Estimate
    without: Estimate
    greedy: Estimate
    gain: Estimate
    weighted: Estimate
    robust: Estimate


def policy_now() -> str:
    return f"{POLICY}/{settings.EXPLORE_SHARE:g}"


def worth(at: datetime) -> dict[str, Any]:
    """Of the policy in force, as plain data: what it is, and estimates by outcome."""
    policy = policy_now()
    found = outcomes(policy, at)
    drawn = int((found.chosen != Shown.Chosen.RANKED).sum())
    return {
        "policy": policy,
        "impressions": len(found.users),
        "drawn": drawn,
        "listeners": len(np.unique(found.users)),
        "clip": CLIP,
        "outcomes": [_plain(_worth(found, name)) for name in OUTCOMES] if drawn else [],
    }


def _plain(one: Worth) -> dict[str, Any]:
    """JSON knows no infinity: an open interval has None."""
    found = asdict(one)
    for estimate in found.values():
        if isinstance(estimate, dict):
            for side in ("low", "high"):
                estimate[side] = estimate[side] if np.isfinite(estimate[side]) else None
    return found


def _worth(found: Outcomes, outcome: str) -> Worth:
    rewards, ranked = found.came[outcome], found.chosen == Shown.Chosen.RANKED
    without = Log(rewards, found.propensities, ranked.astype(np.float64), found.users)
    greedy = Log(rewards, found.propensities, _greedy(found, ranked), found.users)
    of_ranked = _means(rewards, ranked, found.places)
    predicted = np.where(ranked, of_ranked, rewards[~ranked].mean())
    return Worth(
        outcome,
        logged(without),
        self_normalised(without),
        self_normalised(greedy),
        gain(without),
        ips(without),
        doubly_robust(without, predicted, of_ranked),
    )


def _greedy(found: Outcomes, ranked: NDArray[np.bool_]) -> Doubles:
    """The chances (n,) of a policy that explores as often and always draws the best."""
    share = settings.EXPLORE_SHARE
    chances = {n: chance_of(share, n) for n in np.unique(found.lengths).tolist()}
    explores = np.array([chances[n] for n in found.lengths.tolist()])
    best = found.chosen == Shown.Chosen.DRAWN_BEST
    return np.where(ranked, found.propensities, np.where(best, explores, 0.0))


def _means(rewards: Doubles, ranked: NDArray[np.bool_], places: NDArray[np.int64]) -> Doubles:
    """The mean reward of ranked songs at each impression's place (n,)."""
    sums = np.bincount(places[ranked], rewards[ranked], places.max() + 1)
    counts = np.bincount(places[ranked], minlength=places.max() + 1)
    return np.asarray((sums / np.maximum(counts, 1))[places])
