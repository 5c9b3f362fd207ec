"""An upload that is the same as a recording on sale here is refused, and why in one sentence.

Whoever sent it may say that it is theirs to publish all the same (`disputes`). Invariant: of two
copies that come at once one is published, because the last look is under a lock.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from marketplace.catalog import leftovers, withdrawing
from marketplace.catalog.analysis import Analysis
from marketplace.catalog.models import Resemblance, Track, Withdrawal
from marketplace.discovery import fingerprints
from marketplace.discovery.fingerprints import Alike, Looked
from marketplace.templatetags.amounts import clock

KEPT = timedelta(days=30)  # a refused copy's bytes, for a dispute
TITLE_LENGTH = 80
NAMED_SPANS = 2
WHOLE = 0.9  # of a file


class AlreadyOnSale(Exception):
    """This recording, or a part of it, is on sale here."""

    def __init__(self, alike: Alike) -> None:
        super().__init__(alike.track.pk)
        self.alike = alike


def look_first(track: Track, analysis: Analysis) -> Looked:
    """Among all that is on sale, which takes a while. Raises AlreadyOnSale."""
    looked = fingerprints.look(analysis.landmarks)
    _refuse(track, analysis, looked)
    return looked


def look_last(track: Track, analysis: Analysis, seen: Looked) -> None:
    """Among what came on sale since; nothing else does before this transaction's end.

    Raises AlreadyOnSale.
    """
    fingerprints.lock()
    _refuse(track, analysis, fingerprints.look(analysis.landmarks, after=seen.last))


def keep(track: Track, analysis: Analysis) -> None:
    """Let what is on sale now be found. In the transaction of `look_last`."""
    fingerprints.store(track, analysis.pcm_sha256, analysis.landmarks)


def _refuse(track: Track, analysis: Analysis, looked: Looked) -> None:
    twin = Track.objects.filter(sound_hash=analysis.pcm_sha256).exclude(pk=track.pk).first()
    if Resemblance.objects.filter(upload=track, allowed=True).exists():
        track.sound_hash = None if twin else track.sound_hash  # it names one of both
        return
    if twin is not None:
        raise AlreadyOnSale(Alike(twin, 1.0, 0.0, 1.0, 0.0, ((0.0, analysis.seconds),)))
    if looked.found:
        raise AlreadyOnSale(looked.found[0])


def sentence(track: Track, alike: Alike) -> str:
    """Why the upload is refused, with the song it is a copy of and where. One query."""
    assert alike.track.artist is not None
    title, where = alike.track.title, _where(alike, track.duration_seconds or 0.0)
    title = title if len(title) <= TITLE_LENGTH else f"{title[: TITLE_LENGTH - 1]}…"
    off = withdrawing.of(alike.track)
    if _is_own(track, alike.track):
        told = f"You have put this recording on sale here before, as “{title}”: {where}."
        return f"{told} {_way_back(off)}" if off else told
    artist = alike.track.artist.name[:TITLE_LENGTH]
    recording = "a recording that was on sale here" if off else "a recording on sale here"
    return f"This is {recording}, “{title}” by {artist}: {where}."


def _way_back(off: Withdrawal) -> str:
    """What to do in place of releasing it again, with units and free plays given away afresh."""
    if off.by_operator:
        return "An operator took it off sale, and only an operator can put it back."
    return "It is off sale: put it back, on its page; its units and free plays go on."


def _where(alike: Alike, seconds: float) -> str:
    """In what part of the file."""
    if sum(last - first for first, last in alike.spans) >= WHOLE * seconds:
        return "your file is the same from beginning to end"
    named = [f"{clock(first)} to {clock(last)}" for first, last in alike.spans[:NAMED_SPANS]]
    more = len(alike.spans) - len(named)
    told = " and ".join(named) if not more else f"{', '.join(named)} and {more} more places"
    return f"{told} of your file {'is' if len(alike.spans) == 1 else 'are'} the same"


def _is_own(track: Track, original: Track) -> bool:
    """Whether both are sold by the same party, or sent by the same login."""
    if track.artist is None or original.artist is None:
        return False
    sent_by = track.uploaded_by_id
    same_login = sent_by is not None and sent_by == original.uploaded_by_id
    return same_login or track.artist.party_id == original.artist.party_id


def remember(track: Track, alike: Alike, at: datetime) -> None:
    """Where a refused upload is the same; what was said of it when it was sent before is past."""
    found = alike._asdict()
    found["original"] = found.pop("track")
    past = {"statement": "", "stated_at": None, "decided_at": None, "allowed": False, "answer": ""}
    Resemblance.objects.update_or_create(upload=track, defaults=found | past | {"found_at": at})


def forget_undisputed(at: datetime) -> None:
    """What nobody disputed within KEPT: the bytes go, the reason stays."""
    old = Resemblance.objects.filter(stated_at=None, found_at__lt=at - KEPT)
    for resemblance in old.select_related("upload"):
        with transaction.atomic():
            drop_bytes(resemblance.upload, at)
            resemblance.delete()


def drop_bytes(track: Track, at: datetime) -> None:
    """In the caller's transaction."""
    leftovers.let_go([track.sound, track.original], at)
    track.sound = track.original = ""
    track.save(update_fields=["sound", "original"])
