"""Terms, cumulative revenue, and what closed periods owe of it."""

from royalties.invariants.check import Rule

PARTS = """
SELECT format('the parts of track %s add up to %s', t.slot,
    t.platform_bps + t.pool_bps + coalesce(sum(p.bps), 0))
FROM royalties_terms t LEFT JOIN royalties_payee p ON p.terms_id = t.id
GROUP BY t.id HAVING t.platform_bps + t.pool_bps + coalesce(sum(p.bps), 0) <> 10000
"""
CUMULATIVE = """
SELECT format('window %s of track %s says %s micros and %s units in all, and it is %s and %s',
    window_id, slot, cumulative_micros, cumulative_units, micros, units)
FROM (
    SELECT tw.*, t.slot, sum(tw.revenue_micros) OVER so_far AS micros,
        sum(tw.units_emitted - tw.units_returned) OVER so_far AS units
    FROM royalties_trackwindow tw JOIN royalties_terms t ON t.id = tw.terms_id
    WINDOW so_far AS (PARTITION BY tw.terms_id ORDER BY tw.window_id)
) chain
WHERE cumulative_micros <> micros OR cumulative_units <> units
"""
ENTITLED_AS_POSTED = """
SELECT format('period %s owes party %s %s for track %s and posts %s', period, party,
    coalesce(e.micros, 0), t.slot, coalesce(l.micros, 0))
FROM (
    SELECT period_id AS period, terms_id, party_id AS party, sum(amount_micros) AS micros
    FROM royalties_entitlement GROUP BY period_id, terms_id, party_id
) e
FULL JOIN (
    SELECT en.period_id AS period, en.terms_id, a.party_id AS party, sum(p.amount) AS micros
    FROM royalties_entry en JOIN royalties_posting p ON p.entry_id = en.id
    JOIN royalties_account a ON a.id = p.account_id AND a.kind = 'published'
    WHERE en.kind = 'close' GROUP BY en.period_id, en.terms_id, a.party_id
) l USING (period, terms_id, party)
JOIN royalties_terms t ON t.id = terms_id
WHERE coalesce(e.micros, 0) <> coalesce(l.micros, 0)
"""
FLOORS = """
WITH direct AS (
    SELECT terms_id, party_id, bps FROM royalties_payee
    UNION ALL SELECT id, platform_id, platform_bps FROM royalties_terms
)
SELECT format('party %s is owed %s for track %s by closed periods, and its part is %s', d.party_id,
    coalesce(e.micros, 0), t.slot, r.revenue * d.bps / 10000)
FROM direct d
JOIN royalties_terms t ON t.id = d.terms_id
JOIN (
    SELECT tw.terms_id, sum(tw.revenue_micros)::bigint AS revenue
    FROM royalties_trackwindow tw JOIN royalties_window w ON w.id = tw.window_id
    JOIN royalties_period p ON p.number = w.period_id AND p.state <> 'open'
    GROUP BY tw.terms_id
) r ON r.terms_id = d.terms_id
LEFT JOIN (
    SELECT terms_id, party_id, sum(amount_micros) AS micros
    FROM royalties_entitlement WHERE role <> 'holder' GROUP BY terms_id, party_id
) e ON e.terms_id = d.terms_id AND e.party_id = d.party_id
WHERE coalesce(e.micros, 0) <> r.revenue * d.bps / 10000
"""
ACCRUED = """
WITH direct AS (
    SELECT terms_id, party_id, bps FROM royalties_payee
    UNION ALL SELECT id, platform_id, platform_bps FROM royalties_terms
), earned AS (
    SELECT d.party_id AS party, sum(r.revenue * d.bps / 10000) AS micros
    FROM direct d JOIN (
        SELECT terms_id, sum(revenue_micros)::bigint AS revenue
        FROM royalties_trackwindow GROUP BY terms_id
    ) r ON r.terms_id = d.terms_id
    GROUP BY d.party_id
), owed AS (
    SELECT party_id AS party, sum(amount_micros) AS micros
    FROM royalties_entitlement WHERE role <> 'holder' GROUP BY party_id
), posted AS (
    SELECT a.party_id AS party, sum(p.amount) AS micros
    FROM royalties_account a JOIN royalties_posting p ON p.account_id = a.id
    WHERE a.kind = 'accrued' GROUP BY a.party_id
)
SELECT format('party %s has accrued %s, and its parts of revenue not closed are %s', party,
    coalesce(posted.micros, 0), coalesce(earned.micros, 0) - coalesce(owed.micros, 0))
FROM earned FULL JOIN owed USING (party) FULL JOIN posted USING (party)
WHERE coalesce(posted.micros, 0) <> coalesce(earned.micros, 0) - coalesce(owed.micros, 0)
"""
POOLS = """
SELECT format('the pool of track %s has %s and should have %s', t.slot, coalesce(l.micros, 0),
    r.revenue * t.pool_bps / 10000 - coalesce(e.micros, 0))
FROM royalties_terms t
JOIN (
    SELECT terms_id, sum(revenue_micros)::bigint AS revenue
    FROM royalties_trackwindow GROUP BY terms_id
) r ON r.terms_id = t.id
LEFT JOIN (
    SELECT terms_id, sum(amount_micros) AS micros FROM royalties_entitlement
    WHERE role = 'holder' GROUP BY terms_id
) e ON e.terms_id = t.id
LEFT JOIN (
    SELECT a.terms_id, sum(p.amount) AS micros
    FROM royalties_account a JOIN royalties_posting p ON p.account_id = a.id
    WHERE a.kind = 'pool' GROUP BY a.terms_id
) l ON l.terms_id = t.id
WHERE coalesce(l.micros, 0) <> r.revenue * t.pool_bps / 10000 - coalesce(e.micros, 0)
"""
# A play counted while a window was made may miss it by a moment, but not the window after it too;
# one that ends at the same moment, as what is redistributed at a close does, is no other.
BEFORE_THE_LAST = """
SELECT max(ends_at) FROM royalties_window
WHERE ends_at < (SELECT max(ends_at) FROM royalties_window)
"""
LEFT_BEHIND = f"""
SELECT format('play %s was due at %s and waits still', p.id, p.accrues_at)
FROM royalties_paidplay p
WHERE p.window_id IS NULL AND p.accrues_at <= ({BEFORE_THE_LAST}) AND NOT EXISTS (
    SELECT FROM royalties_reversal r
    WHERE r.play_id = p.id AND coalesce(r.released_at, 'infinity') > ({BEFORE_THE_LAST})
)
"""

OWED_CHECKS = (
    Rule("the parts of every track add up to 100 %", PARTS),
    Rule("cumulative revenue and units are the sums of their windows", CUMULATIVE),
    Rule("what a period owes is what its close posted", ENTITLED_AS_POSTED),
    Rule("payees are owed the floor of their part, to the micro", FLOORS),
    Rule("accrued money is the part of revenue that no period has closed over", ACCRUED),
    Rule("every pool holds what its holders have not been paid", POOLS),
    Rule("no play that was due is left behind", LEFT_BEHIND),
)
