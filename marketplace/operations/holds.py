"""The operators' page of reversals: plays under a fraud hold, top-ups that can be charged back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms

from marketplace.catalog.models import Track
from royalties import chargebacks, ledger, statements
from royalties.models import Account, PaidPlay, TopUp
from royalties.statements import ReversedPlay

LISTED = 50


class WhyForm(forms.Form):
    """Why: the log keeps it."""

    reason = forms.CharField(max_length=200, strip=True, help_text="The log keeps it.")


class ReasonForm(WhyForm):
    """Why: the listener, the artist and the log read it."""

    reason = forms.CharField(
        max_length=200, strip=True, help_text="The listener and the artist read it."
    )


class HoldForm(ReasonForm):
    number = forms.IntegerField(min_value=1, label="Receipt number")
    field_order = ("number", "reason")


@dataclass(frozen=True)
class Line:
    """A play taken back, with its song."""

    play: ReversedPlay
    track: Track


@dataclass(frozen=True)
class Reversible:
    """A top-up that can still be charged back, and the plays that it paid."""

    top_up: TopUp
    plays: list[PaidPlay]

    @property
    def spent_micros(self) -> int:
        return sum(play.price_micros for play in self.plays)


def holds(at: datetime) -> dict[str, Any]:
    """What the page shows; a query more for each top-up."""
    top_ups = TopUp.objects.filter(charged_back_at=None, reversible_until__gt=at)
    rows = top_ups.select_related("party", "entry").order_by("-at")[:LISTED]
    return {
        "lines": with_songs(statements.reversed_now(LISTED)),
        "top_ups": [Reversible(row, chargebacks.plays_paid_with(row)) for row in rows],
        "owed_micros": -ledger.total(Account.Kind.RECEIVABLE),
        "reserve_micros": ledger.balance(Account.Kind.RESERVE),
        "listed": LISTED,
    }


def with_songs(plays: list[ReversedPlay]) -> list[Line]:
    """One query for the songs of all."""
    found = Track.objects.select_related("artist").filter(terms__in={one.terms_id for one in plays})
    tracks = {track.terms_id: track for track in found}
    return [Line(one, tracks[one.terms_id]) for one in plays if one.terms_id in tracks]
