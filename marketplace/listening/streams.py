"""The way of one play: a stream is opened, heard, counted once and paid once, or let go.

The first heartbeat spends the quote and holds its price; the count captures the hold
(`heartbeats`); every other ending releases it (`endings`). One stream of a listener is open at
most, by a constraint of its table.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from marketplace.catalog import renditions
from marketplace.catalog.analysis import Kind
from marketplace.catalog.models import Track
from marketplace.listening.endings import end, finish
from marketplace.listening.hearing import Answer, Progress, Report, TooLate
from marketplace.listening.heartbeats import take
from marketplace.listening.models import Stream
from marketplace.pricing import quotes
from marketplace.pricing.models import Quote
from marketplace.problems import Conflict, Gone, NotFound, Problem
from marketplace.users.models import User
from royalties.prepared import each, every, first, prepared

OPENER = "SELECT country FROM users_user WHERE id = %s FOR NO KEY UPDATE"
MINE = """
SELECT * FROM listening_stream
WHERE quote_id = %(quote)s OR (listener_id = %(listener)s AND ended_at IS NULL)
FOR UPDATE
"""
OPEN = """
INSERT INTO listening_stream (id, quote_id, listener_id, country, session, opened_at, rendition_id,
    played_seconds, served_bytes, served_seconds, ending)
VALUES (gen_random_uuid(), %(quote)s, %(listener)s, %(country)s, %(session)s, %(at)s,
    %(rendition)s, 0, 0, 0, '')
ON CONFLICT DO NOTHING
RETURNING *
"""
# the price and the stream at once, where the listener has none open
PRESS = f"""
WITH {quotes.OFFERED}, opened AS (
    INSERT INTO listening_stream (id, quote_id, listener_id, country, session, opened_at,
        rendition_id, played_seconds, served_bytes, served_seconds, ending)
    SELECT gen_random_uuid(), q.id, q.listener_id, u.country, %(session)s::text,
        %(at)s::timestamptz, (
        SELECT id FROM catalog_rendition
        WHERE track_id = %(track)s AND kind = %(kind)s AND total_bytes IS NOT NULL
    ), 0, 0, 0, ''
    FROM offered q JOIN users_user u ON u.id = q.listener_id
    ON CONFLICT DO NOTHING
    RETURNING id AS stream_id, rendition_id
)
SELECT offered.*, opened.stream_id, opened.rendition_id,
    (SELECT micros FROM pricing_trackprice WHERE track_id = %(track)s) AS now_micros
FROM offered LEFT JOIN opened ON true
"""
# what a press has opened that is sent again
UNHEARD = """
SELECT s.* FROM listening_stream s JOIN pricing_quote q ON q.id = s.quote_id
JOIN catalog_track t ON t.id = q.track_id AND t.state = 'published'
WHERE s.listener_id = %(listener)s AND s.ended_at IS NULL AND s.started_at IS NULL
    AND q.track_id = %(track)s AND q.state = 'offered' AND q.expires_at > %(at)s
    AND q.surface = ANY(%(surfaces)s::text[]) AND s.session = %(session)s
