"""How a song's plays and units stand for everybody: one query."""

from __future__ import annotations

from dataclasses import dataclass

from royalties import money
from royalties.models import Terms
from royalties.prepared import prepared
from royalties.statements import Totals, TrackUnits

# Posted plays are read from their windows, one row a minute at most, however many plays fell into
# it; only those that still wait are counted one by one. Units in people's own wallets are nobody's.
FACTS = """
SELECT coalesce(posted.plays, 0) - taken_back.plays + waiting.plays,
       coalesce(posted.micros, 0)::bigint + waiting.micros::bigint,
       coalesce(last.cumulative_units, 0), coalesce(fans.units, 0), fans.holders
FROM (
    SELECT sum(plays) AS plays, sum(revenue_micros) AS micros
    FROM royalties_trackwindow WHERE terms_id = %(terms)s
) posted
CROSS JOIN (
    SELECT count(*) AS plays, coalesce(sum(price_micros), 0) AS micros
    FROM royalties_waitingplay JOIN royalties_paidplay play ON play.id = play_id
    WHERE terms_id = %(terms)s AND NOT EXISTS (
        SELECT FROM royalties_reversal WHERE play_id = play.id AND released_at IS NULL)
) waiting
CROSS JOIN (
    SELECT count(*) AS plays
    FROM royalties_reversal reversal JOIN royalties_paidplay play ON play.id = play_id
    WHERE terms_id = %(terms)s AND reversal.window_id IS NOT NULL AND released_in_id IS NULL
) taken_back
CROSS JOIN (
    SELECT sum(units) AS units, count(*) AS holders FROM royalties_holding
    WHERE terms_id = %(terms)s AND units > 0 AND party_id <> %(issuer)s AND party_id <> ALL (ARRAY(
        SELECT id FROM royalties_party WHERE kind = 'platform'
        UNION ALL SELECT id FROM royalties_party WHERE kind = 'outside'))
) fans
LEFT JOIN (
    SELECT cumulative_units FROM royalties_trackwindow WHERE terms_id = %(terms)s
    ORDER BY window_id DESC LIMIT 1
) last ON true
"""


@dataclass(frozen=True)
class SongFacts:
    """`units` as they stand for somebody who holds none."""

    totals: Totals
    units: TrackUnits


def song_facts(terms: Terms) -> SongFacts:
    with prepared() as cursor:
        cursor.execute(FACTS, {"terms": terms.pk, "issuer": terms.issuer_id})
        plays, micros, emitted, held_by_fans, holders = cursor.fetchone()
    left = terms.reserved_units - emitted
    units = TrackUnits(
        units=0,
        other_units=held_by_fans,
        left_units=left,
        held_units=money.UNITS - held_by_fans - left,
        holders=holders,
        emitted_units=emitted,
    )
    return SongFacts(Totals(plays, micros), units)
