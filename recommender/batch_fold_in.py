"""A block of listeners folded in: what each part says of every track, added up, as `fold_in` does
for one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from recommender.fold_in import Answer, cold_parts
from recommender.forest import Forest
from recommender.fusion import Part, z_scored
from recommender.model import Model
from recommender.scorers import Floats, Ints
from recommender.together import Own, Said, Together, together


@dataclass(frozen=True, slots=True)
class Parts:
    """What one part says to all, with its weight."""

    weight: float
    said: Said

    @property
    def gains(self) -> Floats:
        """What one unit of raw score adds to each one's fused score, (b,)."""
        return np.float32(self.weight) * self.scales

    @property
    def scales(self) -> Floats:
        """One over the deviation, (b,); 0 where the part says the same of every item."""
        felt = self.said.deviation > 0
        return np.divide(1, self.said.deviation, out=np.zeros_like(self.said.mean), where=felt)

    def z(self, rows: Ints, positions: Ints) -> Floats:
        """The z-scores of `positions` (k,), each for the listener `rows` (k,)."""
        raw = self.said.at(rows, positions)
        return np.asarray((raw - self.said.mean[rows]) * self.scales[rows])


@dataclass(frozen=True, slots=True)
class Answers:
    """`b` listeners folded in, as `fold_in.Answer` is one.

    `scores` (b, n_items) less `level` (b,) are the fused ones: to take it off all would cost
    another look at them.
    """

    own: Own
    warm: Mapping[str, Parts]
    cold: Sequence[dict[str, Floats]]
    scores: Floats
    level: Floats
    forest: Forest | None

    def alone(self, row: int) -> Answer:
        """The answer to one of them."""
        items, weights = self.own.listeners[row]
        warm = {
            name: Part(
                part.weight,
                part.said.alone(row),
                float(part.said.mean[row]),
                float(part.said.deviation[row]),
            )
            for name, part in self.warm.items()
            if part.said.deviation[row] > 0
        }
        scores = self.scores[row] - self.level[row]
        return Answer(items, weights, warm, self.cold[row], scores, self.forest)


def together_of(model: Model) -> dict[str, Together]:
    """The parts that are heard for some listener."""
    heard = model.heard_for(False) | model.heard_for(True)
    found = {name: part for name, part in model.scorers.items() if name in heard}
    return {name: together(name, part, model.warm) for name, part in found.items()}


def fold_in_all(
    model: Model,
    parts: Mapping[str, Together],
    listeners: Sequence[tuple[Ints, Floats]],
    stranger: bool,
    room: Floats,
) -> Answers:
    """Fold in listeners, own positions and weights each, all of whom have some warm item. Their
    scores are written to the first rows of `room` (b or more, n_items).
    """
    own = Own(listeners, model.warm)
    heard = model.heard_for(stranger)
    warm = {
        name: Parts(heard[name], part.say(own)) for name, part in parts.items() if name in heard
    }
    level = np.zeros(len(own), dtype=np.float32)
    for part in warm.values():
        level += part.gains * part.said.mean
    scores = room[: len(own)]
    leading = scores[:, : model.warm]
    _add_up(warm, leading)
    cold = [cold_parts(model, *one) for one in listeners]
    if model.warm < len(model.item_ids):
        deviation = leading.std(axis=1)
        deviation = model.cold_spread * np.where(deviation > 0, deviation, 1)
        scores[:, model.warm :] = leading.mean(axis=1)[:, None]
        for row, of_one in enumerate(cold):
            if of_one:
                scores[row, model.warm :] += deviation[row] * z_scored(
                    np.sum(list(of_one.values()), axis=0)
                )
    return Answers(own, warm, cold, scores, level, model.forest_for(stranger))


def _add_up(warm: Mapping[str, Parts], fused: Floats) -> None:
    """Write the scores times their gains, added up, to `fused` (b, warm): the widest part first, so
    that the whole is written once.
    """
    weighed = (part for part in warm.values() if part.weight)
    first, *rest = sorted(weighed, key=lambda part: -part.said.width)
    first.said.times(first.gains, fused[:, : first.said.width])
    fused[:, first.said.width :] = 0
    for part in rest:
        more = np.empty((len(fused), part.said.width), dtype=np.float32)
        part.said.times(part.gains, more)
        fused[:, : part.said.width] += more
