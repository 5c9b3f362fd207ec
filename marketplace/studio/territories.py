"""Where listeners are, as far as they say so: countries with at least five listeners by name.

Whoever is one of fewer is counted into what is left, "Elsewhere or not said", together with those
who say nothing; no page and no file of a studio tells their country.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, QuerySet, Sum

from marketplace.catalog.models import Track
from marketplace.listening.models import Stream
from marketplace.studio.revenue import Taking
from marketplace.templatetags.amounts import NBSP
from marketplace.users import countries
from royalties.models import PaidPlay

FEWEST = 5  # the pages say it in words
BARS = 7
ELSEWHERE = "elsewhere"
ELSEWHERE_WORDS = "Elsewhere or not said"


@dataclass(frozen=True)
class Territory:
    """`listeners` is None of what is left: who moved there may be counted among others too."""

    code: str
    name: str
    listeners: int | None
    plays: int
    micros: int
    permille: int

    @property
    def percent(self) -> str:
        """Cut, not rounded up."""
        return f"{self.permille // 10}{NBSP}%" if self.permille >= 10 else f"under 1{NBSP}%"


def territories(
    tracks: Mapping[UUID, Track], since: datetime, at: datetime, total: Taking
) -> list[Territory]:
    """What each brought of the `total` of that time, most first, what is left last; one query."""
    standing = PaidPlay.objects.not_reversed()
    counted = standing.filter(terms__in=tracks, counted_at__gte=since, counted_at__lte=at)
    named = [
        _territory(row["country"], row["listeners"], row["plays"], row["micros"], total)
        for row in _named(counted)
    ]
    named.sort(key=lambda one: (-one.micros, one.name))
    plays = total.plays - sum(one.plays for one in named)
    micros = total.micros - sum(one.micros for one in named)
    left = [_territory(ELSEWHERE, None, plays, micros, total)] if plays else []
    return named + left


def name_of(code: str) -> str:
    return ELSEWHERE_WORDS if code == ELSEWHERE else countries.names().get(code, code)


def finding(found: Sequence[Territory]) -> str:
    """The title: who brought most, where any country has listeners enough."""
    named = [one for one in found if one.code != ELSEWHERE]
    if not named:
        return "Too few listeners said where they are"
    return f"{named[0].name} brought {named[0].percent} of what listeners paid"


def ranked(found: Sequence[Territory]) -> list[Territory]:
    """As many as bars are drawn of, and what is left; the table has all of them."""
    named = [one for one in found if one.code != ELSEWHERE]
    return named[:BARS] + [one for one in found if one.code == ELSEWHERE]


def within(plays: QuerySet[PaidPlay], code: str) -> QuerySet[PaidPlay]:
    """Those of one territory among these plays; none where fewer than five listeners are there."""
    stream = Stream.objects.filter(quote=OuterRef("reference"))
    named = {row["country"] for row in _named(plays)}
    if code == ELSEWHERE:
        return plays.exclude(Exists(stream.filter(country__in=named)))
    return plays.filter(Exists(stream.filter(country=code))) if code in named else plays.none()


def _named(plays: QuerySet[PaidPlay]) -> list[dict[str, Any]]:
    """Countries with listeners enough among these plays."""
    quotes = plays.order_by().values("reference")
    said = Stream.objects.filter(quote__in=quotes).exclude(country="").values("country")
    counted = said.annotate(
        listeners=Count("listener", distinct=True),
        plays=Count("pk"),
        micros=Sum("quote__price_micros"),
    )
    return [dict(row) for row in counted.filter(listeners__gte=FEWEST)]


def _territory(
    code: str, listeners: int | None, plays: int, micros: int, total: Taking
) -> Territory:
    permille = 1_000 * micros // total.micros if total.micros else 0
    return Territory(code, name_of(code), listeners, plays, micros, permille)
