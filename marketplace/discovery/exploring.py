"""Places of a feed that go by chance to newcomers: what is drawn stays for an hour.

A listener's draws of one hour come from one seed, so that a page looked at again shows the same
songs; nobody can foresee them who doesn't know the secret key.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from django.conf import settings

from marketplace.discovery import serving
from marketplace.discovery.newcomers import newcomer_ids
from marketplace.discovery.opinions import Opinions
from marketplace.users.models import User
from recommender.exploration import POLICY, Placed, placed, places_of
from recommender.model import Recommendation

CANDIDATES = 30  # the newcomers that suit the listener best; one of them is drawn
HOUR_SECONDS = 3600


@dataclass(frozen=True)
class Draw:
    """A list with its places by chance; `drawn` are the songs that came in, by id."""

    places: list[Placed]
    drawn: dict[str, Recommendation]
    policy: str
    seed: int


def without_chance(listed: Sequence[Recommendation]) -> Draw:
    """A list in which nothing is left to chance."""
    return Draw([Placed(one.item_id, 1.0) for one in listed], {}, "none", 0)


def explored(
    listener: User,
    listed: Sequence[Recommendation],
    own: dict[str, float],
    said: Opinions,
    stranger: bool,
    at: datetime,
) -> Draw:
    """The list with newcomers in some places; `own` are the listener's plays."""
    share, model = settings.EXPLORE_SHARE, serving.current()
    shown = {pk.hex for pk in said.disliked} | own.keys() | {one.item_id for one in listed}
    eligible = [item for item in newcomer_ids() if item in model.positions and item not in shown]
    if not eligible or not share:
        return without_chance(listed)
    seed = _seed(listener, at)
    rng = np.random.default_rng(seed)
    explorers = places_of(len(listed), share, rng)
    found: list[Recommendation] = []
    if explorers.any():
        less = [pk.hex for pk in said.less]
        found = model.recommend(own, CANDIDATES, (), eligible, stranger=stranger, less=less)
    ids, scores = [one.item_id for one in found], [one.score for one in found]
    if not explorers.any():  # nobody is drawn, whoever they are
        ids, scores = eligible[:1], [0.0]
    places = placed([one.item_id for one in listed], explorers, ids, scores, share, rng)
    drawn = {one.item_id: one for one in found}
    return Draw(places, drawn, f"{POLICY}/{share:g}", seed)


def _seed(listener: User, at: datetime) -> int:
    hour = int(at.timestamp()) // HOUR_SECONDS
    said = f"{POLICY}:{listener.pk}:{hour}".encode()
    digest = hmac.new(settings.SECRET_KEY.encode(), said, hashlib.sha256).digest()
    return int.from_bytes(digest[:8], "big") >> 1
