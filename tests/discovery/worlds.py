"""A small catalogue with a known right answer: three worlds of sound and taste."""

from datetime import datetime
from uuid import uuid4

import numpy as np

from marketplace.catalog.models import Track
from marketplace.discovery import training
from royalties import parties
from royalties.models import PaidPlay, Party
from tests.builders import NOON, a_track, later

WORLDS, EACH, FANS = 3, 8, 8


def played(party: Party, tracks: list[Track], at: datetime) -> None:
    """A counted play of each, without what it paid."""
    PaidPlay.objects.bulk_create(
        PaidPlay(
            reference=uuid4(),
            terms=track.terms,
            listener=party,
            price_micros=6_000,
            counted_at=at,
            accrues_at=at,
        )
        for track in tracks
        if track.terms
    )


def three_worlds() -> list[Track]:
    """Some songs of each world played by many, the later ones by fewer; and a model of them."""
    rng = np.random.default_rng(5)
    centres = rng.normal(size=(WORLDS, 106))
    made = []
    for number in range(WORLDS * EACH):
        track = a_track(title=f"w{number // EACH} song {number}", seconds=2)
        sound = centres[number // EACH] + rng.normal(0.0, 0.2, 106)
        track.features, track.features_version = sound.tolist(), 1
        track.save()
        made.append(track)
    for fan in range(FANS * WORLDS):
        party = parties.create_party(f"fan {fan}", NOON)
        world = fan % WORLDS * EACH
        played(party, made[world : world + fan // WORLDS + 1], NOON)
    training.train(later(60))
    return made
