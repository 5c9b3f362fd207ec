"""Taking a recording in: stored once by the hash of its bytes, then analysed by a worker."""

import hashlib
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction

from marketplace.catalog import leftovers
from marketplace.catalog.models import DISPUTED, Artist, Resemblance, Track
from marketplace.media import files
from marketplace.problems import Conflict, Problem
from marketplace.users.models import User

CHUNK = 1024 * 1024


class AlreadyHere(Conflict):
    """The same bytes were taken in before."""

    code = "duplicate"

    def __init__(self, track: Track) -> None:
        super().__init__(f"This file is already here: {track.title}.")
        self.track = track


@dataclass(frozen=True)
class Intake:
    """What is known of a recording before anybody has listened to it."""

    file_name: str
    title: str = ""
    artist: Artist | None = None
    album: str = ""
    uploaded_by: User | None = None
    draft: dict[str, Any] = field(default_factory=dict)
    key: uuid.UUID | None = None  # of the track; drawn where none is given
    genre: str = ""  # of the file's tags where none is given


def take(chunks: Iterable[bytes], intake: Intake, at: datetime) -> Track:
    """Write the bytes, remember the track as waiting. A refused file may be sent again.

    Raises:
        AlreadyHere: published or waiting under the same content hash.
        Conflict: refused as a copy, and its dispute is not decided yet.
        Problem: empty, or larger than settings.UPLOAD_MAX_BYTES; nothing is kept.
        StoreAway: there is nowhere to keep it just now.
    """
    pk = intake.key or uuid.uuid4()
    with files.workplace() as folder:
        part = folder / pk.hex
        digest = _write(chunks, part)
        _refuse_known(Track.objects.filter(file_hash=digest).first())
        name = files.keep(part, pk)
    try:
        with transaction.atomic():
            return _remember(Track(pk=pk, file_hash=digest, original=name), intake, at)
    except Problem:
        files.drop(name)
        raise


def take_file(path: Path, intake: Intake, at: datetime) -> Track:
    return take(_chunks_of(path), intake, at)


def _chunks_of(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(CHUNK):
            yield block


def _write(chunks: Iterable[bytes], part: Path) -> str:
    digest, size = hashlib.sha256(), 0
    with part.open("wb") as out:
        for chunk in chunks:
            size += len(chunk)
            if size > settings.UPLOAD_MAX_BYTES:
                most = settings.UPLOAD_MAX_BYTES // 1024**2
                raise Problem(f"This file is larger than {most} MB; send a FLAC or an MP3 instead.")
            digest.update(chunk)
            out.write(chunk)
    if size == 0:
        raise Problem("This file is empty; choose the recording itself.")
    return digest.hexdigest()


def _refuse_known(known: Track | None) -> None:
    if known is None:
        return
    if known.state != Track.State.FAILED:
        raise AlreadyHere(known)
    if Resemblance.objects.filter(upload=known, **DISPUTED).exists():
        raise Conflict("This file is disputed: an operator decides whether it goes on sale.")


def _remember(new: Track, intake: Intake, at: datetime) -> Track:
    known = Track.objects.select_for_update().filter(file_hash=new.file_hash).first()
    _refuse_known(known)
    track = known or new
    if known is not None:
        leftovers.let_go([known.original, known.sound, known.cover], at)
        # what an operator allowed was allowed to who disputed it
        said = Resemblance.objects.filter(upload=known)
        said.exclude(upload__uploaded_by=intake.uploaded_by).delete()
        known.original, known.sound, known.cover = new.original, "", ""
    track.file_name = intake.file_name[:255]
    track.title = (intake.title or Path(intake.file_name).stem)[:300]
    track.artist = intake.artist
    track.album, track.genre = intake.album[:300], intake.genre
    track.uploaded_by = intake.uploaded_by
    track.draft = intake.draft
    track.state, track.failure, track.attempts = Track.State.WAITING, "", 0
    track.cover_format = ""  # of whoever sent it before
    track.created_at = at
    try:
        with transaction.atomic():
            track.save()
    except IntegrityError:  # the same bytes arrived twice at once
        raise AlreadyHere(Track.objects.get(file_hash=new.file_hash)) from None
    return track
