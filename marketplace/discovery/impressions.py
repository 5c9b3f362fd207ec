"""Which list was shown to whom, with the chance of each place, and what came of it within a day.

One row a list, written once however often it is drawn within the hour. Invariant: a play or a like
counts for one list, the last that showed the song to its listener before it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from django.conf import settings
from django.db import connection
from numpy.typing import NDArray

from marketplace.discovery import serving
from marketplace.discovery.exploring import HOUR_SECONDS, Draw
from marketplace.discovery.models import Shown
from marketplace.users.models import User
from recommender.exploration import Placed

WITHIN = timedelta(days=1)
SWEPT_AT_ONCE = 5_000
MOST_ROWS = 400_000  # of outcomes read at once, the newest ones
OUTCOMES = ("counted", "beyond", "liked")
JOINED = """
WITH impression AS (
    SELECT list.user_id, list.at, list.policy, cardinality(list.tracks) AS length,
           place.track_id, place.ord - 1 AS place, place.chosen, place.propensity,
           least(list.at + %(within)s, lead(list.at) OVER (
               PARTITION BY list.user_id, place.track_id ORDER BY list.at, list.id)) AS until
    FROM discovery_shown list,
         unnest(list.tracks, list.chosen, list.propensities)
         WITH ORDINALITY AS place(track_id, chosen, propensity, ord)
    WHERE list.at > %(since)s
)
SELECT i.user_id, i.length, i.place, i.chosen, i.propensity,
    EXISTS (SELECT FROM royalties_paidplay play WHERE play.listener_id = u.party_id
            AND play.terms_id = track.terms_id AND play.counted_at >= i.at
            AND play.counted_at < i.until),
    EXISTS (SELECT FROM listening_stream stream
            JOIN pricing_quote quote ON quote.id = stream.quote_id
            WHERE stream.listener_id = i.user_id AND quote.track_id = i.track_id
            AND stream.counted_at >= i.at AND stream.counted_at < i.until),
    EXISTS (SELECT FROM discovery_like liked WHERE liked.user_id = i.user_id
            AND liked.track_id = i.track_id AND liked.at >= i.at AND liked.at < i.until)
FROM impression i JOIN users_user u ON u.id = i.user_id
JOIN catalog_track track ON track.id = i.track_id
WHERE i.policy = %(policy)s AND i.at <= %(before)s
ORDER BY i.at DESC, i.user_id, i.place LIMIT %(most)s
"""


@dataclass(frozen=True)
class Outcomes:
    """Impressions (n,) of one policy: whose, in a list how long, at which place from 0, how
    `chosen` (`Shown.Chosen`), with which propensity; and by outcome whether it came within a day.

    `counted`: a paid play. `beyond`: heard past the free part, paid or given away. `liked`.
    """

    users: NDArray[np.int64]
    lengths: NDArray[np.int64]
    places: NDArray[np.int64]
    chosen: NDArray[np.int64]
    propensities: NDArray[np.float64]
    came: dict[str, NDArray[np.float64]]


def note(listener: User, kind: str, draw: Draw, at: datetime) -> None:
    """That this list was made for the listener; one statement, which waits for nobody."""
    if not draw.places:
        return
    row = Shown(
        user=listener,
        at=at,
        fingerprint=_fingerprint(kind, draw, at),
        kind=kind,
        model=serving.version(),
        policy=draw.policy,
        seed=draw.seed,
        tracks=[one.item_id for one in draw.places],
        chosen=[_chosen(one) for one in draw.places],
        propensities=[one.propensity for one in draw.places],
    )
    Shown.objects.bulk_create([row], ignore_conflicts=True)


def _chosen(one: Placed) -> int:
    if not one.explored:
        return Shown.Chosen.RANKED
    return Shown.Chosen.DRAWN_BEST if one.greedy else Shown.Chosen.DRAWN


def _fingerprint(kind: str, draw: Draw, at: datetime) -> int:
    hour = int(at.timestamp()) // HOUR_SECONDS
    said = [hour, kind, draw.policy, *(one.item_id for one in draw.places)]
    digest = hashlib.sha256(repr(said).encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


def forget(user: User) -> None:
    """As if this listener had never been shown anything."""
    Shown.objects.filter(user=user).delete()


def sweep(at: datetime) -> int:
    """Forget lists older than they are kept, some thousand at a time; how many."""
    old = Shown.objects.filter(at__lte=at - settings.SHOWN_KEPT).order_by("at")
    swept = 0
    while some := list(old.values_list("pk", flat=True)[:SWEPT_AT_ONCE]):
        swept += Shown.objects.filter(pk__in=some).delete()[0]
    return swept


def outcomes(policy: str, at: datetime) -> Outcomes:
    """What came of the lists of this policy that are at least a day old; one query."""
    asked: dict[str, Any] = {
        "policy": policy,
        "since": at - settings.SHOWN_KEPT,
        "before": at - WITHIN,
        "within": WITHIN,
        "most": MOST_ROWS,
    }
    with connection.cursor() as cursor:
        cursor.execute(JOINED, asked)
        rows = cursor.fetchall()
    table = np.array(rows, dtype=np.float64).reshape(-1, 5 + len(OUTCOMES))
    users, lengths, places, chosen = (table[:, k].astype(np.int64) for k in range(4))
    came = {name: table[:, 5 + k] for k, name in enumerate(OUTCOMES)}
    return Outcomes(users, lengths, places, chosen, table[:, 4], came)
