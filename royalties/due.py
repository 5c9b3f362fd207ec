"""What a window takes: the plays that are due and those reversed or released, by track.

Reads only. A play's units follow from what was emitted when the window began (`emission`).
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, OuterRef, Prefetch, Subquery

from royalties import emission
from royalties.models import Holding, PaidPlay, Payee, Terms, TrackWindow
from royalties.netting import Netted, net
from royalties.reversed_plays import NOTHING, Change, shared_by_window

PLAYS_AT_ONCE = 50_000


@dataclass(frozen=True)
class Play:
    """What accrual reads of one play."""

    id: int
    terms_id: UUID
    listener_id: UUID
    price_micros: int
    earns_units: bool


@dataclass(frozen=True)
class Standing:
    """A track as a window finds it: shared revenue, receivable, units emitted."""

    revenue: int
    receivable: int
    emitted: int


@dataclass(frozen=True)
class Track:
    """One track in the window being made: its terms, what it had, and its plays in their order."""

    terms: Terms
    before: Standing
    plays: Sequence[Play]
    units: Sequence[int]  # earned by each play
    change: Change
    netted: Netted

    @property
    def after(self) -> Standing:
        emitted = self.units_emitted - sum(self.change.returned.values())
        return Standing(
            self.before.revenue + self.netted.gained_micros,
            self.netted.receivable_micros,
            self.before.emitted + emitted,
        )

    @property
    def units_emitted(self) -> int:
        return sum(self.units) + sum(self.change.units_again.values())

    def paid_by_listener(self) -> dict[UUID, int]:
        """Micros taken from each listener's account; below nothing where they are given back."""
        paid: Counter[UUID] = Counter()
        for play in self.plays:
            paid[play.listener_id] += play.price_micros
        for one in self.change.reversed:
            if not one.frozen:
                paid[one.listener_id] -= one.price_micros
        return dict(paid)

    def units_by_listener(self) -> dict[UUID, int]:
        """Units given to each listener."""
        earned: Counter[UUID] = Counter()
        for play, units in zip(self.plays, self.units, strict=True):
            earned[play.listener_id] += units
        for one in self.change.released:
            earned[one.listener_id] += self.change.units_again[one.reversal_id]
        return {listener: units for listener, units in earned.items() if units}

    def returns_by_listener(self) -> dict[UUID, int]:
        """Units that go back from each listener."""
        given: Counter[UUID] = Counter()
        for one in self.change.reversed:
            given[one.listener_id] += self.change.returned[one.reversal_id]
        return {listener: units for listener, units in given.items() if units}


def plays_due(at: datetime) -> dict[UUID, int]:
    """How many plays of each track have a hold window that ended and no window that took them."""
    due = PaidPlay.objects.waiting().filter(accrues_at__lte=at).values("terms_id")
    return dict(due.annotate(n=Count("id")).order_by("terms__slot").values_list("terms_id", "n"))


def in_batches(due: Mapping[UUID, int], changes: Iterable[UUID]) -> Iterator[set[UUID]]:
    """The tracks due or changed, so many together that their plays fit in memory."""
    batch: set[UUID] = set()
    plays = 0
    for pk in dict.fromkeys([*due, *changes]):
        if batch and plays + due.get(pk, 0) > PLAYS_AT_ONCE:
            yield batch
            batch, plays = set(), 0
        batch.add(pk)
        plays += due.get(pk, 0)
    if batch:
        yield batch


def plays_of(tracks: Iterable[UUID], at: datetime) -> list[Play]:
    """Those of these tracks that are due, in their order."""
    due = PaidPlay.objects.waiting().filter(accrues_at__lte=at, terms__in=tracks)
    fields = ("id", "terms_id", "listener_id", "price_micros", "earns_units")
    return [Play(*row) for row in due.order_by("counted_at", "id").values_list(*fields)]


def tracks_of(
    plays: Iterable[Play], period_number: int, changes: Mapping[UUID, Change]
) -> list[Track]:
    """The plays by track, in slot order, with what is reversed and released; five queries."""
    by_terms: dict[UUID, list[Play]] = defaultdict(list, {pk: [] for pk in changes})
    for play in plays:
        by_terms[play.terms_id].append(play)
    listened = _units_listened(by_terms, changes)
    shared = shared_by_window(period_number, changes)
    last = TrackWindow.objects.filter(terms=OuterRef("pk")).order_by("-window_id")
    all_terms = (
        Terms.objects.filter(pk__in=by_terms)
        .annotate(revenue_before=Subquery(last.values("cumulative_micros")[:1]))
        .annotate(receivable_before=Subquery(last.values("receivable_micros")[:1]))
        .annotate(emitted_before=Subquery(last.values("cumulative_units")[:1]))
        .prefetch_related(Prefetch("payees", Payee.objects.order_by("position")))
        .order_by("slot")
    )
    return [
        _track(
            t,
            Standing(t.revenue_before or 0, t.receivable_before or 0, t.emitted_before or 0),
            by_terms[t.pk],
            listened[t.pk],
            changes.get(t.pk, NOTHING),
            shared[t.pk],
        )
        for t in all_terms
    ]


def _track(
    terms: Terms,
    before: Standing,
    plays: Sequence[Play],
    listened: Mapping[UUID, int],
    change: Change,
    shared: Mapping[int, int],
) -> Track:
    schedule = emission.Schedule(
        terms.reserved_units, terms.micros_per_unit, terms.listener_cap_units
    )
    change = change.with_units(schedule, before.emitted, listened)
    emitted, had = change.counted_in(before.emitted, listened)
    told = ((play.listener_id, play.price_micros, play.earns_units) for play in plays)
    units = emission.units_in_window(told, emitted, schedule, had)
    revenue = sum(play.price_micros for play in plays)
    revenue += change.released_micros + change.given_micros
    taken = [(one.window, one.price_micros) for one in change.reversed]
    return Track(
        terms, before, plays, units, change, net(revenue, taken, before.receivable, shared)
    )


def _units_listened(
    by_terms: Mapping[UUID, list[Play]], changes: Mapping[UUID, Change]
) -> dict[UUID, dict[UUID, int]]:
    """Units each of these listeners has earned of each of these tracks by listening, so far."""
    listeners = {play.listener_id for plays in by_terms.values() for play in plays}
    listeners |= {one.listener_id for change in changes.values() for one in change.released}
    rows = Holding.objects.filter(
        terms__in=by_terms, party__in=listeners, listened_units__gt=0
    ).values_list("terms_id", "party_id", "listened_units")
    found: dict[UUID, dict[UUID, int]] = defaultdict(dict)
    for terms_id, party_id, units in rows:
        found[terms_id][party_id] = units
    return found
