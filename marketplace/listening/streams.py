"""The way of one play: a stream is opened, heard, counted once and paid once, or let go.

heard = min(wall time, sum of heartbeats, audio bytes served / byte rate); a play counts at
min(30 s, duration / 2). The sum never falls, and a report that would carry it more than a tenth
beyond the time passed is not believed: it adds nothing, and the stream remembers it. The first
heartbeat spends the quote and holds its price; the count captures the hold; every other ending
releases it. All of it under a lock on the stream's row.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from marketplace.catalog import renditions
from marketplace.catalog.analysis import Kind
from marketplace.catalog.models import Rendition
from marketplace.catalog.on_sale import on_sale
from marketplace.listening import earned
from marketplace.listening.earned import Earned
from marketplace.listening.models import SLACK_SECONDS, Stream
from marketplace.pricing import quotes
from marketplace.pricing.models import Quote
from marketplace.problems import Conflict, Gone, NotFound, PaymentRequired
from marketplace.users.models import User
from marketplace.wallet.standing import standing
from royalties import plays, purses
from royalties.errors import InsufficientFunds
from royalties.prepared import every, first, prepared

OPENER = "SELECT country FROM users_user WHERE id = %s FOR NO KEY UPDATE"
MINE = """
SELECT * FROM listening_stream
WHERE quote_id = %(quote)s OR (listener_id = %(listener)s AND ended_at IS NULL)
FOR UPDATE
"""
OPEN = """
INSERT INTO listening_stream (id, quote_id, listener_id, country, opened_at, rendition_id,
    played_seconds, served_bytes, served_seconds, ending)
VALUES (%(id)s, %(quote)s, %(listener)s, %(country)s, %(at)s, %(rendition)s, 0, 0, 0, '')
RETURNING *
"""
HEARD = """
UPDATE listening_stream SET
    started_at = %s, last_heartbeat_at = %s, played_seconds = %s,
    told_seconds = %s, implausible = %s, counted_at = %s
