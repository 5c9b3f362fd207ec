"""Small builders for the apps that face people: logins, published tracks, money, a heard stream."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count
from uuid import uuid4

from marketplace.catalog.models import Artist, Track
from marketplace.listening import streams
from marketplace.listening.models import Stream
from marketplace.media import files
from marketplace.pricing import quotes, steps
from marketplace.users.models import User
from marketplace.users.signup import sign_up
from marketplace.wallet import topups
from royalties import parties, terms

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
PASSWORD = "correct horse battery"
BYTE_RATE = 16_000
_numbers = count(1)


def later(seconds: float) -> datetime:
    """So many seconds after noon."""
    return NOON + timedelta(seconds=seconds)


def a_user(role: str = "listener", name: str = "", at: datetime = NOON) -> User:
    number = next(_numbers)
    return sign_up(f"{role}{number}@example.org", PASSWORD, name or f"{role} {number}", at, role)


def a_listener(micros: int = 5_000_000, cap: int = 50_000_000, at: datetime = NOON) -> User:
    """A login with money and a monthly limit."""
    user = a_user(at=at)
    if micros:
        topups.top_up(user, micros, "first", at, cap)
    return user


def an_artist(user: User | None = None, name: str = "", at: datetime = NOON) -> Artist:
    name = name or f"artist {next(_numbers)}"
    party = user.party if user else parties.create_party(name, at)
    return Artist.objects.create(name=name, user=user, party=party, created_at=at)


def a_track(
    artist: Artist | None = None,
    seconds: float = 120.0,
    title: str = "",
    pool_bps: int = 2_000,
    at: datetime = NOON,
) -> Track:
    """A published track with a rendition of silence of the right length."""
    artist = artist or an_artist(at=at)
    number = next(_numbers)
    track = Track(
        artist=artist,
        title=title or f"song {number}",
        file_name=f"{number}.wav",
        file_hash=uuid4().hex,
        sound_hash=uuid4().hex,
        created_at=at,
        duration_seconds=seconds,
        tempo_bpm=120.0,
        peaks=[(i % 20) / 20 for i in range(200)],
        stream_bytes=int(seconds * BYTE_RATE),
        stream_byte_rate=BYTE_RATE,
    )
    parts = [terms.Part(artist.party, "artist", 10_000 - 500 - pool_bps)]
    draft = terms.TermsDraft(issuer=artist.party, parts=parts, pool_bps=pool_bps)
    track.terms = terms.publish(track.pk, draft, at)
    track.state, track.published_at = Track.State.PUBLISHED, at
    track.sound = files.keep_bytes(bytes(track.stream_bytes or 0), track.pk)
    track.save()
    steps.first_price(track, at)
    return track


def a_stream(listener: User, track: Track, at: datetime = NOON, surface: str = "press") -> Stream:
    """A quote asked for and a stream opened on it; nothing heard yet."""
    quote = quotes.offer(track, listener, surface, at)
    return streams.start(quote.pk, listener, at)


def served(stream: Stream, seconds: float) -> None:
    """The audio view has sent this much."""
    sent = {"served_bytes": int(seconds * BYTE_RATE), "served_seconds": seconds}
    Stream.objects.filter(pk=stream.pk).update(**sent)


def heard(listener: User, track: Track, at: datetime = NOON, seconds: float = 31.0) -> Stream:
    """One honest listen of `seconds`, a heartbeat every five, ending at `at` + `seconds`."""
    stream = a_stream(listener, track, at)
    streams.heartbeat(stream.pk, listener, 0, at)
    served(stream, seconds + 5)
    done = 0.0
    while done < seconds:
        step = min(5.0, seconds - done)
        done += step
        streams.heartbeat(stream.pk, listener, step, at + timedelta(seconds=done))
    streams.stop(stream.pk, listener, at + timedelta(seconds=done))
    stream.refresh_from_db()
    return stream
