"""Reversed plays: taken back once, posted again once, and what is still to be earned again."""

from royalties.invariants.check import Rule

SHARED_ONCE = """
SELECT format('window %s/%s of track %s shared %s, and %s of it was taken back', w.period_id,
    w.number, t.slot, tw.revenue_micros + coalesce(given.micros, 0), taken.micros)
FROM (
    SELECT terms_id, source_id, sum(micros) AS micros FROM royalties_takenback
    GROUP BY terms_id, source_id
) taken
JOIN royalties_window w ON w.id = taken.source_id
JOIN royalties_terms t ON t.id = taken.terms_id
LEFT JOIN royalties_trackwindow tw
    ON tw.window_id = taken.source_id AND tw.terms_id = taken.terms_id
LEFT JOIN (
    SELECT terms_id, posted_in_id, sum(micros) AS micros FROM royalties_takenback
    GROUP BY terms_id, posted_in_id
) given ON given.posted_in_id = taken.source_id AND given.terms_id = taken.terms_id
WHERE taken.micros > coalesce(tw.revenue_micros + coalesce(given.micros, 0), 0)
"""
RECEIVABLES = """
SELECT format('track %s has %s to earn again and the ledger says %s', t.slot,
    coalesce(last.micros, 0), -coalesce(l.micros, 0))
FROM royalties_terms t
LEFT JOIN (
    SELECT DISTINCT ON (terms_id) terms_id, receivable_micros AS micros
    FROM royalties_trackwindow ORDER BY terms_id, window_id DESC
) last ON last.terms_id = t.id
LEFT JOIN (
    SELECT a.terms_id, sum(p.amount) AS micros
    FROM royalties_account a JOIN royalties_posting p ON p.account_id = a.id
    WHERE a.kind = 'receivable' GROUP BY a.terms_id
) l ON l.terms_id = t.id
WHERE coalesce(last.micros, 0) <> -coalesce(l.micros, 0)
"""
# Nothing of the open period is shared while an earlier one is to be made good.
NETTED_FIRST = """
SELECT format('track %s shares %s of the open period with %s to earn again', t.slot, o.micros,
    last.receivable_micros)
FROM (
    SELECT tw.terms_id, sum(tw.revenue_micros) AS micros, max(tw.window_id) AS window_id
    FROM royalties_trackwindow tw JOIN royalties_window w ON w.id = tw.window_id
    JOIN royalties_period p ON p.number = w.period_id AND p.state = 'open' GROUP BY tw.terms_id
) o
JOIN royalties_trackwindow last ON last.window_id = o.window_id AND last.terms_id = o.terms_id
JOIN royalties_terms t ON t.id = o.terms_id
WHERE o.micros < 0 OR (o.micros > 0 AND last.receivable_micros > 0)
"""
RETURNED = """
SELECT format('window %s/%s of track %s returned %s units, its reversals %s, its moves %s',
    w.period_id, w.number, t.slot, tw.units_returned, coalesce(r.units, 0), coalesce(m.units, 0))
FROM royalties_trackwindow tw
JOIN royalties_window w ON w.id = tw.window_id
JOIN royalties_terms t ON t.id = tw.terms_id
LEFT JOIN (
    SELECT r.window_id, p.terms_id, sum(r.units) AS units
    FROM royalties_reversal r JOIN royalties_paidplay p ON p.id = r.play_id
    WHERE r.window_id IS NOT NULL GROUP BY r.window_id, p.terms_id
) r ON r.window_id = tw.window_id AND r.terms_id = tw.terms_id
LEFT JOIN (
    SELECT window_id, terms_id, sum(units) AS units FROM royalties_unitmove
    WHERE kind = 'return' GROUP BY window_id, terms_id
) m ON m.window_id = tw.window_id AND m.terms_id = tw.terms_id
WHERE tw.units_returned <> coalesce(r.units, 0) OR tw.units_returned <> coalesce(m.units, 0)
"""
REVERSED_WHOLE = """
SELECT format('play %s was accrued before it was reversed, and nothing is posted', p.id)
FROM royalties_reversal r JOIN royalties_paidplay p ON p.id = r.play_id
WHERE p.window_id IS NOT NULL AND (
    r.window_id IS NULL AND r.released_at IS NULL
    OR r.window_id IS NOT NULL AND r.released_at IS NOT NULL AND r.released_in_id IS NULL
)
"""

