"""Counted plays: the hold becomes an immutable paid play, once for each quote.

A play costs its listener at once; it reaches payees' accounts when its hold window has ended and
accrual takes it.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings

from royalties import emission
from royalties.errors import HoldEnded, ReferenceTaken
from royalties.models import Hold, PaidPlay, Party, Terms
from royalties.prepared import first, prepared

# whether the listener is the track's issuer or one of its payees
IS_PAID = """
%(listener)s::uuid IS NOT DISTINCT FROM %(issuer)s::uuid OR EXISTS (
    SELECT FROM royalties_payee WHERE terms_id = %(terms)s AND party_id = %(listener)s
)
"""
# Until when plays wait, because a top-up that may be taken back is new.
FRESH = """
    SELECT max(at) + %(fresh)s::interval FROM royalties_topup
    WHERE party_id = %(listener)s AND reversible_until > %(at)s AND charged_back_at IS NULL
"""
# One statement, so that hold, purse and play change together; whoever takes the hold's row first
# finds it open, and the others find it captured.
CAPTURE = f"""
WITH captured AS (
    UPDATE royalties_hold SET state = 'captured', ended_at = %(at)s
    WHERE reference = %(reference)s AND purse_id = %(listener)s AND state = 'open'
    RETURNING purse_id, amount_micros
), paid AS (
    UPDATE royalties_purse p SET held_micros = p.held_micros - c.amount_micros
    FROM captured c WHERE p.party_id = c.purse_id
)
INSERT INTO royalties_paidplay (reference, terms_id, listener_id, price_micros, earns_units,
    counted_at, accrues_at, pseudonym)
SELECT %(reference)s::uuid, %(terms)s::uuid, purse_id, amount_micros,
    %(earns)s::bool AND NOT ({IS_PAID}), %(at)s::timestamptz,
    greatest(%(accrues_at)s::timestamptz, ({FRESH})), ''
FROM captured
RETURNING *
"""
# what was emitted of the track, what of it this listener earned, and whether it pays this listener
NEXT = f"""
SELECT
    coalesce((
        SELECT cumulative_units FROM royalties_trackwindow
        WHERE terms_id = %(terms)s ORDER BY window_id DESC LIMIT 1
    ), 0),
    coalesce((
        SELECT listened_units FROM royalties_holding
        WHERE terms_id = %(terms)s AND party_id = %(listener)s
    ), 0),
    {IS_PAID}
"""


def capture(
    reference: UUID, terms: Terms, listener: Party, earns_units: bool, at: datetime
) -> PaidPlay:
    """Charge the counted play its hold; called again, or twice at once, it returns the same play.

    The track's own payees and its issuer never earn units, whatever `earns_units` says.

    Raises:
        HoldEnded: the hold was released, or there is none.
        ReferenceTaken: it is another listener's hold.
    """
    told: dict[str, Any] = {
        "reference": reference,
        "terms": terms.pk,
        "issuer": terms.issuer_id,
        "listener": listener.pk,
        "earns": earns_units,
        "at": at,
        "accrues_at": at + settings.HOLD_WINDOW,
        "fresh": settings.TOP_UP_HOLD_WINDOW,
    }
    made = first(PaidPlay, CAPTURE, told)
    if made is not None:
        return made
    hold = Hold.objects.filter(pk=reference).first()
    if hold is None or hold.state == Hold.State.RELEASED:
        raise HoldEnded(reference)
    if hold.purse_id != listener.pk:
        raise ReferenceTaken(reference)
    return PaidPlay.objects.get(reference=reference)


def next_play_earns(terms: Terms, price_micros: int, listener: Party | None = None) -> int:
    """Units a play at this price would earn if it were accrued next; for a stranger if None."""
    told = {"terms": terms.pk, "issuer": terms.issuer_id}
    with prepared() as cursor:
        cursor.execute(NEXT, told | {"listener": listener.pk if listener else None})
        emitted, listened, is_paid = cursor.fetchone()
    if is_paid:
        return 0
    return emission.units_for(
        price_micros,
        emitted,
        terms.reserved_units,
        terms.micros_per_unit,
        listened,
        terms.listener_cap_units,
    )
