"""Songs to which a place by chance may go: new ones and hardly heard ones, until they were shown.

A worker looks for them; pages read the ids, which are kept for minutes.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from marketplace.discovery.models import Newcomer
from marketplace.kept import kept

NEW = timedelta(days=28)
FEW_PLAYS = 20  # counted in that time; a song that is not new and has more is no newcomer
ENOUGH_SHOWN = 200  # times in that time: its chance was given
MOST = 500  # at once, the least shown first
ONE_AT_A_TIME = "LOCK TABLE discovery_newcomer IN SHARE ROW EXCLUSIVE MODE"  # whoever reads goes on
FOUND = """
WITH seen AS (
    SELECT unnest(tracks) AS track_id, count(*) AS n FROM discovery_shown
    WHERE at > %(since)s GROUP BY 1
), played AS (
    SELECT terms_id, count(*) AS n FROM royalties_paidplay WHERE counted_at > %(since)s GROUP BY 1
)
SELECT track.id FROM catalog_track track LEFT JOIN seen ON seen.track_id = track.id
LEFT JOIN played ON played.terms_id = track.terms_id
WHERE track.state = 'published' AND coalesce(seen.n, 0) < %(enough)s
AND (track.published_at > %(since)s OR coalesce(played.n, 0) < %(few)s)
ORDER BY coalesce(seen.n, 0), track.published_at DESC, track.id LIMIT %(most)s
"""


@transaction.atomic
def look(at: datetime) -> None:
    """Put those of now in the place of those found before."""
    asked: dict[str, Any] = {
        "since": at - NEW,
        "enough": ENOUGH_SHOWN,
        "few": FEW_PLAYS,
        "most": MOST,
    }
    with connection.cursor() as cursor:
        cursor.execute(ONE_AT_A_TIME)
        cursor.execute(FOUND, asked)
        found = [Newcomer(track_id=pk) for (pk,) in cursor.fetchall()]
    Newcomer.objects.all().delete()
    Newcomer.objects.bulk_create(found)


def newcomer_ids() -> list[str]:
    """Item ids, in an order of their own; no query where they are kept."""
    return kept("newcomers", _read, lasting=True)


def _read() -> list[str]:
    return sorted(pk.hex for pk in Newcomer.objects.values_list("track", flat=True))
