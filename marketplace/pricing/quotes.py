"""Quotes: offering a price, and ending it as accepted, declined, expired or void.

One observation for each listener, track and UTC day of issue: that day's first teaching quote.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings

from marketplace.catalog.models import Track
from marketplace.pricing import free
from marketplace.pricing.models import Quote
from marketplace.problems import Conflict, NotFound
from marketplace.users.models import User
from royalties.prepared import first, prepared

MINE = "SELECT * FROM pricing_quote WHERE id = %(quote)s AND listener_id = %(listener)s"
UNUSED = """
SELECT q.* FROM pricing_quote q
JOIN catalog_track t ON t.id = q.track_id AND t.state = 'published'
WHERE track_id = %(track)s AND listener_id = %(listener)s AND q.state = 'offered'
    AND expires_at > %(at)s AND surface = ANY(%(surfaces)s)
    AND NOT EXISTS (SELECT FROM listening_stream s WHERE s.quote_id = q.id)
ORDER BY issued_at DESC LIMIT 1
"""
ISSUE = f"""
INSERT INTO pricing_quote (id, track_id, listener_id, price_micros, surface, state, teaches,
    issued_at, issued_on, expires_at)
SELECT gen_random_uuid(), %(track)s, %(listener)s, asked.micros, %(surface)s, 'offered',
    %(teaches)s AND asked.micros > 0 AND NOT EXISTS (
        SELECT FROM pricing_quote WHERE listener_id = %(listener)s AND track_id = %(track)s
            AND issued_on = %(day)s AND teaches
    ),
    %(at)s, %(day)s, %(expires_at)s
FROM (
    SELECT CASE WHEN {free.LEFT} THEN 0 ELSE price.micros END AS micros
    FROM pricing_trackprice price
    JOIN catalog_track t ON t.id = price.track_id AND t.state = 'published'
    LEFT JOIN pricing_freeplays free ON free.track_id = price.track_id
    WHERE price.track_id = %(track)s
) asked
ON CONFLICT (listener_id, track_id, issued_on) WHERE teaches DO NOTHING
RETURNING *
"""

SPEND = """
UPDATE pricing_quote SET state = 'spent'
WHERE id = %(quote)s AND state = 'offered' AND expires_at > %(at)s
"""
# a free one counts, unless the listener has had its part since it was offered
SPEND_FREE = f"""
WITH spent AS (
    UPDATE pricing_quote q SET state = 'spent' FROM pricing_freeplays free
    WHERE q.id = %(quote)s AND q.state = 'offered' AND q.expires_at > %(at)s
        AND free.track_id = q.track_id AND NOT {free.TAKEN}
    RETURNING q.track_id
)
UPDATE pricing_freeplays counted SET given = given + 1
FROM spent WHERE counted.track_id = spent.track_id
"""
# what could not be paid for (void) teaches nothing
END = """
WITH before AS MATERIALIZED (
    SELECT id, state FROM pricing_quote
    WHERE id = %(quote)s AND state IN ('offered', 'spent') FOR UPDATE
), ended AS (
    UPDATE pricing_quote q SET state = %(state)s::text, ended_at = %(at)s,
        teaches = q.teaches AND %(state)s::text <> 'void'
    FROM before WHERE q.id = before.id
    RETURNING q.track_id, q.price_micros, before.state AS was
)
UPDATE pricing_freeplays counted SET given = given - 1 FROM ended
WHERE counted.track_id = ended.track_id AND ended.price_micros = 0 AND ended.was = 'spent'
    AND %(state)s::text <> 'accepted'
"""


class NotOnSale(Conflict):
    """409: not published yet, or taken off sale."""

    def __init__(self) -> None:
        super().__init__("This song is not on sale.")


def offer(
    track: Track, listener: User, surface: str, at: datetime, pays: bool | None = None
) -> Quote:
    """The price that holds for this listener now; an unused quote of the same kind is kept.

    It is 0 while the song's first plays are free and the listener has not had its part of them
    (`FREE_PLAYS_A_LISTENER`), and stays so for who was promised it.

    `pays`: whether the song pays this login, where that is known already.

    Raises:
        NotOnSale: the track can't be played (any more, or yet).
    """
    if track.state != Track.State.PUBLISHED:
        raise NotOnSale
    teaching = surface in Quote.TEACHING_SURFACES
    told: dict[str, Any] = {"track": track.pk, "listener": listener.pk, "at": at}
    told["surfaces"] = [s for s in Quote.Surface if (s in Quote.TEACHING_SURFACES) == teaching]
    if unused := first(Quote, UNUSED, told):
        unused.track, unused.listener = track, listener
        return unused
    if teaching and pays is None:
        pays = track.pays(listener)
    return _issue(track, listener, surface, teaching and not pays, at)


def _issue(track: Track, listener: User, surface: str, teaches: bool, at: datetime) -> Quote:
    told: dict[str, Any] = {"track": track.pk, "listener": listener.pk, "surface": surface}
    told |= {"at": at, "day": at.date(), "expires_at": at + settings.QUOTE_TTL}
    told |= {"teaches": teaches, **free.told(listener.pk)}
    # two windows opened at once: the other one's quote teaches
    quote = first(Quote, ISSUE, told) or first(Quote, ISSUE, told | {"teaches": False})
    if quote is None:  # taken off sale a moment ago
        raise NotOnSale
    quote.track, quote.listener = track, listener
    return quote


def find(quote_id: UUID | str, listener: User) -> Quote:
    """A listener's own quote; anybody else's does not exist for them."""
    quote = first(Quote, MINE, {"quote": quote_id, "listener": listener.pk})
    if quote is None:
        raise NotFound("There is no such quote of yours.")
    return quote


def end(quote_id: UUID, state: str, at: datetime) -> None:
    """Offered or spent becomes `state`, once; an ended quote stays as it ended."""
    with prepared() as cursor:
        cursor.execute(END, {"quote": quote_id, "state": state, "at": at})


def spend(quote: Quote, listener: User, at: datetime) -> bool:
    """The first heartbeat: offered becomes spent, unless it has expired or was spent before, or is
    free and the listener has had its part of the free ones.
    """
    told = {"quote": quote.pk, "at": at, "track": quote.track_id, **free.told(listener.pk)}
    with prepared() as cursor:
        if quote.price_micros:
            cursor.execute(SPEND, told)
            return bool(cursor.rowcount)
        cursor.execute(free.ALONE, told)
        cursor.execute(SPEND_FREE, told)  # in a statement of its own: it sees what it awaited
        return bool(cursor.rowcount)


def withdraw(track_id: UUID, at: datetime) -> None:
    """Whoever was offered a price of this song can't take it any more; it teaches nothing."""
    offered = Quote.objects.filter(track=track_id, state=Quote.State.OFFERED)
    offered.update(state=Quote.State.VOID, teaches=False, ended_at=at)


def expire(at: datetime) -> int:
    """Every offered quote past its time has expired: nobody accepted that price."""
    return Quote.objects.filter(state=Quote.State.OFFERED, expires_at__lte=at).update(
        state=Quote.State.EXPIRED, ended_at=at
    )
