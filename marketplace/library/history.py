"""What was listened to, newest first: paid plays with their receipt, and free listens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import QuerySet

from marketplace.catalog.models import Track
from marketplace.listening.models import Stream
from marketplace.users.models import User
from royalties.models import PaidPlay


@dataclass(frozen=True)
class Listen:
    """One stream. `play` is None where it stopped before it counted: nothing was paid."""

    stream: Stream
    track: Track
    play: PaidPlay | None


def streams_of(user: User) -> QuerySet[Stream]:
    """Streams in which something was heard."""
    heard = Stream.objects.filter(listener=user, started_at__isnull=False)
    return heard.select_related("quote__track__artist").order_by("-started_at", "pk")


def listens(streams: Sequence[Stream]) -> list[Listen]:
    """Streams (of `streams_of`) with their paid plays; one query."""
    counted = [stream.quote_id for stream in streams if stream.counted_at]
    plays = {play.reference: play for play in PaidPlay.objects.filter(reference__in=counted)}
    return [Listen(stream, stream.quote.track, plays.get(stream.quote_id)) for stream in streams]
