"""Quotes: offering a price, and ending it as accepted, declined, expired or void.

One observation for each listener, track and UTC day of issue: that day's first teaching quote.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings

from marketplace.catalog.models import PAYS, Track
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
# or a new one. Of the new one `asked.micros` is the price: none while the song's first plays are
# free. Of two windows opened at once the other one's teaches, and this gives nothing.
OFFERED = f"""
unused AS (
    SELECT q.* FROM pricing_quote q
    JOIN catalog_track t ON t.id = q.track_id AND t.state = 'published'
    WHERE track_id = %(track)s AND listener_id = %(listener)s AND q.state = 'offered'
        AND expires_at > %(at)s AND surface = ANY(%(surfaces)s::text[])
        AND NOT EXISTS (SELECT FROM listening_stream s WHERE s.quote_id = q.id)
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
        SELECT CASE WHEN {free.LEFT} THEN 0 ELSE price.micros END AS micros
        FROM pricing_trackprice price
        JOIN catalog_track t ON t.id = price.track_id AND t.state = 'published'
        LEFT JOIN pricing_freeplays free ON free.track_id = price.track_id
        WHERE price.track_id = %(track)s
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
    SELECT q.id, q.state AS was, asked.state, asked.at FROM unnest(
        %(quotes)s::uuid[], %(states)s::text[], %(ats)s::timestamptz[]
    ) AS asked(id, state, at)
    JOIN pricing_quote q ON q.id = asked.id AND q.state IN ('offered', 'spent')
    ORDER BY q.id FOR UPDATE OF q
), ended AS (
    UPDATE pricing_quote q SET state = before.state, ended_at = before.at,
        teaches = q.teaches AND before.state <> 'void'
    FROM before WHERE q.id = before.id
    RETURNING q.track_id, q.price_micros, before.was, before.state AS now
)
UPDATE pricing_freeplays counted SET given = given - back.plays
FROM (
    SELECT track_id, count(*) AS plays FROM ended
    WHERE price_micros = 0 AND was = 'spent' AND now <> 'accepted' GROUP BY track_id
) back WHERE counted.track_id = back.track_id
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
    quote = first(Quote, OFFER, asked_for(track, listener, surface, at, pays))
    if quote is None:
        told = asked_for(track, listener, surface, at, pays=True)
        quote = first(Quote, OFFER, told)
    if quote is None:  # taken off sale a moment ago
        raise NotOnSale
    quote.track, quote.listener = track, listener
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
    """A quote that a login takes by its first heartbeat."""

    quote: Quote
    listener_id: int
    at: datetime


def spend(taken: Sequence[Taken]) -> set[UUID]:
    """At the first heartbeat offered becomes spent: those that had neither expired by then nor been
    spent before, nor are free though the listener has had its part of the free ones.
    """
    priced = [one for one in taken if one.quote.price_micros]
    told = {"quotes": array(one.quote.pk for one in priced), "ats": array(one.at for one in priced)}
    free_ones = [one for one in taken if not one.quote.price_micros]
    spent = {one.quote.pk for one in free_ones if _spend_free(one)}
    if priced:
        with prepared() as cursor:
            cursor.execute(SPEND, told)
            spent |= {pk for (pk,) in cursor.fetchall()}
    return spent


def _spend_free(one: Taken) -> bool:
    told: dict[str, Any] = {"quote": one.quote.pk, "at": one.at, "track": one.quote.track_id}
    told |= free.told(one.listener_id)
    with prepared() as cursor:
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
