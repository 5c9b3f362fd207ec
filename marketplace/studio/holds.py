"""Fraud holds on a studio's songs: shown to whom the songs pay, and answered."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django import forms
from django.db.models import OuterRef, Q, Subquery

from marketplace.operations.hold_page import HoldLine, with_songs
from royalties import fraud_holds
from royalties.models import FraudHold, HoldAnswer, Party


class AnswerForm(forms.Form):
    """What an artist says to a hold."""

    text = forms.CharField(
        label="What operators should know",
        max_length=2_000,
        strip=True,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text="Who listened, and why so often: a campaign, a playlist, a party. It is kept.",
        error_messages={"required": "Write what operators should know; a sentence is enough."},
    )


def open_holds(parties: Sequence[Party], at: datetime) -> list[HoldLine]:
    """Holds that nobody has decided, for their first page; the time to answer begins with it.

    Each with `answered_at`, when the last answer to it was sent, and `to_decide`, whether operators
    may decide against it by now.
    """
    answers = HoldAnswer.objects.filter(fraud_hold=OuterRef("pk")).order_by("-pk")
    known = FraudHold.objects.open().of(parties).order_by("pk")
    asked = known.annotate(
        answered_at=Subquery(answers.values("at")[:1]), to_decide=Q(answer_by__lte=at)
    )
    found = list(asked)
    if fraud_holds.show(found, at):
        found = list(asked.all())
    return with_songs(found) if found else []


def all_holds(parties: Sequence[Party], most: int) -> list[HoldLine]:
    """Open ones first, then those decided, the newest first."""
    return with_songs(FraudHold.objects.of(parties).order_by("-decided_at", "-pk")[:most])
