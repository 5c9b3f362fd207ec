"""What a window takes: the plays that are due and those reversed or released, by track.

The plays stay in the database: `take_plays` puts them into a table of the transaction's own, each
with the units it earns, and the window's rows are written from there (`window_rows`). A play's
units follow from what was emitted when the window began, as `emission` says for one track.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db import connection
from django.db.models import OuterRef, QuerySet, Subquery

from royalties import emission, pseudonyms, rows
from royalties.models import Holding, PaidPlay, Payee, Terms, TrackWindow, WaitingPlay
from royalties.netting import Netted, net
from royalties.reversed_plays import NOTHING, Change, shared_by_window
from royalties.shares import Share

# As `emission.units_in_window` does it one by one, in closed form: a cap that is used up gives
# nothing more, so what was given so far is the smaller of the cap and of all that was on offer.
# Price times units fits in 64 bits up to nine million dollars a play; beyond, PostgreSQL refuses.
TAKE = f"""
CREATE TEMPORARY TABLE accrual_play ON COMMIT DROP AS
WITH secret AS MATERIALIZED (SELECT {pseudonyms.SECRET} AS secret), due AS MATERIALIZED (
    SELECT p.id, p.terms_id, p.listener_id, p.price_micros, p.earns_units, p.counted_at
    FROM royalties_waitingplay waits JOIN royalties_paidplay p ON p.id = waits.play_id
    WHERE waits.accrues_at <= %(at)s
    AND (%(first)s::uuid IS NULL OR p.terms_id BETWEEN %(first)s AND %(last)s) AND NOT EXISTS (
        SELECT FROM royalties_reversal r WHERE r.play_id = p.id AND r.released_at IS NULL
    )
), again AS (
    SELECT terms_id, party_id, sum(units)::int AS units
    FROM unnest(%(terms)s::uuid[], %(parties)s::uuid[], %(units)s::int[])
        AS given(terms_id, party_id, units)
    GROUP BY terms_id, party_id
), track AS (
    SELECT t.id, t.micros_per_unit, t.reserved_units, t.listener_cap_units AS cap, greatest(0,
        t.reserved_units - coalesce(last.cumulative_units, 0) - coalesce(again.units, 0)
    )::int AS remaining, {pseudonyms.prefix_of("secret", "t.id")} AS prefix
    FROM (SELECT DISTINCT terms_id FROM due) played CROSS JOIN secret
    JOIN royalties_terms t ON t.id = played.terms_id
    LEFT JOIN LATERAL (
        SELECT cumulative_units FROM royalties_trackwindow
        WHERE terms_id = t.id ORDER BY window_id DESC LIMIT 1
    ) last ON true
    LEFT JOIN (SELECT terms_id, sum(units) AS units FROM again GROUP BY terms_id) again
        ON again.terms_id = t.id
), offered AS (
    SELECT due.*, t.remaining, t.prefix, named.name AS known,
        greatest(0, t.cap - coalesce(h.listened_units, 0) - coalesce(again.units, 0)) AS room,
        CASE WHEN due.earns_units AND t.remaining > 0 THEN least(t.remaining,
            due.price_micros * t.remaining / (t.micros_per_unit::bigint * t.reserved_units))::int
        ELSE 0 END AS units
    FROM due JOIN track t ON t.id = due.terms_id
    LEFT JOIN royalties_holding h ON h.terms_id = due.terms_id AND h.party_id = due.listener_id
    LEFT JOIN royalties_pseudonym named ON named.period_id = %(period)s
        AND named.terms_id = due.terms_id AND named.party_id = due.listener_id
    LEFT JOIN again ON again.terms_id = due.terms_id AND again.party_id = due.listener_id
), within_cap AS (
    SELECT id, terms_id, listener_id, price_micros, counted_at, remaining, prefix, known,
        {pseudonyms.drawn("secret", "terms_id", "listener_id")} AS drawn,
        (units - greatest(0, least(units, sum(units) OVER listener - room)))::int AS units
    FROM offered CROSS JOIN secret WINDOW listener AS (
        PARTITION BY terms_id, listener_id ORDER BY counted_at, id ROWS UNBOUNDED PRECEDING
    )
)
SELECT id, terms_id, listener_id, price_micros, counted_at, remaining, units,
    coalesce(known, {pseudonyms.name_of("prefix", "drawn")}) AS name,
    CASE WHEN known IS NULL THEN {pseudonyms.salt_of("drawn")} END AS salt
FROM within_cap
"""
# Where a track has less left than its plays would earn, the first of them earn it.
LEFT = """
UPDATE accrual_play p SET units = counted.units FROM (
    SELECT id, (units - greatest(0, least(units, sum(units) OVER track - remaining)))::int AS units
    FROM accrual_play WHERE terms_id = ANY(%(tracks)s) WINDOW track AS (
        PARTITION BY terms_id ORDER BY counted_at, id ROWS UNBOUNDED PRECEDING
    )
) counted WHERE counted.id = p.id AND counted.units <> p.units
"""
SUMS = """
SELECT terms_id, count(*), sum(price_micros)::bigint, least(sum(units), min(remaining)),
    sum(units) > min(remaining)
FROM accrual_play GROUP BY terms_id
"""


@dataclass(frozen=True)
class Standing:
    """A track as a window finds it: shared revenue, receivable, units emitted."""

    revenue: int
    receivable: int
    emitted: int


@dataclass(frozen=True)
class Taken:
    """A track's plays that a window takes, together."""

    plays: int = 0
    micros: int = 0
    units: int = 0


