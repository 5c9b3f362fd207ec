"""How a song stands now, and what whoever looks has had to do with it: one query, never kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from marketplace.pricing import free
from marketplace.users.models import User
from royalties import money
from royalties.prepared import prepared

NOW = f"""
SELECT price.micros,
       coalesce((SELECT extract(epoch FROM max(at)) FROM pricing_pricepoint
                 WHERE track_id = track.id), 0)::bigint,
       coalesce(last.window_id, 0), play.n, play.micros, play.last_at,
       coalesce(held.units, 0), coalesce(held.listened_units, 0),
       coalesce(held.unit_micros, 0)
           + coalesce(held.units::numeric * (last.cumulative_micros - held.revenue_seen_micros), 0),
       terms.pool_bps, coalesce(held.carried, 0),
       (SELECT coalesce(sum(amount_micros), 0)::bigint FROM royalties_entitlement
        WHERE terms_id = terms.id AND party_id = %(party)s AND role = 'holder'),
       EXISTS (SELECT FROM discovery_like WHERE track_id = track.id AND user_id = %(user)s),
       ARRAY(SELECT party_id FROM catalog_artist WHERE user_id = %(user)s),
       EXISTS (SELECT FROM royalties_payee WHERE terms_id = terms.id AND (party_id = %(party)s
           OR party_id IN (SELECT party_id FROM catalog_artist WHERE user_id = %(user)s))),
       EXISTS (SELECT FROM royalties_partylink l WHERE l.party_id = %(party)s AND (
           l.other_id = terms.issuer_id OR EXISTS (
               SELECT FROM royalties_payee WHERE terms_id = terms.id AND party_id = l.other_id))),
       coalesce(free.plays, 0),
       coalesce(free.plays - free.given + (SELECT count(*) FROM ({free.OWN}) own), 0),
       track.revision
FROM catalog_track track
LEFT JOIN pricing_freeplays free ON free.track_id = track.id
JOIN pricing_trackprice price ON price.track_id = track.id
JOIN royalties_terms terms ON terms.id = track.terms_id
LEFT JOIN LATERAL (
    SELECT window_id, cumulative_micros FROM royalties_trackwindow WHERE terms_id = terms.id
    ORDER BY window_id DESC LIMIT 1
) last ON true
LEFT JOIN royalties_holding held ON held.terms_id = terms.id AND held.party_id = %(party)s
CROSS JOIN LATERAL (
    SELECT count(*) AS n, coalesce(sum(price_micros), 0)::bigint AS micros,
           max(counted_at) AS last_at
    FROM royalties_paidplay WHERE terms_id = terms.id AND listener_id = %(party)s
) play
WHERE track.id = %(track)s AND track.state = 'published'
"""


@dataclass(frozen=True)
class Mine:
    """What the listener has had to do with this song; of a visitor, nothing. In micros."""

    plays: int = 0
    paid_micros: int = 0
    last_play_at: datetime | None = None
    units: int = 0
    listened_units: int = 0
    back_micros: int = 0  # that its units brought, closed periods and since
    liked: bool = False
    parties: frozenset[UUID] = frozenset()  # the login's, and of artists it has been given
    is_payee: bool = False  # one of them is
    is_linked: bool = False  # to somebody whom it pays


@dataclass(frozen=True)
class SongNow:
    """`priced`: when a step last looked at the price, in seconds; its history changes only with it.

    `window`: the last in which the song accrued; units and holdings change only with it.
    `free_plays`: how many its artist gives away, of which `free_left` are left.
    """

    price_micros: int
    priced: int
    window: int
    mine: Mine
    free_plays: int = 0
    free_left: int = 0
    revision: int = 0  # of what the song is called


def song_now(pk: UUID, listener: User | None) -> SongNow | None:
    """None where there is no such song to hear."""
    party, user = (listener.party_id, listener.pk) if listener else (None, None)
    with prepared() as cursor:
        cursor.execute(NOW, {"track": pk, "party": party, "user": user})
        row = cursor.fetchone()
    if row is None:
        return None
    price, priced, window, plays, paid, last_at, *owned = row
    units, listened, unit_micros, bps, carried, *rest = owned
    closed, liked, artists, is_payee, is_linked, free_plays, free_left, revision = rest
    back = closed + money.entitlement(int(unit_micros), bps, carried)[0]
    parties = frozenset([party, *artists]) if party else frozenset()
    mine = Mine(plays, paid, last_at, units, listened, back, liked, parties, is_payee, is_linked)
    return SongNow(price, priced, window, mine, free_plays, max(0, free_left), revision)
