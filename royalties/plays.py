"""Counted plays: the hold becomes an immutable paid play, once for each quote.

A play costs its listener at once; it reaches payees' accounts when its hold window has ended and
accrual takes it.
"""

from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

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
# whether it pays somebody whom the listener is linked to (`links`)
IS_LINKED = """
EXISTS (
    SELECT FROM royalties_partylink l WHERE l.party_id = %(listener)s::uuid AND (
        l.other_id = %(issuer)s::uuid OR EXISTS (
            SELECT FROM royalties_payee WHERE terms_id = %(terms)s AND party_id = l.other_id
        )
    )
)
"""
# Whether the plays of the track that earn units are over for the UTC day, of the listener and of
# all whom it is linked to. A listener's own count one after the other, as it has one open stream at
# most; those of linked ones do by LINKED_ALONE.
IS_PLAYED_OUT = """
%(a_day)s::int <= (
    SELECT count(*) FROM (
        SELECT FROM royalties_paidplay
        WHERE listener_id = ANY(ARRAY(
                SELECT %(listener)s::uuid UNION ALL
                SELECT other_id FROM royalties_partylink WHERE party_id = %(listener)s::uuid
            )) AND terms_id = %(terms)s AND earns_units
            AND counted_at >= %(day)s::timestamptz
            AND counted_at < %(day)s::timestamptz + interval '1 day'
        LIMIT %(a_day)s::int
    ) today
)
"""
# what was emitted of the track, and what of it this listener earned
STANDS = """
    coalesce((
        SELECT cumulative_units FROM royalties_trackwindow
        WHERE terms_id = %(terms)s ORDER BY window_id DESC LIMIT 1
    ), 0),
    coalesce((
        SELECT listened_units FROM royalties_holding
        WHERE terms_id = %(terms)s AND party_id = %(listener)s
    ), 0)
"""
# The same, and nobody linked to the listener counts a play of the track until the transaction ends:
# locked in one order, so that nobody waits for somebody who waits. Who is linked to nobody waits
# for nobody.
LINKED_ALONE = f"""
SELECT {STANDS}, (SELECT count(waited) FROM (
    SELECT pg_advisory_xact_lock(hashtextextended(%(terms)s::text || party_id, 0))::text AS waited
    FROM (
        SELECT DISTINCT party_id FROM (
            SELECT party_id FROM royalties_partylink WHERE party_id = %(listener)s::uuid
            UNION ALL SELECT other_id FROM royalties_partylink WHERE party_id = %(listener)s::uuid
        ) both_sides ORDER BY party_id
    ) one_by_one
) all_of_them)
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
), judged AS MATERIALIZED (
    SELECT CASE WHEN {IS_PAID} THEN 'own song' WHEN {IS_LINKED} THEN 'linked account'
        WHEN NOT %(earns)s::bool THEN 'own song' WHEN {IS_PLAYED_OUT} THEN 'daily limit'
        ELSE '' END AS why
), play AS (
    INSERT INTO royalties_paidplay (reference, terms_id, listener_id, price_micros, earns_units,
        no_units, counted_at, accrues_at, pseudonym)
    SELECT %(reference)s::uuid, %(terms)s::uuid, purse_id, amount_micros, judged.why = '',
        judged.why, %(at)s::timestamptz, greatest(%(accrues_at)s::timestamptz, ({FRESH})), ''
    FROM captured, judged
    RETURNING *
), waits AS (
    INSERT INTO royalties_waitingplay (play_id, accrues_at) SELECT id, accrues_at FROM play
)
SELECT * FROM play
"""
NEXT = f"SELECT {STANDS}, {IS_PAID} OR {IS_LINKED} OR {IS_PLAYED_OUT}"


class Captured(NamedTuple):
    """A play, and the units it earns if it is accrued next; 0 where `play.no_units` says why."""

    play: PaidPlay
    units: int


def capture(
    reference: UUID, terms: Terms, listener: Party, earns_units: bool, at: datetime
) -> Captured:
    """Charge the counted play its hold; called again, or twice at once, it returns the same play.

    It earns no units, whatever `earns_units` says, where the track pays its listener or somebody
    the listener is linked to, and after so many of them together in one UTC day
    (`UNITS_PLAYS_A_DAY`); `no_units` says why.

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
        **day_of(at),
    }
    with transaction.atomic(savepoint=False):
        with prepared() as cursor:
            cursor.execute(LINKED_ALONE, told)
            emitted, listened, _ = cursor.fetchone()
        made = first(PaidPlay, CAPTURE, told)  # in a statement of its own: it sees what it awaited
    play = made or _known(reference, listener)
    units = _units(terms, play.price_micros, emitted, listened) if play.earns_units else 0
    return Captured(play, units)


def _known(reference: UUID, listener: Party) -> PaidPlay:
    """The play that the hold was captured for before."""
    hold = Hold.objects.filter(pk=reference).first()
    if hold is None or hold.state == Hold.State.RELEASED:
        raise HoldEnded(reference)
    if hold.purse_id != listener.pk:
        raise ReferenceTaken(reference)
    return PaidPlay.objects.get(reference=reference)


def next_play_earns(
    terms: Terms, price_micros: int, listener: Party | None = None, at: datetime | None = None
) -> int:
    """Units a play at this price would earn if it were accrued next; for a stranger if None."""
    told = {"terms": terms.pk, "issuer": terms.issuer_id, **day_of(at or timezone.now())}
    with prepared() as cursor:
        cursor.execute(NEXT, told | {"listener": listener.pk if listener else None})
        emitted, listened, earns_none = cursor.fetchone()
    return 0 if earns_none else _units(terms, price_micros, emitted, listened)


def _units(terms: Terms, price_micros: int, emitted: int, listened: int) -> int:
    return emission.units_for(
        price_micros,
        emitted,
        terms.reserved_units,
        terms.micros_per_unit,
        listened,
        terms.listener_cap_units,
    )


def day_of(at: datetime) -> dict[str, Any]:
    day = at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return {"day": day, "a_day": settings.UNITS_PLAYS_A_DAY}
