"""Quotes: offering a price, and ending it as accepted, declined, expired or void.

One observation for each listener, track and UTC day of issue: that day's first teaching quote.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction

from marketplace.catalog.models import Track
from marketplace.catalog.pays import PAYS
from marketplace.pricing import free
from marketplace.pricing.models import Quote
from marketplace.problems import Conflict, NotFound
from marketplace.users.models import User
from royalties.prepared import first, prepared
from royalties.rows import array

# surfaces of one kind, by whether they teach: a quote of one holds on the others
ALIKE = {
    teaching: array(one for one in Quote.Surface if (one in Quote.TEACHING_SURFACES) == teaching)
    for teaching in (True, False)
}
MINE = "SELECT * FROM pricing_quote WHERE id = %(quote)s AND listener_id = %(listener)s"
# The price that holds for this listener now: a quote of the same kind that nothing was done with,
# or a free one of any kind, or a new one. Of the new one `asked.micros` is the price, none where
# `free` says so: a free play is set aside first, and for that play alone. Nothing is given where
# `free` is unsaid and the page may say free, or where of two windows opened at once the other
# one's teaches.
OFFERED = f"""
unused AS (
    SELECT q.* FROM pricing_quote q
    JOIN catalog_track t ON t.id = q.track_id AND t.state = 'published'
    WHERE track_id = %(track)s AND listener_id = %(listener)s AND q.state = 'offered'
        AND expires_at > %(at)s AND (surface = ANY(%(surfaces)s::text[]) OR price_micros = 0)
        AND NOT EXISTS (SELECT FROM listening_stream s WHERE s.quote_id = q.id)
        AND %(free)s::bool IS NOT TRUE
    ORDER BY issued_at DESC LIMIT 1
), issued AS (
    INSERT INTO pricing_quote (id, track_id, listener_id, price_micros, surface, state, teaches,
        issued_at, issued_on, expires_at)
    SELECT gen_random_uuid(), %(track)s::uuid, %(listener)s::bigint, asked.micros,
        %(surface)s::text, 'offered',
        %(teaches)s::bool AND asked.micros > 0 AND NOT coalesce(%(pays)s::bool, ({PAYS}))
        AND NOT EXISTS (
            SELECT FROM pricing_quote WHERE listener_id = %(listener)s AND track_id = %(track)s
                AND issued_on = %(day)s AND teaches
        ),
        %(at)s::timestamptz, %(day)s::date, %(expires_at)s::timestamptz
    FROM (
        SELECT CASE WHEN %(free)s::bool THEN 0 ELSE price.micros END AS micros
        FROM pricing_trackprice price
        JOIN catalog_track t ON t.id = price.track_id AND t.state = 'published'
        LEFT JOIN pricing_freeplays free ON free.track_id = price.track_id
        WHERE price.track_id = %(track)s AND (%(free)s::bool IS NOT NULL OR NOT {free.LEFT})
    ) asked
    WHERE NOT EXISTS (SELECT FROM unused)
    ON CONFLICT (listener_id, track_id, issued_on) WHERE teaches DO NOTHING
    RETURNING *
), offered AS (
    SELECT * FROM unused UNION ALL SELECT * FROM issued
)
"""
OFFER = f"WITH {OFFERED} SELECT * FROM offered"
SPEND = """
UPDATE pricing_quote q SET state = 'spent'
FROM unnest(%(quotes)s::uuid[], %(ats)s::timestamptz[]) AS asked(id, at)
WHERE q.id = asked.id AND q.state = 'offered' AND q.expires_at > asked.at
RETURNING q.id
"""
# free plays that were set aside and are not taken may be given again; songs in one order, so that
# nobody waits for somebody who waits
BACK = """
back AS (
    UPDATE pricing_freeplays counted SET given = given - ended_free.plays
    FROM (
        SELECT track_id, untaken.plays FROM pricing_freeplays locked JOIN (
            SELECT track_id, count(*) AS plays FROM ended
            WHERE price_micros = 0 AND state <> 'accepted' GROUP BY track_id
        ) untaken USING (track_id) ORDER BY track_id FOR UPDATE OF locked
    ) ended_free WHERE counted.track_id = ended_free.track_id
)
SELECT count(*) FROM ended
"""
# what could not be paid for (void) teaches nothing
END = f"""
WITH before AS MATERIALIZED (
    SELECT q.id, asked.state, asked.at FROM unnest(
        %(quotes)s::uuid[], %(states)s::text[], %(ats)s::timestamptz[]
    ) AS asked(id, state, at)
    JOIN pricing_quote q ON q.id = asked.id AND q.state IN ('offered', 'spent')
    ORDER BY q.id FOR UPDATE OF q
), ended AS (
    UPDATE pricing_quote q SET state = before.state, ended_at = before.at,
        teaches = q.teaches AND before.state <> 'void'
    FROM before WHERE q.id = before.id
    RETURNING q.track_id, q.price_micros, q.state
), {BACK}
"""
LAPSE = f"""
WITH ended AS (
    UPDATE pricing_quote SET state = %(state)s, ended_at = %(at)s,
        teaches = teaches AND %(state)s <> 'void'
    WHERE state = 'offered' AND (track_id = %(track)s OR expires_at <= %(lapsed)s)
    RETURNING track_id, price_micros, state
), {BACK}
"""
# free plays set aside for a listener that it has not taken in time
UNTAKEN = f"""
WITH ended AS (
    UPDATE pricing_quote SET state = 'expired', ended_at = %(at)s
    WHERE track_id = %(track)s AND listener_id = %(listener)s AND price_micros = 0
        AND state = 'offered' AND expires_at <= %(at)s
    RETURNING track_id, price_micros, state
), {BACK}
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
    (`FREE_PLAYS_A_LISTENER`): one of them is set aside for it, until the quote ends.

    `pays`: whether the song pays this login, where that is known already.

    Raises:
        NotOnSale: the track can't be played (any more, or yet).
    """
    if track.state != Track.State.PUBLISHED:
        raise NotOnSale
    told = asked_for(track, listener, surface, at, pays)
    quote = first(Quote, OFFER, told) or _offered_alone(told)
    quote.track, quote.listener = track, listener
    return quote


@transaction.atomic
def _offered_alone(told: dict[str, Any]) -> Quote:
    """While nobody of the listener's circle is offered a price of it: free, if one is left."""
    with prepared() as cursor:
        cursor.execute(free.ALONE, told)
    # in statements of their own, which see what the lock was waited for
    if quote := first(Quote, OFFER, told):
        return quote
    with prepared() as cursor:
        cursor.execute(UNTAKEN, told)
        cursor.execute(free.RESERVE, told)
        is_free = bool(cursor.rowcount)
    quote = first(Quote, OFFER, told | {"free": is_free, "pays": True})
    if quote is None:  # taken off sale a moment ago
        raise NotOnSale
    return quote


