"""An engine step: the observations of the hours gone by go in, prices come out, once an hour.

The engine counts in cents; tables count in micros. Its state is stored with each step, so that the
next one, in whatever process, goes on from there. The row of the hour is the lock.
"""

from __future__ import annotations

import time
import zlib
from collections import Counter, defaultdict
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import numpy as np
from django.conf import settings
from django.db import IntegrityError, connection, transaction

from marketplace.catalog.models import Track
from marketplace.pricing import inputs
from marketplace.pricing.engine import Engine, Settings
from marketplace.pricing.engine.packed import unpack
from marketplace.pricing.engine.published import MICROS_PER_CENT, in_micros
from marketplace.pricing.held import HELD, is_held
from marketplace.pricing.models import EngineStep, PricePoint, PriceStop, Quote, TrackPrice

GENRES = 32  # pools of tracks; a genre's name picks its pool
SEED = 20_260_101
ENDED = (Quote.State.ACCEPTED, Quote.State.DECLINED, Quote.State.EXPIRED)

MOVE = """
UPDATE pricing_trackprice p SET micros = moved.micros, since = %s
FROM unnest(%s::uuid[], %s::int[]) AS moved(track_id, micros) WHERE p.track_id = moved.track_id
"""


def step(at: datetime) -> EngineStep | None:
    """Take the hours before `at`'s that no step has taken; None when this hour's was made, or
    prices are stopped.
    """
    hour = int(at.timestamp()) // 3600
    if EngineStep.objects.filter(hour=hour).exists():
        return None
    try:
        with transaction.atomic():
            alone()
            if PriceStop.objects.filter(ended_at=None).exists():
                return None
            row = EngineStep.objects.create(hour=hour, at=at, observations=0, moved=0, state=b"")
            _take(row, hour)
            return row
    except IntegrityError:  # another worker is at it
        return None


def alone() -> None:
    """Until the transaction ends nobody else steps, stops prices or lets them go."""
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE pricing_enginestep IN SHARE ROW EXCLUSIVE MODE")


def prices_of(step: EngineStep) -> dict[str, int]:
    """Micros of each track, by the hex of its key, as that step left them."""
    engine, keys = _restored(step)
    return dict(zip(keys, in_micros(engine.price()).tolist(), strict=True))


def first_price(track: Track, at: datetime) -> None:
    """A new track's price, until its listeners have answered."""
    micros = settings.PRICE_LAUNCH_MICROS
    TrackPrice.objects.create(track=track, micros=micros, since=at)
    PricePoint.objects.create(track=track, at=at, micros=micros, explanation={"reason": "waiting"})


def _take(row: EngineStep, hour: int) -> None:
    started = time.perf_counter()
    start = datetime.fromtimestamp(hour * 3600, UTC)
    before = _before(hour)
    published = Track.objects.filter(state=Track.State.PUBLISHED, published_at__lt=start)
    tracks = {
        track.pk.hex: track for track in published.only("genre", "published_at").order_by("pk")
    }
    engine, keys = _restored(before)
    joining = [key for key in tracks if key not in set(keys)]
    if joining:
        engine.add_tracks([_pool(tracks[key]) for key in joining], joining)
        keys += joining
    lessons = list(
        Quote.objects.select_for_update().filter(
            teaches=True, learned_at=None, ended_at__lt=start, state__in=ENDED
        )
    )
    _feed(engine, keys, tracks, lessons, hour - 1)
    Quote.objects.filter(pk__in=[q.pk for q in lessons]).update(learned_at=row.at)
    row.moved = _write_prices(engine, keys, tracks, lessons, row.at)
    row.observations = len(lessons)
    row.accepted = sum(1 for quote in lessons if quote.state == Quote.State.ACCEPTED)
    row.reasons = _reasons(engine, keys)
    inputs.seal(row, before, engine, keys)
    row.seconds = time.perf_counter() - started
    row.save()


def _before(hour: int) -> EngineStep | None:
    """The step to go on from: the last one, or the one that prices were taken back to since."""
    last = EngineStep.objects.filter(hour__lt=hour).order_by("-hour").first()
    stop = PriceStop.objects.select_related("back_to").order_by("-at").first()
    return stop.back_to if last and stop and stop.at >= last.at else last


