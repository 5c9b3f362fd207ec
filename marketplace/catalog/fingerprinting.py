"""Fingerprints for what was published before there were any, or before their present version."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple
from uuid import UUID

from django.db import transaction

from marketplace.catalog.analysis import AnalysisError, hear
from marketplace.catalog.models import Track
from marketplace.discovery import fingerprints
from marketplace.discovery.fingerprints import Alike
from marketplace.media import files
from marketplace.media.away import StoreAway


class Heard(NamedTuple):
    """A song that has a fingerprint now, or why it has none; and which others it is the same as."""

    track: Track
    error: str
    alike: list[Alike]


def fingerprint_all() -> Iterator[Heard]:
    """Every published song without a fingerprint, the oldest first; may be stopped at any time."""
    for pk in list(fingerprints.without()):
        yield fingerprint(pk)


def fingerprint(pk: UUID) -> Heard:
    """Hear a published song, from what was sent or else from what is streamed."""
    track = Track.objects.select_related("artist").get(pk=pk)
    try:
        with files.at_hand(track.original or track.sound) as path:
            landmarks = hear(path)
    except AnalysisError as error:
        return Heard(track, error.reason, [])
    except StoreAway as error:
        return Heard(track, error.detail, [])
    with transaction.atomic():
        fingerprints.lock()
        found = fingerprints.look(landmarks).found
        fingerprints.store(track, track.sound_hash or "", landmarks)
    return Heard(track, "", [one for one in found if one.track.pk != pk])
