"""One fraud hold as operators and artists see it alike: rule, evidence, plays, answers, steps."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Prefetch

from marketplace.catalog.models import Track
from marketplace.wallet.seals import duration
from royalties.models import FraudHold, HoldAnswer

PLAYS_LISTED = 50


@dataclass(frozen=True)
class HoldLine:
    """A hold with its song, in a list."""

    hold: FraudHold
    track: Track


def with_songs(holds: Iterable[FraudHold]) -> list[HoldLine]:
    """One query for the songs of all."""
    found = list(holds)
    songs = Track.objects.select_related("artist").filter(terms__in={one.terms_id for one in found})
    tracks = {track.terms_id: track for track in songs}
    return [HoldLine(one, tracks[one.terms_id]) for one in found if one.terms_id in tracks]


def hold_page(one: FraudHold, at: datetime) -> dict[str, Any]:
    """What the page shows; five queries."""
    plays = one.reversals.select_related("play").order_by("play__counted_at", "pk")
    answers = HoldAnswer.objects.select_related("party").order_by("pk")
    one = FraudHold.objects.prefetch_related(Prefetch("answers", answers)).get(pk=one.pk)
    frozen = [line.play.price_micros for line in one.reversals.frozen().select_related("play")]
    return {
        "hold": one,
        "track": Track.objects.select_related("artist").get(terms=one.terms_id),
        "plays": plays[:PLAYS_LISTED],
        "frozen_micros": sum(frozen),
        "to_decide": one.answer_by is not None and one.answer_by <= at,
        "answer_within": duration(settings.HOLD_ANSWER_WITHIN),
        "seen_within": duration(settings.HOLD_SEEN_WITHIN),
        "listed": PLAYS_LISTED,
    }
