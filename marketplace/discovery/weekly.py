"""A listener's mix of the week: thirty songs, most of them unheard, each with its reason.

Made once an ISO week from plays, likes and sound, when it is first looked at, and the same until
the next. Invariant: neither price nor money nor who owns what reaches it; a test holds that.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from marketplace.catalog.models import Track
from marketplace.discovery import serving
from marketplace.discovery.models import WeeklyMix
from marketplace.discovery.tasted import Tasted, tasted
from marketplace.users.models import User
from recommender.mix import mixed
from recommender.model import Recommendation
from recommender.reasons import Reason
from recommender.sound import SharedTrait

NEW, KNOWN = 24, 6
POOL = 150  # of which a mix is drawn
LEAST = 4  # songs; fewer are no mix
WEEKS_APART = 3  # for so long no new song comes again


@dataclass(frozen=True)
class Chosen:
    track: UUID
    reason: Reason

    @property
    def is_new(self) -> bool:
        return self.reason.kind != "again"


def week_of(at: datetime) -> date:
    """The Monday of its ISO week, UTC."""
    day = at.astimezone(UTC).date()
    return day - timedelta(days=day.weekday())


def name_of(week: date) -> str:
    year, number, _ = week.isocalendar()
    return f"Week {number}, {year}"


def mix_of(listener: User, at: datetime, taste: Tasted | None = None) -> list[Chosen]:
    """This week's; empty for somebody who has played and liked nothing yet. `taste`, if at hand, is
    not read again.
    """
    week = week_of(at)
    stored = WeeklyMix.objects.filter(user=listener, week=week).first()
    if stored is not None:
        return [_read(song) for song in stored.songs]
    chosen = _choose(listener, taste or tasted(listener), week)
    if len(chosen) < LEAST:
        return []  # made when there is enough to make it of
    made = {"made_at": at, "model": serving.version(), "songs": [_written(one) for one in chosen]}
    # two requests may make it at once: the first one's stands
    stored, _ = WeeklyMix.objects.get_or_create(user=listener, week=week, defaults=made)
    return [_read(song) for song in stored.songs]


def _choose(listener: User, taste: Tasted, week: date) -> list[Chosen]:
    model, own, unwanted, asked = serving.current(), taste.own, taste.unwanted, taste.asked
    if not own:
        return []
    new = model.recommend(own, n=POOL, exclude=unwanted | _lately(listener, week), **asked)
    if len(new) < LEAST:  # a small catalogue: what was chosen lately may come again
        new = model.recommend(own, n=POOL, exclude=unwanted, **asked)
    played = taste.plays.keys() & own.keys()
    known = model.recommend(own, n=POOL, candidates=played, again=True, **asked)
    new, known = _on_sale(new), _on_sale(known)
    seed = _seed(listener, week)
    fresh = mixed(model, new, NEW, seed)
    # little is unheard of a small catalogue: more of what one comes back to, but always fewer
    back = mixed(model, known, min(KNOWN, max(LEAST, len(fresh)) * 2 // 3), seed + 1)
    return [Chosen(UUID(one.item_id), one.reason) for one in _between(fresh, back)]


def _between(
    new: Sequence[Recommendation], known: Sequence[Recommendation]
) -> list[Recommendation]:
    """The known ones spread evenly among the new ones, a new one first."""
    found: list[Recommendation] = []
    for place, one in enumerate(new):
        found.append(one)
        found += known[place * len(known) // len(new) : (place + 1) * len(known) // len(new)]
    return found or list(known)


def _on_sale(found: Sequence[Recommendation]) -> list[Recommendation]:
    ids = [UUID(one.item_id) for one in found]
    here = set(Track.objects.published().filter(pk__in=ids).values_list("pk", flat=True))
    return [one for one, pk in zip(found, ids, strict=True) if pk in here]


def _lately(listener: User, week: date) -> set[str]:
    since = week - timedelta(weeks=WEEKS_APART)
    earlier = WeeklyMix.objects.filter(user=listener, week__gte=since, week__lt=week)
    return {song["track"] for songs in earlier.values_list("songs", flat=True) for song in songs}


def _seed(listener: User, week: date) -> int:
    told = hashlib.sha256(f"{listener.pk} {week.isoformat()}".encode()).digest()
    return int.from_bytes(told[:6], "big")


def _written(one: Chosen) -> dict[str, Any]:
    return {
        "track": one.track.hex,
        "kind": one.reason.kind,
        "because": one.reason.because_item,
        "traits": [[t.name, t.value, t.because_value, t.unit] for t in one.reason.traits],
    }


def _read(song: dict[str, Any]) -> Chosen:
    traits = tuple(SharedTrait(*trait) for trait in song["traits"])
    return Chosen(UUID(song["track"]), Reason(song["kind"], song["because"], traits))
