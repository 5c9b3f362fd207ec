"""Songs of the last weeks by artists a listener never played, near what they play by sound alone.

Invariant: neither price nor money nor who owns what reaches this module; a test holds it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import numpy as np

from marketplace.catalog.models import Track
from marketplace.discovery import serving, traits
from marketplace.discovery.tasted import Tasted
from recommender.mix import NearOwn, near_own
from recommender.scorers import Floats

RECENT = timedelta(days=60)
MOST_LOOKED_AT = 400  # the newest
MOST_UNTRAINED = 60  # of those that came after the training: their features are read one by one


def near_songs(taste: Tasted, at: datetime) -> list[NearOwn]:
    """At most one of each artist, the nearest first."""
    own = taste.own
    if not own:
        return []
    known = Track.objects.filter(pk__in=[UUID(item) for item in own]).values("artist")
    recent = (
        Track.objects.published()
        .filter(published_at__gt=at - RECENT, published_at__lte=at)
        .exclude(artist__in=known)
        .exclude(pk__in=taste.said.disliked)
        .order_by("-published_at", "pk")
    )
    artists = dict(recent.values_list("pk", "artist")[:MOST_LOOKED_AT])
    found = near_own(serving.current(), own, _candidates(list(artists)))
    first: dict[object, NearOwn] = {}
    for one in found:
        first.setdefault(artists[UUID(one.item_id)], one)
    return list(first.values())


def _candidates(ids: list[UUID]) -> dict[str, Floats | None]:
    model = serving.current()
    later = [pk for pk in ids if not model.knows(pk.hex)][:MOST_UNTRAINED]
    found: dict[str, Floats | None] = {pk.hex: None for pk in ids if model.knows(pk.hex)}
    if later:
        for pk, features in Track.objects.filter(pk__in=later).values_list("pk", "features"):
            found[pk.hex] = np.array(features, np.float32)
    return found


def notes(found: list[NearOwn]) -> dict[UUID, str]:
    """Each song with what it sounds like, in words; one query."""
    named = Track.objects.filter(pk__in={UUID(one.because_item) for one in found})
    titles = dict(named.values_list("pk", "title"))
    mean = serving.current().feature_mean
    told = {}
    for one in found:
        shared = traits.in_words(one.traits, mean)
        like = f"like {titles.get(UUID(one.because_item), 'a song of yours')}"
        told[UUID(one.item_id)] = f"{like}, both {shared}" if shared else like
    return told
