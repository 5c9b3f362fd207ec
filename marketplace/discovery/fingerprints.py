"""Published recordings by their fingerprints: what is stored, and what a recording is like.

Each process holds an index: the one that a worker built last, on disk, and what has been stored
since. Rows come in one after the other, under LOCK, so nothing that was stored is overlooked.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field
from threading import Lock
from typing import NamedTuple
from uuid import UUID

import numpy as np
from django.conf import settings
from django.db import connection

from marketplace.catalog.models import Fingerprint, Track
from marketplace.discovery import shared
from recommender.artifacts import current_version
from recommender.errors import ArtifactError
from recommender.fingerprints import FINGERPRINT_VERSION, Index, build, match
from recommender.print_files import load_index, save_index
from recommender.triplets import LANDMARK, Landmarks

LOCK = 0x5072696E74  # PostgreSQL's advisory lock: the letters of "Print"
WRITES = LOCK + 1  # held by who writes the index on disk
FEW = 100  # recordings that are not worth a new index on disk
MOST_PARTS = 8  # of what was stored since, before they are joined

log = logging.getLogger(__name__)


class Alike(NamedTuple):
    """A published recording, and how a query is like it: as `recommender.fingerprints.Match`."""

    track: Track
    score: float
    offset_seconds: float
    speed: float
    pitch_cents: float
    spans: tuple[tuple[float, float], ...]


class Looked(NamedTuple):
    """What was found among fingerprints up to the row `last`; best first."""

    found: list[Alike]
    last: int


@dataclass
class _Shelf:
    """What this process has loaded: `parts`, of rows up to `last`."""

    version: str = ""
    parts: list[Index] = field(default_factory=list)
    last: int = 0


_shelf = _Shelf()
_one_at_a_time = Lock()


def look(landmarks: Landmarks, after: int | None = None) -> Looked:
    """What is published and like a recording; only rows `after` that one, if it is given."""
    if after is None:
        with _one_at_a_time:
            shelf = _refreshed()
            parts, last = list(shelf.parts), shelf.last
    else:
        rows = _rows(after)
        parts, last = [_index_of(rows)], rows[-1][0] if rows else after
    matches = sorted(
        (one for part in parts for one in match(part, landmarks)), key=lambda one: -one.score
    )
    rows_of = Fingerprint.objects.filter(pk__in=[int(one.track) for one in matches])
    tracks = {str(row.pk): row.track for row in rows_of.select_related("track__artist")}
    found = [Alike(tracks[one.track], *one[1:]) for one in matches if one.track in tracks]
    return Looked(found, last)


def lock() -> None:
    """From here to the end of the transaction nobody else stores a fingerprint."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])


def store(track: Track, sound_hash: str, landmarks: Landmarks) -> None:
    """Keep a published recording's fingerprint. Under `lock`, or rows could be overlooked."""
    Fingerprint.objects.filter(track=track).delete()  # a new one has a new number
    Fingerprint.objects.create(
        track=track,
        sound_hash=sound_hash,
        version=FINGERPRINT_VERSION,
        landmarks=landmarks.tobytes(),
    )


def without() -> Iterable[UUID]:
    """Tracks on or off sale, the oldest first, that have no fingerprint of this version.

    One that is off sale is brought back, not released afresh under new terms.
    """
    published = Track.objects.filter(
        state__in=[Track.State.PUBLISHED, Track.State.WITHDRAWN]
    ).exclude(fingerprint__version=FINGERPRINT_VERSION)
    return published.order_by("published_at", "pk").values_list("pk", flat=True)


def write_if_due() -> str | None:
    """Build the index on disk anew where many recordings came since; its version's name.

    Raises:
        StoreAway: there is nowhere to share it just now
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [WRITES])
        if not cursor.fetchone()[0]:
            return None  # another one's version would go while it is sent
        try:
            return _write() if _is_due() else None
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [WRITES])


def _is_due() -> bool:
    try:
        shared.refresh(shared.PRINTS)
    except ArtifactError as error:
        log.warning("the index of fingerprints is built anew: %s", error)
        return bool(_rows(0, 1))
    return len(_rows(_written_up_to(), FEW)) >= FEW


def _write() -> str:
    version = save_index(_index_of(_rows(0)), settings.FINGERPRINTS_ROOT)
    shared.share(shared.PRINTS, version)
    return version


def _written_up_to() -> int:
    try:
        return _last_of(load_index(settings.FINGERPRINTS_ROOT))
    except ArtifactError:
        return 0


def _refreshed() -> _Shelf:
    """The shelf with everything that is stored by now."""
    global _shelf
    shared.look(shared.PRINTS)
    version = current_version(settings.FINGERPRINTS_ROOT) or ""
    if version != _shelf.version:
        try:
            index = load_index(settings.FINGERPRINTS_ROOT)
            _shelf = _Shelf(version, [index], _last_of(index))
        except ArtifactError:  # swapped while it was read, or of another version: rows are enough
            if version:
                shared.distrust(shared.PRINTS, version)
            _shelf = _Shelf(version)
    if rows := _rows(_shelf.last):
        _shelf.parts.append(_index_of(rows))
        _shelf.last = rows[-1][0]
    if len(_shelf.parts) > MOST_PARTS:
        first = 1 if _shelf.version else 0
        _shelf.parts[first:] = [_joined(_shelf.parts[first:])]
    return _shelf


def _rows(after: int, most: int | None = None) -> list[tuple[int, bytes]]:
    """Numbers and landmarks of what was stored after that row."""
    rows = Fingerprint.objects.filter(pk__gt=after, version=FINGERPRINT_VERSION)
    return [(row.pk, bytes(row.landmarks)) for row in rows.order_by("pk")[:most]]


def _index_of(rows: list[tuple[int, bytes]]) -> Index:
    each = [np.frombuffer(stored, dtype=LANDMARK) for _, stored in rows]
    return build([str(pk) for pk, _ in rows], each)


def _joined(parts: list[Index]) -> Index:
    ids = [name for part in parts for name in part.ids]
    each = [
        part.landmarks[start:end]
        for part in parts
        for start, end in zip(part.starts, part.starts[1:], strict=False)
    ]
    return build(ids, each)


def _last_of(index: Index) -> int:
    return int(index.ids[-1]) if index.ids else 0
