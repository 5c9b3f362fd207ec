"""Importing a folder: every file taken in once by its content, refused ones listed with reasons."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from django.utils import timezone

from marketplace.catalog import intake, processing, tasks
from marketplace.catalog.models import Track
from marketplace.celery import ring
from marketplace.problems import Problem

AUDIO_SUFFIXES = {".mp3", ".flac", ".ogg", ".oga", ".opus", ".wav", ".aif", ".aiff", ".m4a", ".mp4"}


@dataclass(frozen=True)
class Outcome:
    """One file of an import: new, known before, or refused with a reason."""

    path: Path
    status: str  # new, known, refused
    detail: str
    track: Track | None = None


def files_in(folder: Path) -> list[Path]:
    """The audio files below a folder by their endings, in a stable order."""
    return sorted(
        path
        for path in folder.rglob("*")
        if path.is_file() and path.suffix.lower() in AUDIO_SUFFIXES
    )


def shown(name: str | Path) -> str:
    """A name that can be kept and written, of whatever bytes the file's is."""
    return os.fsencode(name).decode("utf-8", "replace")


def take_in(path: Path, at: datetime) -> Outcome:
    """Store one file for analysis."""
    try:
        track = intake.take_file(path, intake.Intake(file_name=shown(path.name)), at)
    except intake.AlreadyHere as error:
        return Outcome(path, "known", error.track.title, error.track)
    except Problem as error:
        return Outcome(path, "refused", error.detail)
    except OSError as error:
        return Outcome(path, "refused", f"This file can't be read: {error.strerror}.")
    ring(tasks.analyse, str(track.pk))
    return Outcome(path, "new", track.title, track)


def work(pending: set[UUID]) -> Iterator[Track]:
    """Analyse beside the workers until nothing is left to claim; yields each finished track."""
    while track := processing.claim(timezone.now()):
        processing.process(track, timezone.now())
        if track.pk in pending:
            yield track


def final(outcome: Outcome) -> Outcome:
    """What became of a new file after its analysis."""
    if outcome.track is None or outcome.status != "new":
        return outcome
    track = Track.objects.get(pk=outcome.track.pk)
    if track.state == Track.State.FAILED:
        return Outcome(outcome.path, "refused", track.failure, track)
    return Outcome(outcome.path, "new", track.title, track)
