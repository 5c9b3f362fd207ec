"""How prices fare: what moved, what stands at a bound, what waits; and whether steps are late."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db.models import Count, F, OuterRef, Q, Subquery

from marketplace.pricing import stops
from marketplace.pricing.models import EngineStep, PricePoint, PriceStop, TrackPrice
from marketplace.templatetags.amounts import count, percent_bps

DAY = timedelta(days=1)
CHART_DAYS = 14
WEEK_DAYS = 7
PATIENCE = timedelta(minutes=5)  # a step is due as an hour begins; later than this it is late
LISTED = 8
WHOLE_BPS = 10_000
WHY = {
    "waiting": "Wait for their first answer",
    "launch": "New, still looking for their place",
    "learned": "Where the song earns most",
    "limited": "On their way there",
    "test": "A hair beside it, to learn more",
    "bound": "Held by the floor or the ceiling",
    "frozen": "Stand until somebody answers anew",
    "held": "Held, to measure by",
}


@dataclass(frozen=True)
class Answers:
    """Answers of listeners to prices, and how many played on."""

    asked: int
    accepted: int

    @property
    def share_bps(self) -> int:
        return WHOLE_BPS * self.accepted // self.asked if self.asked else 0

    @property
    def percent(self) -> str:
        return percent_bps(self.share_bps // 100 * 100)


@dataclass(frozen=True)
class Summary:
    """The prices in a glance; `late` is how long the step of this hour has been due, or nothing.

    `stopped`: the stop in force.
    """

    step: EngineStep | None
    stopped: PriceStop | None
    late: timedelta
    songs: int
    at_floor: int
    at_cap: int
    week: Answers

    @property
    def waiting(self) -> int:
        return self._because("waiting")

    @property
    def frozen(self) -> int:
        return self._because("frozen")

    @property
    def sentence(self) -> str:
        if self.stopped:
            return (
                f"Stopped at {self.stopped.at:%H:%M} on {self.stopped.at:%-d %B}, at the prices of"
                f" {self.stopped.back_to.at:%-d %B, %H:%M}."
            )
        if self.step is None:
            return "No step was made yet; the first comes a minute after the start."
        moved = f"{count(self.step.moved)} of {count(self.songs)} prices moved"
        if not self.week.asked:
            return f"{moved} at {self.step.at:%H:%M}; no listener answered a price this week."
        return (
            f"{moved} at {self.step.at:%H:%M};"
            f" {self.week.percent} of {count(self.week.asked)} answers this week played on."
        )

    @property
    def why(self) -> list[tuple[str, int]]:
        """Songs by why their price is what it is, in words; the most first."""
        reasons = self.step.reasons if self.step else {}
        return sorted(((WHY[key], n) for key, n in reasons.items()), key=lambda one: -one[1])

    def _because(self, reason: str) -> int:
        return int(self.step.reasons.get(reason, 0)) if self.step else 0


@dataclass(frozen=True)
class Days:
    """Acceptance by day, for a chart: (day, share in bps); days without answers are left out."""

    points: list[tuple[str, int]]
    title: str
    note: str
    so_far: bool  # the last day is today


def summary(at: datetime) -> Summary:
    """Four queries."""
    last = stops.last()
    stopped = last if last and last.ended_at is None else None
    step = EngineStep.objects.defer("state").order_by("-hour").first()
    floor, cap = settings.PRICE_FLOOR_MICROS, settings.PRICE_CAP_MICROS
    bounds = TrackPrice.objects.aggregate(
        songs=Count("pk"),
        floor=Count("pk", filter=Q(micros__lte=floor)),
        cap=Count("pk", filter=Q(micros__gte=cap)),
    )
    week = _answers(at - WEEK_DAYS * DAY).values()
    return Summary(
        step=step,
        stopped=stopped,
        late=timedelta() if stopped else _late(step, last, at),
        songs=bounds["songs"],
        at_floor=bounds["floor"],
        at_cap=bounds["cap"],
        week=Answers(sum(one.asked for one in week), sum(one.accepted for one in week)),
    )


def days(at: datetime) -> Days:
    """A fortnight of answers; one query."""
    found = _answers(at - CHART_DAYS * DAY)
    points = [(day, one.share_bps) for day, one in found.items() if one.asked]
    asked = sum(one.asked for one in found.values())
    return Days(
        points=points,
        title=_finding(list(found.values())),
        note=f"Of {count(asked)} answers, by day (UTC)",
        so_far=bool(points) and points[-1][0] == _day(at),
    )


def moved_last() -> list[tuple[TrackPrice, int]]:
    """The prices that moved last, and by how many micros; one query."""
    before = PricePoint.objects.filter(track=OuterRef("track_id"), at__lt=OuterRef("since"))
    prices = TrackPrice.objects.select_related("track__artist").filter(
        since__gt=F("track__published_at")
    )
    prices = prices.annotate(was=Subquery(before.order_by("-at").values("micros")[:1]))
    found = prices.exclude(was=None).order_by("-since", "-micros")[:LISTED]
    return [(price, price.micros - price.was) for price in found]


def at_bounds() -> list[TrackPrice]:
    """Some that stand at the floor or the ceiling, the longest there first; one query."""
    floor, cap = settings.PRICE_FLOOR_MICROS, settings.PRICE_CAP_MICROS
    prices = TrackPrice.objects.filter(Q(micros__lte=floor) | Q(micros__gte=cap))
    return list(prices.select_related("track__artist").order_by("since")[:LISTED])


def _answers(since: datetime) -> dict[str, Answers]:
    """Answers taken by steps, by day, the oldest first."""
    rows = EngineStep.objects.filter(at__gt=since).order_by("hour")
    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for at, asked, accepted in rows.values_list("at", "observations", "accepted"):
        day = sums[_day(at)]
        day[0] += asked
        day[1] += accepted
    return {day: Answers(*both) for day, both in sums.items()}


def _day(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%-d %b")


def _late(step: EngineStep | None, stop: PriceStop | None, at: datetime) -> timedelta:
    """How long the next step has been due, if longer than it may take; none while prices stood."""
    if step is None:
        return timedelta()
    since = max(step.at, stop.ended_at) if stop and stop.ended_at else step.at
    due = since.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    return at - due if at - due > PATIENCE else timedelta()


def _finding(answers: list[Answers]) -> str:
    """What the chart shows: the last week against the one before."""
    earlier, later = _sum(answers[:-WEEK_DAYS]), _sum(answers[-WEEK_DAYS:])
    if not later.asked:
        return "Nobody has answered a price yet"
    if not earlier.asked:
        return f"{later.percent} played on once they had seen the price"
    change = later.share_bps // 100 - earlier.share_bps // 100  # as they are written
    if change == 0:
        return f"{later.percent} played on, as many as the week before"
    verb = "up" if change > 0 else "down"
    return f"{later.percent} played on this week, {verb} from {earlier.percent}"


def _sum(answers: list[Answers]) -> Answers:
    return Answers(sum(one.asked for one in answers), sum(one.accepted for one in answers))
