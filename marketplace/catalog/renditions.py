"""Streaming copies beyond the first: made once, when somebody's player first asks for one.

The row is what is due; a task only rings. A worker that is killed leaves an old lease behind, and
until a copy is there the song sounds from the one it has.
"""

import logging
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from math import ceil
from pathlib import Path
from typing import Protocol, cast
from uuid import UUID

import numpy as np
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from marketplace.catalog import analysis, leftovers
from marketplace.catalog.analysis import AnalysisError, Kind
from marketplace.catalog.analysis.run import render as render_apart
from marketplace.catalog.models import Rendition, Track
from marketplace.media import files
from marketplace.media.away import StoreAway

LEASE = timedelta(minutes=12)  # a little more than a copy may take
MAX_ATTEMPTS = 3

log = logging.getLogger(__name__)


class Quality(StrEnum):
    """What a listener may choose."""

    HIGH = "high"
    LESS_DATA = "less_data"


@dataclass(frozen=True)
class Copy:
    """A file to stream, in which bytes and seconds convert; `ends` as `Rendition.second_ends`."""

    name: str  # in the store
    media_type: str
    total_bytes: int
    ends: Sequence[int]

    def seconds_in(self, n_bytes: int) -> float:
        """How long the first `n_bytes` can sound."""
        whole = bisect_right(self.ends, n_bytes)
        if whole == len(self.ends):
            return float(whole)
        return whole + (n_bytes - self._before(whole)) / (self.ends[whole] - self._before(whole))

    def bytes_for(self, seconds: float) -> int:
        """How much of the file sounds for its first `seconds`."""
        whole = int(seconds)
        if whole >= len(self.ends):
            return self.total_bytes
        part = (seconds - whole) * (self.ends[whole] - self._before(whole))
        return min(self.total_bytes, self._before(whole) + ceil(part))

    def _before(self, second: int) -> int:
        return self.ends[second - 1] if second else 0


def first_copy(track: Track) -> Copy:
    """The copy that every song has."""
    total, rate = track.stream_bytes, track.stream_byte_rate
    assert total is not None
    assert rate is not None
    ends = range(rate, total + rate, rate)
    return Copy(track.sound, Kind.MP3_128.media_type, total, ends)


def copy_of(rendition: Rendition) -> Copy:
    """A copy that has been made."""
    assert rendition.total_bytes is not None
    kind, ends = Kind(rendition.kind), _unpacked(bytes(rendition.second_ends or b""))
    return Copy(rendition.file, kind.media_type, rendition.total_bytes, ends)


def wanted(formats: Sequence[str], quality: str) -> Kind:
    """The copy that suits a player which plays these formats; every player has to play MP3."""
    if "opus" in formats:
        return Kind.OPUS_64 if quality == Quality.LESS_DATA else Kind.OPUS_128
    return Kind.MP3_128 if quality == Quality.LESS_DATA else Kind.MP3_256


def find(track_id: UUID, kind: Kind, at: datetime) -> Rendition | None:
    """That copy if it is made; else it is asked for, and the song's first one has to do."""
    if kind is Kind.MP3_128:
        return None
    known = Rendition.objects.defer("second_ends").filter(track=track_id, kind=kind).first()
    if known is None:
        asked = [Rendition(track_id=track_id, kind=kind, asked_at=at)]
        Rendition.objects.bulk_create(asked, ignore_conflicts=True)
    return known if known is not None and known.total_bytes is not None else None


def claim(at: datetime) -> Rendition | None:
    """The copy that has waited longest and that nobody makes, leased to the caller."""
    free = Q(leased_until=None) | Q(leased_until__lt=at)
    due = Rendition.objects.filter(free, total_bytes=None, attempts__lt=MAX_ATTEMPTS)
    with transaction.atomic():
        found = due.select_for_update(skip_locked=True).order_by("asked_at", "pk").first()
        if found is not None:
            leased = {"leased_until": at + LEASE, "attempts": F("attempts") + 1}
            Rendition.objects.filter(pk=found.pk).update(**leased)
    return found


class Render(Protocol):
    """How a copy is made: as `analysis.render` does."""

    def __call__(self, path: Path, out: Path, kind: Kind, gain_db: float) -> analysis.Rendition: ...


def make(rendition: Rendition, render: Render = render_apart) -> None:
    """Make a claimed copy. What can't be made is tried three times; its song has the first one."""
    track, kind = rendition.track, Kind(rendition.kind)
    try:
        with files.workplace() as out, files.at_hand(track.original) as path:
            made = render(path, out, kind, track.gain_db)
            name = files.keep(made.path, track.pk)
    except (AnalysisError, OSError, StoreAway) as error:
        log.warning("%s of track %s is not made: %s", kind, track.pk, error)
        Rendition.objects.filter(pk=rendition.pk).update(leased_until=None)
        return
    told = {"total_bytes": made.total_bytes, "second_ends": _packed(made.second_ends)}
    unmade = Rendition.objects.filter(pk=rendition.pk, total_bytes=None)
    if not unmade.update(**told, file=name, leased_until=None):  # another was sooner
        leftovers.let_go([name], timezone.now())


def _packed(ends: Sequence[int]) -> bytes:
    return np.array(ends, "<u4").tobytes()


def _unpacked(packed: bytes) -> Sequence[int]:
    return cast(Sequence[int], np.frombuffer(packed, "<u4").tolist())
