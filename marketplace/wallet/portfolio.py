"""What a listener owns part of: units and since when, what was paid, what came back, by song."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import Count, Sum

from marketplace.catalog.models import Track
from marketplace.pricing.models import TrackPrice
from marketplace.wallet.limits import day_start
from royalties import money, statements
from royalties.models import Entitlement, PaidPlay, Party
from royalties.statements import Earned, HoldingLine, Returned

FORTNIGHT = 14
NBSP = "\u00a0"
NOTHING = Returned(0, 0, 0)


@dataclass(frozen=True)
class OwnedLine:
    """One song: units held, plays paid, and money that came back, in micros."""

    track: Track
    units: int
    earned: Earned | None  # by listening: when
    plays: int
    paid_micros: int
    settled_micros: int
    waiting_micros: int  # closed, not settled yet
    accrued_micros: int  # since the last close
    today_micros: int  # of it all, since midnight UTC
    thousand_micros: int  # what a thousand plays at today's price would bring
    days: list[int] = field(default_factory=list)  # the last fourteen, today the last

    @property
    def back_micros(self) -> int:
        return self.settled_micros + self.waiting_micros + self.accrued_micros

    @property
    def pool_percent(self) -> str:
        """Of the fans' units: 4,120 of 1,000,000 -> 0.412 %."""
        return f"{self.units * 100 / money.UNITS:.3f}{NBSP}%"

    @property
    def back_percent(self) -> str:
        return back_percent(self.back_micros, self.paid_micros)


@dataclass(frozen=True)
class Sums:
    """The foot of the table: every shown line added up, on whatever page it stands."""

    songs: int
    units: int
    plays: int
    paid_micros: int
    back_micros: int
    today_micros: int
    thousand_micros: int

    @property
    def back_percent(self) -> str:
        return back_percent(self.back_micros, self.paid_micros)


@dataclass(frozen=True)
class Came:
    """What came back of one song since some moment."""

    track: Track
    micros: int


def _earned_last(line: OwnedLine) -> float:
    return line.earned.last_at.timestamp() if line.earned else 0.0


ORDERS: dict[str, tuple[str, Callable[[OwnedLine], float]]] = {
    "back": ("Most back", lambda line: line.back_micros),
    "today": ("Most today", lambda line: line.today_micros),
    "thousand": ("Pays most a play", lambda line: line.thousand_micros),
    "units": ("Most units", lambda line: line.units),
    "newest": ("Heard last", _earned_last),
}
FILTERS: dict[str, tuple[str, Callable[[OwnedLine], bool]]] = {
    "all": ("All", lambda line: True),
    "paying": ("Paid you lately", lambda line: any(line.days)),
    "quiet": ("Quiet for 14 days", lambda line: not any(line.days)),
}


def back_percent(back_micros: int, paid_micros: int) -> str:
    """Cut to a tenth: 391_270 of 4_847_000 -> 8.0 %."""
    if not paid_micros:
        return ""
    tenths = 1_000 * back_micros // paid_micros
    return f"{tenths // 10}.{tenths % 10}{NBSP}%"


def portfolio(party: Party, at: datetime) -> list[OwnedLine]:
    """Every song the party holds units of or was paid by, most back first; eight queries."""
    held = statements.portfolio(party)
    tracks = tracks_of([one.terms_id for one in held])
    prices = dict(
        TrackPrice.objects.filter(track__in=tracks.values()).values_list("track", "micros")
    )
    mine = PaidPlay.objects.filter(listener=party, terms__in=tracks)
    mine = mine.exclude(reversals__charged_back_at__isnull=False)  # the bank has that money
    sums = mine.values_list("terms").annotate(Count("id"), Sum("price_micros"))
    paid = {pk: (n, micros) for pk, n, micros in sums}
    midnight = day_start(at)
    back = statements.returned(party, midnight)
    by_day = statements.returned_by_day(party, midnight - timedelta(days=FORTNIGHT - 1))
    earned = statements.earned_when(party)
    lines = [
        _line(
            one,
            tracks[one.terms_id],
            prices[one.subject_id],
            paid.get(one.terms_id, (0, 0)),
            back.get(one.terms_id, NOTHING),
            earned.get(one.terms_id),
            _days(by_day.get(one.terms_id, {}), one.accrued_micros, at),
        )
        for one in held
    ]
    return sorted(lines, key=ORDERS["back"][1], reverse=True)


def shown(lines: Sequence[OwnedLine], show: str, order: str) -> list[OwnedLine]:
    """The lines a listener asked for, in the order they asked for."""
    return sorted(filter(FILTERS[show][1], lines), key=ORDERS[order][1], reverse=True)


def sums_of(lines: Sequence[OwnedLine]) -> Sums:
    def total(name: str) -> int:
        return sum(getattr(line, name) for line in lines)

    return Sums(len(lines), *map(total, list(Sums.__dataclass_fields__)[1:]))


def chips(
    options: Mapping[str, tuple[str, Callable[[OwnedLine], object]]],
    name: str,
    asked: dict[str, str],
) -> list[dict[str, object]]:
    """One choice of several, kept in the address bar beside the other."""
    return [
        {
            "label": label,
            "url": f"?{urlencode(asked | {name: key})}",
            "current": key == asked[name],
        }
        for key, (label, _) in options.items()
    ]


def tracks_of(terms_ids: Sequence[UUID]) -> dict[UUID, Track]:
    """Their songs, by the id of their terms."""
    found = Track.objects.named().filter(terms__in=terms_ids)
    return {track.terms_id: track for track in found if track.terms_id is not None}


def came_back_since(party: Party, start: datetime, most: int) -> tuple[list[Came], list[int]]:
    """Shares of periods that closed after `start`, and of the one that is open, by song, most
    first: of so many songs by name, and what each of the others brought. Three queries.
    """
    closed = Entitlement.objects.filter(
        party=party, role=Entitlement.Role.HOLDER, period__cutoff_at__gt=start
    )
    sums = Counter(dict(closed.values_list("terms_id").annotate(Sum("amount_micros"))))
    open_ones = Counter({one.terms_id: one.accrued_micros for one in statements.held_by([party])})
    came = (open_ones + sums).most_common()
    tracks = tracks_of([terms_id for terms_id, _ in came[:most]])
    named = [Came(tracks[terms_id], micros) for terms_id, micros in came[:most]]
    return named, [micros for _, micros in came[most:]]


def last_days(at: datetime) -> list[date]:
    """Fourteen UTC days, today the last."""
    today = day_start(at).date()
    return [today - timedelta(days=back) for back in range(FORTNIGHT - 1, -1, -1)]


def _days(by_day: dict[date, int], accrued_micros: int, at: datetime) -> list[int]:
    days = [by_day.get(day, 0) for day in last_days(at)]
    days[-1] += accrued_micros
    return days


def _line(
    held: HoldingLine,
    track: Track,
    price_micros: int,
    paid: tuple[int, int],
    back: Returned,
    earned: Earned | None,
    days: list[int],
) -> OwnedLine:
    return OwnedLine(
        track=track,
        units=held.units,
        earned=earned,
        plays=paid[0],
        paid_micros=paid[1],
        settled_micros=back.settled_micros,
        waiting_micros=back.waiting_micros,
        accrued_micros=held.accrued_micros,
        today_micros=back.recent_micros + held.accrued_micros,
        thousand_micros=held.per_thousand_plays_micros(price_micros),
        days=days,
    )
