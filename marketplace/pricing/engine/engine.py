"""The pricing engine: observations in, one price a track out.

Invariant: prices are a function of settings, tracks and the sums of each hour's observations;
replaying them gives the same prices to the last bit. No listener is ever known here.

    >>> engine = Engine.new(Settings(0.1, 5.0, 1.0, 0.05, 0.01), [0], n_genres=1)
    >>> engine.step(0, 12, 3, [0], [True], [1.0], quotes=[40], accepts=[39])
    array([1.05])
"""

from collections.abc import Mapping, Sequence
from dataclasses import astuple, replace
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from marketplace.pricing.engine.decision import Reason, decide, new_day
from marketplace.pricing.engine.demand import MEMORY_DAYS
from marketplace.pricing.engine.errors import PricingError
from marketplace.pricing.engine.evidence import gather, usual_rate, week_profile
from marketplace.pricing.engine.explain import Explanation, explanation
from marketplace.pricing.engine.hour import Hour
from marketplace.pricing.engine.learning import learn
from marketplace.pricing.engine.limits import DAY_HOURS, NEVER, prices
from marketplace.pricing.engine.settings import Settings
from marketplace.pricing.engine.state import (
    State,
    Tracks,
    first_mean,
    from_arrays,
    joined,
    new_state,
    new_tracks,
    to_arrays,
)

Floats = NDArray[np.float64]
Value = TypeVar("Value", bound=np.generic)

MOST_GENRES = 2_000  # what is believed of each pair of them is kept


def advance(state: State, hour: Hour, settings: Settings) -> State:
    """The market after `hour`; without any observation, the same market."""
    if not (hour.quotes > 0).any():
        return state
    days = 1 / DAY_HOURS if state.t == NEVER else (hour.t - state.t) / DAY_HOURS
    cut, rate = usual_rate(state, hour)
    seen = gather(state, hour, cut)
    now = np.log(prices(state.tracks.price, settings))
    tracks = new_day(remembering(state.tracks, days, now), state.t, hour.t)
    genres, tracks = learn(state.genres, tracks, seen, days, first_mean(settings))
    observed = hour.quotes > 0
    first = np.where(observed & (tracks.first == NEVER), hour.t, tracks.first)
    tracks = tracks.having(rate=rate, first=first, fresh=tracks.fresh | observed)
    tracks = decide(genres, tracks, hour, now, settings)
    return State(tracks, genres, week_profile(state, hour), hour.t)


def remembering(tracks: Tracks, days: float, now: Floats) -> Tracks:
    """Listeners grown used, for `days`, to the log prices (n,) in force; to a first one at once."""
    used = np.where(tracks.first == NEVER, 1.0, -np.expm1(-days / MEMORY_DAYS))
    return tracks.having(remembered=tracks.remembered + used * (now - tracks.remembered))


