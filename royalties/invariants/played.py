"""Paid plays, and the windows that took them."""

from royalties.invariants.check import Rule

WINDOW_PLAYS = """
SELECT format('window %s/%s of track %s says %s plays for %s and has %s for %s',
    w.period_id, w.number, t.slot, coalesce(tw.plays, 0), coalesce(tw.revenue_micros, 0),
    coalesce(p.plays, 0), coalesce(p.micros, 0))
FROM royalties_trackwindow tw
FULL JOIN (
    SELECT window_id, terms_id, count(*) AS plays, sum(price_micros) AS micros
    FROM royalties_paidplay WHERE window_id IS NOT NULL GROUP BY window_id, terms_id
) p ON p.window_id = tw.window_id AND p.terms_id = tw.terms_id
JOIN royalties_window w ON w.id = coalesce(tw.window_id, p.window_id)
JOIN royalties_terms t ON t.id = coalesce(tw.terms_id, p.terms_id)
WHERE (tw.plays, tw.revenue_micros) IS DISTINCT FROM (p.plays::int, p.micros::bigint)
"""
WINDOW_POSTINGS = """
SELECT format('window %s/%s of track %s took %s and its entry posts %s',
    w.period_id, w.number, t.slot, tw.revenue_micros, coalesce(e.paid, 0))
FROM royalties_trackwindow tw
JOIN royalties_window w ON w.id = tw.window_id
JOIN royalties_terms t ON t.id = tw.terms_id
LEFT JOIN (
    SELECT e.reference, -sum(p.amount) AS paid
    FROM royalties_entry e JOIN royalties_posting p ON p.entry_id = e.id
    JOIN royalties_account a ON a.id = p.account_id AND a.kind = 'listener'
    WHERE e.kind = 'accrual' GROUP BY e.reference
) e ON e.reference = format('w/%s/%s/%s', w.period_id, w.number, t.slot)
WHERE tw.revenue_micros <> coalesce(e.paid, 0)
"""
# A hold is captured once and a play is charged once: they are the same, one to one.
CHARGED_ONCE = """
SELECT format('play %s was charged %s and its hold captured %s', coalesce(p.reference, h.reference),
    coalesce(p.price_micros, 0), coalesce(h.amount_micros, 0))
FROM royalties_paidplay p
FULL JOIN (SELECT * FROM royalties_hold WHERE state = 'captured') h ON h.reference = p.reference
WHERE p.price_micros IS DISTINCT FROM h.amount_micros OR p.listener_id <> h.purse_id
"""
ACCRUED_WHOLE = """
SELECT format('play %s is half accrued', id) FROM royalties_paidplay
WHERE (window_id IS NULL) <> (units IS NULL) OR (window_id IS NULL) <> (pseudonym = '')
"""
WINDOWS_IN_PERIOD = """
SELECT format('window %s/%s lies outside of its period', w.period_id, w.number)
FROM royalties_window w JOIN royalties_period p ON p.number = w.period_id
WHERE w.starts_at < p.opens_at OR w.ends_at > p.cutoff_at OR w.ends_at < w.starts_at
"""

PLAY_CHECKS = (
    Rule("every window's plays are its revenue per track", WINDOW_PLAYS),
    Rule("every window's revenue is its postings", WINDOW_POSTINGS),
    Rule("every play is one captured hold", CHARGED_ONCE),
    Rule("a play is accrued whole or not at all", ACCRUED_WHOLE),
    Rule("every window lies within its period", WINDOWS_IN_PERIOD),
)
