"""Counted plays: the hold becomes an immutable paid play, once for each quote.

A play costs its listener at once; it reaches payees' accounts when its hold window has ended and
accrual takes it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from royalties import emission
from royalties.errors import HoldEnded, ReferenceTaken, RoyaltiesError
from royalties.models import Hold, PaidPlay, Party, Terms
from royalties.prepared import each, prepared
from royalties.purses import rounds
from royalties.rows import array

# whether the listener is the track's issuer or one of its payees
IS_PAID = """
{listener} IS NOT DISTINCT FROM {issuer} OR EXISTS (
    SELECT FROM royalties_payee WHERE terms_id = {terms} AND party_id = {listener}
)
"""
# whether it pays somebody whom the listener is linked to (`links`)
IS_LINKED = """
EXISTS (
    SELECT FROM royalties_partylink l WHERE l.party_id = {listener} AND (
        l.other_id = {issuer} OR EXISTS (
            SELECT FROM royalties_payee WHERE terms_id = {terms} AND party_id = l.other_id
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
                SELECT {listener} UNION ALL
                SELECT other_id FROM royalties_partylink WHERE party_id = {listener}
            )) AND terms_id = {terms} AND earns_units
            AND counted_at >= {day} AND counted_at < {day} + interval '1 day'
        LIMIT %(a_day)s::int
    ) today
)
"""
# Whether what the listener and all whom it is linked to earned of the track leaves less of one
# listener's cap than the play may bring. What waits counts as if nothing had been emitted, what is
# held as given again: so they never have more together, whatever is accrued or released first. What
# is charged back or forfeited brings nobody anything any more. Of who is linked to nobody accrual
# counts the cap down to the last unit.
IS_SHARED_OUT = """
CASE WHEN EXISTS (SELECT FROM royalties_partylink WHERE party_id = {listener}) THEN (
    WITH circle AS MATERIALIZED (
        SELECT {listener} AS party_id UNION ALL
        SELECT other_id FROM royalties_partylink WHERE party_id = {listener}
    )
    SELECT {most} < {price} / {per_unit} + coalesce((
        SELECT sum(listened_units) FROM royalties_holding
        WHERE terms_id = {terms} AND party_id IN (TABLE circle)
    ), 0) + coalesce((
        SELECT sum(p.price_micros / {per_unit})
        FROM royalties_paidplay p JOIN royalties_waitingplay w ON w.play_id = p.id
        WHERE p.terms_id = {terms} AND p.listener_id IN (TABLE circle) AND p.earns_units
            AND NOT EXISTS (
                SELECT FROM royalties_reversal r
                LEFT JOIN royalties_fraudhold f ON f.id = r.fraud_hold_id
                WHERE r.play_id = p.id
                    AND (r.charged_back_at IS NOT NULL OR f.outcome = 'forfeited')
            )
    ), 0) + coalesce((
        SELECT sum(r.units) FROM royalties_paidplay p JOIN royalties_reversal r ON r.play_id = p.id
        WHERE p.terms_id = {terms} AND p.listener_id IN (TABLE circle)
            AND r.released_at IS NULL AND r.charged_back_at IS NULL AND NOT EXISTS (
                SELECT FROM royalties_fraudhold f
                WHERE f.id = r.fraud_hold_id AND f.outcome = 'forfeited'
            )
    ), 0)
) ELSE false END
"""
# what units of the next play hang on: what was emitted of the track, its listener's, and its terms
STANDS = """
    coalesce((
        SELECT cumulative_units FROM royalties_trackwindow
        WHERE terms_id = {terms} ORDER BY window_id DESC LIMIT 1
    ), 0) AS emitted, t.reserved_units AS reserved, t.micros_per_unit, coalesce((
        SELECT listened_units FROM royalties_holding
        WHERE terms_id = {terms} AND party_id = {listener}
    ), 0) AS listened, t.listener_cap_units AS most
