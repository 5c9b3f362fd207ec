"""What is said of held plays in numbers: how many, how close together, by how few."""

from collections import Counter, defaultdict, deque
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TypedDict
from uuid import UUID

from royalties.models import PaidPlay

HOUR = timedelta(hours=1)


class Numbers(TypedDict):
    """Of plays of one track."""

    plays: int
    micros: int
    accounts: int  # that played
    most_by_one: int  # plays of the account with the most
    busiest_hour: int  # the most plays of one account within an hour
    all_plays: int  # everybody's of the track, from the first of them to the last


def numbers_of(plays: Sequence[PaidPlay]) -> Numbers:
    """Of at least one play, all of one track; one query."""
    times = sorted(play.counted_at for play in plays)
    by_account = Counter(play.listener_id for play in plays)
    between = PaidPlay.objects.filter(
        terms=plays[0].terms_id, counted_at__gte=times[0], counted_at__lte=times[-1]
    )
    return Numbers(
        plays=len(plays),
        micros=sum(play.price_micros for play in plays),
        accounts=len(by_account),
        most_by_one=max(by_account.values()),
        busiest_hour=_busiest_hour(plays),
        all_plays=between.count(),
    )


def _busiest_hour(plays: Sequence[PaidPlay]) -> int:
    most, running = 0, defaultdict[UUID, deque[datetime]](deque)
    for play in sorted(plays, key=lambda one: one.counted_at):
        recent = running[play.listener_id]
        recent.append(play.counted_at)
        while play.counted_at - recent[0] >= HOUR:
            recent.popleft()
        most = max(most, len(recent))
    return most
