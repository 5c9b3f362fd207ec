"""What a period opened with: each played track's revenue and holders, as rows of the past say.

Read from unit moves and earlier entitlements, never from today's holdings, so that a period long
closed still opens with the same.
"""

from django.db.models import Sum

from royalties.models import Period, TrackWindow

# Every track played in %(period)s, or that units left or came to, with its cumulative revenue.
TRACKS = """
WITH here AS (
    SELECT id FROM royalties_window WHERE period_id = %(period)s
), played AS (
    SELECT DISTINCT ON (terms_id) terms_id, cumulative_micros - revenue_micros AS revenue
    FROM royalties_trackwindow WHERE window_id IN (SELECT id FROM here)
    ORDER BY terms_id, window_id
), moved AS (
    SELECT DISTINCT terms_id FROM royalties_unitmove
    WHERE window_id BETWEEN (SELECT min(id) FROM here) AND (SELECT max(id) FROM here)
        AND window_id IN (SELECT id FROM here) AND kind IN ('leave', 'arrive')
)
SELECT terms_id, revenue FROM played
UNION ALL
SELECT moved.terms_id, last.cumulative_micros
FROM moved JOIN LATERAL (
    SELECT tw.cumulative_micros FROM royalties_trackwindow tw
    JOIN royalties_window w ON w.id = tw.window_id AND w.period_id <= %(period)s
    WHERE tw.terms_id = moved.terms_id ORDER BY tw.window_id DESC LIMIT 1
) last ON true
WHERE moved.terms_id NOT IN (SELECT terms_id FROM played)
"""
# Every holder of these: the units held, those earned by listening, and the numerator carried.
HOLDERS = f"""
WITH track AS ({TRACKS}), held AS (
    SELECT m.terms_id, side.party_id, sum(side.units) AS units, sum(side.listened) AS listened
    FROM track JOIN royalties_unitmove m ON m.terms_id = track.terms_id
    LEFT JOIN royalties_window w ON w.id = m.window_id
    CROSS JOIN LATERAL (VALUES
        (m.taker_id, m.units, CASE m.kind WHEN 'emission' THEN m.units ELSE 0 END),
        (m.giver_id, -m.units, CASE m.kind WHEN 'return' THEN -m.units ELSE 0 END)
    ) AS side(party_id, units, listened)
    WHERE side.party_id IS NOT NULL AND (m.window_id IS NULL OR w.period_id < %(period)s)
    GROUP BY m.terms_id, side.party_id
), owed AS (
    SELECT DISTINCT ON (e.terms_id, e.party_id) e.terms_id, e.party_id, e.carried
    FROM track JOIN royalties_entitlement e ON e.terms_id = track.terms_id
    WHERE e.role = 'holder' AND e.period_id < %(period)s
    ORDER BY e.terms_id, e.party_id, e.period_id DESC
)
SELECT terms_id, party_id, track.revenue, coalesce(units, 0) AS units,
    coalesce(listened, 0) AS listened, coalesce(carried, 0) AS carried
FROM held FULL JOIN owed USING (terms_id, party_id) JOIN track USING (terms_id)
WHERE coalesce(units, 0) <> 0 OR coalesce(listened, 0) <> 0 OR coalesce(carried, 0) <> 0
"""
# Issuers that units of reversed plays went back to; one that held none at the start is no holder.
TOOK_BACK = """
SELECT DISTINCT m.terms_id, m.taker_id AS party_id
FROM royalties_window w JOIN royalties_unitmove m ON m.window_id = w.id
WHERE w.period_id = %(period)s AND m.kind = 'return' AND m.window_id BETWEEN (
    SELECT min(id) FROM royalties_window WHERE period_id = %(period)s
) AND (
    SELECT max(id) FROM royalties_window WHERE period_id = %(period)s
)
"""


def gained(period: Period) -> dict[int, int]:
    """Revenue of the period in micros, by slot."""
    rows = TrackWindow.objects.filter(window__period=period).values("terms__slot")
    return dict(rows.annotate(sum=Sum("revenue_micros")).values_list("terms__slot", "sum"))
