"""Training: rows become arrays, a model comes out, and every process swaps to it.

Only a worker trains. A model is stored as a new folder, put in place by one rename, and shared with
other machines before its row says that it is there.
"""

from __future__ import annotations

import time
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import numpy as np
from django.conf import settings
from django.db import connection
from django.db.models import Count, QuerySet

from marketplace.catalog.models import Track
from marketplace.discovery import serving, shared
from marketplace.discovery.models import ModelVersion
from royalties.models import PaidPlay

SEED = 1
LOCK_KEY = 7_232_001


class Song(NamedTuple):
    """What a model is told of a song."""

    id: UUID
    artist_id: UUID | None
    features_version: int | None
    features: list[float]


def train_if_due(at: datetime) -> ModelVersion | None:
    """Train when there are tracks or plays the last model has not seen, one worker at a time.

    Not while an operator has pinned a version: the new one would take its place.
    """
    if ModelVersion.objects.filter(pinned=True).exists():
        return None
    tracks, plays = Track.objects.published().count(), _heard().count()
    last = ModelVersion.objects.order_by("-trained_at", "-pk").first()
    if tracks == 0 or (last and (last.tracks, last.plays) == (tracks, plays)):
        return None
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK_KEY])
        if not cursor.fetchone()[0]:
            return None
        try:
            # pinned since it was asked, while the lock was another's
            if ModelVersion.objects.filter(pinned=True).exists():
                return None
            return train(at)
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK_KEY])


def train(at: datetime) -> ModelVersion:
    """Train on all plays and sounds there are, and serve the result."""
    # implicit and scipy are for this worker alone: importing them here keeps them out of the web
    from recommender import artifacts
    from recommender.cards import card
    from recommender.evaluation import held_out
    from recommender.interactions import Plays
    from recommender.train import train as fit
    from recommender.train import with_map, with_nearest

    started = time.perf_counter()
    tracks = _songs()
    counted = list(_heard().values_list("listener_id", "terms__subject_id").annotate(n=Count("pk")))
    listeners = {listener: i for i, listener in enumerate(sorted({row[0] for row in counted}))}
    places = {track.id: i for i, track in enumerate(tracks)}
    counted = [row for row in counted if row[1] in places]
    told = (
        Plays.of((listeners[who], places[what], n) for who, what, n in counted),
        [track.id.hex for track in tracks],
        _features(tracks),
        [str(track.artist_id) for track in tracks],
    )
    fitted = fit(*told, seed=SEED)
    judged = held_out(*told, fitted.settings, SEED) if fitted.settings else None
    model = with_map(with_nearest(fitted.model, seed=SEED), serving.current(), seed=SEED)
    name = artifacts.save(model, settings.MODELS_ROOT, trained_at=at.isoformat())
    shared.share(shared.MODELS, name)
    plays, seconds = sum(row[2] for row in counted), time.perf_counter() - started
    return ModelVersion.objects.create(
        name=name,
        trained_at=at,
        tracks=len(tracks),
        listeners=len(listeners),
        plays=plays,
        seconds=seconds,
        card=card(model, name, at.isoformat(), SEED, seconds, len(listeners), plays, judged),
    )


def _heard() -> QuerySet[PaidPlay]:
    """Plays of songs on sale; those taken back teach nothing: nobody may have listened."""
    on_sale = Track.objects.published().values("pk")
    return PaidPlay.objects.not_reversed().filter(terms__subject_id__in=on_sale)


def _songs() -> list[Song]:
    """What is published; of 100,000 songs, whole rows would take a minute."""
    published = Track.objects.filter(state=Track.State.PUBLISHED).order_by("pk")
    rows = published.values_list("pk", "artist", "features_version", "features")
    return [Song(*row) for row in rows.iterator()]


def _features(songs: list[Song]) -> np.ndarray[tuple[int, int], np.dtype[np.float32]] | None:
    """(n_tracks, d) float32, or None while vectors of two versions stand side by side."""
    if len({song.features_version for song in songs}) != 1:
        return None
    return np.array([song.features for song in songs], np.float32)