"""
# of a captured play, of one that was made of it, and of one that is asked about
OF_PLAY = {
    "listener": "c.listener_id",
    "issuer": "t.issuer_id",
    "terms": "t.id",
    "day": "date_trunc('day', c.at, 'UTC')",
    "price": "c.amount_micros",
    "per_unit": "t.micros_per_unit",
    "most": "t.listener_cap_units",
}
MADE = {"listener": "made.listener_id", "terms": "t.id"}
ASKED = {
    "listener": "%(listener)s::uuid",
    "issuer": "%(issuer)s::uuid",
    "terms": "%(terms)s::uuid",
    "day": "%(day)s::timestamptz",
    "price": "%(price)s::bigint",
    "per_unit": "t.micros_per_unit",
    "most": "t.listener_cap_units",
}
# Nobody linked to a listener counts a play of the track until the transaction ends; in one order,
# so that nobody waits for somebody who waits. Who is linked to nobody waits for nobody, and is not
# told here.
LINKED_ALONE = """
SELECT party_id, pg_advisory_xact_lock(hashtextextended(terms_id::text || party_id, 0)) FROM (
    SELECT DISTINCT due.terms_id, side.party_id
    FROM unnest(%(terms)s::uuid[], %(listeners)s::uuid[]) AS due(terms_id, listener_id)
    JOIN royalties_partylink l ON l.party_id = due.listener_id
    CROSS JOIN LATERAL (VALUES (l.party_id), (l.other_id)) AS side(party_id)
    ORDER BY due.terms_id, side.party_id
) one_by_one
"""
# One statement, so that holds, purses and plays change together; whoever takes a hold's row first
# finds it open, and the others find it captured.
CAPTURE = f"""
WITH captured AS MATERIALIZED (
    UPDATE royalties_hold h SET state = 'captured', ended_at = due.at
    FROM unnest(
        %(references)s::uuid[], %(terms)s::uuid[], %(listeners)s::uuid[], %(earns)s::bool[],
        %(ats)s::timestamptz[]
    ) WITH ORDINALITY AS due(reference, terms_id, listener_id, earns, at, n)
    WHERE h.reference = due.reference AND h.purse_id = due.listener_id AND h.state = 'open'
    RETURNING due.*, h.amount_micros
), paid AS (
    UPDATE royalties_purse p SET held_micros = p.held_micros - c.amount_micros
    FROM captured c WHERE p.party_id = c.listener_id
), judged AS MATERIALIZED (
    SELECT c.*,
        CASE WHEN {IS_PAID.format_map(OF_PLAY)} THEN 'own song'
            WHEN {IS_LINKED.format_map(OF_PLAY)} THEN 'linked account'
            WHEN NOT c.earns THEN 'own song'
            WHEN {IS_PLAYED_OUT.format_map(OF_PLAY)} THEN 'daily limit'
            WHEN {IS_SHARED_OUT.format_map(OF_PLAY)} THEN 'shared cap'
            ELSE '' END AS why,
        (
            -- until when it waits, because a top-up that may be taken back is new
            SELECT max(at) + %(fresh)s::interval FROM royalties_topup
            WHERE party_id = c.listener_id AND reversible_until > c.at AND charged_back_at IS NULL
        ) AS fresh_until
    FROM captured c JOIN royalties_terms t ON t.id = c.terms_id
), made AS (
    INSERT INTO royalties_paidplay (reference, terms_id, listener_id, price_micros, earns_units,
        no_units, counted_at, accrues_at, pseudonym)
    SELECT reference, terms_id, listener_id, amount_micros, why = '', why, at,
        greatest(at + %(waits)s::interval, fresh_until), ''
    FROM judged ORDER BY n
    RETURNING *
), waits AS (
    INSERT INTO royalties_waitingplay (play_id, accrues_at) SELECT id, accrues_at FROM made
)
SELECT made.*, {STANDS.format_map(MADE)}
FROM made JOIN royalties_terms t ON t.id = made.terms_id
"""
KNOWN = f"""
SELECT made.*, {STANDS.format_map(MADE)}
FROM royalties_paidplay made JOIN royalties_terms t ON t.id = made.terms_id
WHERE made.reference = %(reference)s
"""
NEXT = f"""
SELECT {STANDS.format_map(ASKED)},
    {IS_PAID.format_map(ASKED)} OR {IS_LINKED.format_map(ASKED)}
        OR {IS_PLAYED_OUT.format_map(ASKED)} OR {IS_SHARED_OUT.format_map(ASKED)}
FROM royalties_terms t WHERE t.id = %(terms)s
"""


@dataclass(frozen=True)
class Due:
    """A play that was heard: `reference` names its hold, the listener's."""

    reference: UUID
    terms_id: UUID
    listener_id: UUID
    earns_units: bool
    at: datetime


