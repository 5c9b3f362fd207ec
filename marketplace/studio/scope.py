"""What a studio looks into: whom it speaks for, its songs, and its own part of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from marketplace.catalog.models import Artist, Track
from marketplace.studio import parts
from marketplace.studio.own import parties_of, roster_of, tracks_by, tracks_of
from marketplace.studio.parts import Parts
from marketplace.users.models import User
from royalties.models import Party


@dataclass(frozen=True)
class Scope:
    """Loaded once for a page; `tracks` by the id of their terms."""

    user: User
    parties: Sequence[Party]  # who is paid: the login's own, and a label's artists
    artists: Sequence[Artist]
    tracks: Mapping[UUID, Track]
    shares: Parts


def scope_of(user: User) -> Scope:
    """A label's roster; an artist's own songs."""
    return of_label(user) if user.is_label else of_artist(user)


def of_artist(user: User) -> Scope:
    """Every song that pays the login directly; three queries."""
    parties = parties_of(user)
    tracks = {track.terms_id: track for track in tracks_of(parties) if track.terms_id}
    artists = {track.artist.pk: track.artist for track in tracks.values() if track.artist}
    shares = parts.of_parties(parties, tracks)
    return Scope(user, parties, list(artists.values()), tracks, shares)


def of_label(label: User) -> Scope:
    """Every song of the artists it has a deal with; five queries."""
    artists = roster_of(label)
    tracks = tracks_by(artists)
    parties = [label.party, *(artist.party for artist in artists)]
    return Scope(label, parties, artists, tracks, parts.of_label(label, artists, tracks))
