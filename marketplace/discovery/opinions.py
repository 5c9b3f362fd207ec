"""What a listener said: of songs a like or "not for me", never both; of artists, that they are
followed; how far the feed may surprise.

A dislike leaves the song out of this listener's feed and radio and takes its plays out of their
taste; `less` moves that taste away from what is like it, too. A like counts as a play there. Each
can be taken back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Max, QuerySet

from marketplace.catalog.faces import faces_of
from marketplace.catalog.models import Artist, Track
from marketplace.discovery.models import Dislike, Follow, Leaning, Like, WeeklyMix
from marketplace.kept import touch, touched
from marketplace.users.models import User
from royalties.prepared import prepared

SAID = """
SELECT 'like' AS said, track_id, at, 0 AS steps FROM discovery_like WHERE user_id = %(user)s
UNION ALL SELECT CASE WHEN less THEN 'less' ELSE 'dislike' END, track_id, at, 0
FROM discovery_dislike WHERE user_id = %(user)s
UNION ALL SELECT 'lean', NULL, at, steps FROM discovery_leaning WHERE user_id = %(user)s
ORDER BY at DESC
"""


@dataclass(frozen=True)
class Opinions:
    """`less` are some of the `disliked`, the last one first; `steps` of `Leaning`."""

    liked: frozenset[UUID] = frozenset()
    disliked: frozenset[UUID] = frozenset()
    less: tuple[UUID, ...] = ()
    steps: int = 0

    def interactions(self, plays: dict[str, float]) -> dict[str, float]:
        """Plays (item id -> count), each liked song with one more, the disliked ones without."""
        counted = plays | {pk.hex: plays.get(pk.hex, 0.0) + 1.0 for pk in self.liked}
        unwanted = {pk.hex for pk in self.disliked}
        return {item: n for item, n in counted.items() if item not in unwanted}


@dataclass(frozen=True)
class Followed:
    """An artist one follows: how many `songs` are on sale, and when the last one came out."""

    artist: Artist
    songs: int
    newest: datetime | None
    cover_url: str = ""  # a picture of theirs, or of their newest song


def of(user: User | None) -> Opinions:
    """All that this listener said; one query."""
    if user is None:
        return Opinions()
    with prepared() as cursor:
        cursor.execute(SAID, {"user": user.pk})
        found = cursor.fetchall()
    return Opinions(
        liked=frozenset(pk for said, pk, _, _ in found if said == "like"),
        disliked=frozenset(pk for said, pk, _, _ in found if said in {"dislike", "less"}),
        less=tuple(pk for said, pk, _, _ in found if said == "less"),
        steps=next((steps for said, _, _, steps in found if said == "lean"), 0),
    )


def like(user: User, track: Track, at: datetime) -> None:
    with transaction.atomic():
        Dislike.objects.filter(user=user, track=track).delete()
        Like.objects.get_or_create(user=user, track=track, defaults={"at": at})
    touch(_name(user))


def dislike(user: User, track: Track, at: datetime, less: bool = False) -> None:
    """`less`: of what is like it as well."""
    with transaction.atomic():
        Like.objects.filter(user=user, track=track).delete()
        Dislike.objects.update_or_create(
            user=user,
            track=track,
            defaults={"less": less},
            create_defaults={"at": at, "less": less},
        )
    touch(_name(user))


def likes(user: User, track: Track) -> bool:
    return Like.objects.filter(user=user, track=track).exists()


def forget(user: User, track: Track) -> None:
    """Neither liked nor disliked any more."""
    Like.objects.filter(user=user, track=track).delete()
    Dislike.objects.filter(user=user, track=track).delete()
    touch(_name(user))


def forget_all(user: User) -> None:
    """As if the listener had never said anything; what was chosen after it goes as well."""
    for said in (Like, Dislike, Follow, Leaning, WeeklyMix):
        said.objects.filter(user=user).delete()
    touch(_name(user))


def follow(user: User, artist: Artist, at: datetime) -> None:
    Follow.objects.get_or_create(user=user, artist=artist, defaults={"at": at})
    touch(_name(user))


def unfollow(user: User, artist: Artist) -> None:
    Follow.objects.filter(user=user, artist=artist).delete()
    touch(_name(user))


def follows(user: User | None, artist: Artist) -> bool:
    return user is not None and Follow.objects.filter(user=user, artist=artist).exists()


def lean(user: User, steps: int, at: datetime) -> None:
    """So many steps towards surprise, or, below 0, towards what is known."""
    Leaning.objects.update_or_create(user=user, defaults={"steps": steps, "at": at})
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


def followed_by(user: User) -> QuerySet[Follow]:
    """The last one first."""
    return Follow.objects.filter(user=user).select_related("artist").order_by("-at", "-pk")


def with_songs(follows: Sequence[Follow]) -> list[Followed]:
    """These follows in their order, with what is on sale of each artist; two queries."""
    on_sale = Track.objects.filter(state=Track.State.PUBLISHED)
    counted = (
        on_sale.filter(artist__in=[one.artist_id for one in follows])
        .values_list("artist")
        .annotate(Count("pk"), Max("published_at"))
    )
    found = {artist: (songs, newest) for artist, songs, newest in counted}
    faces = faces_of(one.artist for one in follows)
    return [
        Followed(one.artist, *found.get(one.artist_id, (0, None)), faces.get(one.artist_id, ""))
        for one in follows
    ]


def disliked_by(user: User) -> QuerySet[Dislike]:
    return Dislike.objects.filter(user=user).select_related("track__artist").order_by("-at", "-pk")
