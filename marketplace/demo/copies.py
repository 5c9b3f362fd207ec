"""The demo's disputed copy: an artist sends another's song, a little faster and encoded anew; it is
refused by its fingerprint, and the artist says why it may be published. Nobody has decided yet.

Each step is done once: a killed process goes on with the next.
"""

from __future__ import annotations

import tempfile
from datetime import datetime, timedelta
from pathlib import Path

import soundfile
import soxr

from marketplace.catalog import disputes, intake, processing
from marketplace.catalog.analysis import analyse
from marketplace.catalog.models import Artist, Resemblance, Track
from marketplace.catalog.processing import Analyse
from marketplace.demo import songs
from marketplace.media import files
from marketplace.users.models import User

ORIGINAL = "Umbrella Season"
TITLE = "Umbrella Season (Ferry Mix)"
FASTER = 1.015
LEFT_OUT_SECONDS = 6
STATEMENT = (
    "Lucia Ferrow and I recorded this together. Our agreement lets each of us publish a version of"
    " it; I can send it, with the session’s notes. Hers stays as it is."
)


def ensure(artist_user: User, at: datetime, analyse: Analyse = analyse) -> None:
    """Sent an hour before `at`, refused and disputed, once; without the original there is none."""
    at -= timedelta(hours=1)
    artist = Artist.objects.filter(user=artist_user).select_related("party").first()
    original = Track.objects.published().filter(title=ORIGINAL).first()
    if artist is None or original is None:
        return
    mine = Track.objects.filter(uploaded_by=artist_user, title=TITLE)
    track = mine.first() or _send(original, artist, artist_user, at)
    if claimed := processing.claim(at, track.pk):
        processing.process(claimed, at, analyse)
    if Resemblance.objects.filter(upload=track, stated_at=None).exists():
        disputes.state(track, STATEMENT, at + timedelta(minutes=9))


def _send(original: Track, artist: Artist, user: User, at: datetime) -> Track:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{artist.name} - {TITLE}.flac"
        with files.at_hand(original.sound) as streamed:
            copy(streamed, path)
        known = intake.Intake(
            file_name=path.name,
            title=TITLE,
            artist=artist,
            album=TITLE,
            uploaded_by=user,
            draft=songs.draft(artist.party),
        )
        return intake.take_file(path, known, at)


def copy(source: Path, path: Path) -> None:
    """What is streamed of a song, without its beginning, faster and higher, as FLAC at `path`."""
    signal, rate_hz = soundfile.read(source, dtype="float32")
    faster = soxr.resample(signal[LEFT_OUT_SECONDS * rate_hz :], rate_hz * FASTER, rate_hz)
    soundfile.write(path, faster, rate_hz, format="FLAC")
