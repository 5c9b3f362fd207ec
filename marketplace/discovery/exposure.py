"""Whom Home shows and who is played, week by week: by size of artist, with Gini and coverage.

A worker adds each week up while its lists are kept; the sums stay. Weeks begin on Monday, UTC.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import numpy as np
from django.conf import settings
from django.db import connection
from django.db.models import Count
from numpy.typing import NDArray

from marketplace.catalog.models import Track
from marketplace.discovery.models import ExposureWeek, WorthReport
from marketplace.discovery.newcomers import NEW
from marketplace.discovery.worth import policy_now, worth
from recommender.exposure import SIZES, coverage, gini, sizes
from royalties.models import PaidPlay

WEEK = timedelta(days=7)
WEEKS_SHOWN = 12
__all__ = ["SIZES", "add_up", "week", "week_of", "weeks", "worth_now"]
SHOWN = """
SELECT place.track_id, count(*), count(*) FILTER (WHERE place.chosen > 0)
FROM discovery_shown list, unnest(list.tracks, list.chosen) AS place(track_id, chosen)
WHERE list.at >= %s AND list.at < %s GROUP BY 1
"""


class Song(NamedTuple):
    id: UUID
    artist_id: UUID
    terms_id: UUID
    published_at: datetime


def add_up(at: datetime) -> None:
    """This week and those before it of which everything is still kept, and what exploring earns."""
    first = at - settings.SHOWN_KEPT
    start = week_of(at)
    while start >= first or start == week_of(at):
        told = week(start)
        if told["impressions"] or start == week_of(at):
            ExposureWeek.objects.update_or_create(
                week=start.date(), defaults={"made_at": at, "figures": told}
            )
        start -= WEEK
    report = {"made_at": at, "figures": worth(at)}
    WorthReport.objects.update_or_create(policy=policy_now(), defaults=report)


def week_of(at: datetime) -> datetime:
    """When the week began."""
    day = at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return day - timedelta(days=day.weekday())


def week(start: datetime) -> dict[str, Any]:
    """The figures of one week, as plain data; four queries.

    An artist is new for 28 days from the first song on; the others are classed by terciles of plays
    counted before the week.
    """
    end = start + WEEK
    songs = _songs(end)
    before, during = _plays(end=start), _plays(start, end)
    shown, drawn = _shown(start, end)
    return {
        "week": start.date().isoformat(),
        "impressions": sum(shown.values()),
        "drawn": sum(drawn.values()),
        "plays": sum(during.values()),
        "gini_shown": gini(_of(songs, shown)),
        "gini_played": gini(np.array([during[song.terms_id] for song in songs], float)),
        "coverage": coverage(_of(songs, shown)),
        "sizes": _by_size(songs, before, during, shown, end),
    }


def _by_size(
    songs: list[Song],
    before: Counter[UUID],
    during: Counter[UUID],
    shown: Counter[UUID],
    end: datetime,
) -> dict[str, dict[str, int]]:
    mine: dict[UUID, list[Song]] = defaultdict(list)
    for song in songs:
        mine[song.artist_id].append(song)
    new = [one for one, own in mine.items() if min(s.published_at for s in own) > end - NEW]
    plays = {one: sum(before[s.terms_id] for s in own) for one, own in sorted(mine.items())}
    classed = sizes(plays, new)
    found = {size: Counter[str]() for size in SIZES}
    for artist, own in mine.items():
        sums = found[classed[artist]]
        sums["artists"] += 1
        sums["songs"] += len(own)
        sums["impressions"] += sum(shown[s.id] for s in own)
        sums["plays"] += sum(during[s.terms_id] for s in own)
    names = ("artists", "songs", "impressions", "plays")
    return {size: {name: sums[name] for name in names} for size, sums in found.items()}


def _songs(end: datetime) -> list[Song]:
    on_sale = Track.objects.filter(state=Track.State.PUBLISHED, published_at__lt=end)
    return [Song(*row) for row in on_sale.order_by("pk").values_list(*Song._fields)]


def _plays(start: datetime | None = None, end: datetime | None = None) -> Counter[UUID]:
    """Counted plays by terms."""
    counted = PaidPlay.objects.filter(counted_at__lt=end)
    if start is not None:
        counted = counted.filter(counted_at__gte=start)
    return Counter(dict(counted.values_list("terms").annotate(n=Count("pk")).order_by()))


def _shown(start: datetime, end: datetime) -> tuple[Counter[UUID], Counter[UUID]]:
    """Places of lists by song, and those of them that chance gave."""
    with connection.cursor() as cursor:
        cursor.execute(SHOWN, [start, end])
        rows = cursor.fetchall()
    return Counter({pk: n for pk, n, _ in rows}), Counter({pk: n for pk, _, n in rows})


def _of(songs: list[Song], counts: Counter[UUID]) -> NDArray[np.float64]:
    return np.array([counts[song.id] for song in songs], dtype=np.float64)


def weeks() -> list[dict[str, Any]]:
    """The last ones, the oldest first; one query."""
    found = ExposureWeek.objects.order_by("-week").values_list("figures", flat=True)
    return list(found[:WEEKS_SHOWN])[::-1]


def worth_now() -> dict[str, Any] | None:
    """What the policy in force was last found to earn; one query."""
    found = WorthReport.objects.filter(policy=policy_now()).values_list("figures", flat=True)
    return found.first()
