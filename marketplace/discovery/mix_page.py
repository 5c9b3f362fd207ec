"""The page of a listener's week: its songs as rows, each with the reason it was chosen for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.urls import reverse

from marketplace.catalog.models import Track
from marketplace.discovery import weekly
from marketplace.discovery.beginning import beginning
from marketplace.discovery.feed import why
from marketplace.discovery.rows import TrackRow, rows
from marketplace.discovery.tasted import Tasted
from marketplace.users.models import User

COVERS = 6


def mix_page(listener: User, at: datetime) -> dict[str, Any]:
    listed = mix_rows(listener, at)
    week = weekly.week_of(at)
    return {
        "rows": listed,
        "name": weekly.name_of(week),
        "first": week,
        "last": week + timedelta(days=6),
        "seconds": sum(row.duration_seconds for row in listed),
        "price_micros": sum(0 if row.free else row.price_micros for row in listed),
        "beginning": [] if listed else beginning(listener, at),
        "all_songs": {
            "label": "See all songs",
            "url": reverse("discovery:songs"),
            "icon": "disc-3",
        },
    }


@dataclass(frozen=True)
class Band:
    """What Home tells of the week's songs on sale: how many, how many of them new, some covers."""

    songs: int
    new: int
    covers: list[str]


def band(listener: User, taste: Tasted, at: datetime) -> Band | None:
    chosen = weekly.mix_of(listener, at, taste)
    if not chosen:
        return None
    tracks = Track.objects.published().defer("peaks").in_bulk([one.track for one in chosen])
    here = [one for one in chosen if one.track in tracks]
    if not here:
        return None
    covers = [tracks[one.track].cover_url for one in here[:COVERS]]
    return Band(len(here), sum(one.is_new for one in here), covers)


def mix_rows(listener: User, at: datetime) -> list[TrackRow]:
    """Those that are still on sale."""
    chosen = weekly.mix_of(listener, at)
    ids = {one.track for one in chosen}
    because = {UUID(one.reason.because_item) for one in chosen if one.reason.because_item}
    tracks = Track.objects.published().in_bulk(list(ids | because))
    here = [one for one in chosen if one.track in tracks]
    reasons = {}
    for one in here:
        item = one.reason.because_item
        named = tracks.get(UUID(item)) if item else None
        reasons[one.track] = why(one.reason, tracks[one.track], named)
    return rows([tracks[one.track] for one in here], listener, at, reasons)