WHERE id = %s
"""
ENDED = "UPDATE listening_stream SET ended_at = %s, ending = %s WHERE id = %s"


TEACH_NOTHING = {Stream.Ending.UNPAID, Stream.Ending.REMOVED}
FASTEST = 1.1  # seconds of sound told of in a second


class QuoteExpired(Conflict):
    """409: carries the new quote that took its place."""

    code = "expired"

    def __init__(self, replacement: Quote) -> None:
        super().__init__("That price is over ten minutes old. Here is today's.")
        self.replacement = replacement


class _OffSale(Exception):
    """The song was taken off sale before the play counted."""


class _TooLate(Exception):
    """The quote ran out before the first heartbeat."""


@dataclass(frozen=True)
class Progress:
    """What a heartbeat learns."""

    stream: Stream
    state: str  # open or counted
    heard_seconds: float
    earned: Earned | None  # by the play, where this heartbeat counted it


def start(quote_id: UUID | str, listener: User, at: datetime, kind: Kind = Kind.MP3_128) -> Stream:
    """Open a stream for a quote; another open stream stops. Asking twice is harmless.

    `kind` sounds if that copy is made; if not, it is asked for and the song's first one sounds.

    Raises:
        NotFound: not this listener's quote. QuoteExpired: a new one is offered instead.
        Gone: the quote was used by a stream that has ended.
    """
    quote = quotes.find(quote_id, listener)
    with transaction.atomic(savepoint=False):  # nothing in here is refused
        country, found = _opening(quote, listener)
        known = found.pop(quote.pk, None)
        if known is not None and known.ended_at is None:
            return known
        if quote.state == Quote.State.OFFERED and quote.expires_at > at and known is None:
            for other in found.values():
                _end(other, Stream.Ending.REPLACED, at)
            rendition = renditions.find(quote.track_id, kind, at)
            return _open(quote, listener, country, at, rendition)
    if known is not None:
        raise Gone("That stream has ended; press play for a new quote.")
    quotes.end(quote.pk, Quote.State.EXPIRED, at)
    raise QuoteExpired(quotes.offer(quote.track, listener, quote.surface, at))


def heartbeat(
    stream_id: UUID | str, listener: User, played_seconds: float, at: datetime
) -> Progress:
    """Report `played_seconds` of sound since the last heartbeat; the first starts the wall time.

    Raises:
        NotFound: not this listener's stream. Gone: it has ended. QuoteExpired: before it began.
        PaymentRequired: the balance or the monthly limit does not allow it; nothing is held.
    """
    try:
        with transaction.atomic():
            stream = _locked(stream_id, listener)
            if stream.ended_at is not None and stream.counted_at is None:
                raise Gone("This stream has ended; press play for a new quote.")
            if stream.counted_at is None and not stream.quote.track.is_on_sale:
                raise _OffSale
            gained = None
            if stream.ended_at is None:
                if stream.started_at is None:
                    _begin(stream, at)
                gained = _hear(stream, played_seconds, at)
    except PaymentRequired:
        with transaction.atomic():
            _end(_locked(stream_id, listener), Stream.Ending.UNPAID, at)
        raise
    except _OffSale:
        with transaction.atomic():
            _end(_locked(stream_id, listener), Stream.Ending.REMOVED, at)
        raise Gone("This song has just been taken off sale; nothing was paid.") from None
    except _TooLate:
        with transaction.atomic():
            stream = _locked(stream_id, listener)
            _end(stream, Stream.Ending.STOPPED, at)
        quote = stream.quote
        raise QuoteExpired(quotes.offer(quote.track, listener, quote.surface, at)) from None
    state = "counted" if stream.counted_at else "open"
    return Progress(stream, state, stream.heard_seconds(at), gained)


def stop(stream_id: UUID | str, listener: User, at: datetime) -> Stream:
    """The listener stopped: an uncounted play costs nothing."""
    with transaction.atomic(savepoint=False):  # the refusal comes after it
        stream = Stream.sounding(stream_id, listener, lock=True)
        if stream is not None:
            ending = Stream.Ending.FINISHED if stream.counted_at else Stream.Ending.STOPPED
            _end(stream, ending, at)
    return _there(stream)


def end_silent(at: datetime) -> int:
    """End every stream that nobody has reported on for a minute, paused or not."""
    quiet_since = at - settings.HEARTBEAT_TIMEOUT
    open_streams = Stream.objects.filter(ended_at=None)
    quiet = open_streams.filter(last_heartbeat_at__lte=quiet_since) | open_streams.filter(
        last_heartbeat_at=None, opened_at__lte=quiet_since
    )
    ended = 0
    for pk in quiet.values_list("pk", flat=True):
        with transaction.atomic():
            stream = Stream.objects.select_for_update().filter(pk=pk, ended_at=None).first()
            if stream and (stream.last_heartbeat_at or stream.opened_at) <= quiet_since:
                _end(stream, Stream.Ending.SILENT, at)
                ended += 1
    return ended


def _opening(quote: Quote, listener: User) -> tuple[str, dict[UUID, Stream]]:
    """One opening at a time: the listener's country, and its open streams and this quote's."""
    with prepared() as cursor:
        cursor.execute(OPENER, [listener.pk])
        (country,) = cursor.fetchone()
    # in a statement of its own, which sees what the lock was waited for
    found = every(Stream, MINE, {"quote": quote.pk, "listener": listener.pk})
    return country, {one.quote_id: one for one in found}


def _open(
    quote: Quote, listener: User, country: str, at: datetime, rendition: Rendition | None
) -> Stream:
    made = {"id": uuid4(), "quote": quote.pk, "listener": listener.pk, "country": country}
    made |= {"at": at, "rendition": rendition and rendition.pk}
    stream = first(Stream, OPEN, made)
    assert stream is not None
    stream.quote, stream.listener = quote, listener
    return stream


def _locked(stream_id: UUID | str, listener: User) -> Stream:
    return _there(Stream.sounding(stream_id, listener, lock=True))


def _there(stream: Stream | None) -> Stream:
    if stream is None:
        raise NotFound("There is no such stream of yours.")
    return stream


def _begin(stream: Stream, at: datetime) -> None:
    """Spend the quote and hold its price; a free play needs no money."""
    quote = stream.quote
    if not quotes.spend(quote, stream.listener, at):
        raise _TooLate
    if quote.price_micros:
        _hold_price(stream, at)
    stream.started_at = stream.last_heartbeat_at = at


def _hold_price(stream: Stream, at: datetime) -> None:
    quote, wallet = stream.quote, reverse("wallet:wallet")
    left = standing(stream.listener, at).cap_left_micros
    if left is not None and left < quote.price_micros:
        raise PaymentRequired(
            "cap",
            "This play would go over your monthly limit; only its free part is open.",
            ("Change the limit", wallet),
        )
    try:
        purses.place_hold(stream.listener.party, quote.price_micros, quote.id, at)
    except InsufficientFunds:
        raise PaymentRequired(
            "balance", "Your balance does not cover this play. Top up to go on.", ("Top up", wallet)
        ) from None


def _hear(stream: Stream, played_seconds: float, at: datetime) -> Earned | None:
    """Add what was played, never more than the time since the last report; count when due."""
    assert stream.last_heartbeat_at is not None
    since = (at - stream.last_heartbeat_at).total_seconds()
    stream.told_seconds += max(played_seconds, 0.0) if math.isfinite(played_seconds) else math.inf
    if stream.told_seconds <= FASTEST * stream.wall_seconds(at) + SLACK_SECONDS:
        stream.played_seconds += min(max(played_seconds, 0.0), max(since, 0.0))
    else:
        stream.implausible = True
    stream.last_heartbeat_at = at
    gained = None
    track = stream.quote.track
    if stream.counted_at is None and stream.heard_seconds(at) >= track.counting_seconds:
        gained = _count(stream, at)
    heard = [stream.started_at, at, stream.played_seconds, stream.told_seconds, stream.implausible]
    with prepared() as cursor:
        cursor.execute(HEARD, [*heard, stream.counted_at, stream.pk])
    return gained


def _count(stream: Stream, at: datetime) -> Earned:
    """What it will earn; a free play is no part of the ledger."""
    gained = _pay(stream, at) if stream.quote.price_micros else earned.FREE
    quotes.end(stream.quote.pk, Quote.State.ACCEPTED, at)
    stream.counted_at = at
    return gained


def _pay(stream: Stream, at: datetime) -> Earned:
    quote, party = stream.quote, stream.listener.party
    terms = on_sale(quote.track_id).track.terms
    assert terms is not None
    quote.track.terms = terms
    earns = not quote.track.pays(stream.listener)
    return earned.of_play(plays.capture(quote.pk, terms, party, earns_units=earns, at=at))


def _end(stream: Stream, ending: str, at: datetime) -> None:
    if stream.ended_at is not None:
        return
    stream.ended_at, stream.ending = at, ending
    with prepared() as cursor:
        cursor.execute(ENDED, [at, ending, stream.pk])
    if stream.counted_at is None:
        purses.release_hold(stream.quote_id, at)
        state = Quote.State.VOID if ending in TEACH_NOTHING else Quote.State.DECLINED
        quotes.end(stream.quote_id, state, at)