"""
OPENINGS = 5  # tries, of those who open at once


class QuoteExpired(Conflict):
    """409: carries the new quote that took its place."""

    code = "expired"

    def __init__(self, replacement: Quote) -> None:
        super().__init__("That price is over ten minutes old. Here is today's.")
        self.replacement = replacement


@dataclass(frozen=True)
class Pressed:
    """A stream that was opened at `at`, of which quote, and which copy sounds."""

    stream: UUID
    at: datetime
    quote: Quote  # with its track
    kind: Kind
    price_micros: int  # of the track now, also where this play is free


def press(
    track: Track, listener: User, surface: str, at: datetime, kind: Kind, session: str = ""
) -> Pressed:
    """Quote the song's price and open a stream for it; another open stream stops.

    `session` as `keys.session_of` names it.

    Raises:
        NotOnSale: the track can't be played (any more, or yet).
    """
    told = quotes.asked_for(track, listener, surface, at) | {"kind": kind, "session": session}
    for quote, rest in each(Quote, PRESS, told):
        quote.track, quote.listener = track, listener
        if pressed := _pressed(quote, rest, told):
            return pressed
    # asked for again, or another stream is open
    again = first(Stream, UNHEARD, told)
    if again is None:
        again = start(quotes.offer(track, listener, surface, at).pk, listener, at, kind, session)
    sounding = Stream.sounding(again.pk, listener)
    assert sounding is not None
    return of_stream(sounding)


def of_stream(stream: Stream) -> Pressed:
    """What was opened, of a stream as `Stream.sounding` reads it."""
    copy = Kind(stream.rendition.kind) if stream.rendition else Kind.MP3_128
    quote = Quote.objects.select_related("track__artist", "track__price").get(pk=stream.quote_id)
    return Pressed(stream.pk, stream.opened_at, quote, copy, quote.track.price.micros)


def _pressed(quote: Quote, rest: list[Any], told: dict[str, Any]) -> Pressed | None:
    """What PRESS gave; None where it opened no stream."""
    stream, rendition, now_micros = rest
    if stream is None:
        return None
    if rendition is None:
        renditions.find(quote.track_id, told["kind"], told["at"])  # asks for it
    kind = told["kind"] if rendition else Kind.MP3_128
    return Pressed(stream, told["at"], quote, kind, now_micros)


def start(
    quote_id: UUID | str,
    listener: User,
    at: datetime,
    kind: Kind = Kind.MP3_128,
    session: str = "",
) -> Stream:
    """Open a stream for a quote; another open stream stops. Asking twice is harmless.

    `kind` sounds if that copy is made; if not, it is asked for and the song's first one sounds.

    Raises:
        NotFound: not this listener's quote. QuoteExpired: a new one is offered instead.
        Gone: the quote was used by a stream that has ended.
    """
    quote = quotes.find(quote_id, listener)
    for _ in range(OPENINGS):
        known, is_usable = _found_or_opened(quote, listener, at, kind, session)
        if known is not None and known.ended_at is None:
            return known
        if not is_usable:
            break
    else:
        raise Conflict("Another song was started at the same time; press play again.")
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
    (answer,) = take([Report(_id(stream_id), listener.pk, played_seconds, at)])
    return progress(answer, at)


def progress(answer: Answer, at: datetime) -> Progress:
    """The answer to a report, or what it says is raised: as `heartbeat` does."""
    if isinstance(answer, TooLate):
        old = answer.stream.quote
        raise QuoteExpired(quotes.offer(old.track, old.listener, old.surface, at))
    if isinstance(answer, Problem):
        raise answer
    return answer


def stop(stream_id: UUID | str, listener: User, at: datetime) -> None:
    """The listener stopped: an uncounted play costs nothing.

    Raises:
        NotFound: not this listener's stream.
    """
    (there,) = stop_many([(_id(stream_id), listener.pk, at)])
    if not there:
        raise NotFound("There is no such stream of yours.")


def stop_many(stops: Sequence[tuple[UUID, int, datetime]]) -> list[bool]:
    """Stop streams, each with its login and when; which of them there are."""
    finished = finish(stops)
    return [pk in finished or _stop(pk, login, at) for pk, login, at in stops]


def _stop(pk: UUID, login: int, at: datetime) -> bool:
    with transaction.atomic(savepoint=False):
        mine = Stream.objects.filter(pk=pk, listener=login, listener__is_active=True)
        stream = mine.select_for_update(of=["self"]).first()
        if stream is not None:
            end(stream, Stream.Ending.FINISHED if stream.counted_at else Stream.Ending.STOPPED, at)
    return stream is not None


def sign_out(listener: User, session: str, at: datetime) -> None:
    """What the session plays stops, and with it all that its keys are worth."""
    mine = Stream.objects.filter(listener=listener, session=session, ended_at=None)
    for pk in mine.values_list("pk", flat=True):
        stop_many([(pk, listener.pk, at)])


def sign_out_elsewhere(listener: User, session: str, at: datetime) -> None:
    """The same for every session but this one; for every one where none is named."""
    theirs = Stream.objects.filter(listener=listener, ended_at=None)
    if session:
        theirs = theirs.exclude(session=session)
    for pk in theirs.values_list("pk", flat=True):
        stop_many([(pk, listener.pk, at)])


def taken_along(before: str, after: str) -> None:
    """A session goes on under another key, and so does what it plays."""
    Stream.objects.filter(session=before, ended_at=None).exclude(session="").update(session=after)


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
                end(stream, Stream.Ending.SILENT, at)
                ended += 1
    return ended


def _id(stream_id: UUID | str) -> UUID:
    return stream_id if isinstance(stream_id, UUID) else UUID(stream_id)


def _found_or_opened(
    quote: Quote, listener: User, at: datetime, kind: Kind, session: str
) -> tuple[Stream | None, bool]:
    """The quote's stream, if there is one now, and whether the quote can still open one."""
    with transaction.atomic(savepoint=False):  # nothing in here is refused
        country, found = _opening(quote, listener)
        known = found.pop(quote.pk, None)
        offered = quote.state == Quote.State.OFFERED and quote.expires_at > at
        if known is not None or not offered:
            return known, False
        for other in found.values():
            end(other, Stream.Ending.REPLACED, at)
        rendition = renditions.find(quote.track_id, kind, at)
        made = {"country": country, "session": session, "rendition": rendition and rendition.pk}
        return _open(quote, listener, at, made), True


def _opening(quote: Quote, listener: User) -> tuple[str, dict[UUID, Stream]]:
    """One opening at a time: the listener's country, and its open streams and this quote's."""
    with prepared() as cursor:
        cursor.execute(OPENER, [listener.pk])
        (country,) = cursor.fetchone()
    # in a statement of its own, which sees what the lock was waited for
    found = every(Stream, MINE, {"quote": quote.pk, "listener": listener.pk})
    return country, {one.quote_id: one for one in found}


def _open(quote: Quote, listener: User, at: datetime, made: dict[str, Any]) -> Stream | None:
    """A stream of the quote; None where a press was faster (`PRESS` takes no lock)."""
    told = {"quote": quote.pk, "listener": listener.pk, "at": at, **made}
    stream = first(Stream, OPEN, told)
    if stream is not None:
        stream.quote, stream.listener = quote, listener
    return stream
