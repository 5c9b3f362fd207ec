"""Why a track is recommended, computed from the scores themselves, so that the reason is true.

A reason names the kind of evidence that weighed most and, where it rests on the listener's own
plays, the one of them that contributed most. It speaks of the weighted sum that made the track a
candidate; the forest only orders candidates. The caller renders the words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from recommender.fold_in import Answer, usable
from recommender.scorers import Floats, Ints
from recommender.sound import FEATURE_COUNT, SharedTrait, shared_traits

if TYPE_CHECKING:
    from recommender.model import Model

Kind = Literal["taste", "sound", "popular", "new", "again"]
KINDS: dict[str, Kind] = {"sound": "sound", "popularity": "popular"}  # every other part is taste
WARM: tuple[Kind, ...] = ("taste", "sound", "popular")


@dataclass(frozen=True, slots=True)
class Reason:
    """`kind` of evidence; `because_item`, the own item that contributed most; `traits` they share
    in sound.

    taste: people with such plays play it. sound: it sounds like `because_item`. popular: many play
    it; then `because_item` is the own item nearest in sound, if any is near. new: nobody has played
    it yet and nothing ties it to the listener. again: the listener played it before.
    """

    kind: Kind
    because_item: str | None = None
    traits: tuple[SharedTrait, ...] = ()


def explain(model: Model, answer: Answer, targets: Ints) -> list[Reason]:
    """A reason for each of `targets`, for the listener folded into `answer`."""
    own = set(answer.items.tolist())
    played, new = targets[targets < model.warm], targets[targets >= model.warm]
    reasons = _warm_reasons(model, answer, played) + cold_reasons(
        model, answer.items, answer.weights, answer.cold, new
    )
    found = dict(zip(played.tolist() + new.tolist(), reasons, strict=True))
    again = Reason("again")
    return [again if target in own else found[target] for target in targets.tolist()]


def _warm_reasons(model: Model, answer: Answer, targets: Ints) -> list[Reason]:
    if not answer.items.size or not targets.size:
        return [Reason("popular")] * targets.size
    totals = np.zeros((len(WARM), targets.size), dtype=np.float32)
    evidence: dict[Kind, Floats] = {}
    for name, part in answer.warm.items():
        if not part.weight:
            continue
        kind = KINDS.get(name, "taste")
        totals[WARM.index(kind)] += np.float32(part.weight) * part.z(targets)
        if kind != "popular":
            own = part.gain * _own_parts(model, name, answer, targets)
            evidence[kind] = evidence[kind] + own if kind in evidence else own
    best = {kind: best_own(own).tolist() for kind, own in evidence.items()}
    none = [-1] * targets.size
    reasons = []
    for row, (target, place_of_kind) in enumerate(
        zip(targets.tolist(), totals.argmax(axis=0).tolist(), strict=True)
    ):
        kind = WARM[place_of_kind]
        place = best.get("sound" if kind == "popular" else kind, none)[row]
        reasons.append(reason_of(model, kind, answer.items, place, target))
    return reasons


def best_own(evidence: Floats) -> Ints:
    """Of each row (..., k) the place of the largest entry, -1 where none is above 0."""
    return np.where(evidence.max(axis=-1) > 0, evidence.argmax(axis=-1), -1)


def _own_parts(model: Model, name: str, answer: Answer, targets: Ints) -> Floats:
    """(len(targets), len(items)): zero columns for items the part can't fold in."""
    known = answer.warm[name].told.parts(targets)
    return _beside_unknown(known, usable(model, name, answer.items))


def _beside_unknown(known: Floats, used: NDArray[np.bool_]) -> Floats:
    """Columns `known` (t, u) at the places that are `used` (k,), zeros at the others, (t, k)."""
    if used.all():
        return known
    parts = np.zeros((len(known), used.size), dtype=np.float32)
    parts[:, used] = known
    return parts


def cold_reasons(
    model: Model, items: Ints, weights: Floats, cold: Mapping[str, Floats], targets: Ints
) -> list[Reason]:
    """Reasons for tracks that nobody has played, by what each part says of all those, `cold`."""
    reasons = []
    for target in targets.tolist():
        values = {name: float(part[target - model.warm]) for name, part in cold.items()}
        best = max(values, key=lambda name: values[name], default="popularity")
        if not items.size or values.get(best, 0.0) <= 0:
            reasons.append(Reason("new"))
            continue
        # Factors of a cold track are predicted from its sound: the honest word for both is sound.
        name = "sound" if best == "als" and model.sound is not None else best
        used = usable(model, name, items)
        known = model.scorers[name].parts(items[used], weights[used], np.array([target]))
        own = int(best_own(_beside_unknown(known, used))[0])
        reasons.append(reason_of(model, KINDS.get(name, "taste"), items, own, target))
    return reasons


def reason_of(model: Model, kind: Kind, items: Ints, place: int, target: int) -> Reason:
    """Resting on the own item at `place`, -1 for none."""
    if place < 0:
        return Reason("popular") if target < model.warm else Reason("new")
    because = int(items[place])
    if kind == "taste":
        return Reason("taste", model.item_ids[because])
    return Reason(kind, model.item_ids[because], traits(model, target, because))


def traits(model: Model, target: int, because: int) -> tuple[SharedTrait, ...]:
    """What the tracks at two positions have in common in sound; none without features."""
    return () if model.features is None else traits_of(model, target, model.features[because])


def traits_of(model: Model, target: int, vector: Floats) -> tuple[SharedTrait, ...]:
    """What the track at that position has in common with one of these features (d,)."""
    features, mean, scale = model.features, model.feature_mean, model.feature_scale
    if features is None or mean is None or scale is None or features.shape[1] != FEATURE_COUNT:
        return ()
    return tuple(shared_traits(features[target], vector, scale, mean))
