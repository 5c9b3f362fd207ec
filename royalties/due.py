"""What a window takes: the plays that are due, by track, with the units each of them earns.

Reads only. A play's units follow from what was emitted when the window began (`emission`).
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import OuterRef, Prefetch, Subquery

from royalties import emission
from royalties.models import Holding, PaidPlay, Payee, Terms, TrackWindow


@dataclass(frozen=True)
class Play:
    """What accrual reads of one play."""

    id: int
    terms_id: UUID
    listener_id: UUID
    price_micros: int
    earns_units: bool


@dataclass(frozen=True)
class Track:
    """One track in the window being made: its terms, what it had, and its plays in their order."""

    terms: Terms
    revenue_before: int
    emitted_before: int
    plays: Sequence[Play]
    units: Sequence[int]  # earned by each play

    @property
    def revenue(self) -> int:
        return sum(play.price_micros for play in self.plays)

    @property
    def revenue_after(self) -> int:
        return self.revenue_before + self.revenue

    def units_by_listener(self) -> dict[UUID, int]:
        earned: Counter[UUID] = Counter()
        for play, units in zip(self.plays, self.units, strict=True):
            earned[play.listener_id] += units
        return {listener: units for listener, units in earned.items() if units}


def plays_due(at: datetime) -> list[Play]:
    """Plays whose hold window has ended and that no window has taken, in their order."""
    due = PaidPlay.objects.filter(window=None, accrues_at__lte=at).order_by("counted_at", "id")
    fields = ("id", "terms_id", "listener_id", "price_micros", "earns_units")
    return [Play(*row) for row in due.values_list(*fields)]


def tracks_of(plays: Iterable[Play]) -> list[Track]:
    """The plays by track, in slot order; three queries."""
    by_terms: dict[UUID, list[Play]] = defaultdict(list)
    for play in plays:
        by_terms[play.terms_id].append(play)
    listened = _units_listened(by_terms)
    last = TrackWindow.objects.filter(terms=OuterRef("pk")).order_by("-window_id")
    all_terms = (
        Terms.objects.filter(pk__in=by_terms)
        .annotate(revenue_before=Subquery(last.values("cumulative_micros")[:1]))
        .annotate(emitted_before=Subquery(last.values("cumulative_units")[:1]))
        .prefetch_related(Prefetch("payees", Payee.objects.order_by("position")))
        .order_by("slot")
    )
    return [
        _track(t, t.revenue_before or 0, t.emitted_before or 0, by_terms[t.pk], listened[t.pk])
        for t in all_terms
    ]


def _track(
    terms: Terms, revenue: int, emitted: int, plays: Sequence[Play], listened: dict[UUID, int]
) -> Track:
    schedule = emission.Schedule(
        terms.reserved_units, terms.micros_per_unit, terms.listener_cap_units
    )
    told = ((play.listener_id, play.price_micros, play.earns_units) for play in plays)
    units = emission.units_in_window(told, emitted, schedule, listened)
    return Track(terms, revenue, emitted, plays, units)


def _units_listened(by_terms: dict[UUID, list[Play]]) -> dict[UUID, dict[UUID, int]]:
    """Units each of these listeners has earned of each of these tracks by listening, so far."""
    listeners = {play.listener_id for plays in by_terms.values() for play in plays}
    rows = Holding.objects.filter(
        terms__in=by_terms, party__in=listeners, listened_units__gt=0
    ).values_list("terms_id", "party_id", "listened_units")
    found: dict[UUID, dict[UUID, int]] = defaultdict(dict)
    for terms_id, party_id, units in rows:
        found[terms_id][party_id] = units
    return found
