"""The shelves of the home page below its list: each with one true reason for all that stand on it.

No song stands twice on the page, and a shelf with too little on it is left away.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from django.db.models import F, Q, Sum
from django.utils.html import format_html
from django.utils.safestring import SafeString

from marketplace.catalog.models import Track
from marketplace.discovery import opinions, serving, traits
from marketplace.discovery.rows import TrackRow, rows
from marketplace.kept import kept
from marketplace.pricing.models import PricePoint
from marketplace.users.models import User
from recommender.model import Alike, Model
from royalties.models import Holding

LENGTH = 6  # a row of them on a wide screen
LEAST = 2
WEEK = timedelta(days=7)
ASKED_AT_LEAST = 5  # quotes in each week; fewer say nothing of a share
RISING_FROM = 100


@dataclass(frozen=True)
class Shelf:
    title: SafeString | str
    note: str
    entries: list[tuple[TrackRow, str]]  # a song, and what is to be said of it


@dataclass(frozen=True)
class Plan:
    """A shelf before its songs are read: ids in order, each with its note."""

    title: SafeString | str
    note: str
    notes: dict[UUID, str]


def shelves(listener: User, at: datetime, shown: Collection[UUID]) -> list[Shelf]:
    """What you own leads to, what rises, what is new; without the songs `shown` above."""
    left = {*shown, *opinions.disliked_ids(listener)}
    plans = []
    for plan in (_owned(listener), _rising(at), _new(at)):
        notes = {pk: note for pk, note in plan.notes.items() if pk not in left} if plan else {}
        notes = dict(list(notes.items())[:LENGTH])
        if plan and len(notes) >= LEAST:
            plans.append(Plan(plan.title, plan.note, notes))
            left |= notes.keys()
    return _read(plans, listener, at)


def _read(plans: Sequence[Plan], listener: User, at: datetime) -> list[Shelf]:
    """The songs of all shelves at once."""
    found = Track.objects.published().in_bulk([pk for plan in plans for pk in plan.notes])
    read = {row.id: row for row in rows(list(found.values()), listener, at)}
    return [
        Shelf(
            plan.title,
            plan.note,
            [(read[pk], note) for pk, note in plan.notes.items() if pk in read],
        )
        for plan in plans
    ]


def _owned(listener: User) -> Plan | None:
    """Songs that sound like the one of which this listener holds most."""
    held = Holding.objects.filter(party=listener.party_id, units__gt=0).order_by("-units", "terms")
    terms = held.values_list("terms", flat=True).first()
    song = Track.objects.filter(terms=terms).first() if terms else None
    if song is None:
        return None
    model = serving.current()
    alike = model.alike(song.pk.hex, "sound", n=40)
    return Plan(
        format_html("Because you own part of <bdi>{}</bdi>", song.title),
        "The nearest to it by sound.",
        {UUID(one.item_id): _both(one, model) for one in alike},
    )


def _both(one: Alike, model: Model) -> str:
    shared = traits.in_words(one.traits, model.feature_mean)
    return f"both {shared}" if shared else "close in sound"


def _rising(at: datetime) -> Plan:
    """Songs whose price more of those asked accept than a week ago; the same for everybody.

    Weeks move slowly and take long to add up, so it lasts; one adds them up anew for all.
    """
    found = kept("rising", partial(_shares, at), lasting=True)
    notes = {pk: f"{_percent(before)} said yes, now {_percent(now)}" for pk, before, now in found}
    return Plan("Rising", "More listeners accept the price than a week ago.", notes)


def _percent(share: float) -> str:
    return f"{100 * share:.0f}\u00a0%"


def _shares(at: datetime) -> list[tuple[UUID, float, float]]:
    """(track, share accepted in the week before, in the last), the largest gain first."""
    last = Q(at__gt=at - WEEK)
    sums = (
        PricePoint.objects.filter(at__gt=at - 2 * WEEK, at__lte=at, quotes__gt=0)
        .values("track")
        .annotate(
            asked=Sum("quotes", filter=last, default=0),
            taken=Sum("accepts", filter=last, default=0),
            asked_before=Sum("quotes", filter=~last, default=0),
            taken_before=Sum("accepts", filter=~last, default=0),
        )
        .filter(asked__gte=ASKED_AT_LEAST, asked_before__gte=ASKED_AT_LEAST)
        .annotate(gain=F("taken") * 1.0 / F("asked") - F("taken_before") * 1.0 / F("asked_before"))
        .filter(gain__gte=0.01)
        .order_by("-gain", "track")[:RISING_FROM]
    )
    return [
        (one["track"], one["taken_before"] / one["asked_before"], one["taken"] / one["asked"])
        for one in sums
    ]


def _new(at: datetime) -> Plan:
    newest = Track.objects.filter(
        state=Track.State.PUBLISHED, published_at__gt=at - WEEK, published_at__lte=at
    ).order_by("-published_at", "pk")
    found = newest.values_list("pk", "published_at")[:RISING_FROM]
    notes = {pk: _out(at - published) for pk, published in found if published}
    return Plan("New this week", "Just published, the newest first.", notes)


def _out(ago: timedelta) -> str:
    if ago.days == 0:
        return "out today"
    return "out yesterday" if ago.days == 1 else f"out {ago.days} days ago"
