"""What a listener said of songs: a like or "not for me", never both; each can be taken back.

A dislike leaves the song out of this listener's feed and radio; a like counts as a play there.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from marketplace.catalog.models import Track
from marketplace.discovery.models import Dislike, Like
from marketplace.kept import touch, touched
from marketplace.users.models import User


def like(user: User, track: Track, at: datetime) -> None:
    with transaction.atomic():
        Dislike.objects.filter(user=user, track=track).delete()
        Like.objects.get_or_create(user=user, track=track, defaults={"at": at})
    touch(_name(user))


def dislike(user: User, track: Track, at: datetime) -> None:
    with transaction.atomic():
        Like.objects.filter(user=user, track=track).delete()
        Dislike.objects.get_or_create(user=user, track=track, defaults={"at": at})
    touch(_name(user))


def likes(user: User, track: Track) -> bool:
    return Like.objects.filter(user=user, track=track).exists()


def dislikes(user: User, track: Track) -> bool:
    return Dislike.objects.filter(user=user, track=track).exists()


def forget(user: User, track: Track) -> None:
    """Neither liked nor disliked any more."""
    Like.objects.filter(user=user, track=track).delete()
    Dislike.objects.filter(user=user, track=track).delete()
    touch(_name(user))


def changed(user: User) -> int:
    """A part of the key of what is kept for this user: it changes with each opinion."""
    return touched(_name(user))


def _name(user: User) -> str:
    return f"opinions:{user.pk}"


def liked_by(user: User) -> QuerySet[Like]:
    """The last one first."""
    return (
        Like.objects.filter(user=user, track__state=Track.State.PUBLISHED)
        .select_related("track__artist")
        .order_by("-at", "-pk")
    )


def disliked_by(user: User) -> QuerySet[Dislike]:
    return Dislike.objects.filter(user=user).select_related("track__artist").order_by("-at", "-pk")


def disliked_ids(user: User | None) -> set[UUID]:
    if user is None:
        return set()
    return set(Dislike.objects.filter(user=user).values_list("track", flat=True))


def interactions(user: User | None, plays: dict[str, float]) -> dict[str, float]:
    """Plays (item id -> count) with each liked song counted as one play more."""
    if user is None:
        return plays
    liked = Like.objects.filter(user=user).values_list("track", flat=True)
    return plays | {pk.hex: plays.get(pk.hex, 0.0) + 1.0 for pk in liked}
