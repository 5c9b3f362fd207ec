"""The trained hybrid as web processes serve it: arrays in memory, a listener's own items in, a
ranking out.

No listener is known to it by name: each is folded in from the own plays at the moment of asking,
so a first play changes the next answer. The kernels keep the plays they were trained on, nameless.
numpy only. Positions run over `item_ids`, the warm ones (with plays in training) first, most played
first; cold ones are ranked by sound and artist and put on the warm ones' scale.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

import numpy as np

from recommender.alike import Alike, Sense, alike, similar, sounding_like
from recommender.aversion import aversion
from recommender.axes import AxisScale, axis_scale
from recommender.fold_in import Answer, fold_in, rearranged
from recommender.forest import POOL, Forest
from recommender.fusion import ProductSpread
from recommender.highest import top_of
from recommender.kernels import KernelScorer
from recommender.likeness import directions, known_by_taste, tells_apart
from recommender.nearest import Places
from recommender.placing import Map
from recommender.reasons import Reason, explain
from recommender.scorers import (
    ArtistScorer,
    FactorScorer,
    Floats,
    Ints,
    LinearScorer,
    NeighbourScorer,
    PopularityScorer,
    Scorer,
    SoundScorer,
)
from recommender.topics import TopicScorer
from recommender.variety import varied

LEAST_SPREAD = 0.1  # of cold items: where nothing is known to explain them, likeness still orders
NEAREST = 48  # of each track, found in training: more than any page shows, since some are withdrawn
NONE = np.zeros(0, dtype=np.int64)


class Recommendation(NamedTuple):
    """One ranked track; `score` orders one answer and means nothing across answers."""

    item_id: str
    score: float
    reason: Reason


@dataclass(frozen=True)
class Model:
    """All that training learned. Optional parts are None where plays, features or artists were
    missing.

    `cold_spread` is the share of the warm scores' spread that the cold ones' have: as much as what
    is predicted of them explains. `sound_nearest` and `taste_nearest` (n, `NEAREST`) are positions
    of the tracks most like each, likest first, -1 where there are no more; None where nobody has
    looked for them (`train.with_nearest`): then they are looked for when they are asked for. `map`
    is None where none was drawn (`train.with_map`).
    """

    item_ids: tuple[str, ...]
    listeners: Floats
    weights: Mapping[str, float]
    counts_matter: bool = True
    tangent: KernelScorer | None = None
    linear: KernelScorer | None = None
    relative: KernelScorer | None = None
    forest: Forest | None = None
    stranger_weights: Mapping[str, float] | None = None
    stranger_forest: Forest | None = None
    als: FactorScorer | None = None
    als_scaled: FactorScorer | None = None
    ease: LinearScorer | None = None
    neighbours: NeighbourScorer | None = None
    topics: TopicScorer | None = None
    sound: SoundScorer | None = None
    artist: ArtistScorer | None = None
    appeal: Floats | None = None
    cold_spread: float = LEAST_SPREAD
    features: Floats | None = None
    feature_mean: Floats | None = None
    feature_scale: Floats | None = None
    sound_nearest: Places | None = None
    taste_nearest: Places | None = None
    map: Map | None = None
    trained: Mapping[str, int] = field(default_factory=dict)

    @cached_property
    def positions(self) -> dict[str, int]:
        return {item_id: position for position, item_id in enumerate(self.item_ids)}

    @cached_property
    def axes(self) -> AxisScale | None:
        return axis_scale(self.features)

    @cached_property
    def warm(self) -> int:
        """How many items, the first ones, have plays."""
        return int(np.count_nonzero(self.listeners))

    @property
    def cold(self) -> int:
        """How many, the others, nobody has played."""
        return len(self.item_ids) - self.warm

    @cached_property
    def product_spreads(self) -> dict[str, ProductSpread]:
        """Of the parts made of factors, over the warm items."""
        return {
            name: ProductSpread.over(part.factors[: self.warm])
            for name, part in self.scorers.items()
            if isinstance(part, FactorScorer)
        }

    @cached_property
    def scorers(self) -> dict[str, Scorer]:
        """The fused parts that exist, by name; most cover the warm items only."""
        parts = {
            "tangent": self.tangent,
            "linear": self.linear,
            "relative": self.relative,
            "ease": self.ease,
            "als": self.als,
            "als_scaled": self.als_scaled,
            "neighbours": self.neighbours,
            "topics": self.topics,
            "popularity": PopularityScorer(self.listeners[: self.warm]),
            "artist": self.artist,
            "sound": self.sound,
        }
        return {name: part for name, part in parts.items() if part is not None}

    def recommend(
        self,
        listener: Mapping[str, float],
        n: int = 20,
        exclude: Collection[str] = (),
        candidates: Collection[str] | None = None,
        again: bool = False,
        stranger: bool = False,
        less: Collection[str] = (),
    ) -> list[Recommendation]:
        """The `n` best tracks for a listener with plays `listener` (item id -> count), best first.

        The listener's own items are left out unless `again`. `exclude` (withdrawn, disliked) always
        is. `candidates` alone are ranked if given. Unknown ids are ignored. Nobody's plays are an
        answer too: without any known item the most played come first, varied by artist and sound.
        A `stranger` is no listener the parts were fitted to. What is like one of `less`, the last
        named first, loses for it.
        """
        hidden = self.hidden(exclude, candidates)
        items, weights = self.own(listener)
        return self.ranked(items, weights, n, hidden, again, stranger, less=self._known(less))

    def hidden(self, exclude: Collection[str], candidates: Collection[str] | None) -> Ints:
        """Positions that may not appear in a ranking."""
        if candidates is None:
            return self._known(exclude)
        hidden = np.ones(len(self.item_ids), dtype=bool)
        hidden[self._known(candidates)] = False
        hidden[self._known(exclude)] = True
        return np.flatnonzero(hidden)

    def ranked(
        self,
        items: Ints,
        weights: Floats,
        n: int,
        hidden: Ints,
        again: bool = False,
        stranger: bool = False,
        less: Ints = NONE,
    ) -> list[Recommendation]:
        """`recommend` to a listener of own `items` (k,) with `weights` (k,), leaving out the
        positions `hidden` and lowering what is like those of `less`.
        """
        answer = fold_in(self, items, weights, stranger)
        top = self.top(answer, n, hidden, again, less)
        reasons = explain(self, answer, top)
        scores = np.sort(answer.scores[top])[::-1].tolist()  # what is varied stands out of order
        return [
            Recommendation(self.item_ids[k], score, reason)
            for k, score, reason in zip(top.tolist(), scores, reasons, strict=True)
        ]

    def top(
        self, answer: Answer, n: int, hidden: Ints, again: bool = False, less: Ints = NONE
    ) -> Ints:
        """Positions of the `n` best for the listener folded into `answer`, whose scores of what is
        left out it sets to -inf and of what is like `less` it lowers.
        """
        scores = answer.scores
        cost = aversion(self, scores, less) if less.size else np.float32(0)
        scores[hidden] = -np.inf
        if not again:
            scores[answer.items] = -np.inf
        if not answer.items.size:
            scores -= cost
            return varied(scores, n, self.artist, self.sound)
        most = n if answer.forest is None else max(n, POOL)
        best = rearranged(self, answer, top_of(scores, most), again)[:n]
        if not less.size:
            return best
        scores -= cost  # after the forest, which has dealt out the scores anew
        return top_of(scores, n)

    def own(self, listener: Mapping[str, float]) -> tuple[Ints, Floats]:
        """Positions and preference weights of the known items somebody has played."""
        place_of = self.positions.get
        found = [(place_of(item_id, -1), count) for item_id, count in listener.items()]
        known = sorted((place, count) for place, count in found if place >= 0 and count > 0)
        places = np.array([place for place, _ in known], dtype=np.int64)
        counts = np.array([count for _, count in known], dtype=np.float32)
        return places, np.log1p(counts) if self.counts_matter else np.ones_like(counts)

    def weights_for(self, stranger: bool) -> Mapping[str, float]:
        return self.stranger_weights if stranger and self.stranger_weights else self.weights

    def heard_for(self, stranger: bool) -> dict[str, float]:
        """Weights of the parts that say anything, 0 where only the forest hears them."""
        forest = self.forest_for(stranger)
        weights = {
            name: weight for name, weight in self.weights_for(stranger).items() if weight > 0
        }
        return weights if forest is None else dict.fromkeys(forest.parts, 0.0) | weights

    def forest_for(self, stranger: bool) -> Forest | None:
        """What orders the best by `weights_for`."""
        return self.stranger_forest if stranger and self.stranger_weights else self.forest

    def knows(self, item_id: str) -> bool:
        """Whether it was there when the model was trained."""
        return item_id in self.positions

    def similar(
        self, item_id: str, n: int = 12, less: Collection[str] = ()
    ) -> list[tuple[str, float, float]]:
        """(item id, sound likeness 0..1, taste likeness 0..1) of the `n` tracks most like one.

        Unknown ids have none. Ranked by the mean of what is known of both, less what a track loses
        for being like one of `less`, the last named first.
        """
        position = self.positions.get(item_id)
        return [] if position is None else similar(self, position, n, self._known(less))

    def alike(self, item_id: str, kind: Sense, n: int) -> list[Alike]:
        """The `n` tracks most like one in sound, or in who plays them, best first.

        In sound with the traits they share; nothing below `LIKE_ENOUGH` is like anything. In taste
        none where fewer than `TASTE_FROM_LISTENERS` play either.
        """
        position = self.positions.get(item_id)
        return [] if position is None else alike(self, position, kind, n)

    def sounding_like(self, vector: Floats, n: int) -> list[Alike]:
        """The same by sound for a track that came after the training: `vector` (d,) are its
        features.
        """
        return sounding_like(self, vector, n)

    @cached_property
    def tastes(self) -> Floats | None:
        """Of every track, of length one: whose product is the likeness in who plays them.

        None where they are nearly the same for all, since then it says nothing.
        """
        if self.als is None:
            return None
        unit = directions(self.als.factors)
        return unit if tells_apart(unit, known_by_taste(self.listeners)) else None

    def _known(self, item_ids: Collection[str]) -> Ints:
        places = map(self.positions.get, item_ids)
        return np.array([k for k in places if k is not None], dtype=np.int64)
