"""What a period owes whom, frozen at its close: entitlements, and their postings to `published`.

Payees and the platform are owed the difference of cumulative floors, as the contract pays them;
holders whole micros of their part of the pool, the rest carried with each of them. All of it is
done by PostgreSQL, in integers, however many there are; the floors are `money.share_between`.
"""

from datetime import datetime

from django.db import connection, transaction
from django.db.models import QuerySet

from royalties import holdings, ledger, locks, openings, pseudonyms
from royalties.models import Entitlement, Period

# Every track with a window in the period, or that units left or came to.
TRACKS = f"""
CREATE TEMPORARY TABLE closing_track ON COMMIT DROP AS
SELECT opened.terms_id, opened.revenue + coalesce(gained.micros, 0) AS revenue,
    t.pool_bps, t.slot, opened.revenue AS opened
FROM ({openings.TRACKS}) opened
JOIN royalties_terms t ON t.id = opened.terms_id
LEFT JOIN (
    SELECT tw.terms_id, sum(tw.revenue_micros)::bigint AS micros
    FROM royalties_window w JOIN royalties_trackwindow tw ON tw.window_id = w.id
    WHERE w.period_id = %(period)s GROUP BY tw.terms_id
) gained ON gained.terms_id = opened.terms_id
"""
DIRECT = """
INSERT INTO royalties_entitlement (period_id, terms_id, party_id, role, amount_micros, carried)
SELECT %(period)s, track.terms_id, part.party_id, part.role,
    track.revenue * part.bps / 10000 - track.opened * part.bps / 10000, 0
FROM closing_track track JOIN (
    SELECT terms_id, party_id, bps, 'payee' AS role FROM royalties_payee
    UNION ALL SELECT id, platform_id, platform_bps, 'platform' FROM royalties_terms
) part ON part.terms_id = track.terms_id
"""
OWED_HOLDERS = """
SELECT terms_id, party_id FROM royalties_entitlement
WHERE period_id = %(period)s AND role = 'holder'
"""
ACCOUNTS = """
INSERT INTO royalties_account (kind, party_id, terms_id, asset)
SELECT DISTINCT 'published', e.party_id, NULL::uuid, 'micros'
FROM royalties_entitlement e
WHERE e.period_id = %(period)s AND e.amount_micros > 0 AND NOT EXISTS (
    SELECT FROM royalties_account a
    WHERE a.kind = 'published' AND a.party_id = e.party_id AND a.terms_id IS NULL
)
ON CONFLICT (kind, party_id, terms_id) DO NOTHING
"""
# One entry a track. Without a line's account it would not sum to zero, and be refused at commit.
POST = """
WITH made AS (
    INSERT INTO royalties_entry (reference, kind, at, period_id, terms_id)
    SELECT format('p/%%s/%%s', %(period)s, slot), 'close', %(at)s, %(period)s, terms_id
    FROM closing_track ORDER BY slot
    RETURNING id, terms_id
), owed AS (
    SELECT terms_id, party_id, role, amount_micros AS micros
    FROM royalties_entitlement WHERE period_id = %(period)s AND amount_micros > 0
), line AS (
    SELECT owed.terms_id, a.id, owed.micros AS amount
    FROM owed JOIN royalties_account a
        ON a.kind = 'published' AND a.party_id = owed.party_id AND a.terms_id IS NULL
    UNION ALL
    SELECT owed.terms_id, a.id, -owed.micros
    FROM owed JOIN royalties_account a
        ON a.kind = 'accrued' AND a.party_id = owed.party_id AND a.terms_id IS NULL
    WHERE owed.role <> 'holder'
    UNION ALL
    SELECT pool.terms_id, a.id, -pool.micros
    FROM (
        SELECT terms_id, sum(micros) AS micros FROM owed WHERE role = 'holder' GROUP BY terms_id
    ) pool JOIN royalties_account a
        ON a.kind = 'pool' AND a.party_id IS NULL AND a.terms_id = pool.terms_id
)
INSERT INTO royalties_posting (entry_id, account_id, amount)
SELECT made.id, line.id, sum(line.amount)
FROM line JOIN made ON made.terms_id = line.terms_id GROUP BY made.id, line.id
"""


@transaction.atomic
def entitle(period: Period, at: datetime) -> QuerySet[Entitlement]:
    """Freeze what the period owes and post it; the caller has accrued up to the cut-off.

    Again for the same period it returns what was frozen, and changes nothing.
    """
    locks.take(locks.Lock.ACCRUAL)
    if not period.entitlements.exists():
        _freeze(period)
        pseudonyms.ensure_in(period, OWED_HOLDERS)
        _post(period, at)
    order = ("terms__slot", "role", "party_id")
    return period.entitlements.select_related("terms", "party").order_by(*order)


def _freeze(period: Period) -> None:
    """Write entitlements, and bring the holdings of the period's tracks up to date."""
    with connection.cursor() as cursor:
        cursor.execute(TRACKS, {"period": period.pk})
        cursor.execute(DIRECT, {"period": period.pk})
    holdings.settle(period, "closing_track")


def _post(period: Period, at: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(ACCOUNTS, {"period": period.pk})
        if cursor.rowcount >= ledger.MANY:  # or each would be looked for among all that is owed
            cursor.execute("ANALYZE royalties_account")
        cursor.execute(POST, {"period": period.pk, "at": at})
        ledger.grown(cursor, cursor.rowcount)
        cursor.execute("DROP TABLE closing_track")
