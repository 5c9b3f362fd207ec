"""The shelves of the home page below its list: each with one true reason for all that stand on it.

No song stands twice on the page, and a shelf with too little on it is left away.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import QuerySet
from django.utils.html import format_html
from django.utils.safestring import SafeString

from marketplace.catalog.models import Track
from marketplace.discovery import new_artists, serving, traits
from marketplace.discovery.models import Rising
from marketplace.discovery.rows import TrackRow, rows
from marketplace.discovery.tasted import Tasted, tasted
from marketplace.users.models import User
from recommender.alike import Alike
from recommender.model import Model

LENGTH = 5  # a row of them beside their name, on a wide screen
LEAST = 2
WEEK = timedelta(days=7)
MONTH = timedelta(days=30)
NEW_FROM = 100
NEAR = 60  # looked through for songs that stand on no shelf yet


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
    least: int = LEAST  # songs, or it is left away


def shelves(
    listener: User, at: datetime, shown: Collection[UUID], taste: Tasted | None = None
) -> list[Shelf]:
    """New by whom you follow, what you own leads to, artists new to you, what rises, what is new;
    without the songs `shown` above.
    """
    taste = taste or tasted(listener)
    left = {*shown, *taste.said.disliked}
    plans = []
    for plan in (
        _followed(listener, at),
        _owned(listener),
        _near(taste, at),
        _rising(),
        _new(at),
    ):
        notes = {pk: note for pk, note in plan.notes.items() if pk not in left} if plan else {}
        notes = dict(list(notes.items())[:LENGTH])
        if plan and len(notes) >= plan.least:
            plans.append(replace(plan, notes=notes))
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


def _near(taste: Tasted, at: datetime) -> Plan:
    found = new_artists.near_songs(taste, at)[:NEAR]
    note = "Out in the last weeks, near what you play by sound."
    return Plan("New artists that sound like you", note, new_artists.notes(found))


def _followed(listener: User, at: datetime) -> Plan:
    theirs = Track.objects.filter(artist__followers__user=listener)
    notes = _lately(theirs, at - MONTH, at)
    return Plan("New by artists you follow", "Out in the last month.", notes, least=1)


def _owned(listener: User) -> Plan | None:
    """Songs that sound like the one of which this listener holds most."""
    mine = Track.objects.named().filter(
        terms__holdings__party=listener.party_id, terms__holdings__units__gt=0
    )
    song = mine.order_by("-terms__holdings__units", "terms").first()
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


def _rising() -> Plan:
    found = Rising.objects.order_by("place").values_list("track", "before", "now")
    notes = {
        pk: f"{_percent(now)} play on, up from {_percent(before)}" for pk, before, now in found
    }
    return Plan("Rising", "More listeners accept the price than a week ago.", notes)


def _percent(share: float) -> str:
    return f"{100 * share:.0f}\u00a0%"


def _new(at: datetime) -> Plan:
    notes = _lately(Track.objects.all(), at - WEEK, at)
    return Plan("New this week", "Just published, the newest first.", notes)


def _lately(tracks: QuerySet[Track], since: datetime, at: datetime) -> dict[UUID, str]:
    """Those that came out since then, the newest first, each with how long ago."""
    newest = tracks.filter(
        state=Track.State.PUBLISHED, published_at__gt=since, published_at__lte=at
    ).order_by("-published_at", "pk")
    found = newest.values_list("pk", "published_at")[:NEW_FROM]
    return {pk: _out(at - published) for pk, published in found if published}


def _out(ago: timedelta) -> str:
    if ago.days == 0:
        return "out today"
    return "out yesterday" if ago.days == 1 else f"out {ago.days} days ago"
