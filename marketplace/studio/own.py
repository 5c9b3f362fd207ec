"""What a studio account is about: its parties, its artists, its tracks, its roster."""

from collections.abc import Sequence
from uuid import UUID

from django.db.models import Q, QuerySet

from marketplace.catalog.models import Artist, Track
from marketplace.users.models import User
from royalties.models import Deal, Party, Payee

HEAVY = ("features", "draft")  # columns that no page of a studio reads


def parties_of(user: User) -> list[Party]:
    """The login's own party and those of the artists it has been given."""
    named = Artist.objects.filter(user=user).values("party")
    found = Party.objects.filter(Q(pk=user.party_id) | Q(pk__in=named))
    parties = list(found.order_by("created_at", "pk"))
    user.party = next(party for party in parties if party.pk == user.party_id)  # read once a page
    return parties


def tracks_of(parties: Sequence[Party]) -> QuerySet[Track]:
    """Published tracks that pay one of these parties directly, those off sale as well."""
    paid = Payee.objects.filter(party__in=parties).values("terms")
    found = Track.objects.sold().filter(terms__in=paid).order_by("-published_at", "pk")
    return found.defer(*HEAVY)


def roster_of(label: User) -> list[Artist]:
    """Artists with an accepted deal of this label."""
    signed = Deal.objects.filter(label=label.party_id, state=Deal.State.ACCEPTED)
    found = Artist.objects.filter(party__in=signed.values("artist")).select_related("party")
    return list(found.order_by("name", "pk"))


def tracks_by(artists: Sequence[Artist]) -> dict[UUID, Track]:
    """Published tracks of these artists by the id of their terms."""
    return {
        track.terms_id: track
        for track in Track.objects.sold().filter(artist__in=artists).defer(*HEAVY)
        if track.terms_id is not None
    }
