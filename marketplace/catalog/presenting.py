"""What an artist's page says of them: their name, a picture, a few sentences, addresses.

Their own login writes it, or an operator; each change leaves a line (`Correction`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from marketplace.catalog import leftovers, naming_artists
from marketplace.catalog.correcting import CHANGED, written
from marketplace.catalog.models import Artist, Correction
from marketplace.problems import Conflict
from marketplace.users.models import User

COVERS, SENT, ANOTHER = "covers of songs", "one that was sent", "another one"


@dataclass(frozen=True)
class Presentation:
    """`links`: `links.cleaned`, one a line; `picture` and `away` as of `correcting.Details`."""

    name: str
    about: str
    links: str
    revision: int
    picture: bytes | None = None
    away: bool = False


def may(artist: Artist, user: User | None) -> bool:
    """Whether the login writes it: the artist's, or an operator."""
    return user is not None and (artist.user_id == user.pk or user.role == User.Role.OPERATOR)


def present(artist: Artist, new: Presentation, user: User, at: datetime) -> Correction | None:
    """Change the page; None where nothing is different.

    Raises:
        Conflict: somebody else changed it since
        NameRefused: somebody else's name, or another one too soon
        StoreAway: there is nowhere to keep the picture just now; nothing changed
    """
    with written(new.picture, artist.pk) as name, transaction.atomic():
        row = Artist.objects.select_for_update(no_key=True).get(pk=artist.pk)
        if row.revision != new.revision:
            raise Conflict(CHANGED)
        changes = []
        if row.name != new.name:
            changes.append(["name", row.name, new.name])
            naming_artists.rename(row, new.name, user, at)
        changes += _changed(row, new, name, at)
        if not changes:
            return None
        row.revision += 1
        row.save(update_fields=["name", "about", "links", "picture", "revision"])
        return Correction.objects.create(artist=row, at=at, by=user, changes=changes)


def _changed(row: Artist, new: Presentation, name: str, at: datetime) -> list[list[str]]:
    changes = []
    if name or (new.away and row.picture):
        before = SENT if row.picture else COVERS
        after = ANOTHER if name and row.picture else SENT if name else COVERS
        changes.append(["picture", before, after])
        leftovers.let_go([row.picture], at)
        row.picture = name
    for what, before, after in (("about", row.about, new.about), ("links", row.links, new.links)):
        if before != after:
            changes.append([what, before, after])
            setattr(row, what, after)
    return changes
