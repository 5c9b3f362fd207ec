"""Units on their way to a wallet of one's own: which may leave, what was asked for, in words."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms

from marketplace.catalog.models import Track
from marketplace.templatetags.amounts import count
from royalties import leaving, settlement
from royalties.models import Party, Period, Terms, UnitWithdrawal

SHOWN = 20

State = UnitWithdrawal.State


class UnitsForm(forms.Form):
    """A song and how many of its units; only what may leave now can be chosen."""

    song = forms.ChoiceField(
        label="Song", error_messages={"invalid_choice": "Choose a song of the list."}
    )
    units = forms.IntegerField(
        label="Units",
        min_value=1,
        max_value=1_000_000,
        error_messages=dict.fromkeys(
            ("required", "invalid", "min_value", "max_value"), "Write how many units, like 120."
        ),
    )
    key = forms.CharField(widget=forms.HiddenInput, max_length=64)

    def __init__(self, party: Party, at: datetime, *args: Any, **kwargs: Any) -> None:
        free = leaving.withdrawable(party, at)
        kwargs.setdefault("initial", {"key": secrets.token_hex(16)})
        super().__init__(*args, **kwargs)
        self.tracks = {
            str(track.pk): track for track in Track.objects.filter(terms__in=free).order_by("title")
        }
        field = self.fields["song"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [
            (pk, f"{track.title[:60]}: {count(free[track.terms_id])}")
            for pk, track in self.tracks.items()
            if track.terms_id
        ]
        self.is_possible = bool(free)

    def terms(self) -> Terms:
        found = self.tracks[self.cleaned_data["song"]].terms
        assert found is not None
        return found


@dataclass(frozen=True)
class Line:
    """One request; `may_stay` until its cut-off."""

    request: UnitWithdrawal
    title: str
    state: str
    text: str
    may_stay: bool


def lines_of(party: Party) -> Sequence[Line]:
    """The party's last requests, newest first."""
    rows = list(party.unit_withdrawals.select_related("period").order_by("-pk")[:SHOWN])
    tracks = Track.objects.filter(terms__in=[one.terms_id for one in rows])
    titles = dict(tracks.values_list("terms", "title"))
    return [
        Line(one, titles.get(one.terms_id, ""), *_said(one), one.state == State.FROZEN)
        for one in rows
    ]


def _said(one: UnitWithdrawal) -> tuple[str, str]:
    if one.state == State.MOVED:
        return "Final", "They are in your wallet."
    if one.state == State.RELEASED:
        return "Kept", "They stayed here."
    if one.period is None:
        due = settlement.next_cutoff()
        when = f", at {due:%H:%M} UTC" if due else ""
        return "Planned", f"They leave at the next close{when}, and earn for you here until then."
    if one.period.state == Period.State.ACTIVE:
        return "Sent", "They move now; it takes a few seconds."
    left = f"{one.period.cutoff_at:%H:%M} UTC"
    return "Left", f"Since {left} they earn for your wallet; they move once that close is settled."
