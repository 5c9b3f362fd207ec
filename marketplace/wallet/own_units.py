"""Units on their way to a wallet of one's own, and back: which may leave, what moves, in words."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any

from django import forms

from marketplace.catalog.models import Track
from marketplace.templatetags.amounts import count
from royalties import leaving, settlement
from royalties.models import Party, Period, Terms, UnitDeposit, UnitWithdrawal

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
    """Units that leave or came back; `may_stay`: the request, as long as it can be taken back."""

    at: datetime
    units: int
    title: str
    state: str
    text: str
    tx_hash: str
    may_stay: int | None = None


def lines_of(party: Party) -> Sequence[Line]:
    """What the party asked for and what came back to it, newest first."""
    left = list(party.unit_withdrawals.select_related("period").order_by("-pk")[:SHOWN])
    came = party.unit_deposits.select_related("event", "period").order_by("-pk")[:SHOWN]
    tracks = Track.objects.filter(
        terms__in={one.terms_id for one in left} | {one.terms_id for one in came}
    )
    titles = dict(tracks.values_list("terms", "title"))
    lines = [
        Line(
            one.requested_at,
            one.units,
            titles.get(one.terms_id, ""),
            *_said(one),
            one.tx_hash,
            one.pk if one.state == State.FROZEN else None,
        )
        for one in left
    ]
    for deposit in came:
        title = titles.get(deposit.terms_id, "")
        told = _told(deposit)
        lines.append(Line(deposit.arrived_at, deposit.units, title, *told, deposit.event.tx_hash))
    return sorted(lines, key=attrgetter("at"), reverse=True)[:SHOWN]


def _said(one: UnitWithdrawal) -> tuple[str, str]:
    if one.state == State.MOVED:
        return "Final", "They are in your wallet."
    if one.state == State.RELEASED:
        return "Kept", "They stayed here."
    if one.period is None and leaving.are_many():
        return (
            "Planned",
            "Very many leave: yours do at one of the next closes, and earn here till then.",
        )
    if one.period is None:
        return (
            "Planned",
            f"They leave at the next close{_when()}, and earn for you here until then.",
        )
    if one.period.state == Period.State.ACTIVE:
        return "Sent", "They move now; it takes a few seconds."
    left = f"{one.period.cutoff_at:%H:%M} UTC"
    return "Left", f"Since {left} they earn for your wallet; they move once that close is settled."


def _told(one: UnitDeposit) -> tuple[str, str]:
    if one.period is None:
        earns = "what they earn until then is yours too"
        return "Came back", f"They are among yours from the next close{_when()}; {earns}."
    return "Yours again", f"Since {one.period.cutoff_at:%H:%M} UTC they earn for you here."


def _when() -> str:
    due = settlement.next_cutoff()
    return f", at {due:%H:%M} UTC" if due else ""