def asked_for(
    track: Track, listener: User, surface: str, at: datetime, pays: bool | None = None
) -> dict[str, Any]:
    """What OFFERED takes; a listener whom the song pays teaches nothing."""
    assert track.terms is not None
    teaching = surface in Quote.TEACHING_SURFACES
    return {
        "track": track.pk,
        "listener": listener.pk,
        **free.told(listener.pk),
        "party": listener.party_id,
        "issuer": track.terms.issuer_id,
        "terms": track.terms.pk,
        "surface": surface,
        "surfaces": ALIKE[teaching],
        "teaches": teaching,
        "pays": pays,
        "free": None,
        "at": at,
        "day": at.date(),
        "expires_at": at + settings.QUOTE_TTL,
    }


def find(quote_id: UUID | str, listener: User) -> Quote:
    """A listener's own quote; anybody else's does not exist for them."""
    quote = first(Quote, MINE, {"quote": quote_id, "listener": listener.pk})
    if quote is None:
        raise NotFound("There is no such quote of yours.")
    return quote


def end(quote_id: UUID, state: str, at: datetime) -> None:
    """Offered or spent becomes `state`, once; an ended quote stays as it ended."""
    end_many([(quote_id, state, at)])


def end_many(endings: Sequence[tuple[UUID, str, datetime]]) -> None:
    """Each, a quote's id, its new state and when, as `end` does it; no quote twice."""
    ids, states, ats = map(array, zip(*endings, strict=True))
    with prepared() as cursor:
        cursor.execute(END, {"quotes": ids, "states": states, "ats": ats})


@dataclass(frozen=True)
class Taken:
    """A quote that is taken by its stream's first heartbeat."""

    quote: UUID
    at: datetime


def spend(taken: Sequence[Taken]) -> set[UUID]:
    """At the first heartbeat offered becomes spent: those that had neither expired by then nor been
    spent before.
    """
    told = {"quotes": array(one.quote for one in taken), "ats": array(one.at for one in taken)}
    with prepared() as cursor:
        cursor.execute(SPEND, told)
        return {pk for (pk,) in cursor.fetchall()}


def withdraw(track_id: UUID, at: datetime) -> None:
    """Whoever was offered a price of this song can't take it any more; it teaches nothing."""
    _lapse({"state": Quote.State.VOID, "at": at, "track": track_id, "lapsed": None})


def expire(at: datetime) -> int:
    """Every offered quote past its time has expired: nobody accepted that price."""
    return _lapse({"state": Quote.State.EXPIRED, "at": at, "track": None, "lapsed": at})


def _lapse(told: dict[str, Any]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(LAPSE, told)
        (n,) = cursor.fetchone()
    return int(n)
