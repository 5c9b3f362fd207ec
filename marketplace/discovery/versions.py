"""Which trained model answers, and the way back to an older one.

The newest answers by itself. One that an operator chose is pinned: it answers until it is released,
and nothing is trained meanwhile, so no training ever takes its place unseen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from marketplace.discovery import shared
from marketplace.discovery.models import ModelVersion
from marketplace.discovery.training import LOCK_KEY
from marketplace.problems import Conflict
from recommender import artifacts
from recommender.errors import ArtifactError

LISTED = 20


@dataclass(frozen=True)
class Version:
    """One trained model: whether it answers now, and whether its arrays are still kept."""

    row: ModelVersion
    serves: bool
    kept: bool

    @property
    def ndcg_bps(self) -> int | None:
        """NDCG@10 on the plays hidden from it; None where none were."""
        held = self.row.card["held_out"] if self.row.card else None
        return _bps(held["rows"][0]["ndcg_10"]) if held else None


def versions() -> list[Version]:
    """The newest first; one query and a look at the folder."""
    kept = shared.kept(shared.MODELS)
    serving = artifacts.current_version(settings.MODELS_ROOT)
    rows = ModelVersion.objects.order_by("-trained_at", "-pk")[:LISTED]
    return [Version(row, row.name == serving, row.name in kept) for row in rows]


def over_time(found: Sequence[Version]) -> dict[str, Any]:
    """What each training found on plays hidden from it, for charts; the oldest first."""
    held = [
        (f"{one.row.trained_at:%-d %b, %H:%M}", one.row.card["held_out"]["rows"])
        for one in reversed(found)
        if one.row.card and one.row.card["held_out"]
    ]
    first = [(at, rows[0]) for at, rows in held]
    best = max((row["ndcg_10"] for row in held[-1][1][1:]), default=0.0) if held else 0.0
    return {
        "ndcg": [(at, _bps(row["ndcg_10"])) for at, row in first],
        "coverage": [(at, _bps(row["coverage_10"])) for at, row in first],
        "baseline_ndcg_bps": _bps(best),
    }


def _bps(share: float) -> int:
    """To a tenth of a percent."""
    return 10 * round(1_000 * share)


def serving() -> ModelVersion | None:
    """The one that answers; None before the first training."""
    name = artifacts.current_version(settings.MODELS_ROOT)
    return ModelVersion.objects.filter(name=name).first() if name else None


@transaction.atomic
def pin(version: ModelVersion) -> None:
    """Let this version answer from the next request on, until it is released.

    Raises:
        Conflict: a training is under way and would replace it, or its arrays are gone
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK_KEY])
        if not cursor.fetchone()[0]:
            raise Conflict("A training is under way; choose again when it has ended.")
    ModelVersion.objects.filter(pinned=True).update(pinned=False)
    ModelVersion.objects.filter(pk=version.pk).update(pinned=True)
    try:
        shared.serve(shared.MODELS, version.name)
    except ArtifactError:
        raise Conflict("This version is no longer kept; choose a newer one.") from None


def release() -> ModelVersion | None:
    """Let trainings go on; the version that was pinned answers until the next one ends."""
    pinned = ModelVersion.objects.filter(pinned=True).first()
    if pinned is not None:
        ModelVersion.objects.filter(pinned=True).update(pinned=False)
    return pinned
