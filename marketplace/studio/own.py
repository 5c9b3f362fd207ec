"""What a studio account is about: its parties, its artists, its tracks, its roster."""

from collections.abc import Sequence
from uuid import UUID

from django.db.models import QuerySet

from marketplace.catalog.models import Artist, Track
from marketplace.users.models import User
from royalties.models import Deal, Party, Payee

HEAVY = ("features", "draft")  # columns that no page of a studio reads


def parties_of(user: User) -> list[Party]:
    """The login's own party and those of the artists it has been given."""
    return list(
        Party.objects.filter(
            pk__in=[
                user.party_id,
                *Artist.objects.filter(user=user).values_list("party", flat=True),
            ]
        ).order_by("created_at", "pk")
    )


def tracks_of(user: User) -> QuerySet[Track]:
    """Published tracks that pay one of the login's parties directly."""
    paid = Payee.objects.filter(party__in=parties_of(user)).values("terms")
    found = Track.objects.published().filter(terms__in=paid).order_by("-published_at", "pk")
    return found.defer(*HEAVY)


def roster_of(label: User) -> list[Artist]:
    """Artists with an accepted deal of this label."""
    signed = Deal.objects.filter(label=label.party_id, state=Deal.State.ACCEPTED)
    return list(Artist.objects.filter(party__in=signed.values("artist")).order_by("name", "pk"))


def tracks_by(artists: Sequence[Artist]) -> dict[UUID, Track]:
    """Published tracks of these artists by the id of their terms."""
    return {
        track.terms_id: track
        for track in Track.objects.published().filter(artist__in=artists).defer(*HEAVY)
        if track.terms_id is not None
    }
