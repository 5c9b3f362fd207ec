"""The ledger itself, and the purses that must agree with it."""

from royalties.invariants.check import Rule

ZERO_SUM = """
SELECT format('entry %s leaves %s of %s', e.reference, sum(p.amount), a.asset)
FROM royalties_posting p
JOIN royalties_entry e ON e.id = p.entry_id
JOIN royalties_account a ON a.id = p.account_id
GROUP BY e.reference, a.asset HAVING sum(p.amount) <> 0
"""
# A play takes the purse's money when it counts, the account's when it is accrued or frozen; charged
# back, it is as if it had not been.
PURSE = """
SELECT format('party %s has %s in its purse and %s in the ledger',
    party, coalesce(purse, 0), coalesce(posted, 0) - coalesce(waiting, 0))
FROM (SELECT party_id AS party, available_micros + held_micros AS purse FROM royalties_purse) purses
FULL JOIN (
    SELECT a.party_id AS party, sum(p.amount) AS posted
    FROM royalties_posting p JOIN royalties_account a ON a.id = p.account_id
    WHERE a.kind = 'listener' GROUP BY a.party_id
) accounts USING (party)
FULL JOIN (
    SELECT p.listener_id AS party, sum(p.price_micros) AS waiting
    FROM royalties_paidplay p
    LEFT JOIN royalties_reversal r ON r.play_id = p.id AND r.released_at IS NULL
    WHERE p.window_id IS NULL AND r.id IS NULL
    GROUP BY p.listener_id
) plays USING (party)
WHERE coalesce(purse, 0) <> coalesce(posted, 0) - coalesce(waiting, 0)
"""
HELD = """
SELECT format('party %s holds %s and its open holds are %s', p.party_id, p.held_micros,
    coalesce(h.open, 0))
FROM royalties_purse p
LEFT JOIN (
    SELECT purse_id, sum(amount_micros) AS open
    FROM royalties_hold WHERE state = 'open' GROUP BY purse_id
) h ON h.purse_id = p.party_id
WHERE p.held_micros <> coalesce(h.open, 0)
"""
OWED_IS_POSITIVE = """
SELECT format('the account %s of party %s is %s below nothing', a.kind, a.party_id, -sum(p.amount))
FROM royalties_account a JOIN royalties_posting p ON p.account_id = a.id
WHERE a.kind IN ('listener', 'accrued', 'published', 'settled', 'spendable', 'withdrawing', 'pool',
    'remainder', 'held', 'forfeited', 'redistributed', 'units')
GROUP BY a.id HAVING sum(p.amount) < 0
"""
WITHDRAWING = """
SELECT format('party %s is owed %s on its way out and its open withdrawals are %s', party,
    coalesce(posted, 0), coalesce(open, 0))
FROM (
    SELECT a.party_id AS party, sum(p.amount) AS posted
    FROM royalties_account a JOIN royalties_posting p ON p.account_id = a.id
    WHERE a.kind = 'withdrawing' GROUP BY a.party_id
) accounts
FULL JOIN (
    SELECT party_id AS party, sum(micros) AS open
    FROM royalties_withdrawal WHERE state = 'requested' GROUP BY party_id
) withdrawals USING (party)
WHERE coalesce(posted, 0) <> coalesce(open, 0)
"""

BOOK_CHECKS = (
    Rule("every entry sums to zero in each asset", ZERO_SUM),
    Rule("every purse equals its postings less plays not yet accrued", PURSE),
    Rule("what a purse holds is its open holds", HELD),
    Rule("what is on its way out is asked for and not ended", WITHDRAWING),
    Rule("nothing that is owed is below nothing", OWED_IS_POSITIVE),
)
