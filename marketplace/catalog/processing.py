"""From waiting to published: one track at a time, claimed by a lease, done once.

A worker that is killed leaves the row waiting with an old lease; the next one takes it. A file's
own fault ends in FAILED with one sentence; ours is tried three times, then waits for an operator.
"""

import logging
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F, Q

from marketplace.catalog import covers, leftovers, publishing, resemblance
from marketplace.catalog.analysis import Analysis, AnalysisError, Code, analyse
from marketplace.catalog.models import Resemblance, Track
from marketplace.discovery.fingerprints import Alike
from marketplace.media import files
from marketplace.media.away import StoreAway
from marketplace.problems import Conflict
from royalties.errors import TermsError

LEASE = timedelta(minutes=12)  # a little more than an analysis may take
STORE_PAUSE = timedelta(minutes=1)
MAX_ATTEMPTS = 3

log = logging.getLogger(__name__)


def claim(at: datetime, pk: UUID | None = None) -> Track | None:
    """The oldest waiting track that nobody works on (or that one), leased to the caller."""
    free = Track.objects.filter(
        Q(leased_until=None) | Q(leased_until__lt=at), state=Track.State.WAITING
    )
    if pk is not None:
        free = free.filter(pk=pk)
    with transaction.atomic():
        track = free.select_for_update(skip_locked=True).order_by("created_at", "pk").first()
        if track is not None:
            track.leased_until = at + LEASE
            track.attempts = F("attempts") + 1
            track.save(update_fields=["leased_until", "attempts"])
            track.refresh_from_db()
    return track


class Analyse(Protocol):
    """How a recording is listened to: as `analysis.analyse` does."""

    def __call__(self, path: Path, out: Path, *, name: str) -> Analysis: ...


def process(track: Track, at: datetime, analyse: Analyse = analyse) -> None:
    """Analyse a claimed track and publish it, or say why not."""
    heard_before = track.sound  # a copy that may go on sale after all
    try:
        with files.workplace() as out, files.at_hand(track.original) as path:
            analysis = analyse(path, out, name=track.file_name)
            describe(track, analysis)
            track.sound = files.keep(analysis.rendition.path, track.pk)
            covers.keep_embedded(track, analysis.tags.cover)
    except StoreAway as error:  # no fault of the recording's, and no attempt
        log.warning("track %s waits for the store: %s", track.pk, error)
        waits = {"leased_until": at + STORE_PAUSE, "attempts": F("attempts") - 1}
        Track.objects.filter(pk=track.pk).update(**waits)
        return
    except AnalysisError as error:
        if error.code == Code.INTERNAL and track.attempts < MAX_ATTEMPTS:
            Track.objects.filter(pk=track.pk).update(leased_until=None)
            return
        refuse(track, error.reason, at, ours=error.code == Code.INTERNAL)
        return
    try:
        seen = resemblance.look_first(track, analysis)
        with transaction.atomic():
            resemblance.look_last(track, analysis, seen)
            publishing.publish(track, analysis.tags, at)
            resemblance.keep(track, analysis)
            leftovers.let_go([heard_before], at)
    except resemblance.AlreadyOnSale as found:
        refuse_copy(track, found.alike, at)
    except IntegrityError:  # by another worker, when this one's lease had run out
        refuse(track, "This recording has just been published.", at)
    except TermsError as error:
        refuse(track, str(error), at)


def describe(track: Track, analysis: Analysis) -> None:
    """Store what was heard."""
    track.duration_seconds = analysis.seconds
    track.tempo_bpm = analysis.tempo_bpm
    track.declared_bpm = analysis.tags.bpm
    track.peaks = [round(float(peak), 3) for peak in analysis.waveform]
    track.features = [float(value) for value in analysis.features]
    track.features_version = analysis.features_version
    track.sound_hash = analysis.pcm_sha256
    track.stream_bytes = analysis.rendition.total_bytes
    track.stream_byte_rate = analysis.rendition.kind.bit_rate // 8
    track.gain_db = analysis.gain_db


def try_again(pk: UUID) -> Track:
    """Let a recording that failed by our own fault wait for its analysis anew.

    Raises:
        Conflict: it has not failed, its bytes were not kept because the fault is its own, or it is
            a copy, which only a dispute brings on sale
    """
    track = Track.objects.filter(pk=pk, state=Track.State.FAILED).first()
    if track is None:
        raise Conflict("This file does not stand among the failed ones any more.")
    if Resemblance.objects.filter(upload=track, allowed=False).exists():
        raise Conflict("This file is a copy of a song on sale; decide its dispute instead.")
    if not track.is_kept:
        raise Conflict("Nothing of this file was kept; it has to be sent again.")
    Track.objects.filter(pk=pk, state=Track.State.FAILED).update(
        state=Track.State.WAITING, failure="", attempts=0, leased_until=None
    )
    track.refresh_from_db()
    return track


def refuse_copy(track: Track, alike: Alike, at: datetime) -> None:
    """As `refuse`, but what somebody sent stays, with where it is the same, for a dispute; of an
    import, which nobody can dispute, nothing does.
    """
    reason = resemblance.sentence(track, alike)
    if track.uploaded_by_id is None:
        refuse(track, reason, at)
        return
    with transaction.atomic():
        waiting = Track.objects.select_for_update().filter(pk=track.pk, state=Track.State.WAITING)
        if not waiting.exists():  # a worker whose lease ran out
            return
        track.sound_hash = None  # it belongs to what is on sale
        track.state, track.failure, track.leased_until = Track.State.FAILED, reason[:300], None
        track.save()
        resemblance.remember(track, alike, at)


def refuse(track: Track, reason: str, at: datetime, *, ours: bool = False) -> None:
    """The file's own fault: the reason stays, the bytes go. `ours`: they stay for another try.

    A worker whose lease ran out may come after the one that published the track: too late.
    """
    waiting = Track.objects.filter(pk=track.pk, state=Track.State.WAITING)
    gone = {"sound": ""} if ours else {"sound": "", "original": ""}
    told = {"state": Track.State.FAILED, "failure": reason[:300], "leased_until": None}
    with transaction.atomic():
        if waiting.update(**told, **gone):
            leftovers.let_go([getattr(track, name) for name in gone], at)
        elif track.sound:  # made beside the one that is published
            leftovers.let_go([track.sound], at)
    for name in gone:
        setattr(track, name, "")
