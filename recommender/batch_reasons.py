"""Reasons for many listeners' lists at once, the same as `reasons` gives one by one."""

from collections.abc import Iterator, Mapping

import numpy as np

from recommender.batch_fold_in import Answers
from recommender.model import Model
from recommender.reasons import KINDS, WARM, Kind, Reason, best_own, explain, reason_of
from recommender.scorers import Floats, Ints
from recommender.together import Together


def explain_all(
    model: Model, parts: Mapping[str, Together], answers: Answers, targets: Ints
) -> Iterator[list[Reason]]:
    """For each listener reasons for its `targets` (b, t) that were not played; what follows the
    first -1 of a row means nothing.
    """
    strongest, best = _strongest(model, parts, answers, np.clip(targets, 0, model.warm - 1))
    new = np.any(targets >= model.warm, axis=1)
    for row, (kinds, places) in enumerate(zip(strongest.tolist(), best.tolist(), strict=True)):
        if new[row]:
            shown = targets[row][targets[row] >= 0]
            yield explain(model, answers.alone(row), shown)
            continue
        items = answers.own.listeners[row][0]
        told: dict[int, Reason] = {}
        reasons = []
        for target, kind, place in zip(targets[row].tolist(), kinds, places, strict=True):
            if WARM[kind] != "taste":
                reasons.append(reason_of(model, WARM[kind], items, place, target))
                continue
            if place not in told:
                told[place] = reason_of(model, "taste", items, place, target)
            reasons.append(told[place])
        yield reasons


def _strongest(
    model: Model, parts: Mapping[str, Together], answers: Answers, targets: Ints
) -> tuple[Ints, Ints]:
    """Of each target (b, t) the place in `WARM` of the evidence that weighs most, and the place of
    the own item that contributed most to it, -1 for none.
    """
    rows = np.repeat(np.arange(len(targets)), targets.shape[1])
    totals = {kind: np.zeros(targets.shape, dtype=np.float32) for kind in WARM}
    evidence: dict[Kind, Floats] = {}
    for name, part in answers.warm.items():
        if not part.weight:
            continue
        kind = KINDS.get(name, "taste")
        totals[kind] += np.float32(part.weight) * part.z(rows, targets.ravel()).reshape(
            targets.shape
        )
        if kind != "popular":
            own = part.gains[:, None, None] * parts[name].parts(answers.own, targets)
            evidence[kind] = evidence[kind] + own if kind in evidence else own
    strongest = np.argmax(np.stack([totals[kind] for kind in WARM]), axis=0)
    best = {kind: best_own(own) for kind, own in evidence.items()}
    none = np.full(targets.shape, -1)
    choices = [best.get("sound" if kind == "popular" else kind, none) for kind in WARM]
    return strongest, np.choose(strongest, choices)
