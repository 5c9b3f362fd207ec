"""Similar tracks: by sound from the recording alone, by taste from who plays both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from uuid import UUID

from django.utils.safestring import SafeString

from marketplace.catalog.models import Track
from marketplace.discovery import serving, traits
from marketplace.discovery.drawn import NOBODYS, Now, now_of
from marketplace.discovery.rows import TrackRow, Why, rows
from marketplace.kept import kept
from marketplace.templatetags.track_rows import Pieces, row_pieces, with_own
from marketplace.users.models import User
from recommender.model import Alike
from recommender.sound import Floats

SIMILAR_LENGTH = 4
PLAYED = ("Much the same people", "Many of the same people", "Some of the same people")


Drawn = list[tuple[UUID, Pieces]]


@dataclass(frozen=True)
class Similar:
    """Two lists of playable rows, likest first, each row with why it stands there."""

    by_sound: list[SafeString]
    by_taste: list[SafeString]


def similar_rows(track: Track, listener: User | None, at: datetime) -> Similar:
    """Both lists from one reading of their tracks; one query where they are kept."""
    version = serving.version()
    sound, taste = kept(f"similar:{track.pk}:{version}", partial(_alike, track, at))
    now = now_of([pk for pk, _ in (*sound, *taste)], listener) if listener else {}
    return Similar(_own(sound, now), _own(taste, now))


def _own(drawn: Drawn, now: Mapping[UUID, Now]) -> list[SafeString]:
    mine = [(pieces, now.get(pk, NOBODYS)) for pk, pieces in drawn]
    return [with_own(pieces, one.units, one.liked) for pieces, one in mine]


def _alike(track: Track, at: datetime) -> tuple[Drawn, Drawn]:
    """By sound and by taste, as anybody sees them."""
    model = serving.current()
    sound = model.alike(track.pk.hex, "sound", SIMILAR_LENGTH)
    taste = model.alike(track.pk.hex, "taste", SIMILAR_LENGTH)
    ids = {UUID(one.item_id) for one in (*sound, *taste)}
    tracks = Track.objects.published().in_bulk(ids) if ids else {}
    listed = {row.id: row for row in rows(list(tracks.values()), None, at)} if tracks else {}
    return (
        [
            _drawn(listed[UUID(one.item_id)], by_sound(one, model.feature_mean))
            for one in sound
            if UUID(one.item_id) in listed
        ],
        [
            _drawn(listed[UUID(one.item_id)], by_taste(one, tracks[UUID(one.item_id)], track))
            for one in taste
            if UUID(one.item_id) in listed
        ],
    )


def _drawn(row: TrackRow, reason: Why) -> tuple[UUID, Pieces]:
    return row.id, row_pieces(replace(row, reason=reason))


def by_sound(one: Alike, mean: Floats | None) -> Why:
    """Both slow (92 bpm) and dark. A figure would say 100 of 100 for every near one."""
    shared = traits.in_words(one.traits, mean)
    return Why("audio-lines", f"Both {shared}" if shared else "Close in sound")


def by_taste(one: Alike, other: Track, track: Track) -> Why:
    same = ", by the same artist" if other.artist_id == track.artist_id else ""
    much, many = 0.8, 0.5
    people = PLAYED[0 if one.likeness >= much else 1 if one.likeness >= many else 2]
    return Why("users", f"{people} play it{same}")