@dataclass(frozen=True)
class Captured:
    """A play, and the units it earns if it is accrued next; 0 where `play.no_units` says why."""

    play: PaidPlay
    units: int


def capture(
    reference: UUID, terms: Terms, listener: Party, earns_units: bool, at: datetime
) -> Captured:
    """Charge the counted play its hold; called again, or twice at once, it returns the same play.

    It earns no units, whatever `earns_units` says, where the track pays its listener or somebody
    the listener is linked to, after so many of them together in one UTC day (`UNITS_PLAYS_A_DAY`),
    and where they have together what one listener may have; `no_units` says why.

    Raises:
        HoldEnded: the hold was released, or there is none.
        ReferenceTaken: it is another listener's hold.
    """
    (made,) = capture_many([Due(reference, terms.pk, listener.pk, earns_units, at)])
    if isinstance(made, RoyaltiesError):
        raise made
    return made


def capture_many(due: Sequence[Due]) -> list[Captured | RoyaltiesError]:
    """Each as `capture` does it, in turn; what it would raise stands in its place."""
    made: dict[int, Captured | RoyaltiesError] = {}
    with transaction.atomic(savepoint=False):  # nothing in here is raised
        linked = _linked(due)
        # in statements of their own, which see what the locks were waited for
        for some in rounds(_apart(one, n, linked) for n, one in enumerate(due)):
            made |= zip(some, _capture([due[n] for n in some]), strict=True)
    return [made[n] for n in range(len(due))]


def _linked(due: Sequence[Due]) -> set[UUID]:
    """Whoever is linked to somebody, alone with it until the transaction ends."""
    with prepared() as cursor:
        cursor.execute(LINKED_ALONE, _told(due))
        return {party for party, _ in cursor.fetchall()}


def _apart(one: Due, place: int, linked: set[UUID]) -> tuple[object, ...]:
    """What no round has twice: linked listeners see each other's plays of a track."""
    return one.listener_id, one.reference, one.terms_id if one.listener_id in linked else place


def _capture(due: Sequence[Due]) -> list[Captured | RoyaltiesError]:
    """Those of one round: no listener and no reference twice."""
    found = {
        play.reference: _captured(play, on) for play, on in each(PaidPlay, CAPTURE, _told(due))
    }
    return [found.get(one.reference) or _known(one) for one in due]


def _captured(play: PaidPlay, stands: Sequence[int]) -> Captured:
    units = emission.units_for(play.price_micros, *stands) if play.earns_units else 0
    return Captured(play, units)


def _told(due: Sequence[Due]) -> dict[str, Any]:
    return {
        "references": array(one.reference for one in due),
        "terms": array(one.terms_id for one in due),
        "listeners": array(one.listener_id for one in due),
        "earns": array(one.earns_units for one in due),
        "ats": array(one.at for one in due),
        "waits": settings.HOLD_WINDOW,
        "fresh": settings.TOP_UP_HOLD_WINDOW,
        "a_day": settings.UNITS_PLAYS_A_DAY,
    }


def _known(due: Due) -> Captured | RoyaltiesError:
    """What stands where no hold was open."""
    hold = Hold.objects.filter(pk=due.reference).first()
    if hold is None or hold.state == Hold.State.RELEASED:
        return HoldEnded(due.reference)
    if hold.purse_id != due.listener_id:
        return ReferenceTaken(due.reference)
    ((play, stands),) = each(PaidPlay, KNOWN, {"reference": due.reference})
    return _captured(play, stands)


def next_play_earns(
    terms: Terms, price_micros: int, listener: Party | None = None, at: datetime | None = None
) -> int:
    """Units a play at this price would earn if it were accrued next; for a stranger if None."""
    told: dict[str, Any] = {"terms": terms.pk, "issuer": terms.issuer_id, "price": price_micros}
    told |= day_of(at or timezone.now())
    with prepared() as cursor:
        cursor.execute(NEXT, told | {"listener": listener.pk if listener else None})
        *stands, earns_none = cursor.fetchone()
    return 0 if earns_none else emission.units_for(price_micros, *stands)


def day_of(at: datetime) -> dict[str, Any]:
    day = at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return {"day": day, "a_day": settings.UNITS_PLAYS_A_DAY}
