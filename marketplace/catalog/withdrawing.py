"""Taking a song off sale, and bringing it back: by its own people, or by an operator.

What it means: from the commit on nobody is offered or plays it, and no list shows it. Whose play
had not counted pays nothing; whose had, hears it to its end. Terms, units, receipts and money stay
as they are: what was earned is paid out as ever, and the price waits where it stood.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from django.db import transaction

from marketplace.catalog.models import Track, Withdrawal
from marketplace.kept import touch, touched
from marketplace.pricing import quotes
from marketplace.problems import Conflict
from marketplace.users.models import User
from royalties.models import PaidPlay

SHOWN = 10
NAME = "off-sale"


def changed() -> int:
    """A part of the key of what is kept with songs in it: it changes as one goes or returns."""
    return touched(NAME)


def may(track: Track, user: User) -> bool:
    """Whether the login decides on it: an operator, the song's artist, its issuer."""
    assert track.artist is not None
    assert track.terms is not None
    own = track.artist.user_id == user.pk or track.terms.issuer_id == user.party_id
    return own or user.role == User.Role.OPERATOR


def of(track: Track) -> Withdrawal | None:
    """Why it is off sale now; None while it is on sale."""
    return track.withdrawals.filter(ended_at=None).first()


def plays_of(track: Track, listener: User | None) -> Sequence[PaidPlay]:
    """The last ones that this listener paid."""
    if listener is None:
        return []
    mine = PaidPlay.objects.filter(terms=track.terms_id, listener=listener.party_id)
    return list(mine.order_by("-counted_at", "-pk")[:SHOWN])


@transaction.atomic
def withdraw(track: Track, user: User, reason: str, at: datetime) -> Withdrawal:
    """Take a published song off sale.

    Raises:
        Conflict: it is not on sale
    """
    on_sale = Track.objects.filter(pk=track.pk, state=Track.State.PUBLISHED)
    if not on_sale.update(state=Track.State.WITHDRAWN):
        raise Conflict("This song is off sale already.")
    quotes.withdraw(track.pk, at)
    transaction.on_commit(partial(touch, NAME))
    by_operator = user.role == User.Role.OPERATOR
    return Withdrawal.objects.create(
        track=track, at=at, by=user, by_operator=by_operator, reason=reason[:200]
    )


@transaction.atomic
def bring_back(track: Track, user: User, at: datetime) -> None:
    """Put it on sale again, under the terms it has.

    Raises:
        Conflict: it is on sale, or an operator has to do it
    """
    off = Withdrawal.objects.select_for_update().filter(track=track, ended_at=None).first()
    if off is None:
        raise Conflict("This song is on sale already.")
    if off.by_operator and user.role != User.Role.OPERATOR:
        raise Conflict("An operator took this song off sale, and only an operator can put it back.")
    Withdrawal.objects.filter(pk=off.pk).update(ended_at=at)
    transaction.on_commit(partial(touch, NAME))
    Track.objects.filter(pk=track.pk, state=Track.State.WITHDRAWN).update(
        state=Track.State.PUBLISHED
    )