@dataclass(frozen=True)
class Track:
    """One track in the window being made: its terms, what it had, and what it takes."""

    terms: Terms
    parts: Sequence[tuple[UUID, int]]  # each payee's party and bps
    before: Standing
    taken: Taken
    change: Change
    netted: Netted

    @property
    def after(self) -> Standing:
        return Standing(
            self.before.revenue + self.netted.gained_micros,
            self.netted.receivable_micros,
            self.before.emitted + self.units_emitted - self.units_returned,
        )

    @property
    def paid_micros(self) -> int:
        """What its listeners pay; below nothing where more is given back."""
        given_back = sum(one.price_micros for one in self.change.reversed if not one.frozen)
        return self.taken.micros - given_back

    @property
    def units_emitted(self) -> int:
        return self.taken.units + sum(self.change.units_again.values())

    @property
    def units_returned(self) -> int:
        return sum(self.change.returned.values())


def is_any(at: datetime) -> bool:
    """Whether a play waits whose hold window has ended."""
    return PaidPlay.objects.waiting().filter(waits__accrues_at__lte=at).exists()


def are_more(plays: int, at: datetime) -> bool:
    """Whether more than so many plays wait whose hold window has ended, taken back or not."""
    waiting = WaitingPlay.objects.filter(accrues_at__lte=at)
    return waiting[: plays + 1].count() > plays


def with_units_again(changes: Mapping[UUID, Change]) -> dict[UUID, Change]:
    """The changes with the units that released plays are given again; two queries."""
    if not changes:
        return {}
    listened = _units_listened(changes)
    return {
        terms.pk: changes[terms.pk].with_units(
            emission.Schedule(
                terms.reserved_units, terms.micros_per_unit, terms.listener_cap_units
            ),
            _standing(terms).emitted,
            listened[terms.pk],
        )
        for terms in _standing_tracks(changes)
    }


def take_plays(
    at: datetime | None, period_number: int, changes: Mapping[UUID, Change], share: Share
) -> dict[UUID, Taken]:
    """Fill `accrual_play` with the share's plays that are due at `at`; together they are, by track.

    Without a moment none is. Each has its units, and its listener's pseudonym in the period.
    """
    again = [
        (terms_id, one.listener_id, change.units_again[one.reversal_id])
        for terms_id, change in changes.items()
        for one in change.released
    ]
    terms, parties, units = zip(*again, strict=True) if again else ((), (), ())
    told: dict[str, Any] = {
        "at": at,
        "first": share.first,
        "last": share.last,
        "period": period_number,
        "terms": list(terms),
        "parties": list(parties),
        "units": list(units),
    }
    with connection.cursor() as cursor:
        cursor.execute(rows.ROOMY)
        cursor.execute(TAKE, told)
        cursor.execute(SUMS)
        sums = cursor.fetchall()
        scarce = [terms_id for terms_id, *_, is_scarce in sums if is_scarce]
        if scarce:
            cursor.execute(LEFT, {"tracks": scarce})
    return {terms_id: Taken(*taken) for terms_id, *taken, _ in sums}


def tracks_of(
    taken: Mapping[UUID, Taken], period_number: int, changes: Mapping[UUID, Change]
) -> list[Track]:
    """The tracks of a window, in slot order; one query, and two where plays are reversed."""
    shared = shared_by_window(period_number, changes)
    payees = Payee.objects.filter(terms=OuterRef("pk")).order_by("position")
    tracks = _standing_tracks([*taken, *changes]).order_by("slot")
    told = {
        "parties": ArraySubquery(payees.values("party")),
        "bps": ArraySubquery(payees.values("bps")),
    }
    return [
        _track(
            terms,
            taken.get(terms.pk, Taken()),
            changes.get(terms.pk, NOTHING),
            shared[terms.pk],
        )
        for terms in tracks.annotate(**told)
    ]


def _track(terms: Any, taken: Taken, change: Change, shared: Mapping[int, int]) -> Track:
    before = _standing(terms)
    reversed_plays = [(one.window, one.price_micros) for one in change.reversed]
    revenue = taken.micros + change.released_micros + change.given_micros
    netted = net(revenue, reversed_plays, before.receivable, shared)
    return Track(
        terms, [*zip(terms.parties, terms.bps, strict=True)], before, taken, change, netted
    )


def _standing_tracks(tracks: Iterable[UUID]) -> QuerySet[Terms]:
    """Their terms, annotated with what `_standing` reads."""
    last = TrackWindow.objects.filter(terms=OuterRef("pk")).order_by("-window_id")
    fields = {"revenue": "cumulative_micros", "receivable": "receivable_micros"}
    fields["emitted"] = "cumulative_units"
    before = {f"{name}_before": Subquery(last.values(f)[:1]) for name, f in fields.items()}
    return Terms.objects.filter(pk__in=list(tracks)).annotate(**before)


def _standing(terms: Any) -> Standing:
    return Standing(
        terms.revenue_before or 0, terms.receivable_before or 0, terms.emitted_before or 0
    )


def _units_listened(changes: Mapping[UUID, Change]) -> dict[UUID, dict[UUID, int]]:
    """Units that listeners of released plays have earned by listening so far, by track."""
    listeners = {one.listener_id for change in changes.values() for one in change.released}
    held = Holding.objects.filter(
        terms__in=list(changes), party__in=listeners, listened_units__gt=0
    ).values_list("terms_id", "party_id", "listened_units")
    found: dict[UUID, dict[UUID, int]] = defaultdict(dict)
    for terms_id, party_id, units in held:
        found[terms_id][party_id] = units
    return found
