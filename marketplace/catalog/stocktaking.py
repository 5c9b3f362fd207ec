"""What the store has against what rows name, a 256th of it at a time.

A process killed between a file and its row leaves a file that no row names: once it is a day old,
no transaction can be about to name it, and it goes. What a row names and the store lacks is written
down for operators. Invariant: nothing is removed that a row names, whatever folder it lies in, nor
most of what there is: then the rows are another store's.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Collection
from contextlib import suppress
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from marketplace.catalog.models import Artist, Leftover, LostFile, Rendition, Track
from marketplace.media import files
from marketplace.media.private import TRACKS

AGE = timedelta(days=1)
PARTS = 256  # by the first two digits of the ids of tracks and artists
AT_ONCE = 1_000
FEW = 5  # that killed processes may have left in one part
FILES_OF_A_TRACK = ("original", "sound", "cover")

log = logging.getLogger(__name__)


def take(part: int, at: datetime) -> int:
    """Compare that part of the store with its rows; how many files were removed. Raises StoreAway.

    Rows are read after the store: a file is there before its row names it.
    """
    store = files.store()
    listed = {one.name: one.written_at for one in store.listed(_folder(part))}
    named = _named_by(part)
    old = [name for name, written_at in listed.items() if written_at < at - AGE]
    unnamed = _without_named([name for name in old if name not in named][:AT_ONCE])
    if len(unnamed) > FEW and 2 * len(unnamed) > len(listed):
        log.error("most files of %02x have no row: is this its store? None is removed", part)
        unnamed = []
    for name in unnamed:
        log.warning("%s is removed: no row names it", name)
        store.delete(name)
    gone = {name for name in named if name not in listed and not store.exists(name)}
    _write_down(part, {name: named[name] for name in gone}, at)
    return len(unnamed)


def clear_work(part: int, at: datetime) -> None:
    """Remove what killed processes left half done: on this machine's disk, in a part of the store.

    What is gone while it is looked at was somebody's who has finished.
    """
    files.store().drop_parts(_folder(part), at - AGE)
    for folder in (settings.MEDIA_ROOT / "incoming").glob("*"):
        with suppress(FileNotFoundError):
            if folder.stat().st_mtime < (at - AGE).timestamp():
                shutil.rmtree(folder, ignore_errors=True)


def _folder(part: int) -> str:
    return f"{TRACKS}/{part:02x}"


def _named_by(part: int) -> dict[str, dict[str, UUID]]:
    """Files that rows of these tracks and artists name, with whose they are."""
    tracks = Track.objects.filter(pk__range=_ids(part)).values_list("pk", *FILES_OF_A_TRACK)
    copies = Rendition.objects.filter(track__id__range=_ids(part)).values_list("track", "file")
    artists = Artist.objects.filter(pk__range=_ids(part)).exclude(picture="")
    rows = [*tracks.iterator(), *copies.iterator()]
    found = {name: {"track_id": track} for track, *names in rows for name in names if name}
    pictures = artists.values_list("picture", "pk").iterator()
    return found | {name: {"artist_id": artist} for name, artist in pictures}


def _ids(part: int) -> tuple[UUID, UUID]:
    """The least and the greatest id of what is of it."""
    return UUID(f"{part:02x}{30 * '0'}"), UUID(f"{part:02x}{30 * 'f'}")


def _without_named(names: Collection[str]) -> list[str]:
    """Those that no row names: a file sent again lies where the first one did not."""
    if not names:
        return []
    known = set(Leftover.objects.filter(name__in=names).values_list("name", flat=True))
    known.update(Rendition.objects.filter(file__in=names).values_list("file", flat=True))
    known.update(Artist.objects.filter(picture__in=names).values_list("picture", flat=True))
    for field in FILES_OF_A_TRACK:
        found = Track.objects.filter(**{f"{field}__in": names})
        known.update(found.values_list(field, flat=True))
    return [name for name in names if name not in known]


@transaction.atomic
def _write_down(part: int, gone: dict[str, dict[str, UUID]], at: datetime) -> None:
    """What is missing of these, with when that was first seen; what is back is forgotten."""
    still = _named_by(part) if gone else {}
    lost = {name: whose for name, whose in gone.items() if name in still}
    here = Q(track__id__range=_ids(part)) | Q(artist__id__range=_ids(part))
    LostFile.objects.filter(here).exclude(name__in=lost).delete()
    rows = [LostFile(name=name, seen_at=at, **whose) for name, whose in lost.items()]
    LostFile.objects.bulk_create(rows, ignore_conflicts=True)
    for name in lost:
        log.error("%s is not in its store", name)
