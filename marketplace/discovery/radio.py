"""Radio from a song: others like it in sound and taste, each with why, without end while there are
any.

Nothing heard in this session comes again, nothing the listener disliked, and no artist twice in a
row while there is another. What is like a song of which they want less comes later.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from marketplace.catalog.models import Track
from marketplace.discovery import opinions, serving
from marketplace.discovery.similar import played_by
from marketplace.pricing.free import free_now
from marketplace.pricing.models import TrackPrice
from marketplace.users.models import User
from recommender.alike import LIKE_ENOUGH

AT_ONCE = 8
LONGEST_SESSION = 2_000


def radio(seed: Track, listener: User, heard: Collection[UUID]) -> list[dict[str, Any]]:
    """The next songs, as a player queues them; empty when all there is has been heard."""
    said = opinions.of(listener)
    wanted = _alike(seed, {seed.pk, *heard, *said.disliked}, said.less)
    found = Track.objects.published().in_bulk(wanted)
    tracks = _apart([found[pk] for pk in wanted if pk in found], last=seed)[:AT_ONCE]
    prices = dict(TrackPrice.objects.filter(track__in=tracks).values_list("track", "micros"))
    free = free_now(prices, listener.pk)
    return [
        _item(track, 0 if track.pk in free else prices[track.pk], wanted[track.pk])
        for track in tracks
    ]


def _alike(seed: Track, left_out: Collection[UUID], less: Collection[UUID]) -> dict[UUID, str]:
    """Why, by id, the likest first; where the model has too few, the newest songs."""
    n = AT_ONCE * 3
    unwanted = [pk.hex for pk in less]
    alike = serving.current().similar(seed.pk.hex, n + len(left_out), unwanted)
    likest = {UUID(item): _why(sound, taste) for item, sound, taste in alike}
    wanted = [pk for pk in likest if pk not in left_out][:n]
    whys = {pk: likest[pk] for pk in wanted}
    if len(whys) >= AT_ONCE:
        return whys
    others = Track.objects.published().exclude(pk__in=[*left_out, *whys])
    same = others.filter(genre=seed.genre) if seed.genre else others.none()
    for more, why in ((same, f"{seed.genre}, too"), (others, "Another new one")):
        newest = more.exclude(pk__in=whys).order_by("-published_at", "pk")
        ids = newest.values_list("pk", flat=True)[: n - len(whys)]
        whys |= dict.fromkeys(ids, why)
    return whys


def _why(sound: float, taste: float) -> str:
    """By that in which it is liker, 0 to 1 each."""
    if max(sound, taste) < LIKE_ENOUGH:
        return "Not much like it; nothing nearer is left"
    return "Close in sound" if sound >= taste else played_by(taste)


def _apart(tracks: list[Track], last: Track) -> list[Track]:
    """The same songs, the likest first, but no artist after itself while another is left."""
    left, found = list(tracks), [last]
    while left:
        other = (track for track in left if track.artist_id != found[-1].artist_id)
        following = next(other, left[0])
        left.remove(following)
        found.append(following)
    return found[1:]


def _item(track: Track, price_micros: int, why: str) -> dict[str, Any]:
    assert track.artist is not None
    return {
        "id": track.pk,
        "title": track.title,
        "artist": track.artist.name,
        "cover_url": track.cover_url,
        "price_micros": price_micros,
        "why": why,
    }
