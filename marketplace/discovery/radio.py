"""Radio from a song: others like it in sound and taste, without end while there are any.

Nothing heard in this session comes again, nothing the listener disliked, and no artist twice in a
row while there is another. What is like a song of which they want less comes later.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from marketplace.catalog.models import Track
from marketplace.discovery import opinions, serving
from marketplace.pricing.free import free_now
from marketplace.pricing.models import TrackPrice
from marketplace.users.models import User

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
    return [_item(track, 0 if track.pk in free else prices[track.pk]) for track in tracks]


def _alike(seed: Track, left_out: Collection[UUID], less: Collection[UUID]) -> list[UUID]:
    """Ids by likeness; for a song the model has not seen yet, the newest of its genre first."""
    n = AT_ONCE * 3
    unwanted = [pk.hex for pk in less]
    alike = serving.current().similar(seed.pk.hex, n + len(left_out), unwanted)
    ids = [pk for item, _, _ in alike if (pk := UUID(item)) not in left_out][:n]
    if len(ids) >= AT_ONCE:
        return ids
    others = Track.objects.published().exclude(pk__in=[*left_out, *ids])
    same = others.filter(genre=seed.genre) if seed.genre else others.none()
    for more in (same, others):
        newest = more.exclude(pk__in=ids).order_by("-published_at", "pk")
        ids += newest.values_list("pk", flat=True)[: n - len(ids)]
    return ids


def _apart(tracks: list[Track], last: Track) -> list[Track]:
    """The same songs, the likest first, but no artist after itself while another is left."""
    left, found = list(tracks), [last]
    while left:
        other = (track for track in left if track.artist_id != found[-1].artist_id)
        following = next(other, left[0])
        left.remove(following)
        found.append(following)
    return found[1:]


def _item(track: Track, price_micros: int) -> dict[str, Any]:
    assert track.artist is not None
    return {
        "id": track.pk,
        "title": track.title,
        "artist": track.artist.name,
        "cover_url": track.cover_url,
        "price_micros": price_micros,
    }
