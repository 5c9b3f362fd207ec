"""Deals offered to an e-mail that no artist has signed up with and confirmed yet.

An invitation binds nobody: when an artist who signed up with that e-mail has confirmed it, it
becomes an offered deal, which they accept or decline like any other. Until then it may be somebody
else who signed up with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.http import urlencode

from marketplace.studio.models import Invitation
from marketplace.users import addresses
from marketplace.users.models import User
from royalties import deals
from royalties.errors import DealError
from royalties.models import Party


@dataclass(frozen=True)
class Offer:
    """What a label proposes, to whomever."""

    label_bps: int
    advance_micros: int
    starts_on: date


def offer_deal(label: User, artist: Party, offer: Offer, at: datetime) -> None:
    """To an artist with a login, who finds it on the first page."""
    deals.invite(label.party, artist, offer.label_bps, offer.advance_micros, offer.starts_on, at)


def invite(label: User, email: str, offer: Offer, at: datetime) -> bool:
    """Offer a deal to whoever has this e-mail, now or later; whether it waits for them.

    Raises:
        DealError: the login is no artist's, or the e-mail is invited already.
    """
    login = User.objects.filter(email=email).select_related("party").first()
    if login is not None and not login.is_artist:
        raise DealError("This e-mail belongs to a login that publishes no music.")
    if login is not None and addresses.is_confirmed(login):
        offer_deal(label, login.party, offer, at)
        return False
    try:
        with transaction.atomic():
            Invitation.objects.create(label=label, email=email, invited_at=at, **vars(offer))
    except IntegrityError:  # one of a label for each e-mail, held by the database
        raise DealError(
            "You have invited this e-mail already; take that offer back first."
        ) from None
    return True


@transaction.atomic
def take_up(artist: User) -> None:
    """What waited for this e-mail becomes deals to answer, once it is shown to be the artist's."""
    if not addresses.is_confirmed(artist):
        return
    waiting = Invitation.objects.select_for_update(of=("self",)).filter(email=artist.email)
    for one in waiting.select_related("label__party"):
        offer = Offer(one.label_bps, one.advance_micros, one.starts_on)
        offer_deal(one.label, artist.party, offer, one.invited_at)
        one.delete()


def path(invitation: Invitation) -> str:
    """Where the invited sign up: as an artist, with this e-mail."""
    return f"{reverse('users:sign-up')}?{urlencode({'as': 'artist', 'email': invitation.email})}"
