"""Paid plays, and the windows that took them."""

from royalties.invariants.check import Rule

# What a window nets: plays counted and posted again, less those taken back, and what it is given.
NETTED = """
netted AS (
    SELECT window_id, terms_id, sum(plays) AS plays, sum(micros) AS micros FROM (
        SELECT window_id, terms_id, count(*) AS plays, sum(price_micros) AS micros
        FROM royalties_paidplay WHERE window_id IS NOT NULL GROUP BY window_id, terms_id
        UNION ALL
        SELECT r.released_in_id, p.terms_id, 0, sum(p.price_micros)
        FROM royalties_reversal r JOIN royalties_paidplay p ON p.id = r.play_id
        WHERE r.released_in_id IS NOT NULL GROUP BY r.released_in_id, p.terms_id
        UNION ALL
        SELECT r.window_id, p.terms_id, 0, -sum(p.price_micros)
        FROM royalties_reversal r JOIN royalties_paidplay p ON p.id = r.play_id
        WHERE r.window_id IS NOT NULL GROUP BY r.window_id, p.terms_id
        UNION ALL
        SELECT window_id, terms_id, 0, micros FROM royalties_redistributed
    ) all_of_it GROUP BY window_id, terms_id
), tracks AS (
    SELECT *, revenue_micros - receivable_micros + coalesce(lag(receivable_micros)
        OVER (PARTITION BY terms_id ORDER BY window_id), 0) AS micros
    FROM royalties_trackwindow
)
"""
WINDOW_PLAYS = f"""
WITH {NETTED}
SELECT format('window %s/%s of track %s says %s plays for %s and has %s for %s',
    w.period_id, w.number, t.slot, coalesce(tw.plays, 0), coalesce(tw.micros, 0),
    coalesce(n.plays, 0), coalesce(n.micros, 0))
FROM tracks tw
FULL JOIN netted n ON n.window_id = tw.window_id AND n.terms_id = tw.terms_id
JOIN royalties_window w ON w.id = coalesce(tw.window_id, n.window_id)
JOIN royalties_terms t ON t.id = coalesce(tw.terms_id, n.terms_id)
WHERE (tw.plays, tw.micros) IS DISTINCT FROM (n.plays::int, n.micros::bigint)
"""
WINDOW_POSTINGS = f"""
WITH {NETTED}
SELECT format('window %s/%s of track %s took %s and its entry posts %s',
    w.period_id, w.number, t.slot, tw.micros, coalesce(e.paid, 0))
FROM tracks tw
JOIN royalties_window w ON w.id = tw.window_id
JOIN royalties_terms t ON t.id = tw.terms_id
LEFT JOIN (
    SELECT e.reference, -sum(p.amount) AS paid
    FROM royalties_entry e JOIN royalties_posting p ON p.entry_id = e.id
    JOIN royalties_account a ON a.id = p.account_id
    WHERE e.kind = 'accrual' AND a.kind IN ('listener', 'collected', 'held', 'redistributed')
    GROUP BY e.reference
) e ON e.reference = format('w/%s/%s/%s', w.period_id, w.number, t.slot)
WHERE tw.micros <> coalesce(e.paid, 0)
"""
# Entries of before windows collected have their listeners' lines in themselves.
COLLECTED = """
SELECT format('window %s/%s collected %s more from its listeners than its tracks had of it',
    split_part(e.reference, '/', 2), split_part(e.reference, '/', 3), sum(p.amount))
FROM royalties_posting p
JOIN royalties_account a ON a.id = p.account_id
JOIN royalties_entry e ON e.id = p.entry_id
WHERE a.kind = 'collected'
GROUP BY split_part(e.reference, '/', 2), split_part(e.reference, '/', 3) HAVING sum(p.amount) <> 0
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
WAITING = """
SELECT format('play %s %s', coalesce(p.id, w.play_id), CASE
    WHEN w.play_id IS NULL THEN 'is in no window and does not wait for one'
    WHEN p.id IS NULL THEN 'waits, and is in a window or not there at all'
    ELSE 'waits until another moment than its own' END)
FROM (SELECT id, accrues_at FROM royalties_paidplay WHERE window_id IS NULL) p
FULL JOIN royalties_waitingplay w ON w.play_id = p.id
WHERE p.accrues_at IS DISTINCT FROM w.accrues_at
"""
WINDOWS_IN_PERIOD = """
SELECT format('window %s/%s lies outside of its period', w.period_id, w.number)
FROM royalties_window w JOIN royalties_period p ON p.number = w.period_id
WHERE w.starts_at < p.opens_at OR w.ends_at > p.cutoff_at OR w.ends_at < w.starts_at
"""

PLAY_CHECKS = (
    Rule("every window's plays are its revenue per track", WINDOW_PLAYS),
    Rule("every window's revenue is its postings", WINDOW_POSTINGS),
    Rule("all that a window collects from listeners is its tracks'", COLLECTED),
    Rule("every play is one captured hold", CHARGED_ONCE),
    Rule("a play is accrued whole or not at all", ACCRUED_WHOLE),
    Rule("the plays that wait are those in no window", WAITING),
    Rule("every window lies within its period", WINDOWS_IN_PERIOD),
)
