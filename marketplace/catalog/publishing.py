"""Publishing: the draft becomes immutable terms, and the track gets its first price."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction

from marketplace.catalog.analysis import Tags
from marketplace.catalog.models import Artist, Track
from marketplace.catalog.naming_artists import formerly
from marketplace.pricing import steps
from marketplace.pricing.models import FreePlays
from marketplace.problems import Conflict
from marketplace.users.models import User
from royalties import parties, terms
from royalties.models import Party

IMPORTED_POOL_BPS = 2_000


def publish(track: Track, tags: Tags, at: datetime) -> None:
    """Put an analysed track on sale. Inside the caller's transaction.

    Imports carry no draft: they belong to the artist their tags name, unclaimed, who gets all that
    platform and fans do not.
    """
    if not track.draft:
        track.title = (tags.title or track.title)[:300]
        track.artist = unclaimed_artist(tags.artist or "Unknown artist", at)
    track.album = track.album or tags.album[:300]
    track.disc_number, track.track_number = tags.disc_number, tags.track_number
    track.genre = track.genre or tags.genre[:60]
    track.isrc = track.isrc or tags.isrc[:12]
    draft = draft_of(track)
    track.terms = terms.publish(track.pk, draft, at)
    track.state, track.published_at, track.leased_until = Track.State.PUBLISHED, at, None
    track.save()
    steps.first_price(track, at)
    if free := track.draft.get("free_plays"):
        FreePlays.objects.create(track=track, plays=free)


def unclaimed_artist(name: str, at: datetime) -> Artist:
    """The artist of that name, now or once, whom nobody has claimed; its party's money waits."""
    name = name[:200]
    known = Artist.objects.filter(name=name, user=None).first() or formerly(name)
    if known is not None:
        return known
    try:
        with transaction.atomic():
            party = parties.create_party(name, at)
            return Artist.objects.create(name=name, party=party, created_at=at)
    except IntegrityError:  # another worker met the name at the same moment
        return Artist.objects.get(name=name, user=None)


def draft_of(track: Track) -> terms.TermsDraft:
    """What the uploader agreed to, or what an import starts with."""
    assert track.artist is not None
    pool_bps = track.draft.get("pool_bps", IMPORTED_POOL_BPS)
    parts = track.draft.get("parts")
    if not parts:
        rest = 10_000 - settings.PLATFORM_BPS - pool_bps
        parts = [{"party": str(track.artist.party_id), "role": "artist", "bps": rest}]
    return terms.TermsDraft(
        issuer=track.artist.party, parts=[_part(part) for part in parts], pool_bps=pool_bps
    )


def _part(part: dict[str, Any]) -> terms.Part:
    party = Party.objects.get(pk=UUID(part["party"]))
    return terms.Part(party=party, role=part["role"], bps=part["bps"])


def assign(artist: Artist, user: User) -> None:
    """An operator gives an unclaimed artist, its tracks and its waiting money to a login.

    Raises:
        Conflict: somebody has it already.
    """
    if not Artist.objects.filter(pk=artist.pk, user=None).update(user=user):
        raise Conflict(f"{artist.name} has been claimed already.")
    User.objects.filter(pk=user.pk, role=User.Role.LISTENER).update(role=User.Role.ARTIST)
