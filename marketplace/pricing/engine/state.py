"""All the engine knows, as arrays. Invariant: rows are sorted by key, whatever order they came in.

Sums over tracks thus run in one order, so permuting tracks with their keys permutes prices to the
last bit. A State is a value: every hour makes a new one from the last.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache

import numpy as np
from numpy.typing import NDArray

from marketplace.pricing.engine.demand import log_optimum
from marketplace.pricing.engine.errors import PricingError
from marketplace.pricing.engine.exploration import LAUNCH_DRAW, hashes, up
from marketplace.pricing.engine.limits import NEVER, prices
from marketplace.pricing.engine.settings import Settings

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

KAPPA = 1.5
KAPPA_MARKET_VARIANCE = 0.3**2
KAPPA_GENRE_VARIANCE = 0.25**2
"""Belief about the shape of demand before anything is known: between exponential and logit-like."""
RESENTMENT = 0.4
RESENTMENT_VARIANCE = 0.3**2
"""Belief about how much of a rise listeners feel on top of it, until they are used to it."""
MEMORY = {"track_news", "track_remembered", "genre_resentment"}
"""Arrays that a state stored before prices were remembered does not have."""
HEADING = {"track_heading", "track_heading_since"}
"""Arrays that a state stored before prices of coarse ticks waited to turn does not have."""
SPREAD = 0.3
"""Standard deviation of ln theta within a genre, before anything is known."""


@dataclass(frozen=True)
class Tracks:
    """What is known of each track; every field is (n,).

    price, yesterday: in ticks. moved, first: hour of the last move and of the first observation.
    n, accepted: observations and accepted ones that still count; x: their mean log price, news:
    how much dearer it felt for being news. remembered: log price listeners are used to.
    u, variance: posterior of ln theta. rate: usual quotes an hour. target: log price aimed at.
    offset: exploration in force, drawn for offset_day. fresh: observed since that draw and since
    the price last rose. reason: a code. quick: whether drawn to set out at once from p0.
    heading: where it last aimed, 1 above its price or -1 below, 0 never off it; heading_since: the
    hour it turned there.
    """

    key: NDArray[np.str_]
    genre: Ints
    price: Ints
    yesterday: Ints
    moved: Ints
    first: Ints
    n: Floats
    accepted: Floats
    x: Floats
    news: Floats
    remembered: Floats
    u: Floats
    variance: Floats
    rate: Floats
    target: Floats
    offset: Floats
    offset_day: Ints
    fresh: NDArray[np.bool_]
    reason: Ints
    quick: NDArray[np.bool_]
    heading: Ints
    heading_since: Ints

    def having(self, **changes: NDArray[np.generic]) -> "Tracks":
        """The same but for `changes`; `dataclasses.replace` would take a tenth of a step for it."""
        return Tracks(**vars(self) | changes)


@dataclass(frozen=True)
class Genres:
    """What is known of each of g genres.

    mean, spread: of ln theta among its tracks, spread a variance, (g,). drift: variance of the
    common shift not yet seen, (g,). kappa: shape of demand, (g,). resentment: of rises, one number
    for the market. covariance: of kappa, then resentment, (g + 1, g + 1).
    """

    mean: Floats
    spread: Floats
    drift: Floats
    kappa: Floats
    resentment: Floats
    covariance: Floats


@dataclass(frozen=True)
class State:
    """Tracks, genres, the market's week profile of quotes (7, 24), and the last hour learned."""

    tracks: Tracks
    genres: Genres
    profile: Floats
    t: int


def new_genres(count: int, settings: Settings) -> Genres:
    """Genres whose first target is p0."""
    kappa = np.full(count, KAPPA)
    spread = np.full(count, SPREAD**2)
    mean = np.full(count, first_mean(settings))
    covariance = np.zeros((count + 1, count + 1))
    covariance[:count, :count] = KAPPA_MARKET_VARIANCE + KAPPA_GENRE_VARIANCE * np.eye(count)
    covariance[count, count] = RESENTMENT_VARIANCE
    return Genres(mean, spread, np.zeros(count), kappa, np.array(RESENTMENT), covariance)


