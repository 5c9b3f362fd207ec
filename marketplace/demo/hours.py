"""One hour of the demo's life: who listens, to what, and what the house does at its end.

Every draw hangs on (seed, hour, listener), so an hour that was rolled back is lived again the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from marketplace.catalog.models import Track
from marketplace.demo import plays, tastes
from marketplace.demo.listeners import Persona
from marketplace.demo.plays import Offer
from marketplace.demo.tastes import Repertoire
from marketplace.listening import streams
from marketplace.pricing import quotes, steps
from marketplace.pricing.models import Quote
from marketplace.users.models import User
from royalties import accrual

SEED = 7
DAY = timedelta(days=1)
HOURS = timedelta(hours=1)
WAKING = 2.2  # standard deviation, in hours, of when a listener comes
PRESSES = 0.45  # part of the doubtful who start the song all the same
FIRST_SURFACES = (Quote.Surface.PRESS, Quote.Surface.TRACK)
LATER_SURFACES = (Quote.Surface.QUEUE, Quote.Surface.PRESS, Quote.Surface.RADIO)


@dataclass(frozen=True)
class Cast:
    """Everybody and everything that lives: listeners with their ways, songs in one order."""

    listeners: Sequence[tuple[User, Persona]]
    tracks: Sequence[Track]
    songs: Repertoire
    started_at: datetime

    def day(self, at: datetime) -> float:
        return (at - self.started_at) / DAY


@dataclass(frozen=True)
class Visit:
    """One listener's session: when it starts and which songs it leads to."""

    listener: User
    who: Persona
    at: datetime
    offers: Sequence[Offer]


def live(cast: Cast, start: datetime, until: datetime, last: bool) -> int:
    """Live from `start` to `until`, at most an hour; how many songs were put before listeners.

    In the `last` hour the first listener comes for certain, so that the demo ends with news.
    """
    offered = 0
    visits = sorted(_visits(cast, start, until, last), key=lambda visit: visit.at)
    for visit in visits:
        at = visit.at
        for offer in visit.offers:
            at = plays.put_before(visit.listener, offer, at)
            offered += 1
    quotes.expire(until)
    streams.end_silent(until)
    steps.step(until)
    accrual.accrue(until)
    return offered


def _visits(cast: Cast, start: datetime, until: datetime, last: bool) -> Iterator[Visit]:
    hour = int(start.timestamp()) // 3600
    for i, (listener, who) in enumerate(cast.listeners):
        rng = np.random.default_rng((SEED, hour, i))
        often = who.sessions_a_day * _likelihood(who, start) * ((until - start) / HOURS)
        if rng.random() >= often and not (last and i == 0):
            continue
        offers = list(_offers(cast, who, start, rng))
        length = sum((plays.longest(offer.track) for offer in offers), timedelta())
        room = max(timedelta(), until - start - length)
        if length <= until - start:
            yield Visit(listener, who, start + room * float(rng.random()), offers)


def _likelihood(who: Persona, at: datetime) -> float:
    """Part of a day's sessions that fall into the hour at `at`; adds to about 1 over a day."""
    apart = abs(at.hour + 0.5 - who.hour)
    apart = min(apart, 24 - apart)
    return float(np.exp(-0.5 * (apart / WAKING) ** 2) / (WAKING * np.sqrt(2 * np.pi)))


def _offers(cast: Cast, who: Persona, at: datetime, rng: np.random.Generator) -> Iterator[Offer]:
    day = cast.day(at)
    chances = tastes.pull(who, cast.songs, day)
    many = min(1 + int(rng.poisson(who.songs_a_session - 1)), int(np.count_nonzero(chances)))
    drawn = np.array(rng.choice(len(chances), many, replace=False, p=chances))
    for place, song in enumerate(drawn.tolist()):
        surfaces = LATER_SURFACES if place else FIRST_SURFACES
        yield Offer(
            track=cast.tracks[song],
            surface=surfaces[int(rng.integers(len(surfaces)))],
            worth_micros=tastes.worth(who, cast.songs, song, day, rng),
            presses=bool(place or rng.random() < PRESSES),
            patience_seconds=who.patience_seconds,
            refill_micros=who.top_up_micros,
        )
