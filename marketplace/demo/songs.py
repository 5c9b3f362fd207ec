"""The demo's catalogue: composed, written as files, taken in and analysed like anybody's upload."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from itertools import repeat
from multiprocessing import get_context
from pathlib import Path
from queue import SimpleQueue
from uuid import NAMESPACE_URL, UUID, uuid5

from django.conf import settings
from django.db import connection
from django.utils import timezone

from marketplace.catalog import covers, intake, processing, publishing
from marketplace.catalog.analysis.warm import Template
from marketplace.catalog.models import Artist, Track
from marketplace.demo.compose.catalogue import Composition, catalogue
from marketplace.demo.compose.write import write_song
from marketplace.users.models import User
from royalties.models import Party

SEED = 7
# Keys follow from ISRCs and this salt, so that which songs have a held price is the same in every
# demo: by the demo's share of 3,300 basis points ten, none of them one that its pages lead to.
KEYS = "refrain.demo/2367"
POOL_BPS = 2_000
CORES = 2  # songs composed at once, and analysed at once, each in a process of its own


def ensure(artist_user: User, start: datetime, now: datetime) -> Iterator[tuple[int, int]]:
    """Compose and publish what is missing; yields (done, all) after each track.

    Artists are there from `start`; each track comes out on its `released_day`, at the latest `now`.
    """
    songs = catalogue(SEED)
    here = set(
        Track.objects.filter(isrc__in=[song.isrc for song in songs]).values_list("isrc", flat=True)
    )
    missing = [song for song in songs if song.isrc not in here]
    if not missing:
        return
    dates = [min(start + timedelta(days=song.released_day), now) for song in missing]
    artists = [_artist(song.artist, artist_user, start) for song in missing]
    with (
        tempfile.TemporaryDirectory() as folder,
        _templates() as idle,
        ProcessPoolExecutor(CORES, get_context("spawn")) as composers,
        ThreadPoolExecutor(CORES) as workers,
    ):
        written = [
            composers.submit(write_song, Path(folder), song, songs.index(song)) for song in missing
        ]
        published = workers.map(
            _take_in, missing, written, artists, repeat(start), dates, repeat(idle)
        )
        for done, _ in enumerate(published, len(here) + 1):
            yield done, len(songs)


@contextmanager
def _templates() -> Iterator[SimpleQueue[Template]]:
    """One warm start of analyses for each that runs at once."""
    with ExitStack() as stack:
        idle: SimpleQueue[Template] = SimpleQueue()
        for _ in range(CORES):
            idle.put(stack.enter_context(Template()))
        yield idle


def _take_in(
    song: Composition,
    written: Future[Path],
    artist: Artist,
    start: datetime,
    at: datetime,
    idle: SimpleQueue[Template],
) -> None:
    """Once it is written, take a song in as an upload, analyse it in its own process, publish."""
    try:
        _take(song, written.result(), artist, start)
        template = idle.get()
        try:
            _publish(song, at, template)
        finally:
            idle.put(template)
    finally:
        connection.close()  # this thread's own


def _publish(song: Composition, at: datetime, template: Template) -> None:
    waiting = Track.objects.get(isrc=song.isrc)
    if track := processing.claim(timezone.now(), waiting.pk):
        processing.process(track, at, template.analyse)


def _take(song: Composition, path: Path, artist: Artist, at: datetime) -> None:
    known = intake.Intake(
        file_name=path.name,
        key=key_of(song.isrc),
        title=song.title,
        artist=artist,
        album=song.album,
        draft=draft(artist.party),
    )
    track = intake.take_file(path, known, at)
    track.isrc, track.genre = song.isrc, song.genre
    covers.keep_drawn(track, song.cover_svg)
    track.save(update_fields=["isrc", "genre", "cover", "cover_format"])


def key_of(isrc: str) -> UUID:
    """A song's key."""
    return uuid5(NAMESPACE_URL, f"{KEYS}/{isrc}")


def _artist(name: str, user: User, at: datetime) -> Artist:
    """The demo's artist login plays under its own name; the others wait to be claimed."""
    if name != user.name:
        return publishing.unclaimed_artist(name, at)
    own, _ = Artist.objects.get_or_create(
        name=name, user=user, defaults={"party": user.party, "created_at": at}
    )
    return own


def draft(party: Party) -> dict[str, object]:
    """The terms of every song here: what platform and fans do not get is the artist's."""
    rest = 10_000 - settings.PLATFORM_BPS - POOL_BPS
    return {
        "pool_bps": POOL_BPS,
        "parts": [{"party": str(party.pk), "role": "artist", "bps": rest}],
    }
