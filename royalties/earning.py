"""What the next play of each of several tracks would earn its listener: one query."""

from collections.abc import Mapping
from uuid import UUID

from django.db import connection

from royalties import emission
from royalties.models import Party

STANDING = """
SELECT terms.id, coalesce(last.cumulative_units, 0), terms.reserved_units, terms.micros_per_unit,
       coalesce(held.listened_units, 0), terms.listener_cap_units,
       coalesce(terms.issuer_id = %(listener)s, false) OR EXISTS (
           SELECT FROM royalties_payee WHERE terms_id = terms.id AND party_id = %(listener)s)
FROM royalties_terms terms
LEFT JOIN LATERAL (
    SELECT cumulative_units FROM royalties_trackwindow WHERE terms_id = terms.id
    ORDER BY window_id DESC LIMIT 1
) last ON true
LEFT JOIN royalties_holding held ON held.terms_id = terms.id AND held.party_id = %(listener)s
WHERE terms.id = ANY(%(ids)s)
"""


def next_plays_earn(price_micros: Mapping[UUID, int], listener: Party | None) -> dict[UUID, int]:
    """Units by terms id, as `plays.next_play_earns` says for one; none of a track that pays it.

    Args:
        price_micros: the price of a play now, by terms id.
        listener: nobody in particular if None.
    """
    with connection.cursor() as cursor:
        told = {"ids": list(price_micros), "listener": listener.pk if listener else None}
        cursor.execute(STANDING, told)
        return {
            pk: 0 if pays else emission.units_for(price_micros[pk], *standing)
            for pk, *standing, pays in cursor.fetchall()
        }