@cache
def first_mean(settings: Settings) -> float:
    """Mean of ln theta that makes p0 the best price."""
    one = np.ones(1)
    return float(np.log(settings.p0) - log_optimum(0 * one, SPREAD**2 * one, KAPPA * one)[0])


def new_tracks(key: NDArray[np.str_], genre: Ints, genres: Genres, settings: Settings) -> Tracks:
    """Unobserved tracks at p0, believed to be like their genre; `key`, `genre` are (n,)."""
    n = len(key)
    start = round(settings.p0 / settings.tick)
    price = np.full(n, min(max(start, settings.lowest), settings.highest), np.int64)
    never = np.full(n, NEVER, np.int64)
    none = np.zeros(n)
    u, spread = genres.mean[genre], genres.spread[genre]
    return Tracks(
        key=key, genre=genre, price=price, yesterday=price, moved=never, first=never,
        n=none, accepted=none, x=none, news=none,
        remembered=np.log(prices(price, settings)), u=u, variance=spread, rate=none,
        target=log_optimum(u, spread, genres.kappa[genre]), offset=none,
        offset_day=never, fresh=np.ones(n, bool), reason=np.zeros(n, np.int64),
        quick=up(hashes(key), settings.seed, LAUNCH_DRAW),
        heading=np.zeros(n, np.int64), heading_since=never,
    )  # fmt: skip


def new_state(key: NDArray[np.str_], genre: Ints, n_genres: int, settings: Settings) -> State:
    """A market nobody has observed."""
    genres = new_genres(n_genres, settings)
    tracks = new_tracks(key, genre, genres, settings)
    return State(tracks, genres, np.ones((7, 24)), NEVER)


def joined(tracks: Tracks, others: Tracks, order: Ints) -> Tracks:
    """The rows of `tracks`, then of `others`, taken in `order`."""
    pairs = ((f.name, getattr(tracks, f.name), getattr(others, f.name)) for f in fields(Tracks))
    return Tracks(**{name: np.concatenate([a, b])[order] for name, a, b in pairs})


def to_arrays(state: State) -> dict[str, NDArray[np.generic]]:
    """Every field as an array, by a name that fits an .npz file."""
    out: dict[str, NDArray[np.generic]] = {}
    for part, value in (("track", state.tracks), ("genre", state.genres)):
        for field in fields(value):
            out[f"{part}_{field.name}"] = getattr(value, field.name).copy()
    out["profile"] = state.profile.copy()
    out["t"] = np.array(state.t, np.int64)
    return out


def from_arrays(arrays: Mapping[str, NDArray[np.generic]]) -> State:
    """The State that `to_arrays` took apart. Raises PricingError where an array is missing."""
    try:
        if not MEMORY & arrays.keys():
            arrays = _with_memory(arrays)
        if not HEADING & arrays.keys():
            arrays = _with_heading(arrays)
        tracks = Tracks(**{f.name: np.array(arrays[f"track_{f.name}"]) for f in fields(Tracks)})
        genres = Genres(**{f.name: np.array(arrays[f"genre_{f.name}"]) for f in fields(Genres)})
        return State(tracks, genres, np.array(arrays["profile"]), int(arrays["t"]))
    except KeyError as missing:
        raise PricingError(f"The stored state lacks {missing}.") from None


def _with_heading(arrays: Mapping[str, NDArray[np.generic]]) -> dict[str, NDArray[np.generic]]:
    """A state stored before prices waited to turn: they wait as if they turned next."""
    price = np.array(arrays["track_price"], np.int64)
    return {
        **arrays,
        "track_heading": np.zeros_like(price),
        "track_heading_since": np.full_like(price, NEVER),
    }


def _with_memory(arrays: Mapping[str, NDArray[np.generic]]) -> dict[str, NDArray[np.generic]]:
    """A state stored before prices were remembered, its listeners used to the prices in force."""
    price = np.array(arrays["track_price"], np.float64) * arrays["settings"].tolist()[4]
    size = len(arrays["genre_covariance"])
    covariance = np.diag(np.full(size + 1, RESENTMENT_VARIANCE))
    covariance[:size, :size] = arrays["genre_covariance"]
    return {
        **arrays,
        "track_news": np.zeros(len(price)),
        "track_remembered": np.log(price),
        "genre_resentment": np.array(RESENTMENT),
        "genre_covariance": covariance,
    }
