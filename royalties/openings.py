"""What a period opened with: each played track's revenue and holders, as rows of the past say.

Read from unit moves and earlier entitlements, never from today's holdings, so that a period long
closed still opens with the same.
"""

from uuid import UUID

from django.db.models import F, Sum

from royalties.models import Period, TrackWindow, UnitMove

# Every holder of every track played in %(period)s, or that units left or came to: of the track its
# cumulative revenue; the units held, those of them earned by listening, and the numerator carried.
HOLDERS = """
WITH here AS (
    SELECT id FROM royalties_window WHERE period_id = %(period)s
), played AS (
    SELECT DISTINCT ON (terms_id) terms_id, cumulative_micros - revenue_micros AS revenue
    FROM royalties_trackwindow WHERE window_id IN (SELECT id FROM here)
    ORDER BY terms_id, window_id
), moved AS (
    SELECT DISTINCT ON (m.terms_id) m.terms_id, last.cumulative_micros AS revenue
    FROM royalties_unitmove m JOIN LATERAL (
        SELECT cumulative_micros FROM royalties_trackwindow tw
        JOIN royalties_window w ON w.id = tw.window_id AND w.period_id <= %(period)s
        WHERE tw.terms_id = m.terms_id ORDER BY tw.window_id DESC LIMIT 1
    ) last ON true
    WHERE m.window_id IN (SELECT id FROM here) AND m.kind IN ('leave', 'arrive')
        AND m.terms_id NOT IN (SELECT terms_id FROM played)
    ORDER BY m.terms_id
), track AS (
    SELECT * FROM played UNION ALL SELECT * FROM moved
), held AS (
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


def gained(period: Period) -> dict[UUID, int]:
    """Revenue of the period in micros, by terms."""
    rows = TrackWindow.objects.filter(window__period=period).values("terms_id")
    return dict(rows.annotate(sum=Sum("revenue_micros")).values_list("terms_id", "sum"))


def revenue_before(period: Period) -> dict[UUID, int]:
    """Cumulative revenue as it opens of each track played, or that units left or came to."""
    rows = TrackWindow.objects.filter(window__period=period).order_by("terms_id", "window_id")
    first = rows.distinct("terms_id").annotate(before=F("cumulative_micros") - F("revenue_micros"))
    return _revenue_of_moved(period) | dict(first.values_list("terms_id", "before"))


def _revenue_of_moved(period: Period) -> dict[UUID, int]:
    """Cumulative revenue of tracks of which units left or came back at the period's cut-off."""
    moved = UnitMove.objects.filter(window__period=period, kind__in=UnitMove.AT_CUTOFFS)
    rows = TrackWindow.objects.filter(
        terms__in=moved.values("terms"), window__period__number__lte=period.number
    ).order_by("terms_id", "-window_id")
    return dict(rows.distinct("terms_id").values_list("terms_id", "cumulative_micros"))
