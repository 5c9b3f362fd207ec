"""Reasons for many listeners' lists at once, the same as `reasons` gives one by one."""

from collections.abc import Iterator

import numpy as np

from recommender.batch_fold_in import Answers
from recommender.model import Model
from recommender.reasons import KINDS, WARM, Kind, Reason, best_own, cold_reasons, reason_of
from recommender.scorers import Floats, Ints


def explain_all(model: Model, answers: Answers, targets: Ints) -> Iterator[list[Reason]]:
    """For each listener reasons for its `targets` (b, t) that were not played; what follows the
    first -1 of a row means nothing.
    """
    strongest, best = _strongest(answers, np.clip(targets, 0, model.warm - 1))
    rows = zip(targets.tolist(), strongest.tolist(), best.tolist(), strict=True)
    for row, (shown, kinds, places) in enumerate(rows):
        items = answers.own.listeners[row][0]
        new = targets[row][targets[row] >= model.warm]
        of_new = iter(_new(model, answers, row, new))
        told: dict[int, Reason] = {}
        reasons = []
        for target, kind, place in zip(shown, kinds, places, strict=True):
            if target >= model.warm:
                reasons.append(next(of_new))
            elif WARM[kind] != "taste":
                reasons.append(reason_of(model, WARM[kind], items, place, target))
            else:
                if place not in told:
                    told[place] = reason_of(model, "taste", items, place, target)
                reasons.append(told[place])
        yield reasons


def _new(model: Model, answers: Answers, row: int, targets: Ints) -> list[Reason]:
    if not targets.size:
        return []
    return cold_reasons(model, *answers.own.listeners[row], answers.cold[row], targets)


def _strongest(answers: Answers, targets: Ints) -> tuple[Ints, Ints]:
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
            own = part.gains[:, None, None] * part.said.parts(targets)
            evidence[kind] = evidence[kind] + own if kind in evidence else own
    strongest = np.argmax(np.stack([totals[kind] for kind in WARM]), axis=0)
    best = {kind: best_own(own) for kind, own in evidence.items()}
    none = np.full(targets.shape, -1)
    choices = [best.get("sound" if kind == "popular" else kind, none) for kind in WARM]
    return strongest, np.choose(strongest, choices)