def _feed(
    engine: Engine, keys: list[str], tracks: dict[str, Track], lessons: list[Quote], t: int
) -> None:
    """One engine step at `t`, in as many feeds as one track had prices among its lessons."""
    index = {key: i for i, key in enumerate(keys)}
    start = datetime.fromtimestamp(t * 3600, UTC)
    age = np.array([_age_hours(tracks.get(key), start) for key in keys])
    # a held song teaches as any does, but is to the engine as one off sale: its price stands
    active = np.array([key in tracks and not is_held(key) for key in keys])
    current = engine.price()
    for feed in _by_price(lessons, index) or [{}]:
        price, asked, taken = current.copy(), np.zeros(len(keys)), np.zeros(len(keys))
        for i, (micros, quotes, accepts) in feed.items():
            price[i], asked[i], taken[i] = micros / MICROS_PER_CENT, quotes, accepts
        engine.step(t, start.hour, start.weekday(), age, active, price, asked, taken)


def _by_price(lessons: list[Quote], index: dict[str, int]) -> list[dict[int, tuple[int, int, int]]]:
    """Feeds of index -> (price, quotes, accepts), each track at one price in each."""
    sums: dict[tuple[int, int], list[int]] = defaultdict(lambda: [0, 0])
    for quote in lessons:
        i = index.get(quote.track_id.hex)
        if i is not None:
            sums[i, quote.price_micros][0] += 1
            sums[i, quote.price_micros][1] += quote.state == Quote.State.ACCEPTED
    feeds: list[dict[int, tuple[int, int, int]]] = []
    for (i, micros), (quotes, accepts) in sorted(sums.items()):
        feed = next((feed for feed in feeds if i not in feed), None)
        if feed is None:
            feeds.append(feed := {})
        feed[i] = (micros, quotes, accepts)
    return feeds


def _write_prices(
    engine: Engine, keys: list[str], tracks: dict[str, Track], lessons: list[Quote], at: datetime
) -> int:
    """Store what changed and what was observed; how many prices moved."""
    now = dict(TrackPrice.objects.values_list("track_id", "micros"))
    heard: dict[Any, list[int]] = defaultdict(lambda: [0, 0])
    for quote in lessons:
        heard[quote.track_id][0] += 1
        heard[quote.track_id][1] += quote.state == Quote.State.ACCEPTED
    points, moved = [], []
    for key, price in zip(keys, in_micros(engine.price()).tolist(), strict=True):
        track = tracks.get(key)
        if track is None:
            continue
        if price != now[track.pk]:
            moved.append((track.pk, price))
        if price != now[track.pk] or track.pk in heard:
            quotes, accepts = heard[track.pk]
            why = asdict(engine.explain(key))
            if is_held(key):
                why["reason"] = HELD
            points.append(
                PricePoint(
                    track=track,
                    at=at,
                    micros=price,
                    quotes=quotes,
                    accepts=accepts,
                    explanation=why,
                )
            )
    if moved:
        with connection.cursor() as cursor:
            cursor.execute(MOVE, [at, *(list(column) for column in zip(*moved, strict=True))])
    PricePoint.objects.bulk_create(points, batch_size=1000)
    return len(moved)


def _reasons(engine: Engine, keys: list[str]) -> dict[str, int]:
    """Songs by why their price is what it is."""
    named = zip(keys, engine.reasons(), strict=True)
    return dict(Counter(HELD if is_held(key) else reason for key, reason in named))


def _pool(track: Track) -> int:
    return zlib.crc32(track.genre.strip().lower().encode()) % GENRES


def _age_hours(track: Track | None, start: datetime) -> float:
    if track is None or track.published_at is None:
        return -1.0
    return max(0.0, (start - track.published_at).total_seconds() / 3600)


def _restored(before: EngineStep | None) -> tuple[Engine, list[str]]:
    if before is None:
        bounds = Settings(
            floor=settings.PRICE_FLOOR_MICROS / MICROS_PER_CENT,
            cap=settings.PRICE_CAP_MICROS / MICROS_PER_CENT,
            p0=settings.PRICE_LAUNCH_MICROS / MICROS_PER_CENT,
            max_step=settings.PRICE_MAX_STEP,
            tick=settings.PRICE_TICK_MICROS / MICROS_PER_CENT,
            seed=SEED,
        )
        return Engine.new(bounds, [], GENRES, []), []
    arrays = unpack(bytes(before.state))
    keys = [str(key) for key in arrays.pop("caller_keys")]
    engine = Engine.from_state(arrays)
    if "price_micros" in arrays:  # by a formula gone by, perhaps
        engine = engine.charging(arrays["price_micros"] / MICROS_PER_CENT)
    return engine, keys
