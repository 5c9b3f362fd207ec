"""Similar tracks: by sound from the recording alone, by taste from who plays both."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from marketplace.catalog.models import Track
from marketplace.discovery import serving
from marketplace.discovery.rows import TrackRow, Why, rows
from marketplace.users.models import User
from recommender.model import Alike
from recommender.sound import SharedTrait

SIMILAR_LENGTH = 4
NBSP = "\u00a0"
MINUS = "\u2212"


@dataclass(frozen=True)
class Similar:
    """Two lists of playable rows, likest first, each row with why it stands there."""

    by_sound: list[TrackRow]
    by_taste: list[TrackRow]


def similar_rows(track: Track, listener: User | None, at: datetime) -> Similar:
    """Both lists from one reading of their tracks; at most five queries."""
    model = serving.current()
    sound = model.alike(track.pk.hex, "sound", SIMILAR_LENGTH)
    taste = model.alike(track.pk.hex, "taste", SIMILAR_LENGTH)
    ids = {UUID(one.item_id) for one in (*sound, *taste)}
    tracks = Track.objects.published().in_bulk(ids) if ids else {}
    listed = {row.id: row for row in rows(list(tracks.values()), listener, at)} if tracks else {}
    return Similar(
        [
            replace(listed[UUID(one.item_id)], reason=by_sound(one))
            for one in sound
            if UUID(one.item_id) in listed
        ],
        [
            replace(
                listed[UUID(one.item_id)], reason=by_taste(one, tracks[UUID(one.item_id)], track)
            )
            for one in taste
            if UUID(one.item_id) in listed
        ],
    )


def by_sound(one: Alike) -> Why:
    """91 of 100: tempo 92 bpm, loudness −14 dB."""
    shared = " and ".join(_in_words(trait) for trait in one.traits)
    return Why("audio-lines", f"{_of_100(one)} alike{f' in {shared}' if shared else ''}")


def by_taste(one: Alike, other: Track, track: Track) -> Why:
    same = ", by the same artist" if other.artist_id == track.artist_id else ""
    return Why("users", f"{_of_100(one)} alike: much the same people play it{same}")


def _of_100(one: Alike) -> str:
    return f"{min(100, round(100 * one.likeness))}{NBSP}of{NBSP}100"


def _in_words(trait: SharedTrait) -> str:
    value = f"{trait.value:,.0f}".replace("-", MINUS)
    return f"{trait.name} ({value}{NBSP}{trait.unit})" if trait.unit else trait.name
