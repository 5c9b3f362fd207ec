"""What was listened to, newest first: paid plays with their receipt, and free listens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from marketplace.catalog.models import Track
from marketplace.listening.models import Stream
from marketplace.users.models import User
from royalties.models import PaidPlay


@dataclass(frozen=True)
class Listen:
    """One stream. `play` is None where it did not count: nothing was paid."""

    stream: Stream
    track: Track
    play: PaidPlay | None

    @property
    def uncounted(self) -> str:
        """Why it was not paid."""
        if self.stream.counted_at:
            return "one of the plays its artist gives away"
        reason = self.stream.uncounted
        return str(reason.label) if reason else ""


def streams_of(user: User) -> QuerySet[Stream]:
    """Streams in which something was heard, or would have been had it been paid."""
    heard = Q(started_at__isnull=False) | Q(ending=Stream.Ending.UNPAID)
    found = Stream.objects.filter(heard, listener=user).select_related("quote__track__artist")
    return found.order_by("-opened_at", "pk")


def listens(streams: Sequence[Stream]) -> list[Listen]:
    """Streams (of `streams_of`) with their paid plays; one query."""
    counted = [stream.quote_id for stream in streams if stream.counted_at]
    plays = {play.reference: play for play in PaidPlay.objects.filter(reference__in=counted)}
    return [Listen(stream, stream.quote.track, plays.get(stream.quote_id)) for stream in streams]
