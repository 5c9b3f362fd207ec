"""One listener folded in: what each part says of every track, added up and put in order.

numpy only: this runs in web processes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from recommender.forest import FUSED, POOL, Forest, deal, describe
from recommender.fusion import Part, spread, z_scored
from recommender.scorers import FactorScorer, Floats, Ints, Scores, Solved

if TYPE_CHECKING:
    from recommender.model import Model

COLLABORATIVE = (
    "tangent",
    "linear",
    "relative",
    "ease",
    "als",
    "als_scaled",
    "neighbours",
    "topics",
)
# what ranks cold tracks; likeness to own sounds adds nothing to factors predicted from them
COLD_WEIGHTS: Mapping[str, float] = MappingProxyType({"als": 1.0, "artist": 0.2})
# how listeners are served whose own items nobody played when the model was trained
BY_LIKENESS: Mapping[str, float] = MappingProxyType({"sound": 1.0, "artist": 1.0})


@dataclass(frozen=True, slots=True)
class Answer:
    """One listener folded in: own positions and weights, what each part said, the fused scores
    (n_items,).

    `warm` is what each part says of the warm items, with its weight and spread; `cold` are weighted
    z-scores of the cold ones. `forest` is to order the best of the warm ones, if any.
    """

    items: Ints
    weights: Floats
    warm: dict[str, Part]
    cold: dict[str, Floats]
    scores: Floats
    forest: Forest | None


def fold_in(
    model: Model,
    items: Ints,
    weights: Floats,
    stranger: bool = False,
) -> Answer:
    """Fold in own `items` (k,) with `weights` (k,) and score every item."""
    warm = _warm_parts(model, items, weights, model.heard_for(stranger))
    cold = cold_parts(model, items, weights)
    scores = np.empty(len(model.item_ids), dtype=np.float32)
    _blend(warm, scores[: model.warm])
    forest = model.forest_for(stranger) if (items < model.warm).any() else None
    if model.warm < scores.size:
        mean, deviation = spread(scores[: model.warm])
        fused = z_scored(np.sum(list(cold.values()), axis=0)) if cold else np.float32(0)
        scores[model.warm :] = mean + model.cold_spread * (deviation or 1.0) * fused
    return Answer(items, weights, warm, cold, scores, forest)


def rearranged(model: Model, answer: Answer, best: Ints, again: bool) -> Ints:
    """Positions `best` (n,), best first, of which the first `POOL` warm ones not played yet share
    out their places and scores anew, in the order of the answer's forest. Only `again` does it hold
    played ones.
    """
    if answer.forest is None:
        return best
    movable = best < model.warm
    if again:
        movable &= ~np.isin(best, answer.items)
    places = np.flatnonzero(movable)[:POOL]
    pool = best[places]
    if not pool.size:
        return best
    said = {name: part.z(pool) for name, part in answer.warm.items()}
    said[FUSED] = answer.scores[pool]
    nothing = np.zeros(pool.size, dtype=np.float32)
    parts = [said.get(name, nothing) for name in answer.forest.parts]
    own = answer.items[answer.items < model.warm]
    known_logs = float(np.log1p(model.listeners[own]).mean())
    rows = describe(np.stack(parts), model.listeners[pool], own.size, known_logs)
    best[places] = deal(answer.scores, pool, answer.forest.scores(rows))
    return best


def usable(model: Model, name: str, items: Ints) -> NDArray[np.bool_]:
    """Which own items a part can fold in: collaborative ones know warm items only."""
    return items < model.warm if name in COLLABORATIVE else np.ones(items.size, dtype=bool)


def _warm_parts(
    model: Model,
    items: Ints,
    weights: Floats,
    heard: Mapping[str, float],
) -> dict[str, Part]:
    wanted = heard
    if not items.size:
        wanted = {"popularity": 1.0}
    elif not (items < model.warm).any():
        wanted = dict(BY_LIKENESS)
    parts = {
        name: _part(model, name, weight, items, weights)
        for name, weight in wanted.items()
        if name in model.scorers
    }
    return {name: part for name, part in parts.items() if part.deviation > 0}


def _part(model: Model, name: str, weight: float, items: Ints, weights: Floats) -> Part:
    used = usable(model, name, items)
    if not used.all():
        items, weights = items[used], weights[used]
    scorer = model.scorers[name]
    if isinstance(scorer, FactorScorer):
        solved = scorer.solved(items, weights)
        mean, deviation = model.product_spreads[name].of(solved.listener[None])
        return Part(weight, solved, float(mean[0]), float(deviation[0]))
    scores = scorer.scores(items, weights)[: model.warm]
    return Part(weight, Scores(scorer, items, weights, scores), *spread(scores, model.warm))


def _blend(parts: Mapping[str, Part], fused: Floats) -> None:
    """Write the weighted z-scores, added up, to `fused` (warm,)."""
    weighed = [part for part in parts.values() if part.weight]
    products = [part for part in weighed if isinstance(part.told, Solved)]
    fused[:] = 0
    for k, part in enumerate(products):  # the widest: the first writes the whole
        assert isinstance(part.told, Solved)
        factors, listener = part.told.scorer.factors[: fused.size], part.told.listener
        if k:
            fused += factors @ (part.gain * listener)
        else:
            np.matmul(factors, part.gain * listener, out=fused)
    for part in weighed:
        if isinstance(part.told, Scores):
            fused[: part.told.scores.size] += part.gain * part.told.scores
    fused -= np.float32(sum(float(part.gain) * part.mean for part in weighed))


def cold_parts(model: Model, items: Ints, weights: Floats) -> dict[str, Floats]:
    """By part the weighted z-scores (n_cold,) of the new tracks."""
    if model.warm == len(model.item_ids):
        return {}
    if not items.size:
        return {} if model.appeal is None else {"popularity": z_scored(model.appeal)}
    wanted = COLD_WEIGHTS if (items < model.warm).any() else BY_LIKENESS
    parts = {}
    for name, weight in wanted.items():
        scores = _cold_scores(model, name, items, weights)
        if scores is not None:
            parts[name] = np.float32(weight) * z_scored(scores)
    return parts


def _cold_scores(model: Model, name: str, items: Ints, weights: Floats) -> Floats | None:
    """What a part says of the cold items, (n_cold,); None if it does not exist."""
    if name == "popularity":
        return model.appeal
    if name == "als" and model.als is not None:
        used = usable(model, name, items)
        listener = model.als.listener(items[used], weights[used])
        return np.asarray(model.als.factors[model.warm :] @ listener)
    if name == "sound" and model.sound is not None:
        cold = np.arange(model.warm, len(model.item_ids))
        return model.sound.scores_of(items, weights, cold)
    if name == "artist" and model.artist is not None:
        return model.artist.scores(items, weights)[model.warm :]
    return None