HELD = """
SELECT format('%s of track %s are frozen and the ledger holds %s', coalesce(r.micros, 0), t.slot,
    coalesce(l.micros, 0))
FROM royalties_terms t
LEFT JOIN (
    SELECT p.terms_id, sum(p.price_micros) AS micros
    FROM royalties_reversal r JOIN royalties_paidplay p ON p.id = r.play_id
    JOIN royalties_fraudhold h ON h.id = r.fraud_hold_id AND h.outcome <> 'forfeited'
    WHERE r.released_at IS NULL AND r.charged_back_at IS NULL
    GROUP BY p.terms_id
) r ON r.terms_id = t.id
LEFT JOIN (
    SELECT a.terms_id, sum(p.amount) AS micros
    FROM royalties_account a JOIN royalties_posting p ON p.account_id = a.id
    WHERE a.kind = 'held' GROUP BY a.terms_id
) l ON l.terms_id = t.id
WHERE coalesce(r.micros, 0) <> coalesce(l.micros, 0)
"""
# Until a hold is decided its plays stay frozen, but for those that were charged back.
DECIDED = """
SELECT format('fraud hold %s is %s, and play %s of it is not', h.id,
    CASE WHEN h.decided_at IS NULL THEN 'open' ELSE h.outcome END, r.play_id)
FROM royalties_fraudhold h JOIN royalties_reversal r ON r.fraud_hold_id = h.id
WHERE r.charged_back_at IS NULL
    AND (h.outcome IN ('released', 'lapsed')) <> (r.released_at IS NOT NULL)
"""
# What is forfeited was given to other tracks at a cut-off, or waits for the next.
FORFEITED = """
SELECT format('%s of track %s were forfeited, %s of it given, and the ledger has %s',
    coalesce(h.micros, 0), t.slot, coalesce(f.given, 0), coalesce(l.micros, 0))
FROM royalties_terms t
LEFT JOIN (
    SELECT e.terms_id, sum(p.amount) AS micros
    FROM royalties_entry e JOIN royalties_posting p ON p.entry_id = e.id
    JOIN royalties_fraudhold h ON e.reference = format('forfeited/%s', h.id)
    WHERE p.amount > 0 AND h.outcome = 'forfeited' GROUP BY e.terms_id
) h ON h.terms_id = t.id
LEFT JOIN (
    SELECT terms_id, sum(given_micros) AS given FROM royalties_forfeit GROUP BY terms_id
) f ON f.terms_id = t.id
LEFT JOIN (
    SELECT a.terms_id, sum(p.amount) AS micros
    FROM royalties_account a JOIN royalties_posting p ON p.account_id = a.id
    WHERE a.kind = 'forfeited' GROUP BY a.terms_id
) l ON l.terms_id = t.id
WHERE coalesce(h.micros, 0) <> coalesce(f.given, 0) + coalesce(l.micros, 0)
"""
GIVEN_WHOLE = """
SELECT format('period %s gave %s of what was forfeited, and tracks got %s', number,
    coalesce(given, 0), coalesce(got, 0))
FROM (
    SELECT period_id AS number, sum(given_micros) AS given
    FROM royalties_forfeit GROUP BY period_id
) f
FULL JOIN (
    SELECT w.period_id AS number, sum(r.micros) AS got
    FROM royalties_redistributed r JOIN royalties_window w ON w.id = r.window_id
    GROUP BY w.period_id
) r USING (number)
WHERE coalesce(given, 0) <> coalesce(got, 0)
"""
CHARGED_BACK = """
SELECT format('the top-up %s of %s was charged back, and the ledger says %s', e.reference,
    t.micros, coalesce(p.amount, 0))
FROM royalties_topup t
JOIN royalties_entry e ON e.id = t.entry_id
LEFT JOIN royalties_entry c ON c.reference = 'chargeback/' || e.reference
LEFT JOIN royalties_account a ON a.kind = 'bank'
LEFT JOIN royalties_posting p ON p.entry_id = c.id AND p.account_id = a.id
WHERE coalesce(p.amount, 0) <> CASE WHEN t.charged_back_at IS NULL THEN 0 ELSE t.micros END
"""

REVERSAL_CHECKS = (
    Rule("no window gives back more than it shared", SHARED_ONCE),
    Rule("what is to be earned again is what the ledger says", RECEIVABLES),
    Rule("revenue makes an earlier period good before it is shared", NETTED_FIRST),
    Rule("units returned are the reversals' and the moves'", RETURNED),
    Rule("what is frozen is what the ledger holds", HELD),
    Rule("what is forfeited was given, or waits", FORFEITED),
    Rule("what a period gives of it other tracks get", GIVEN_WHOLE),
    Rule("plays stay frozen until their hold is decided", DECIDED),
    Rule("a top-up charged back has left the bank, once", CHARGED_BACK),
    Rule("a reversal is posted whole, and so is its release", REVERSED_WHOLE),
)
