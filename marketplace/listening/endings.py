"""How a stream ends: its quote does too, and held money goes back unless the play was counted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from marketplace.listening.models import Stream
from marketplace.pricing import quotes
from marketplace.pricing.models import Quote
from royalties import purses
from royalties.prepared import prepared
from royalties.rows import array

TEACH_NOTHING = {Stream.Ending.UNPAID, Stream.Ending.REMOVED}
ENDED = "UPDATE listening_stream SET ended_at = %s, ending = %s WHERE id = %s"
FINISHED = """
UPDATE listening_stream s SET ended_at = told.at, ending = 'finished'
FROM unnest(%(streams)s::uuid[], %(listeners)s::bigint[], %(ats)s::timestamptz[])
    AS told(id, listener_id, at), users_user u
WHERE s.id = told.id AND s.listener_id = told.listener_id
    AND s.ended_at IS NULL AND s.counted_at IS NOT NULL
    AND u.id = s.listener_id AND u.is_active
RETURNING s.id
"""


def end(stream: Stream, ending: str, at: datetime) -> None:
    """For whoever has the stream's row locked; what has ended stays as it is."""
    if stream.ended_at is not None:
        return
    stream.ended_at, stream.ending = at, ending
    with prepared() as cursor:
        cursor.execute(ENDED, [at, ending, stream.pk])
    if stream.counted_at is None:
        purses.release_hold(stream.quote_id, at)
        state = Quote.State.VOID if ending in TEACH_NOTHING else Quote.State.DECLINED
        quotes.end(stream.quote_id, state, at)


def finish(stops: Sequence[tuple[UUID, int, datetime]]) -> set[UUID]:
    """End the counted ones of these streams, each with its login and when; which they were."""
    streams, listeners, ats = map(array, zip(*stops, strict=True))
    with prepared() as cursor:
        cursor.execute(FINISHED, {"streams": streams, "listeners": listeners, "ats": ats})
        return {pk for (pk,) in cursor.fetchall()}
