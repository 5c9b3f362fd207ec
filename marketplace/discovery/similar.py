"""Similar tracks: by sound from the recording alone, by taste from who plays both."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import UUID

import numpy as np
from django.utils.safestring import SafeString

from marketplace.catalog.models import Track
from marketplace.discovery import serving, traits
from marketplace.discovery.axes import Scale, scales_of
from marketplace.discovery.drawn import drawn_rows
from marketplace.discovery.rows import Why
from marketplace.kept import kept
from marketplace.templatetags.track_rows import reason_line
from marketplace.users.models import User
from recommender.alike import Alike
from recommender.model import Model
from recommender.sound import Floats
from royalties.prepared import prepared

SIMILAR_LENGTH = 4
ASKED = 8  # some may have been withdrawn since the training
ARTISTS = "SELECT id, artist_id FROM catalog_track WHERE id = ANY(%s) AND state = 'published'"
PLAYED = ("Much the same people", "Many of the same people", "Some of the same people")

Reasons = list[tuple[UUID, SafeString]]  # of songs, likest first


@dataclass(frozen=True)
class Similar:
    """Two lists of playable rows, likest first, each row with why it stands there; and where the
    song's own sound stands among all.
    """

    by_sound: list[SafeString]
    by_taste: list[SafeString]
    scales: Sequence[Scale] = ()


def similar_rows(track: Track, listener: User | None, at: datetime) -> Similar:
    """Both lists from one reading of their tracks; one query where they are kept."""
    found = kept(key_of(track.pk), partial(_found, track), lasting=bool(serving.version()))
    scales, (sound, taste) = found
    drawn = drawn_rows([pk for pk, _ in (*sound, *taste)], listener, at)
    by_sound, by_taste = (
        [drawn[pk].row(why) for pk, why in reasons if pk in drawn] for reasons in (sound, taste)
    )
    return Similar(by_sound, by_taste, scales)


def key_of(pk: UUID) -> str:
    return f"sounds:{pk}:{serving.version()}"


def _found(track: Track) -> tuple[list[Scale], tuple[Reasons, Reasons]]:
    return scales_of(track.pk), _alike(track)


def _alike(track: Track) -> tuple[Reasons, Reasons]:
    """By sound and by taste, as this model says; of what can be heard now."""
    model, key = serving.current(), track.pk.hex
    sound = model.alike(key, "sound", ASKED) if model.knows(key) else _newer(track, model)
    taste = model.alike(key, "taste", ASKED)
    artists = _artists({UUID(one.item_id) for one in (*sound, *taste)})
    by_ear, by_listeners = (
        [(pk, one) for one in found if (pk := UUID(one.item_id)) in artists][:SIMILAR_LENGTH]
        for found in (sound, taste)
    )
    return (
        [(pk, reason_line(by_sound(one, model.feature_mean))) for pk, one in by_ear],
        [
            (pk, reason_line(by_taste(one, artists[pk] == track.artist_id)))
            for pk, one in by_listeners
        ],
    )


def _newer(track: Track, model: Model) -> list[Alike]:
    """By sound, for a song that came out after the model was trained."""
    if model.sound is None:
        return []
    with prepared() as cursor:
        cursor.execute("SELECT features FROM catalog_track WHERE id = %s", [track.pk])
        features = json.loads(cursor.fetchone()[0])
    return model.sounding_like(np.array(features, np.float32), ASKED)


def _artists(ids: set[UUID]) -> dict[UUID, UUID | None]:
    """Of those that are published."""
    if not ids:
        return {}
    with prepared() as cursor:
        cursor.execute(ARTISTS, [list(ids)])
        return dict(cursor.fetchall())


def by_sound(one: Alike, mean: Floats | None) -> Why:
    """Both slow (92 bpm) and dark. A figure would say 100 of 100 for every near one."""
    shared = traits.in_words(one.traits, mean)
    return Why("audio-lines", f"Both {shared}" if shared else "Close in sound")


def by_taste(one: Alike, same_artist: bool) -> Why:
    same = ", by the same artist" if same_artist else ""
    return Why("users", f"{played_by(one.likeness)}{same}")


def played_by(likeness: float) -> str:
    """How like in taste, 0 to 1, in words."""
    much, many = 0.8, 0.5
    people = PLAYED[0 if likeness >= much else 1 if likeness >= many else 2]
    return f"{people} play it"