class Engine:
    """Prices of one market. Arrays are in the caller's order: of `keys`, then of later joiners.

    It holds the state before the present hour and the hour's sums, so that a further feed of
    the same hour is answered as if both had come at once.
    """

    def __init__(
        self, settings: Settings, before: State, order: NDArray[np.int64], hour: Hour | None
    ) -> None:
        """`order` (n,): the caller's index of each row of `before`; use `new` or `from_state`."""
        self.settings = settings
        self._before = before
        self._order = order
        self._hour = hour
        self._now = before if hour is None else advance(before, hour, settings)

    @classmethod
    def new(
        cls,
        settings: Settings,
        genre: ArrayLike,
        n_genres: int,
        keys: Sequence[str | int] | None = None,
    ) -> "Engine":
        """A market of n tracks of genres (n,) in 0..n_genres - 1, each known by its key.

        A key is its index where none are given; 7 and "7" are the same key.
        Raises PricingError where a genre does not exist, genres are too many or a key comes twice.
        """
        if not 1 <= n_genres <= MOST_GENRES:
            raise PricingError(f"n_genres must be 1 to {MOST_GENRES}, not {n_genres}.")
        genres = _genres(genre, n_genres)
        names = _names(range(len(genres)) if keys is None else keys, len(genres))
        order = _sorted(names)
        state = new_state(names[order], genres[order], n_genres, settings)
        return cls(settings, state, order, None)

    def price(self) -> Floats:
        """Prices (n,) in force."""
        return self._outside(prices(self._now.tracks.price, self.settings))

    def step(
        self,
        t: int,
        hour: int,
        dow: int,
        age: ArrayLike,
        active: ArrayLike,
        price: ArrayLike,
        quotes: ArrayLike,
        accepts: ArrayLike,
    ) -> Floats:
        """Learns from the hour that ended at step `t`; prices (n,) for the next.

        age: hours since release (negative: not out yet). active: on sale. quotes observations
        were made at `price`, accepts of them accepted. The same `t` again adds to that hour.

        Raises PricingError for arrays of other sizes, impossible counts or a `t` gone by.
        """
        arrays = (np.asarray(value, np.float64) for value in (age, price, quotes, accepts))
        ages, at, asked, taken = arrays
        feed = Hour(t, hour, dow, ages, np.asarray(active, bool), at, asked, taken)
        feed.check(len(self._order))
        feed = feed.taken(self._order)
        if self._hour is not None and t < self._hour.t:
            raise PricingError(f"Step {t} is over: step {self._hour.t} has begun.")
        if self._hour is not None and t == self._hour.t:
            feed = self._hour.plus(feed)
        else:
            self._before = self._now
        self._hour = feed
        self._now = advance(self._before, feed, self.settings)
        return self.price()

    def charging(self, price: ArrayLike) -> "Engine":
        """The engine that goes on from the prices (n,) that were charged: itself if it gave them.

        Another formula may have given others for the same hours. None of them is worked out again.
        """
        charged = np.asarray(price, np.float64)[self._order]
        ticks = np.rint(charged / self.settings.tick).astype(np.int64)
        now, before = self._now.tracks, self._before.tracks
        other = ticks != now.price
        if not other.any():
            return self
        moved = np.where(ticks != before.price, self._now.t, before.moved)
        tracks = now.having(
            price=ticks,
            moved=np.where(other, moved, now.moved),
            fresh=now.fresh & ~(other & (ticks > before.price)),
        )
        return Engine(self.settings, replace(self._now, tracks=tracks), self._order, None)

    def add_tracks(self, genre: ArrayLike, keys: Sequence[str | int]) -> Floats:
        """Lets tracks of genres (m,) join, known by `keys`; prices (n + m,), theirs last."""
        tracks = self._before.tracks
        genres = _genres(genre, len(self._before.genres.mean))
        names = _names(keys, len(genres))
        more = new_tracks(names, genres, self._before.genres, self.settings)
        order = _sorted(np.concatenate([tracks.key, names]))
        self._before = replace(self._before, tracks=joined(tracks, more, order))
        places = np.arange(len(tracks.key), len(order))
        self._order = np.concatenate([self._order, places])[order]
        if self._hour is not None:
            self._hour = _widened(self._hour, len(names)).taken(order)
        self._now = self._before
        if self._hour is not None:
            self._now = advance(self._before, self._hour, self.settings)
        return self.price()

    def explain(self, key: str | int) -> Explanation:
        """Why this track has its price. Raises PricingError for a key nobody knows."""
        keys = self._now.tracks.key
        row = int(np.searchsorted(keys, str(key)))
        if row == len(keys) or keys[row] != str(key):
            raise PricingError(f"No track has the key {key}.")
        t = 0 if self._hour is None else self._hour.t
        return explanation(self._now, row, t, self.settings)

    def reasons(self) -> list[str]:
        """Why each price (n,) is what it is, in the words of `Explanation.reason`."""
        codes = self._outside(self._now.tracks.reason)
        return [Reason(code).name.lower() for code in codes.tolist()]

    def state(self) -> dict[str, NDArray[np.generic]]:
        """Everything needed to go on, as arrays for an .npz file (no pickles)."""
        arrays = to_arrays(self._before)
        arrays["order"] = self._order.copy()
        *money, seed = astuple(self.settings)
        arrays["settings"], arrays["seed"] = np.array(money), np.array(seed, np.int64)
        if self._hour is not None:
            clock = (self._hour.t, self._hour.hour, self._hour.dow)
            arrays["hour_clock"] = np.array(clock, np.int64)
            for name in ("age", "active", "price", "quotes", "accepts"):
                arrays[f"hour_{name}"] = getattr(self._hour, name).copy()
        return arrays

    @classmethod
    def from_state(cls, arrays: Mapping[str, NDArray[np.generic]]) -> "Engine":
        """The engine whose `state` this is. Raises PricingError where something is missing."""
        before = from_arrays(arrays)
        try:
            floor, cap, p0, max_step, tick = arrays["settings"].tolist()
            seed, order = int(arrays["seed"].item()), np.array(arrays["order"], np.int64)
            hour = None
            if "hour_clock" in arrays:
                t, at, dow = arrays["hour_clock"].tolist()
                names = ("age", "active", "price", "quotes", "accepts")
                hour = Hour(t, at, dow, *(np.array(arrays[f"hour_{name}"]) for name in names))
        except KeyError as missing:
            raise PricingError(f"The stored state lacks {missing}.") from None
        return cls(Settings(floor, cap, p0, max_step, tick, seed), before, order, hour)

    def _outside(self, rows: NDArray[Value]) -> NDArray[Value]:
        """Values by row, in the caller's order."""
        out = np.empty_like(rows)
        out[self._order] = rows
        return out


def _genres(genre: ArrayLike, n_genres: int) -> NDArray[np.int64]:
    genres = np.asarray(genre, np.int64)
    if genres.ndim != 1 or (genres < 0).any() or (genres >= n_genres).any():
        raise PricingError(f"Each genre must be one of 0..{n_genres - 1}.")
    return genres


def _names(keys: Sequence[str | int], n: int) -> NDArray[np.str_]:
    if len(keys) != n:
        raise PricingError(f"{len(keys)} keys were given for {n} tracks.")
    return np.array([str(key) for key in keys], np.str_).reshape(n)


def _sorted(names: NDArray[np.str_]) -> NDArray[np.int64]:
    order = np.argsort(names, kind="stable")
    same = names[order][1:] == names[order][:-1]
    if same.any():
        raise PricingError(f"The key {names[order][1:][same][0]} was given twice.")
    return order


def _widened(hour: Hour, m: int) -> Hour:
    """The hour with `m` tracks more, out but not on sale in it, so they join at p0."""
    none, price = np.zeros(m), np.ones(m)
    return replace(
        hour,
        age=np.append(hour.age, none),
        active=np.append(hour.active, np.zeros(m, bool)),
        price=np.append(hour.price, price),
        quotes=np.append(hour.quotes, none),
        accepts=np.append(hour.accepts, none),
    )
