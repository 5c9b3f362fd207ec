"""What stands in a listener's feed and in which order: from plays, likes, dislikes and sound.

Invariant: neither price nor money nor who owns what reaches this module or what it imports of ours;
`tests/discovery/test_firewall.py` holds it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from marketplace.catalog.models import Track
from marketplace.discovery import heard, opinions, serving
from marketplace.discovery.exploring import Draw, explored, without_chance
from marketplace.discovery.models import Leaning
from marketplace.discovery.opinions import Opinions
from marketplace.users.models import User
from recommender.leaning import Effect, leaned
from recommender.model import Recommendation

FEED_LENGTH = 30
POOL = 3 * FEED_LENGTH  # of which a list is chosen
SPARE = 2  # times as many are read as shown: some may have been withdrawn since the training


@dataclass(frozen=True)
class Ranking:
    """Songs on sale, best first; `tracks` holds them and those that reasons name."""

    ranked: list[Recommendation]
    tracks: dict[UUID, Track]
    said: Opinions
    effect: Effect
    draw: Draw
    others: bool  # whether there was anything else to choose from


def ranking(listener: User | None, kind: str, length: int, at: datetime) -> Ranking:
    """At most `length` songs; `kind` keeps only reasons of sound or of taste.

    A list of all kinds has places by chance.
    """
    said = opinions.of(listener)
    plays, stranger = heard.plays_of(listener)
    own, model = said.interactions(plays), serving.current()
    found = model.recommend(
        own,
        n=POOL,
        exclude={pk.hex for pk in said.disliked},
        stranger=stranger,
        less=[pk.hex for pk in said.less],
    )
    if said.steps < 0:  # what one knows best are the songs one has played
        played = own.keys() - {pk.hex for pk in said.disliked}
        found += model.recommend(own, n=POOL, candidates=played, again=True, stranger=stranger)
    found = [item for item in found if kind in ("all", item.reason.kind)]
    known = sorted(own, key=lambda item: -own[item])
    chosen, effect = leaned(model, found, known, length, said.steps / Leaning.MOST)
    draw = without_chance(chosen)
    if listener and kind == "all":
        draw = explored(listener, chosen, own, said, stranger, at)
    by_id = {one.item_id: one for one in chosen} | draw.drawn
    listed = [by_id[one.item_id] for one in draw.places]
    read = [*listed, *_spare(found, listed, length)]
    ids = {item for one in read for item in (one.item_id, one.reason.because_item) if item}
    tracks = Track.objects.published().in_bulk([UUID(item) for item in ids])
    ranked = [one for one in read if UUID(one.item_id) in tracks][:length]
    shown = [one for one in draw.places if UUID(one.item_id) in tracks]
    draw = replace(draw, places=shown)
    return Ranking(ranked, tracks, said, effect, draw, len(found) > len(chosen))


def _spare(
    found: list[Recommendation], chosen: list[Recommendation], length: int
) -> list[Recommendation]:
    """The next ones, should some of those chosen have been withdrawn."""
    taken = {one.item_id for one in chosen}
    return [one for one in found if one.item_id not in taken][: (SPARE - 1) * length]
