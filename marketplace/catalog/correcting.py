"""Correcting what a published song is called and its cover: by its own people or an operator.

Invariant: each change leaves a line (`Correction`) in its transaction, and what the song's terms
are made of, its recording, and the pool of genres in which its price learns stay what they are.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction

from marketplace.catalog import covers, leftovers, withdrawing
from marketplace.catalog.models import Correction, Track
from marketplace.kept import touch
from marketplace.media import files
from marketplace.problems import Conflict, Problem
from marketplace.users.models import User

WORDS = {"title": "title", "album": "release", "genre": "genre", "declared_bpm": "tempo"}
CHANGED = (
    "Somebody else has just changed this: see what, below. Save again, and what you wrote stands in"
    " its place."
)
SENT, ANOTHER, DRAWN = "a picture that was sent", "another picture", "drawn by us"


@dataclass(frozen=True)
class Details:
    """What a song is to be called; `revision` is the one that was looked at.

    `cover`: WebP by `covers.made_safe`, None leaves it; `drawn`: the sent one goes.
    """

    title: str
    album: str
    genre: str
    declared_bpm: float | None
    revision: int
    cover: bytes | None = None
    drawn: bool = False


def correct(track: Track, details: Details, user: User, at: datetime) -> Correction | None:
    """Change a song that is, or was, on sale; None where nothing is different.

    Raises:
        Conflict: somebody else changed it since
        StoreAway: there is nowhere to keep the cover just now; nothing changed
    """
    with written(details.cover, track.pk) as picture, transaction.atomic():
        return _correct(track, details, picture, user, at)


@contextmanager
def written(picture: bytes | None, owner: UUID) -> Iterator[str]:
    """Its name in the store, empty for none; it goes again where what is done within is refused."""
    name = files.keep_bytes(picture, owner) if picture else ""
    try:
        yield name
    except Problem:
        if name:
            files.drop(name)
        raise


def _correct(
    track: Track, details: Details, picture: str, user: User, at: datetime
) -> Correction | None:
    row = Track.objects.sold().select_for_update(of=("self",), no_key=True).get(pk=track.pk)
    if row.revision != details.revision:
        raise Conflict(CHANGED)
    changes = [[what, before, after] for what, before, after in _differing(row, details)]
    changes += _put_on(row, details, picture, at)
    if not changes:
        return None
    row.revision += 1
    row.save(update_fields=[*WORDS, "cover", "cover_format", "revision"])
    transaction.on_commit(partial(touch, withdrawing.NAME))
    return Correction.objects.create(track=row, at=at, by=user, changes=changes)


def _differing(row: Track, details: Details) -> Iterator[tuple[str, str, str]]:
    """Takes over each word that is another one."""
    for name, word in WORDS.items():
        before, after = getattr(row, name), getattr(details, name)
        if before != after:
            setattr(row, name, after)
            yield word, _said(before), _said(after)


def _put_on(row: Track, details: Details, picture: str, at: datetime) -> list[list[str]]:
    """Another cover, or none, where that is asked for."""
    if not picture and not (details.drawn and row.cover_format == covers.SENT):
        return []
    before = SENT if row.cover_format == covers.SENT else DRAWN
    leftovers.let_go([row.cover], at)
    row.cover, row.cover_format = picture, covers.SENT if picture else ""
    after = ANOTHER if picture and before == SENT else SENT if picture else DRAWN
    return [["cover", before, after]]


def _said(value: Any) -> str:
    """Of a word, or of beats a minute."""
    return f"{value:g}" if isinstance(value, float) else value or ""


def called_then(track: Track, at: datetime) -> str:
    """Its title at that time, where it is another one now; else nothing."""
    since = track.corrections.filter(at__gt=at).order_by("at", "pk")
    for changes in since.values_list("changes", flat=True):
        for what, before, _ in changes:
            if what == "title":
                return "" if before == track.title else str(before)
    return ""
