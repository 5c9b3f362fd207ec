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
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from recommender.forest import Forest, deal, describe, pool_of
from recommender.fusion import Part, blend, spread, z_scored
from recommender.kernels import KernelScorer
from recommender.metrics import top_of
from recommender.reasons import Reason, explain, traits
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
from recommender.sound import SharedTrait
from recommender.variety import varied

COLLABORATIVE = ("tangent", "linear", "ease", "als", "neighbours")
TASTE_FROM_LISTENERS = 3  # fewer say nothing about taste
LIKE_ENOUGH = 0.05
COLD_SHARE = (
    0.5  # of the warm scores' spread: a cold track must be twice as fitting to rank as high
)


@dataclass(frozen=True, slots=True)
class Recommendation:
    """One ranked track; `score` orders one answer and means nothing across answers."""

    item_id: str
    score: float
    reason: Reason


@dataclass(frozen=True, slots=True)
class Alike:
    """A track like another: `likeness` 0 to 1, and in sound the traits they share."""

    item_id: str
    likeness: float
    traits: tuple[SharedTrait, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """One listener folded in: own positions and weights, what each part said, the fused scores
    (n_items,).

    `warm` parts are raw scores of the warm items with their weight and spread; `cold` are z-scores
    of the cold ones.
    """

    items: Ints
    weights: Floats
    warm: dict[str, Part]
    cold: dict[str, Floats]
    scores: Floats


@dataclass(frozen=True)
class Model:
    """All that training learned. Optional parts are None where plays, features or artists were
    missing.
    """

    item_ids: tuple[str, ...]
    listeners: Floats
    weights: Mapping[str, float]
    counts_matter: bool = True
    tangent: KernelScorer | None = None
    linear: KernelScorer | None = None
    forest: Forest | None = None
    als: FactorScorer | None = None
    ease: LinearScorer | None = None
    neighbours: NeighbourScorer | None = None
    sound: SoundScorer | None = None
    artist: ArtistScorer | None = None
    appeal: Floats | None = None
    features: Floats | None = None
    feature_mean: Floats | None = None
    feature_scale: Floats | None = None
    trained: Mapping[str, int] = field(default_factory=dict)

    @cached_property
    def positions(self) -> dict[str, int]:
        return {item_id: position for position, item_id in enumerate(self.item_ids)}

    @cached_property
    def warm(self) -> int:
        """How many items, the first ones, have plays."""
        return int(np.count_nonzero(self.listeners))

    @cached_property
    def scorers(self) -> dict[str, Scorer]:
        """The fused parts that exist, by name; most cover the warm items only."""
        parts = {
            "tangent": self.tangent,
            "linear": self.linear,
            "ease": self.ease,
            "als": self.als,
            "neighbours": self.neighbours,
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
    ) -> list[Recommendation]:
        """The `n` best tracks for a listener with plays `listener` (item id -> count), best first.

        The listener's own items are left out unless `again`. `exclude` (withdrawn, disliked) always
        is. `candidates` alone are ranked if given. Unknown ids are ignored. Nobody's plays are an
        answer too: without any known item the most played come first, varied by artist and sound.
        """
        answer = self.answer(*self.own(listener))
        scores = answer.scores
        self._mask(scores, listener if not again else (), exclude, candidates)
        top = top_of(scores, n) if answer.items.size else varied(scores, n, self.artist, self.sound)
        reasons = explain(self, answer, top)
        return [
            Recommendation(self.item_ids[k], float(scores[k]), reason)
            for k, reason in zip(top.tolist(), reasons, strict=True)
        ]

    def own(self, listener: Mapping[str, float]) -> tuple[Ints, Floats]:
        """Positions and preference weights of the known items somebody has played."""
        known = {self.positions[i]: w for i, w in listener.items() if i in self.positions and w > 0}
        items = np.array(sorted(known), dtype=np.int64)
        counts = np.array([known[k] for k in items.tolist()], dtype=np.float32)
        return items, np.log1p(counts) if self.counts_matter else np.ones_like(counts)

    def answer(self, items: Ints, weights: Floats) -> Answer:
        """Fold in own `items` (k,) with `weights` (k,) and score every item."""
        warm = self._warm_parts(items, weights)
        cold = self._cold_parts(items, weights)
        scores = np.zeros(len(self.item_ids), dtype=np.float32)
        scores[: self.warm] = blend(warm, self.warm)
        if self.forest is not None:
            self._rearrange(scores[: self.warm], items[items < self.warm], warm)
        if self.warm < scores.size:
            mean, deviation = spread(scores[: self.warm])
            fused = z_scored(np.sum(list(cold.values()), axis=0)) if cold else np.float32(0)
            scores[self.warm :] = mean + COLD_SHARE * (deviation or 1.0) * fused
        return Answer(items, weights, warm, cold, scores)

    def _rearrange(self, scores: Floats, own: Ints, warm: Mapping[str, Part]) -> None:
        """Deal the best warm scores out anew, in place; a listener of no warm item keeps them."""
        assert self.forest is not None
        if not own.size:
            return
        pool = pool_of(scores, own)
        nothing = np.zeros(pool.size, dtype=np.float32)
        parts = [warm[name].z(pool) if name in warm else nothing for name in self.forest.parts]
        rows = describe(np.stack(parts), self.listeners[pool], self.listeners[own])
        deal(scores, pool, self.forest.scores(rows))

    def usable(self, name: str, items: Ints) -> NDArray[np.bool_]:
        """Which own items a part can fold in: collaborative ones know warm items only."""
        return items < self.warm if name in COLLABORATIVE else np.ones(items.size, dtype=bool)

    def _warm_parts(self, items: Ints, weights: Floats) -> dict[str, Part]:
        wanted = {name: weight for name, weight in self.weights.items() if weight > 0}
        if not items.size:
            wanted = {"popularity": 1.0}
        elif not (items < self.warm).any():
            wanted = {"sound": 1.0, "artist": 1.0}
        parts = {}
        for name, weight in wanted.items():
            if (scorer := self.scorers.get(name)) is not None:
                used = self.usable(name, items)
                scores = scorer.scores(items[used], weights[used])[: self.warm]
                parts[name] = Part(weight, scores, *spread(scores))
        return {name: part for name, part in parts.items() if part.deviation > 0}

    def _cold_parts(self, items: Ints, weights: Floats) -> dict[str, Floats]:
        if self.warm == len(self.item_ids):
            return {}
        if not items.size:
            return {} if self.appeal is None else {"popularity": z_scored(self.appeal)}
        parts = {}
        if self.sound is not None:
            cold = np.arange(self.warm, len(self.item_ids))
            parts["sound"] = z_scored(self.sound.scores_of(items, weights, cold))
        if self.als is not None and (items < self.warm).any():
            used = self.usable("als", items)
            listener = self.als.listener(items[used], weights[used])
            parts["als"] = z_scored(self.als.factors[self.warm :] @ listener)
        if self.artist is not None:
            parts["artist"] = z_scored(self.artist.scores(items, weights)[self.warm :])
        return parts

    def similar(self, item_id: str, n: int = 12) -> list[tuple[str, float, float]]:
        """(item id, sound likeness 0..1, taste likeness 0..1) of the `n` tracks most like one.

        Unknown ids have none. Ranked by the mean of what is known of both.
        """
        position = self.positions.get(item_id)
        if position is None:
            return []
        sound, taste = np.zeros((2, len(self.item_ids)), dtype=np.float32)
        if self.sound is not None:
            sound = np.clip(self.sound.unit @ self.sound.unit[position], 0.0, 1.0)
        if self.als is not None:
            taste = np.clip(self._directions @ self._directions[position], 0.0, 1.0)
        value = sound + taste
        value[position] = -np.inf
        return [
            (self.item_ids[k], float(sound[k]), float(taste[k])) for k in top_of(value, n).tolist()
        ]

    def alike(self, item_id: str, kind: Literal["sound", "taste"], n: int) -> list[Alike]:
        """The `n` tracks most like one in sound, or in who plays them, best first.

        In sound with the traits they share; nothing below `LIKE_ENOUGH` is like anything. In taste
        none where fewer than `TASTE_FROM_LISTENERS` play either.
        """
        position = self.positions.get(item_id)
        if position is None:
            return []
        likeness = self._sound_of(position) if kind == "sound" else self._taste_of(position)
        likeness[position] = 0.0
        best = [k for k in top_of(likeness, n).tolist() if likeness[k] >= LIKE_ENOUGH]
        return [
            Alike(
                self.item_ids[k],
                float(likeness[k]),
                traits(self, k, position) if kind == "sound" else (),
            )
            for k in best
        ]

    def _sound_of(self, position: int) -> Floats:
        if self.sound is None:
            return np.zeros(len(self.item_ids), dtype=np.float32)
        return np.asarray(self.sound.unit @ self.sound.unit[position], dtype=np.float32)

    def _taste_of(self, position: int) -> Floats:
        if self.als is None or self.listeners[position] < TASTE_FROM_LISTENERS:
            return np.zeros(len(self.item_ids), dtype=np.float32)
        known = self.listeners >= TASTE_FROM_LISTENERS
        likeness = self._directions @ self._directions[position]
        return np.where(known, likeness, 0.0).astype(np.float32)

    @cached_property
    def _directions(self) -> Floats:
        assert self.als is not None
        norms = np.linalg.norm(self.als.factors, axis=1, keepdims=True)
        return np.asarray(self.als.factors / np.maximum(norms, 1e-9), dtype=np.float32)

    def _mask(
        self,
        scores: Floats,
        own: Collection[str],
        exclude: Collection[str],
        candidates: Collection[str] | None,
    ) -> None:
        if candidates is not None:
            allowed = np.zeros(scores.size, dtype=bool)
            allowed[self._known(candidates)] = True
            scores[~allowed] = -np.inf
        scores[self._known(own)] = -np.inf
        scores[self._known(exclude)] = -np.inf

    def _known(self, item_ids: Collection[str]) -> list[int]:
        return [self.positions[i] for i in item_ids if i in self.positions]
