"""What the next play of each of several tracks would earn its listener: one query."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils import timezone

from royalties import emission
from royalties.models import Party
from royalties.plays import IS_SHARED_OUT, day_of

SHARED_OUT = IS_SHARED_OUT.format(
    listener="%(listener)s::uuid",
    terms="terms.id",
    price="asked.price",
    per_unit="terms.micros_per_unit",
    most="terms.listener_cap_units",
)
# of each track: how far its units are given out, what the listener has of them, whether it pays the
# listener or one linked to it, and whether their plays of today or their cap are over, as
# `plays.NEXT` says
STANDING = f"""
WITH linked(party_id) AS MATERIALIZED (
    SELECT %(listener)s::uuid UNION ALL
    SELECT other_id FROM royalties_partylink WHERE party_id = %(listener)s::uuid
), theirs(party_id) AS MATERIALIZED (
    SELECT party_id FROM linked WHERE party_id IS NOT NULL UNION ALL SELECT unnest(%(also)s::uuid[])
)
SELECT terms.id, coalesce(last.cumulative_units, 0), terms.reserved_units, terms.micros_per_unit,
       coalesce(held.listened_units, 0), terms.listener_cap_units,
       EXISTS (SELECT FROM theirs WHERE party_id = terms.issuer_id)
       OR EXISTS (SELECT FROM theirs JOIN royalties_payee USING (party_id)
                  WHERE terms_id = terms.id)
       OR %(a_day)s::int <= (SELECT count(*) FROM (
           SELECT FROM royalties_paidplay
           WHERE listener_id = ANY(ARRAY(SELECT party_id FROM linked)) AND terms_id = terms.id
               AND earns_units AND counted_at >= %(day)s::timestamptz
               AND counted_at < %(day)s::timestamptz + interval '1 day'
           LIMIT %(a_day)s::int) today)
       OR {SHARED_OUT}
FROM unnest(%(ids)s::uuid[], %(prices)s::bigint[]) AS asked(id, price)
JOIN royalties_terms terms ON terms.id = asked.id
LEFT JOIN LATERAL (
    SELECT cumulative_units FROM royalties_trackwindow WHERE terms_id = terms.id
    ORDER BY window_id DESC LIMIT 1
) last ON true
LEFT JOIN royalties_holding held ON held.terms_id = terms.id AND held.party_id = %(listener)s::uuid
"""


def next_plays_earn(
    price_micros: Mapping[UUID, int],
    listener: Party | None,
    at: datetime | None = None,
    also: Collection[UUID] = (),
) -> dict[UUID, int]:
    """Units by terms id, as `plays.next_play_earns` says for one.

    Args:
        price_micros: the price of a play now, by terms id.
        listener: nobody in particular if None.
        also: other parties whose songs are the listener's own.
    """
    told: dict[str, Any] = {"ids": list(price_micros), "prices": list(price_micros.values())}
    told |= {"listener": listener.pk if listener else None}
    told |= {"also": list(also), **day_of(at or timezone.now())}
    with connection.cursor() as cursor:
        cursor.execute(STANDING, told)
        return {
            pk: 0 if none else emission.units_for(price_micros[pk], *standing)
            for pk, *standing, none in cursor.fetchall()
        }
