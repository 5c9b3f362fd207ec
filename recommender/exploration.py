"""A share of a list is given by chance to songs that few have heard; the chance is told with it.

Every place but the first is an explorer's with one and the same chance, so large that the stated
share of all places is expected to be. A song for it is drawn among the candidates not yet drawn, by
softmax of their scores mixed with an even draw: a Plackett-Luce model (Plackett 1975) whose
propensities have a floor. What `off_policy` needs of each place is kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recommender.errors import DataError

POLICY = "pl-1"  # a new name whenever the same log would mean something else
EVEN = 0.2  # of the draws are even: no candidate is drawn with less than this share of them
TEMPERATURE = 1.0  # deviations of score by which a song is e times as likely


@dataclass(frozen=True, slots=True)
class Placed:
    """The song at one place. `propensity`: its chance of standing there, given the listener and the
    songs above. `greedy`: whether a policy without chance would have put this one there, given that
    the place is (or is not) an explorer's.
    """

    item_id: str
    propensity: float
    explored: bool = False
    greedy: bool = True


def chance_of(share: float, n: int) -> float:
    """That one of the places after the first is an explorer's, for `share` of all `n` to be."""
    if not 0.0 <= share <= 0.5:
        raise DataError(f"A share of exploration lies between 0 and 0.5, not at {share}.")
    return share * n / (n - 1) if n > 1 else 0.0


def places_of(n: int, share: float, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Which of `n` places are explorers' (n,)."""
    drawn = np.asarray(rng.random(n) < chance_of(share, n))
    drawn[:1] = False
    return drawn


def draw_chances(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of being drawn next, for candidates of these scores (m,) in deviations; they add up to 1."""
    weights = np.exp((scores - scores.max()) / TEMPERATURE)
    return np.asarray((1.0 - EVEN) * weights / weights.sum() + EVEN / scores.size)


def placed(
    listed: Sequence[str],
    explorers: NDArray[np.bool_],
    candidates: Sequence[str],
    scores: Sequence[float],
    share: float,
    rng: np.random.Generator,
) -> list[Placed]:
    """The list with candidates, none of them listed, in the explorers' places.

    Without candidates every song stands where it stood, for certain. Where candidates run out, the
    places left are no explorers'.
    """
    chance = chance_of(share, len(listed))
    left, found = list(candidates), list[Placed]()
    values = np.array(scores, dtype=np.float64)
    values = (values - values.mean()) / (values.std() or 1.0) if left else values
    for place, item_id in enumerate(listed):
        if not left or place == 0:
            found.append(Placed(item_id, 1.0))
        elif not explorers[place]:
            found.append(Placed(item_id, 1.0 - chance))
        else:
            chances = draw_chances(values)
            k = int(rng.choice(len(left), p=chances))
            greedy = k == int(np.argmax(values))
            found.append(Placed(left.pop(k), chance * float(chances[k]), True, greedy))
            values = np.delete(values, k)
    return found
