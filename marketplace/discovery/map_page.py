"""What the map's page shows of songs and of one listener's taste on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import numpy as np
from django.core.paginator import Page, Paginator
from django.utils.safestring import SafeString

from marketplace.catalog.models import Track
from marketplace.discovery import serving
from marketplace.discovery.drawn import drawn_rows
from marketplace.discovery.rows import Why
from marketplace.discovery.sound_map import Region, SoundMap
from marketplace.discovery.tasted import tasted
from marketplace.pricing.free import free_now
from marketplace.pricing.models import TrackPrice
from marketplace.templatetags import amounts
from marketplace.templatetags.track_rows import FREE, reason_line
from marketplace.users.models import User
from royalties.models import Holding

LIKELY = 60  # songs the model ranks first, of those not heard
OWN_WEIGHT = 0.65  # of a taste: what was heard and liked; the rest is what is likely
LIKE_COUNTS = 2.0
LISTED = 20
HEARD = Why("history", "You have heard it")
LIKED = Why("heart", "You like it")
NEAR = Why("audio-lines", "Refrain thinks you like it")


@dataclass(frozen=True)
class Taste:
    """Songs by their number on the map: heard and how often, liked, owned a part of, and those the
    model ranks first, the likeliest first.
    """

    heard: dict[int, int]
    liked: frozenset[int]
    own: frozenset[int]
    likely: tuple[int, ...]

    @property
    def weights(self) -> dict[int, float]:
        """What each song says of the taste; together 1. Without plays and likes there is none."""
        mine = {number: float(np.log1p(n)) for number, n in self.heard.items()}
        for number in self.liked:
            mine[number] = mine.get(number, 0.0) + LIKE_COUNTS
        if not mine:
            return {}
        likely = {n: 1 - k / len(self.likely) for k, n in enumerate(self.likely)}
        own = OWN_WEIGHT if likely else 1.0
        found = {n: own * w / sum(mine.values()) for n, w in mine.items()}
        for number, weight in likely.items():
            found[number] = (1 - own) * weight / sum(likely.values())
        return found

    def reason(self, number: int) -> Why | None:
        if number in self.liked:
            return LIKED
        if number in self.heard:
            return HEARD
        return NEAR if number in self.likely and self.weights else None

    def sent(self) -> dict[str, Any]:
        weights = sorted(self.weights.items(), key=lambda one: -one[1])
        return {
            "taste": [[number, round(weight, 5)] for number, weight in weights],
            "heard": sorted(self.heard),
            "own": sorted(self.own),
        }


def taste_of(listener: User, chart: SoundMap) -> Taste:
    """What the listener played, said and owns: three queries."""
    taste = tasted(listener)
    said, model = taste.said, serving.current()
    found = model.recommend(taste.own, n=LIKELY, exclude=taste.unwanted, **taste.asked)
    owned = Holding.objects.filter(party=listener.party_id, units__gt=0)
    numbers = chart.number_of
    return Taste(
        {
            n: int(k)
            for item, k in taste.plays.items()
            if (pk := UUID(item)) not in said.disliked and (n := numbers(pk)) is not None
        },
        frozenset(n for pk in said.liked if (n := numbers(pk)) is not None),
        frozenset(
            n
            for pk in owned.values_list("terms__subject_id", flat=True)
            if (n := numbers(pk)) is not None
        ),
        tuple(n for one in found if (n := numbers(UUID(one.item_id))) is not None),
    )


def shares(taste: Taste, chart: SoundMap) -> list[tuple[Region, int]]:
    """The regions, each with the percent of the taste that lies there; the warmest first."""
    found = np.zeros(256)
    for number, weight in taste.weights.items():
        found[chart.region_of[number]] += weight
    listed = [(one, int(100 * found[one.number] + 0.5)) for one in chart.regions]
    return sorted(listed, key=lambda one: -one[1])


@dataclass(frozen=True)
class Listed:
    """One page of a region's songs; `numbers` are those of the rows."""

    page: Page[int]
    rows: list[SafeString]
    numbers: list[int]


def listed(
    chart: SoundMap,
    region: int | None,
    page: str | None,
    taste: Taste | None,
    listener: User | None,
    at: datetime,
) -> Listed:
    """The songs of a region, or of the whole map: first what is the listener's taste."""
    inside = np.flatnonzero(chart.region_of < 255) if region is None else chart.songs_in(region)
    if taste is not None:
        warm = np.zeros(len(chart.region_of))
        for number, weight in taste.weights.items():
            warm[number] = weight
        inside = inside[np.argsort(-warm[inside], kind="stable")]
    found = Paginator(inside.tolist(), LISTED).get_page(page)
    numbers = list(found.object_list)
    ids = dict(zip(chart.ids(numbers), numbers, strict=True))
    drawn = drawn_rows(list(ids), listener, at)
    rows = [
        one.row(reason_line(taste.reason(ids[pk]) if taste else None)) for pk, one in drawn.items()
    ]
    return Listed(found, rows, [ids[pk] for pk in drawn])


def cards(chart: SoundMap, numbers: Sequence[int], listener: User | None) -> list[dict[str, Any]]:
    """What the map tells of some songs on sale; three queries."""
    ids = dict(zip(chart.ids(numbers), numbers, strict=True))
    tracks = Track.objects.published().defer("peaks").in_bulk(list(ids))
    prices = dict(TrackPrice.objects.filter(track__in=tracks).values_list("track", "micros"))
    free = free_now(list(tracks), listener.pk if listener else None)
    told = {pk: FREE if pk in free else amounts.plain_cents(prices[pk]) for pk in prices}
    return [_card(track, ids[pk], told[pk]) for pk, track in tracks.items() if pk in told]


def _card(track: Track, number: int, price: str) -> dict[str, Any]:
    assert track.artist is not None
    return {
        "number": number,
        "id": str(track.pk),
        "title": track.title,
        "artist": track.artist.name,
        "genre": track.genre,
        "url": track.get_absolute_url(),
        "artist_url": track.artist.get_absolute_url(),
        "cover_url": track.cover_url,
        "price": price,
    }
