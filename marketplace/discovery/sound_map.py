"""The map of the catalogue by sound: what a browser draws it from, and regions with their names.

Invariant: nobody's taste is in it; it is kept for everybody alike, until the next model. A song's
number is its position in the model; songs that came out later follow, in the order of their ids.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from marketplace.catalog import withdrawing
from marketplace.catalog.models import Track
from marketplace.discovery import serving
from marketplace.discovery.region_names import Named, name_regions
from marketplace.kept import kept
from recommender.axes import AXES
from recommender.model import Model
from recommender.placing import beside, region_of
from recommender.scorers import Floats, Ints
from recommender.sound import embed

MOST_LATER = 1_000  # songs that came out since the training; the oldest first
NOWHERE = 65_535  # a coordinate of what is not on sale
MAGIC = b"RMAP"
FEWEST_FOR_WAYS = 8
LEAST_TOLD = 0.2  # of an axis's variance, by a straight line over the map


@dataclass(frozen=True)
class Region:
    """A part of the map; `x` and `y` of its middle, 0 to 1 across the map, `y` upward."""

    number: int
    name: str
    words: str
    songs: int
    x: float
    y: float


class Way(NamedTuple):
    """Whither on the map songs are more so: `word` towards (`x`, `y`), of length 1, `y` upward."""

    word: str
    x: float
    y: float


@dataclass(frozen=True)
class SoundMap:
    """`name` stands for the songs' numbers. `points`: MAGIC, 12 letters of `name`, how many songs,
    bounds (left, bottom, width, height) as float32, then of all songs x, then y (uint16, of NOWHERE
    - 1 across), then regions (uint8).
    """

    name: str
    points: bytes
    regions: tuple[Region, ...]
    region_of: NDArray[np.uint8]  # of each song; 255: none
    later: tuple[UUID, ...]
    ways: tuple[Way, ...]

    def ids(self, numbers: Sequence[int]) -> list[UUID]:
        """Of these songs; what was never on the map is left out."""
        items = serving.current().item_ids
        known = [n for n in numbers if 0 <= n < len(items) + len(self.later)]
        return [UUID(items[n]) if n < len(items) else self.later[n - len(items)] for n in known]

    def number_of(self, pk: UUID) -> int | None:
        model = serving.current()
        if pk in self.later:
            return len(model.item_ids) + self.later.index(pk)
        number = model.positions.get(pk.hex)
        # a newer model may stand there since this map was kept
        return number if number is not None and number < len(self.region_of) else None

    def songs_in(self, region: int) -> Ints:
        """Numbers, the most played first, then what came later."""
        return np.flatnonzero(self.region_of == region)


def sound_map() -> SoundMap | None:
    """None before there is a model with a map, and where nothing lies on it."""
    version = serving.version()
    if not version or serving.current().map is None:
        return None
    key = f"map:{version}:{withdrawing.changed()}"  # what is taken off sale goes at once
    found = kept(key, partial(_drawn, serving.current()), lasting=True)
    return found if found.regions else None


def _drawn(model: Model) -> SoundMap:
    assert model.map is not None
    on_sale = dict(
        Track.objects.filter(state=Track.State.PUBLISHED).order_by("pk").values_list("pk", "genre")
    )
    later = [pk for pk in on_sale if not model.knows(pk.hex)][:MOST_LATER]
    fresh = _later_places(model, later)
    later = [pk for pk, place in zip(later, fresh, strict=True) if np.isfinite(place).all()]
    fresh = fresh[np.isfinite(fresh).all(axis=1)]
    ids = [UUID(item) for item in model.item_ids] + later
    places = np.concatenate([model.map.places, fresh])
    places[[pk not in on_sale for pk in ids]] = np.nan
    shown = np.isfinite(places).all(axis=1)
    regions = np.full(len(ids), 255, np.uint8)
    regions[shown] = region_of(places[shown], model.map.centres)
    low, size = _bounds(places[shown])
    name = _name(later)
    packed = _packed(name, places, shown, regions, low, size)
    genres = [on_sale.get(pk, "") for pk in ids]
    axes = _axis_places(model, len(ids))
    names = name_regions(regions, len(model.map.centres), genres, axes)
    middles = (model.map.centres - low) / size
    listed = tuple(
        _region(number, names[number], middle, regions)
        for number, middle in enumerate(middles.tolist())
        if (regions == number).any()
    )
    ways = tuple(_ways(places[shown], axes[shown]))
    return SoundMap(name, packed, listed, regions, tuple(later), ways)


def _region(number: int, named: Named, middle: list[float], regions: NDArray[np.uint8]) -> Region:
    return Region(number, *named, int((regions == number).sum()), *(round(x, 4) for x in middle))


def _later_places(model: Model, later: Sequence[UUID]) -> Floats:
    """Of songs the model doesn't know, beside those they sound like; NaN where that can't be."""
    places = np.full((len(later), 2), np.nan, np.float32)
    mean, scale, sound = model.feature_mean, model.feature_scale, model.sound
    if not later or model.map is None or mean is None or scale is None or sound is None:
        return places
    rows = dict(Track.objects.filter(pk__in=later).values_list("pk", "features"))
    here = [k for k, pk in enumerate(later) if len(rows.get(pk) or ()) == mean.size]
    known = np.isfinite(model.map.places).all(axis=1)
    if here and known.any():
        x = np.array([rows[later[k]] for k in here], np.float32)
        places[here] = beside(embed(x, mean, scale), sound.unit[known], model.map.places[known])
    return places


def _axis_places(model: Model, n: int) -> NDArray[np.float64]:
    """Percentile ranks (n, 3) on the axes; the middle for what came later or was not heard."""
    found = np.full((n, 3), 0.5)
    if model.axes is not None and model.features is not None:
        heard = np.flatnonzero(np.isfinite(model.features).all(axis=1))
        found[heard] = model.axes.places(model.features[heard])
    return found


def _ways(places: Floats, axes: NDArray[np.float64]) -> Iterator[Way]:
    """Either end of each axis that a straight line over the map tells enough of."""
    if len(places) < FEWEST_FOR_WAYS:
        return
    flat = places - places.mean(axis=0)
    for k, axis in enumerate(AXES):
        wanted = axes[:, k] - axes[:, k].mean()
        slope = np.linalg.lstsq(flat, wanted, rcond=None)[0]
        left = ((wanted - flat @ slope) ** 2).sum() / max((wanted**2).sum(), 1e-9)
        if 1 - left < LEAST_TOLD:
            continue
        x, y = (slope / np.linalg.norm(slope)).round(3).tolist()
        yield Way(axis.high, x, y)
        yield Way(axis.low, -x, -y)


def _bounds(places: Floats) -> tuple[Floats, Floats]:
    """The map's lower left corner and size."""
    if not len(places):
        return np.zeros(2, np.float32), np.ones(2, np.float32)
    low = places.min(axis=0)
    return low, np.maximum(places.max(axis=0) - low, 1e-3)


def _packed(
    name: str,
    places: Floats,
    shown: NDArray[np.bool_],
    regions: NDArray[np.uint8],
    low: Floats,
    size: Floats,
) -> bytes:
    """The points file, as `SoundMap` says."""
    across = np.full(places.shape, NOWHERE, "<u2")
    across[shown] = np.round((places[shown] - low) / size * (NOWHERE - 1))
    head = MAGIC + name.encode() + struct.pack("<I4f", len(places), *low, *size)
    return head + across.T.tobytes() + regions.tobytes()


def _name(later: Sequence[UUID]) -> str:
    """Of the numbers that songs have: another model counts otherwise, or more songs do."""
    told = [serving.version(), *(pk.hex for pk in later)]
    return hashlib.sha256(" ".join(told).encode()).hexdigest()[:12]
