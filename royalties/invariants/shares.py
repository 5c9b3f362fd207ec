"""Units: a million a track, whoever holds them, and what holders have earned with them."""

from royalties.invariants.check import Rule

MILLION = """
SELECT format('track %s has %s units', t.slot, coalesce(sum(h.units), 0))
FROM royalties_terms t LEFT JOIN royalties_holding h ON h.terms_id = t.id
GROUP BY t.id HAVING coalesce(sum(h.units), 0) <> 1000000
"""
HELD_AS_MOVED = """
SELECT format('party %s holds %s units of track %s and its moves give %s', party,
    coalesce(h.units, 0), t.slot, coalesce(m.units, 0))
FROM (SELECT terms_id, party_id AS party, units FROM royalties_holding) h
FULL JOIN (
    SELECT terms_id, party, sum(units) AS units FROM (
        SELECT terms_id, taker_id AS party, units FROM royalties_unitmove
        UNION ALL
        SELECT terms_id, giver_id, -units FROM royalties_unitmove WHERE giver_id IS NOT NULL
    ) sides GROUP BY terms_id, party
) m USING (terms_id, party)
JOIN royalties_terms t ON t.id = terms_id
WHERE coalesce(h.units, 0) <> coalesce(m.units, 0)
"""
HELD_AS_POSTED = """
SELECT format('%s units of track %s are %s and the ledger has %s', coalesce(h.units, 0), t.slot,
    CASE WHEN coalesce(party, by_party) IS NULL THEN 'in the house' ELSE 'in wallets' END,
    coalesce(l.units, 0))
FROM (
    SELECT h.terms_id, outside.id AS party, sum(h.units) AS units
    FROM royalties_holding h
    LEFT JOIN royalties_party outside ON outside.id = h.party_id AND outside.kind = 'outside'
    GROUP BY h.terms_id, outside.id
) h
FULL JOIN (
    SELECT a.terms_id AS posted, a.party_id AS by_party, sum(p.amount) AS units
    FROM royalties_account a JOIN royalties_posting p ON p.account_id = a.id
    WHERE a.kind = 'units' GROUP BY a.terms_id, a.party_id
) l ON posted = h.terms_id AND coalesce(by_party, posted) = coalesce(party, h.terms_id)
JOIN royalties_terms t ON t.id = coalesce(h.terms_id, posted)
WHERE coalesce(h.units, 0) <> coalesce(l.units, 0)
"""
LISTENED = """
SELECT format('party %s earned %s units of track %s by listening, and its moves say %s',
    h.party_id, h.listened_units, t.slot, coalesce(m.units, 0))
FROM royalties_holding h
JOIN royalties_terms t ON t.id = h.terms_id
LEFT JOIN (
    SELECT terms_id, party_id, sum(units) AS units FROM (
        SELECT terms_id, taker_id AS party_id, units
        FROM royalties_unitmove WHERE kind = 'emission'
        UNION ALL
        SELECT terms_id, giver_id, -units FROM royalties_unitmove WHERE kind = 'return'
    ) sides GROUP BY terms_id, party_id
) m ON m.terms_id = h.terms_id AND m.party_id = h.party_id
WHERE h.listened_units <> coalesce(m.units, 0) OR h.listened_units > t.listener_cap_units
"""
EMITTED = """
SELECT format('track %s has emitted %s of %s units', t.slot, max(tw.cumulative_units),
    t.reserved_units)
FROM royalties_terms t JOIN royalties_trackwindow tw ON tw.terms_id = t.id
GROUP BY t.id HAVING max(tw.cumulative_units) > t.reserved_units
"""
WINDOW_UNITS = """
SELECT format('window %s/%s of track %s emitted %s units, its plays %s, its moves %s', w.period_id,
    w.number, t.slot, tw.units_emitted, coalesce(p.units, 0), coalesce(m.units, 0))
FROM royalties_trackwindow tw
JOIN royalties_window w ON w.id = tw.window_id
JOIN royalties_terms t ON t.id = tw.terms_id
LEFT JOIN (
    SELECT window_id, terms_id, sum(units) AS units FROM (
        SELECT window_id, terms_id, units FROM royalties_paidplay WHERE window_id IS NOT NULL
        UNION ALL
        SELECT r.released_in_id, p.terms_id, r.units_again
        FROM royalties_reversal r JOIN royalties_paidplay p ON p.id = r.play_id
        WHERE r.released_in_id IS NOT NULL
    ) given GROUP BY window_id, terms_id
) p ON p.window_id = tw.window_id AND p.terms_id = tw.terms_id
LEFT JOIN (
    SELECT window_id, terms_id, sum(units) AS units FROM royalties_unitmove
    WHERE kind = 'emission' GROUP BY window_id, terms_id
) m ON m.window_id = tw.window_id AND m.terms_id = tw.terms_id
WHERE tw.units_emitted <> coalesce(p.units, 0) OR tw.units_emitted <> coalesce(m.units, 0)
"""
# What holders were paid, carry and have earned since is the pool's part of all revenue, exactly.
CONSERVED = """
SELECT format('holders of track %s are owed %s of a pool of %s (over 10^10)', t.slot,
    h.owed + 10000000000 * coalesce(e.paid, 0), r.revenue::numeric * t.pool_bps * 1000000)
FROM royalties_terms t
JOIN (
    SELECT terms_id, sum(revenue_micros)::bigint AS revenue
    FROM royalties_trackwindow GROUP BY terms_id
) r ON r.terms_id = t.id
JOIN LATERAL (
    SELECT sum(carried + t.pool_bps
        * (unit_micros + units::numeric * (r.revenue - revenue_seen_micros))) AS owed
    FROM royalties_holding WHERE terms_id = t.id
) h ON true
LEFT JOIN (
    SELECT terms_id, sum(amount_micros) AS paid FROM royalties_entitlement
    WHERE role = 'holder' GROUP BY terms_id
) e ON e.terms_id = t.id
WHERE t.pool_bps > 0 AND h.owed + 10000000000 * coalesce(e.paid, 0)
    <> r.revenue::numeric * t.pool_bps * 1000000
"""
CARRIED = """
SELECT format('party %s carries %s over 10^10 of track %s', h.party_id, h.carried, t.slot)
FROM royalties_holding h JOIN royalties_terms t ON t.id = h.terms_id
WHERE h.carried < 0 OR h.carried >= 10000000000
"""

UNIT_CHECKS = (
    Rule("every track has 1,000,000 units", MILLION),
    Rule("everybody holds what moved to them", HELD_AS_MOVED),
    Rule("units in the house and in wallets are what the ledger says", HELD_AS_POSTED),
    Rule("units earned by listening are the moves', and within the cap", LISTENED),
    Rule("no more units are emitted than reserved", EMITTED),
    Rule("a window's units are its plays' and its moves'", WINDOW_UNITS),
    Rule("holders together are owed the whole pool", CONSERVED),
    Rule("nobody carries a whole micro", CARRIED),
)
