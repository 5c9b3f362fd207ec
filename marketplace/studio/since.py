"""What happened since a login last looked: plays, money, new listeners, prices, settled periods."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import F, OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce

from marketplace.catalog.models import Track
from marketplace.pricing.models import PricePoint, TrackPrice
from marketplace.studio.models import Visit
from marketplace.studio.scope import Scope
from marketplace.users.models import User
from royalties import statements
from royalties.models import Entitlement, Party, Period
from royalties.statements import Counts

PAUSE = timedelta(minutes=30)  # a longer one ends a visit
NOTED = timedelta(minutes=1)  # looks closer together than this are one


@dataclass(frozen=True)
class Since:
    """`first`: there was no visit before, so everything counts."""

    at: datetime
    first: bool
    plays: int
    to_you_micros: int
    new_listeners: int
    prices_up: int
    prices_down: int
    periods: int
    settled_micros: int


def visit(user: User, at: datetime) -> datetime:
    """Note that the login looks now, to the minute; when its visit before this one ended."""
    found, made = Visit.objects.get_or_create(
        user=user, defaults={"since": user.joined_at, "last_at": at}
    )
    if made:
        return found.since
    if at - found.last_at < NOTED:
        return found.since
    since = found.last_at if at - found.last_at > PAUSE else found.since
    Visit.objects.filter(pk=found.pk).update(since=since, last_at=max(at, found.last_at))
    return since


def began(user: User) -> datetime:
    """When the visit before the one that is noted ended."""
    found = Visit.objects.filter(user=user).first()
    return found.since if found else user.joined_at


def happened(scope: Scope, counts: Mapping[UUID, Counts], since: datetime, at: datetime) -> Since:
    """Over the studio's songs, whose plays of that time are counted; three queries."""
    up, down = _price_moves(scope.tracks, since)
    periods, settled = _settled(scope.parties, since, at)
    return Since(
        at=since,
        first=since == scope.user.joined_at,
        plays=sum(one.plays for one in counts.values()),
        to_you_micros=sum(
            scope.shares.of(terms, at.date(), one.micros) for terms, one in counts.items()
        ),
        new_listeners=statements.new_listeners(list(scope.tracks), since, at),
        prices_up=up,
        prices_down=down,
        periods=periods,
        settled_micros=settled,
    )


def _price_moves(tracks: Mapping[UUID, Track], since: datetime) -> tuple[int, int]:
    """How many songs cost more, and less, than then; one published since cost its first price."""
    points = PricePoint.objects.filter(track=OuterRef("track"))
    before = points.filter(at__lte=since).order_by("-at").values("micros")[:1]
    first = points.order_by("at").values("micros")[:1]
    prices = TrackPrice.objects.filter(track__in=[track.pk for track in tracks.values()])
    then = Coalesce(Subquery(before), Subquery(first), F("micros"))
    moves = prices.annotate(move=F("micros") - then).values_list("move", flat=True)
    return sum(move > 0 for move in moves), sum(move < 0 for move in moves)


def _settled(parties: Sequence[Party], since: datetime, at: datetime) -> tuple[int, int]:
    """Periods that became settled in that time and owe these anything, and how much."""
    active = Period.objects.filter(
        state=Period.State.ACTIVE, active_at__gt=since, active_at__lte=at
    )
    owed = Entitlement.objects.filter(party__in=parties, period__in=active, amount_micros__gt=0)
    by_period = dict(
        owed.values("period").annotate(sum=Sum("amount_micros")).values_list("period", "sum")
    )
    return len(by_period), sum(by_period.values())
