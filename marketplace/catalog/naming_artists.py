"""The name of an artist: nobody else's, not even in letters that look alike; changed seldom, and
with a line for operators.

Invariant: only pages and search hold a name. Terms, ledger, bundles and the chain know parties and
songs by their ids, so what was paid and published stays as it is.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from itertools import chain, count

from django.db import transaction
from django.db.models import F, QuerySet

from marketplace.catalog import withdrawing
from marketplace.catalog.likeness import likeness
from marketplace.catalog.models import Artist, Correction, Track
from marketplace.kept import touch
from marketplace.problems import Problem
from marketplace.users.models import User
from royalties import parties

MOST, WITHIN = 2, timedelta(days=30)  # changes by the artist's own login
TAKEN = (
    "Another artist here is called so, or nearly so. If it is your name too, or that artist is you,"
    " write to an operator, who can change it."
)
TAKEN_UNCLAIMED = "Another artist whom nobody has claimed is called so already."


class NameRefused(Problem):
    """Said beside the name."""

    status = 409
    code = "name"


def rename(row: Artist, name: str, user: User, at: datetime) -> None:
    """Give a locked row another name; it is saved with what else of its page changes.

    Raises:
        NameRefused: somebody else's, or again too soon
    """
    others = Artist.objects.exclude(pk=row.pk)
    if row.user_id is None and others.filter(name=name, user=None).exists():
        raise NameRefused(TAKEN_UNCLAIMED)
    if user.role != User.Role.OPERATOR:
        if likeness(name) in _likenesses(others):
            raise NameRefused(TAKEN)
        _require_seldom(row, at)
    row.name = name
    if not User.objects.filter(party=row.party_id).exists():  # else it bears the login's name
        parties.rename(row.party, name)
    # what is kept of its songs goes by their revision
    Track.objects.filter(artist=row).update(revision=F("revision") + 1)
    transaction.on_commit(partial(touch, withdrawing.NAME))


def formerly(name: str) -> Artist | None:
    """The unclaimed artist that was called so, for files whose tags still do."""
    was = Correction.objects.filter(artist__user=None, changes__contains=[["name", name]])
    for one in was.select_related("artist").order_by("-at", "-pk"):
        if any(name in both for both in _renamings(one.changes)):
            return one.artist
    return None


def first_name(artist: Artist) -> str:
    """What it was called at first: its drawn covers go by that, so that they stay."""
    renamed = Correction.objects.filter(artist=artist, changes__contains=[["name"]])
    for changes in renamed.order_by("at", "pk").values_list("changes", flat=True):
        for before, _ in _renamings(changes):
            return before
    return artist.name


def _renamings(changes: list[list[str]]) -> list[tuple[str, str]]:
    """Before and after; PostgreSQL finds the word "name" where somebody is called so, too."""
    return [(before, after) for what, before, after in changes if what == "name"]


def free_name(name: str) -> str:
    """It, or with the first number that tells it from all others: Odd Harbour (2)."""
    taken = _likenesses(Artist.objects.all())
    numbered = (f"{name} ({number})" for number in count(2))
    return next(one for one in chain([name], numbered) if likeness(one) not in taken)


def _likenesses(artists: QuerySet[Artist]) -> set[str]:
    return {likeness(name) for name in artists.values_list("name", flat=True).iterator()}


def _require_seldom(row: Artist, at: datetime) -> None:
    own = Correction.objects.filter(artist=row, by=row.user, changes__contains=[["name"]])
    lately = own.filter(at__gt=at - WITHIN).order_by("-at").values_list("at", "changes")
    last = [changed_at for changed_at, changes in lately if _renamings(changes)]
    if len(last) >= MOST:
        again = f"{last[MOST - 1] + WITHIN:%-d %B %Y}"
        raise NameRefused(
            f"You have changed it {MOST} times within {WITHIN.days} days; it can be changed again"
            f" from {again} on. An operator can change it sooner."
        )
