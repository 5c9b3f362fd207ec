"""Similar tracks: by sound from the recording alone, by taste from who plays both."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from uuid import UUID

from marketplace.catalog.models import Track
from marketplace.discovery import serving, traits
from marketplace.discovery.rows import TrackRow, Why, of_listener, rows
from marketplace.kept import kept
from marketplace.users.models import User
from recommender.model import Alike
from recommender.sound import Floats

SIMILAR_LENGTH = 4
PLAYED = ("Much the same people", "Many of the same people", "Some of the same people")


@dataclass(frozen=True)
class Similar:
    """Two lists of playable rows, likest first, each row with why it stands there."""

    by_sound: list[TrackRow]
    by_taste: list[TrackRow]
    model: str  # that says so

    @property
    def key(self) -> str:
        """All that differs between two readings of one song's lists, but for their prices."""
        listed = [*self.by_sound, *self.by_taste]
        return ":".join([self.model, *(f"{row.units_owned}{row.liked:d}" for row in listed)])


def similar_rows(track: Track, listener: User | None, at: datetime) -> Similar:
    """Both lists from one reading of their tracks; at most six queries."""
    version = serving.version()
    alike = kept(f"similar:{track.pk}:{version}", partial(_alike, track, version, at))
    if listener is None:
        return alike
    own = of_listener([*alike.by_sound, *alike.by_taste], listener)
    split = len(alike.by_sound)
    return Similar(own[:split], own[split:], version)


def _alike(track: Track, version: str, at: datetime) -> Similar:
    """As anybody sees them."""
    model = serving.current()
    sound = model.alike(track.pk.hex, "sound", SIMILAR_LENGTH)
    taste = model.alike(track.pk.hex, "taste", SIMILAR_LENGTH)
    ids = {UUID(one.item_id) for one in (*sound, *taste)}
    tracks = Track.objects.published().in_bulk(ids) if ids else {}
    listed = {row.id: row for row in rows(list(tracks.values()), None, at)} if tracks else {}
    return Similar(
        [
            replace(listed[UUID(one.item_id)], reason=by_sound(one, model.feature_mean))
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
        version,
    )


def by_sound(one: Alike, mean: Floats | None) -> Why:
    """Both slow (92 bpm) and dark. A figure would say 100 of 100 for every near one."""
    shared = traits.in_words(one.traits, mean)
    return Why("audio-lines", f"Both {shared}" if shared else "Close in sound")


def by_taste(one: Alike, other: Track, track: Track) -> Why:
    same = ", by the same artist" if other.artist_id == track.artist_id else ""
    much, many = 0.8, 0.5
    people = PLAYED[0 if one.likeness >= much else 1 if one.likeness >= many else 2]
    return Why("users", f"{people} play it{same}")
