"""One song put before one listener, through the functions that the pages and the player call."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from marketplace.catalog.models import Track
from marketplace.discovery import opinions
from marketplace.listening import audio, streams
from marketplace.listening.models import Stream
from marketplace.pricing import quotes
from marketplace.problems import PaymentRequired
from marketplace.users.models import User
from marketplace.wallet.topups import top_up

REPORT_EVERY = timedelta(seconds=45)
LIKED_FROM = 1.7  # times its price: what a song is worth to a listener who then likes it
LOOK = timedelta(seconds=20)  # at a page, before one goes on without pressing play


@dataclass(frozen=True)
class Offer:
    """A song before a listener, and how it will go: what it is worth, and how doubt ends."""

    track: Track
    surface: str
    worth_micros: float
    presses: bool  # whether a listener who finds it dear starts it all the same
    patience_seconds: float
    refill_micros: int


def longest(track: Track) -> timedelta:
    """The time a song takes when it is heard to its end."""
    return timedelta(seconds=float(track.duration_seconds or 0.0) + 2)


def put_before(listener: User, offer: Offer, at: datetime) -> datetime:
    """Offer the song's price at `at`; heard to the end, stopped early or left; when that ended."""
    quote = quotes.offer(offer.track, listener, offer.surface, at)
    wanted = quote.price_micros <= offer.worth_micros
    if not wanted and not offer.presses:
        return at + LOOK
    stream = streams.start(quote.pk, listener, at)
    try:
        streams.heartbeat(stream.pk, listener, 0.0, at)
    except PaymentRequired as refusal:
        if refusal.code == "balance":  # the monthly limit is the limit; money can be had
            top_up(listener, offer.refill_micros, f"refill/{quote.pk}", at)
        return at + LOOK
    seconds = float(offer.track.duration_seconds or 0.0)
    if not wanted:
        seconds = min(offer.patience_seconds, 0.8 * offer.track.counting_seconds)
    end = at + timedelta(seconds=seconds)
    _hear(stream, listener, at, end)
    streams.stop(stream.pk, listener, end)
    if offer.worth_micros > LIKED_FROM * quote.price_micros:
        opinions.like(listener, offer.track, end)
    return end


def _hear(stream: Stream, listener: User, at: datetime, end: datetime) -> None:
    """The player takes the opening at once and reports what it played."""
    sounding = audio.sounding_of(stream.pk, at)
    assert sounding is not None
    audio.note_served(sounding, False, 0, sounding.head)
    said = at
    while said < end:
        now = min(said + REPORT_EVERY, end)
        streams.heartbeat(stream.pk, listener, (now - said).total_seconds(), now)
        said = now if now + REPORT_EVERY <= end else end  # what follows is told by the stop
