"""A world at its edges: names of 120 characters, right to left, none and ten million plays, five
hundred songs, nothing and a million dollars. Rows are planted; every page is Refrain's own.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from marketplace import styleguide
from marketplace.catalog import correcting, presenting
from marketplace.catalog.models import Artist, Track
from marketplace.discovery import opinions
from marketplace.library import playlists
from marketplace.studio import invitations
from marketplace.users.models import User
from royalties import accrual, deals, purses
from royalties.models import Holding, TrackWindow, Window
from tests.builders import a_listener, a_track, a_user, an_artist, heard
from tests.catalog.large import many_tracks

LONG = styleguide.LONG_TITLE
UNBROKEN = "Rindfleischetikettierungsueberwachungsaufgabenuebertragungsgesetz"[:40] * 3
RIGHT_TO_LEFT = "ليل المدينة الطويل الذي لا ينتهي أبدا ولا يبدأ حين نريد له أن يبدأ من جديد"
ARTIST = "The Extraordinarily Long-Winded Municipal Orchestra of the Lower Harbour and Its Several"
ARTIST += " Neighbouring Fishing Villages"
SONGS = 500
TEN_MILLION = 10_000_000
MILLION_DOLLARS = 1_000_000_000_000


@dataclass(frozen=True)
class Edges:
    """Who looks, at what."""

    listener: User
    maker: User
    pages: dict[str, str]  # name -> address, for the listener
    own: dict[str, str]  # for the maker


def edges(at: datetime) -> Edges:
    """Plant it all; real plays first, so that receipts, postings and holdings hang together."""
    assert min(len(LONG), len(UNBROKEN), len(ARTIST)) >= 115
    listener = a_listener(at=at - timedelta(days=2))
    maker = a_user("artist", at=at - timedelta(days=2))
    artist = an_artist(maker, ARTIST, at=at - timedelta(days=2))
    tracks = [
        a_track(artist, title=title, seconds=8.0, at=at - timedelta(days=2))
        for title in (LONG, UNBROKEN, RIGHT_TO_LEFT)
    ]
    Track.objects.update(uploaded_by=maker)
    for hours, track in enumerate(tracks, 1):
        heard(listener, track, at - timedelta(hours=24 + hours), seconds=5.0)
        opinions.like(listener, track, at)
    accrual.accrue(at)
    playlist = playlists.create(listener, LONG[:80], at)
    playlists.add(playlist, tracks[0], at)
    silent = a_track(artist, title="0", seconds=8.0, at=at)
    five_hundred_songs(artist, listener, at)
    ten_million_plays(tracks[1])
    purses.deposit(listener.party, MILLION_DOLLARS, "fortune", at)
    said_at_length(artist, tracks[1], maker, at)
    own = {
        "details": f"{tracks[1].get_absolute_url()}/details",
        "artist-page": f"{artist.get_absolute_url()}/page",
    }
    return Edges(listener, maker, pages(tracks, silent, artist, playlist), own)


def said_at_length(artist: Artist, track: Track, maker: User, at: datetime) -> None:
    """As much as a page takes, and a song that was called otherwise."""
    about = f"{UNBROKEN} {RIGHT_TO_LEFT}\n{LONG}"
    links = "\n".join(f"https://{n}.{UNBROKEN[:60]}.example/{UNBROKEN[:90]}" for n in range(5))
    presenting.present(artist, presenting.Presentation(artist.name, about, links, 0), maker, at)
    details = correcting.Details(UNBROKEN, LONG, "g" * 60, 299.5, 0)
    correcting.correct(track, details, maker, at)


def pages(tracks: list[Track], silent: Track, artist: Artist, playlist: Any) -> dict[str, str]:
    long, unbroken, right_to_left = (track.get_absolute_url() for track in tracks)
    return {
        "home": "/",
        "songs": "/songs?q=field+guide",
        "long": long,
        "unbroken": unbroken,
        "right-to-left": right_to_left,
        "silent": silent.get_absolute_url(),
        "artist": f"{artist.get_absolute_url()}?by=played",
        "wallet": "/wallet",
        "portfolio": f"/portfolio?open={tracks[0].terms_id}",
        "library": "/library",
        "playlist": playlist.get_absolute_url(),
        "history": "/library/history",
    }


def five_hundred_songs(artist: Artist, listener: User, at: datetime) -> None:
    many_tracks(SONGS)
    Track.objects.filter(artist__name__startswith="artist").update(artist=artist)
    Track.objects.exclude(artist=artist).update(artist=artist)
    held = set(Holding.objects.filter(party=listener.party).values_list("terms", flat=True))
    terms = Track.objects.exclude(terms__in=held).values_list("terms", flat=True)
    Holding.objects.bulk_create(
        Holding(terms_id=pk, party=listener.party, units=1 + n * 1_999, since=at)
        for n, pk in enumerate(terms)
    )


def ten_million_plays(track: Track) -> None:
    """One more window of the song, in which all the world played it."""
    assert track.terms
    last = Window.objects.latest("pk")
    start, end = last.ends_at, last.ends_at + timedelta(seconds=60)
    following = {"period": last.period, "number": last.number + 1}
    TrackWindow.objects.create(
        window=Window.objects.create(starts_at=start, ends_at=end, **following),
        terms=track.terms,
        plays=TEN_MILLION,
        revenue_micros=MILLION_DOLLARS,
        cumulative_micros=MILLION_DOLLARS,
    )


def a_label_of(maker: User, at: datetime) -> User:
    """A label with a long name, a deal with every artist of the maker, and one still to come."""
    label = a_user("label", name=ARTIST, at=at)
    for artist in maker.artists.all():
        terms = (2_000, MILLION_DOLLARS, at.date(), at)
        deals.accept(deals.invite(label.party, artist.party, *terms), at)
    offer = invitations.Offer(2_000, MILLION_DOLLARS, at.date())
    for email in (f"{'winded.' * 8}orchestra@{'harbour.' * 8}example.org", "a@b.org"):
        invitations.invite(label, email, offer, at)
    return label
