"""The operators' page of reversals: fraud holds, top-ups that can be charged back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.conf import settings

from marketplace.catalog.models import Track
from marketplace.operations import hold_page
from marketplace.wallet.seals import duration
from royalties import chargebacks, ledger
from royalties.models import Account, FraudHold, PaidPlay, TopUp
from royalties.statements import ReversedPlay

LISTED = 50
DIGITS = 18  # of a receipt's number, at most


class WhyForm(forms.Form):
    """Why: the log keeps it."""

    reason = forms.CharField(max_length=200, strip=True, help_text="The log keeps it.")


class ReasonForm(WhyForm):
    """Why: the listener, the artist and the log read it."""

    reason = forms.CharField(
        max_length=200, strip=True, help_text="The listener and the artist read it."
    )


class HoldForm(forms.Form):
    """Plays to freeze, under a rule, with what was seen."""

    numbers = forms.CharField(
        label="Receipt numbers",
        max_length=6_000,
        help_text="One or several, with spaces or commas between them.",
    )
    rule = forms.ChoiceField(choices=FraudHold.Rule.choices)
    reason = forms.CharField(
        label="What was seen",
        max_length=200,
        strip=True,
        help_text="The listeners and the artist read it: name no listener.",
    )

    def clean_numbers(self) -> list[PaidPlay]:
        """The plays, each once."""
        words = self.cleaned_data["numbers"].replace(",", " ").split()
        if not words:
            raise forms.ValidationError("Write the number of one receipt at least.")
        for word in words:
            if not (word.isascii() and word.isdigit()) or len(word) > DIGITS:
                raise forms.ValidationError(f"“{word}” is no receipt number.")
        found = PaidPlay.objects.in_bulk({int(word) for word in words})
        missing = next((word for word in words if int(word) not in found), None)
        if missing:
            raise forms.ValidationError(f"No receipt has the number {missing}.")
        return list(found.values())


class DecisionForm(forms.Form):
    """Why operators decide so."""

    why = forms.CharField(
        label="Why",
        max_length=1_000,
        strip=True,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Everybody whom the song pays reads it.",
        error_messages={"required": "Say why; everybody whom the song pays reads it."},
    )


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
        "holds": hold_page.with_songs(FraudHold.objects.order_by("-decided_at", "-pk")[:LISTED]),
        "top_ups": [Reversible(row, chargebacks.plays_paid_with(row)) for row in rows],
        "held_micros": ledger.total(Account.Kind.HELD),
        "owed_micros": -ledger.total(Account.Kind.RECEIVABLE),
        "reserve_micros": ledger.balance(Account.Kind.RESERVE),
        "listed": LISTED,
        "answer_within": duration(settings.HOLD_ANSWER_WITHIN),
        "decide_within": duration(settings.HOLD_DECIDE_WITHIN),
    }


def with_songs(plays: list[ReversedPlay]) -> list[Line]:
    """One query for the songs of all."""
    found = Track.objects.select_related("artist").filter(terms__in={one.terms_id for one in plays})
    tracks = {track.terms_id: track for track in found}
    return [Line(one, tracks[one.terms_id]) for one in plays if one.terms_id in tracks]
