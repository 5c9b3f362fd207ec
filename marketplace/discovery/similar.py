"""Similar tracks: by sound from the recording alone, by taste from who plays both."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import UUID

from django.utils.safestring import SafeString

from marketplace.catalog.models import Track
from marketplace.discovery import serving, traits
from marketplace.discovery.drawn import drawn_rows
from marketplace.discovery.rows import Why
from marketplace.kept import kept
from marketplace.prepared import prepared
from marketplace.templatetags.track_rows import reason_line
from marketplace.users.models import User
from recommender.model import Alike
from recommender.sound import Floats

SIMILAR_LENGTH = 4
PLAYED = ("Much the same people", "Many of the same people", "Some of the same people")

Reasons = list[tuple[UUID, SafeString]]  # of songs, likest first


@dataclass(frozen=True)
class Similar:
    """Two lists of playable rows, likest first, each row with why it stands there."""

    by_sound: list[SafeString]
    by_taste: list[SafeString]


def similar_rows(track: Track, listener: User | None, at: datetime) -> Similar:
    """Both lists from one reading of their tracks; one query where they are kept."""
    version = serving.version()
    key = f"similar:{track.pk}:{version}"
    sound, taste = kept(key, partial(_alike, track), lasting=bool(version))
    drawn = drawn_rows([pk for pk, _ in (*sound, *taste)], listener, at)
    return Similar(
        *([drawn[pk].row(why) for pk, why in reasons if pk in drawn] for reasons in (sound, taste))
    )


def _alike(track: Track) -> tuple[Reasons, Reasons]:
    """By sound and by taste, as this model says."""
    model = serving.current()
    sound = model.alike(track.pk.hex, "sound", SIMILAR_LENGTH)
    taste = model.alike(track.pk.hex, "taste", SIMILAR_LENGTH)
    artists = _artists({UUID(one.item_id) for one in taste})
    return (
        [(UUID(one.item_id), reason_line(by_sound(one, model.feature_mean))) for one in sound],
        [
            (pk, reason_line(by_taste(one, artists[pk] == track.artist_id)))
            for one in taste
            if (pk := UUID(one.item_id)) in artists
        ],
    )


def _artists(ids: set[UUID]) -> dict[UUID, UUID | None]:
    if not ids:
        return {}
    with prepared() as cursor:
        cursor.execute("SELECT id, artist_id FROM catalog_track WHERE id = ANY(%s)", [list(ids)])
        return dict(cursor.fetchall())


def by_sound(one: Alike, mean: Floats | None) -> Why:
    """Both slow (92 bpm) and dark. A figure would say 100 of 100 for every near one."""
    shared = traits.in_words(one.traits, mean)
    return Why("audio-lines", f"Both {shared}" if shared else "Close in sound")


def by_taste(one: Alike, same_artist: bool) -> Why:
    same = ", by the same artist" if same_artist else ""
    much, many = 0.8, 0.5
    people = PLAYED[0 if one.likeness >= much else 1 if one.likeness >= many else 2]
    return Why("users", f"{people} play it{same}")
