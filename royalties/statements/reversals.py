"""Plays taken back, for whom they concern: the listener who paid, the payees who were paid."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, Value
from django.db.models.functions import Coalesce

from royalties.models import Party, Reversal, Terms, TopUp


@dataclass(frozen=True)
class ReversedPlay:
    """One play taken back, with the reason; `released_at` where it was posted again."""

    play_number: int
    terms_id: UUID
    counted_at: datetime
    price_micros: int
    at: datetime
    reason: str
    units: int  # that went back
    released_at: datetime | None
    charged_back_at: datetime | None
    outcome: str  # of its fraud hold; empty while open, and of a chargeback


def reversed_by_listener(party: Party, most: int) -> list[ReversedPlay]:
    """A listener's own plays that were taken back, the newest first."""
    return _lines(Q(play__listener=party), most)


def charged_back(party: Party, most: int) -> list[TopUp]:
    """Top-ups of a listener that were taken back, the newest first."""
    gone = TopUp.objects.filter(party=party, charged_back_at__isnull=False)
    return list(gone.order_by("-charged_back_at")[:most])


def charged_back_of(parties: Collection[Party], most: int) -> list[ReversedPlay]:
    """Plays of the songs that pay these parties directly whose money was taken back by a bank.

    Those that somebody looked into stand on the page of their hold.
    """
    paid = Terms.objects.filter(Q(payees__party__in=parties) | Q(issuer__in=parties))
    mine = Q(play__terms__in=paid.values("pk"))
    return _lines(mine & Q(charged_back_at__isnull=False), most)


def _lines(whose: Q, most: int) -> list[ReversedPlay]:
    fields = ("play_id", "play__terms_id", "play__counted_at", "play__price_micros", "at", "reason")
    rows: Any = (
        Reversal.objects.filter(whose)
        .order_by("-at", "-pk")
        .annotate(outcome=Coalesce("fraud_hold__outcome", Value("")))
        .values_list(*fields, "units", "released_at", "charged_back_at", "outcome")
    )
    return [ReversedPlay(*row) for row in rows[:most]]
