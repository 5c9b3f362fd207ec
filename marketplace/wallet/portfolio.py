"""What a listener owns part of: units, what was paid, what came back, by song and by period."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings
from django.db.models import Count, Sum

from marketplace.catalog.models import Track
from marketplace.pricing.models import TrackPrice
from marketplace.templatetags import amounts
from royalties import statements
from royalties.models import Entitlement, PaidPlay, Party, Period
from royalties.statements import HoldingLine

if TYPE_CHECKING:
    from collections.abc import Callable

CHART_PERIODS = 30
UNITS = 1_000_000
NBSP = "\u00a0"


@dataclass(frozen=True)
class OwnedLine:
    """One song: units held, plays paid, and money that came back, in micros."""

    track: Track
    units: int
    plays: int
    paid_micros: int
    earned_micros: int  # of closed periods
    accrued_micros: int  # since
    thousand_micros: int  # what a thousand plays at today's price would bring

    @property
    def back_micros(self) -> int:
        return self.earned_micros + self.accrued_micros

    @property
    def pool_percent(self) -> str:
        """Of the fans' units: 4,120 of 1,000,000 -> 0.412 %."""
        return f"{self.units * 100 / UNITS:.3f}{NBSP}%"

    @property
    def back_percent(self) -> str:
        return back_percent(self.back_micros, self.paid_micros)


@dataclass(frozen=True)
class Portfolio:
    lines: list[OwnedLine]
    units: int
    plays: int
    paid_micros: int
    back_micros: int
    accrued_micros: int
    thousand_micros: int

    @property
    def back_percent(self) -> str:
        return back_percent(self.back_micros, self.paid_micros)


@dataclass(frozen=True)
class Came:
    """What came back of one song since some moment."""

    track: Track
    micros: int


ORDERS: dict[str, tuple[str, Callable[[OwnedLine], int]]] = {
    "back": ("Most back", lambda line: line.back_micros),
    "units": ("Most units", lambda line: line.units),
    "thousand": ("Earns most a play", lambda line: line.thousand_micros),
}


def back_percent(back_micros: int, paid_micros: int) -> str:
    """Cut to a tenth: 391_270 of 4_847_000 -> 8.0 %."""
    if not paid_micros:
        return ""
    tenths = 1_000 * back_micros // paid_micros
    return f"{tenths // 10}.{tenths % 10}{NBSP}%"


def portfolio(party: Party, order: str = "back") -> Portfolio:
    """Every song the party holds units of or was paid by, in five queries."""
    held = statements.portfolio(party)
    tracks = tracks_of(held)
    prices = dict(
        TrackPrice.objects.filter(track__in=tracks.values()).values_list("track", "micros")
    )
    mine = PaidPlay.objects.filter(listener=party, terms__in=tracks).values_list("terms")
    paid = {pk: (n, micros) for pk, n, micros in mine.annotate(Count("id"), Sum("price_micros"))}
    lines = [
        _line(one, tracks[one.terms_id], prices[one.subject_id], *paid.get(one.terms_id, (0, 0)))
        for one in held
    ]
    lines.sort(key=ORDERS[order][1], reverse=True)
    return Portfolio(
        lines=lines,
        units=sum(line.units for line in lines),
        plays=sum(line.plays for line in lines),
        paid_micros=sum(line.paid_micros for line in lines),
        back_micros=sum(line.back_micros for line in lines),
        accrued_micros=sum(line.accrued_micros for line in lines),
        thousand_micros=sum(line.thousand_micros for line in lines),
    )


def chips(order: str) -> list[dict[str, object]]:
    """The orders to see it in, kept in the address bar."""
    return [
        {"label": label, "url": f"?by={name}", "current": name == order}
        for name, (label, _) in ORDERS.items()
    ]


def tracks_of(held: Sequence[HoldingLine]) -> dict[UUID, Track]:
    """The songs of these holdings, by the id of their terms."""
    ids = [one.terms_id for one in held]
    found = Track.objects.select_related("artist").filter(terms__in=ids)
    return {track.terms_id: track for track in found if track.terms_id is not None}


def came_back_since(party: Party, start: datetime) -> list[Came]:
    """By song: shares of periods that closed after `start`, and of the one that is open."""
    held = statements.portfolio(party)
    closed = Entitlement.objects.filter(
        party=party, role=Entitlement.Role.HOLDER, period__cutoff_at__gt=start
    )
    sums = dict(closed.values_list("terms").annotate(Sum("amount_micros")))
    tracks = tracks_of(held)
    came = [
        Came(tracks[one.terms_id], one.accrued_micros + sums.get(one.terms_id, 0)) for one in held
    ]
    return sorted((one for one in came if one.micros), key=lambda one: -one.micros)


def by_period(party: Party, accrued_micros: int) -> list[tuple[str, int]]:
    """(label, micros) of the last periods, the open one last; two queries."""
    closed = Period.objects.exclude(cutoff_at=None).order_by("-number")[:CHART_PERIODS]
    periods = sorted(closed, key=lambda period: period.number)
    mine = Entitlement.objects.filter(
        party=party, role=Entitlement.Role.HOLDER, period__in=periods
    ).values_list("period")
    sums = dict(mine.annotate(Sum("amount_micros")))
    first = next((i for i, period in enumerate(periods) if sums.get(period.number)), len(periods))
    points = [(_label(period), sums.get(period.number, 0)) for period in periods[first:]]
    return [*points, ("now", accrued_micros)] if points or accrued_micros else []


def finding(points: Sequence[tuple[str, int]]) -> str:
    """The chart's title: what the last closed period brought, and the one before it."""
    unit = "day" if _by_day() else "period"
    if len(points) < 2:
        return f"The first {unit} that pays you is still open"
    last, before = points[-2][1], points[-3][1] if len(points) > 2 else 0
    brought = f"Your shares brought {amounts.plain_cents(last)} in the last {unit}"
    if not before or last == before:
        return brought
    more = "more" if last > before else "less"
    return f"{brought}, {amounts.plain_cents(abs(last - before))} {more} than in the one before"


def chart_note() -> str:
    if _by_day():
        return f"Cents a day, the last {CHART_PERIODS} days at most"
    return f"Cents a period, by the time it began (UTC), the last {CHART_PERIODS} at most"


def _by_day() -> bool:
    return timedelta(days=1) <= settings.SETTLEMENT_PERIOD


def _label(period: Period) -> str:
    """A day where a period lasts one, else the time it began at."""
    return period.opens_at.astimezone(UTC).strftime("%-d %b" if _by_day() else "%H:%M")


def _line(
    held: HoldingLine, track: Track, price_micros: int, plays: int, paid_micros: int
) -> OwnedLine:
    return OwnedLine(
        track=track,
        units=held.units,
        plays=plays,
        paid_micros=paid_micros,
        earned_micros=held.earned_micros,
        accrued_micros=held.accrued_micros,
        thousand_micros=held.per_thousand_plays_micros(price_micros),
    )
