"""Making, naming, filling and ordering playlists. Each change locks the playlist's row first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F

from marketplace.catalog.models import Track
from marketplace.library.models import Playlist, PlaylistTrack
from marketplace.plain import is_seen, one_line
from marketplace.problems import Conflict, NotFound, Problem
from marketplace.users.models import User

LONGEST_NAME = 80
LONGEST_BY = 30  # of whose list a copy was, in the copy's name
MOST_PLAYLISTS = 200
MOST_SONGS = 500


def create(user: User, name: str, at: datetime) -> Playlist:
    """Raises Problem: no name, too long, taken, or too many."""
    name = _name(name)
    if user.playlists.count() >= MOST_PLAYLISTS:
        raise Conflict(f"You have {MOST_PLAYLISTS} playlists, the most there can be.")
    try:
        with transaction.atomic():
            return Playlist.objects.create(user=user, name=name, created_at=at, changed_at=at)
    except IntegrityError:
        raise _taken(name) from None


def keep(user: User, name: str, tracks: Sequence[UUID], at: datetime) -> Playlist:
    """A playlist of these songs, or the one of that name that is there already.

    Raises Problem: too many playlists.
    """
    with transaction.atomic():
        # two presses at once: the second waits, and finds what the first made
        User.objects.select_for_update(no_key=True).only("pk").get(pk=user.pk)
        found = Playlist.objects.filter(user=user, name=name).first()
        if found is not None:
            return found
        made = create(user, name, at)
        entries = enumerate(tracks[:MOST_SONGS])
        made.entries.bulk_create(
            PlaylistTrack(playlist=made, track_id=pk, position=place, added_at=at)
            for place, pk in entries
        )
    return made


def copy(theirs: Playlist, user: User, at: datetime) -> Playlist:
    """A shared list as one's own; the one of before, where it was kept and is still the same.

    Raises Problem: too many playlists.
    """
    ids = [song.pk for song in songs(theirs)]
    by = f", by {theirs.user.name[:LONGEST_BY].strip()}"
    for number in range(1, MOST_PLAYLISTS + 1):
        end = by if number == 1 else f"{by} ({number})"
        made = keep(user, theirs.name[: LONGEST_NAME - len(end)] + end, ids, at)
        if [song.pk for song in songs(made)] == ids:
            return made
    raise Conflict(f"You keep {MOST_PLAYLISTS} copies of it already, each of other songs.")


def rename(playlist: Playlist, name: str, at: datetime) -> None:
    name = _name(name)
    try:
        with transaction.atomic():
            Playlist.objects.filter(pk=playlist.pk).update(name=name, changed_at=at)
    except IntegrityError:
        raise _taken(name) from None
    playlist.name = name


def find(user: User, pk: UUID) -> Playlist:
    """One's own; anybody else's does not exist."""
    playlist = Playlist.objects.filter(user=user, pk=pk).first()
    if playlist is None:
        raise NotFound("There is no such playlist of yours.")
    return playlist


def visible(pk: UUID, user: User | None) -> Playlist | None:
    """One's own, or one that an open account shares."""
    found = Playlist.objects.select_related("user").filter(pk=pk).first()
    if found is None or (user and found.user_id == user.pk):
        return found
    return found if found.is_shared and found.user.is_active else None


def share(playlist: Playlist, *, shared: bool) -> None:
    """From now on whoever has the address sees its songs and whose it is, or nobody else does."""
    Playlist.objects.filter(pk=playlist.pk).update(is_shared=shared)


def songs(playlist: Playlist) -> list[Track]:
    entries = playlist.entries.select_related("track__artist").order_by("position")
    return [entry.track for entry in entries]


def add(playlist: Playlist, track: Track, at: datetime) -> bool:
    """At the end; False where it stands there already."""
    with transaction.atomic():
        entries = _locked(playlist, at)
        if track.pk in {entry.track_id for entry in entries}:
            return False
        if len(entries) >= MOST_SONGS:
            raise Conflict(f"“{playlist.name}” is full: {MOST_SONGS} songs are the most.")
        playlist.entries.create(track=track, position=len(entries), added_at=at)
    return True


def remove(playlist: Playlist, track: UUID, at: datetime) -> None:
    with transaction.atomic():
        for entry in _locked(playlist, at):
            if entry.track_id == track:
                entry.delete()
                after = playlist.entries.filter(position__gt=entry.position)
                after.update(position=F("position") - 1)


def move(playlist: Playlist, track: UUID, to: int, at: datetime) -> None:
    """Put a song at place `to`, counted from 0; past either end is that end."""
    with transaction.atomic():
        entries = _locked(playlist, at)
        entry = next((one for one in entries if one.track_id == track), None)
        if entry is None:
            raise NotFound("That song is not in this playlist.")
        entries.remove(entry)
        # places are counted as they are shown: without songs that are off sale
        off = playlist.entries.exclude(track__state=Track.State.PUBLISHED)
        hidden = set(off.values_list("pk", flat=True))
        shown = [i for i, one in enumerate(entries) if one.pk not in hidden]
        entries.insert(shown[to] if 0 <= to < len(shown) else max(0, to) and len(entries), entry)
        for position, one in enumerate(entries):
            one.position = position
        PlaylistTrack.objects.bulk_update(entries, ["position"])


def _locked(playlist: Playlist, at: datetime) -> list[PlaylistTrack]:
    """The entries in order; nobody else changes them until this transaction ends."""
    if not Playlist.objects.filter(pk=playlist.pk).update(changed_at=at):
        raise NotFound("That playlist was deleted.")
    return list(playlist.entries.order_by("position"))


def _name(name: str) -> str:
    name = one_line(name)
    if not is_seen(name):
        raise Problem("Give the playlist a name.")
    if len(name) > LONGEST_NAME:
        raise Problem(f"A name has at most {LONGEST_NAME} letters; this one has {len(name)}.")
    return name


def _taken(name: str) -> Conflict:
    return Conflict(f"You have a playlist called “{name}” already.")
