"""What was started of one's songs and not paid, by reason: the other side of counted plays."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from marketplace.catalog.models import Track
from marketplace.listening.models import Stream

LOOKED_AT = timedelta(days=28)


@dataclass(frozen=True)
class Reason:
    """How many streams ended for one reason."""

    words: str
    streams: int


def reasons(tracks: Iterable[Track], at: datetime) -> list[Reason]:
    """Of streams opened in the 28 days before `at`; one query."""
    since = {"quote__track__in": [track.pk for track in tracks], "opened_at__gte": at - LOOKED_AT}
    found = Stream.objects.filter(**since).uncounted()
    return [Reason(str(Stream.Uncounted(why).label), n) for why, n in found.items()]
