"""A song's last plays, as its page lists them: whom each paid, and how far its money has come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from marketplace.kept import kept
from marketplace.wallet.receipts import CHARGED_BACK, FORFEITED, HELD
from marketplace.wallet.seals import Seal, seal
from royalties import money, settlement
from royalties.models import Terms
from royalties.prepared import prepared
from royalties.terms import Line

LENGTH = 5
CUTOFF = "cutoff"  # the key under which it is kept
LAST = """
SELECT play.id, play.listener_id, play.pseudonym, play.price_micros, play.counted_at, period.state,
       CASE WHEN taken.charged_back_at IS NOT NULL THEN %(charged_back)s::text
            WHEN judged.outcome = 'forfeited' THEN %(forfeited)s::text
            WHEN taken.id IS NOT NULL THEN %(held)s::text END
FROM royalties_paidplay play
LEFT JOIN royalties_window posted ON posted.id = play.window_id
LEFT JOIN royalties_period period ON period.number = posted.period_id
LEFT JOIN royalties_reversal taken ON taken.play_id = play.id AND taken.released_at IS NULL
LEFT JOIN royalties_fraudhold judged ON judged.id = taken.fraud_hold_id
WHERE play.terms_id = %(terms)s ORDER BY play.counted_at DESC, play.id DESC LIMIT %(length)s
"""


@dataclass(frozen=True)
class TrackReceipt:
    """One play of the song; `pseudonym` is empty before its window."""

    id: int
    listener_id: UUID
    pseudonym: str
    paid_micros: int
    makers_micros: int  # artist, label, writers
    fans_micros: int
    at: datetime
    seal: Seal


def last_receipts(terms: Terms, split: Sequence[Line], at: datetime) -> list[TrackReceipt]:
    """The newest first; whom each paid follows from the terms, not from a query."""
    words = {"held": HELD, "forfeited": FORFEITED, "charged_back": CHARGED_BACK}
    with prepared() as cursor:
        cursor.execute(LAST, {"terms": terms.pk, "length": LENGTH, **words})
        rows = cursor.fetchall()
    cutoff = kept(CUTOFF, settlement.next_cutoff) if rows else None
    weights = [line.bps for line in split]
    found = []
    for pk, listener, pseudonym, paid, counted_at, state, taken_back in rows:
        *makers, fans, _ = money.largest_remainder(paid, weights)
        sealed = seal(taken_back, state, cutoff, at)
        found.append(
            TrackReceipt(pk, listener, pseudonym, paid, sum(makers), fans, counted_at, sealed)
        )
    return found
