"""A block of listeners folded in: what each part says of every track, added up, as `fold_in` does
for one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from recommender.fold_in import cold_parts
from recommender.forest import Forest
from recommender.fusion import z_scored
from recommender.highest import Best
from recommender.model import Model
from recommender.own import Own
from recommender.scorers import Floats, Ints
from recommender.together import Said, Together, together

Doubles = NDArray[np.float64]
WIDTH = 4_096  # items at a time: a block's scores of them stay in the processor's cache


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


@dataclass(frozen=True)
class Answers:
    """`b` listeners folded in, as `fold_in.Answer` is one; their fused scores are in no one place,
    `best_of` finds the highest.
    """

    own: Own
    warm: Mapping[str, Parts]
    cold: Sequence[dict[str, Floats]]
    forest: Forest | None

    @cached_property
    def level(self) -> Floats:
        """What is to be taken off each one's scores as `best_of` gives them, (b,)."""
        level = np.zeros(len(self.own), dtype=np.float32)
        for part in self.warm.values():
            level += part.gains * part.said.mean
        return level

    def add_up(self, first: int, fused: Floats) -> None:
        """Write the scores times their gains, added up, to `fused` (b, m), of the warm items from
        `first` on: the widest part first, so that the whole is written once.
        """
        weighed = (part for part in self.warm.values() if part.weight)
        for k, part in enumerate(sorted(weighed, key=lambda part: -part.said.width)):
            if not k:
                part.said.write(part.gains, first, fused)
            elif first < part.said.width:
                some = fused[:, : part.said.width - first]
                more = np.empty(some.shape, dtype=np.float32)
                part.said.write(part.gains, first, more)
                some += more


def together_of(model: Model) -> dict[str, Together]:
    """The parts that are heard for some listener."""
    heard = model.heard_for(False) | model.heard_for(True)
    found = {name: part for name, part in model.scorers.items() if name in heard}
    return {name: together(model, name, part) for name, part in found.items()}


def fold_in_all(model: Model, parts: Mapping[str, Together], own: Own, stranger: bool) -> Answers:
    """Fold in listeners all of whom have some warm item."""
    heard = model.heard_for(stranger)
    warm = {
        name: Parts(heard[name], part.say(own)) for name, part in parts.items() if name in heard
    }
    cold = [cold_parts(model, *one) for one in own.listeners] if model.cold else []
    return Answers(own, warm, cold, model.forest_for(stranger))


def best_of(model: Model, answers: Answers, most: int, hidden: Ints) -> tuple[Ints, Floats]:
    """Positions and fused scores, not less `level`, of the `most` highest (b, most) that are
    neither own nor among `hidden`, which rise; -1 and -inf where there are fewer.
    """
    found, b = Best(most), len(answers.own)
    room = np.empty(b * min(WIDTH, model.warm), dtype=np.float32)
    sums, squares = np.zeros((2, b))
    for first in range(0, model.warm, WIDTH):
        size = min(WIDTH, model.warm - first)
        fused = room[: b * size].reshape(b, size)
        answers.add_up(first, fused)
        if model.cold:
            sums += fused.sum(axis=1)
            squares += np.einsum("ij,ij->i", fused, fused)
        _mask(fused, first, answers.own, hidden)
        found.look(fused, first)
    if model.cold:
        mean = sums / model.warm
        deviation = np.sqrt(np.maximum(squares / model.warm - mean**2, 0))
        fused = _cold_scores(model, answers, mean, np.where(deviation > 0, deviation, 1))
        _mask(fused, model.warm, answers.own, hidden)
        found.look(fused, model.warm)
    return found.found()


def _cold_scores(model: Model, answers: Answers, mean: Doubles, deviation: Doubles) -> Floats:
    """Of tracks that nobody has played (b, n_cold), for mean and deviation (b,) of the others'."""
    fused = np.empty((len(answers.own), model.cold), dtype=np.float32)
    fused[:] = mean[:, None]
    for row, of_one in enumerate(answers.cold):
        if of_one:
            z = z_scored(np.sum(list(of_one.values()), axis=0))
            fused[row] += np.float32(model.cold_spread * deviation[row]) * z
    return fused


def _mask(fused: Floats, first: int, own: Own, hidden: Ints) -> None:
    """Take the own and the hidden items out of scores (b, m) of those from `first` on."""
    rows, items = own.between(first, first + fused.shape[1])
    fused[rows, items - first] = -np.inf
    some = slice(*np.searchsorted(hidden, (first, first + fused.shape[1])))
    fused[:, hidden[some] - first] = -np.inf
