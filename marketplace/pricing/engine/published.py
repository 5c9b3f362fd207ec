"""What an hour's prices were made of, as bytes that anybody can hash and work through again.

Invariant: the same hour is the same bytes, and they hold sums by song, never a listener. A file is
one line of JSON (`Step` without its arrays), then the arrays it lists; it may come gzipped, and its
hash is that of what was gzipped.
"""

import gzip
import io
import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from hashlib import sha256
from typing import Any

import numpy as np
from numpy.typing import NDArray

from marketplace.pricing.engine.engine import Engine
from marketplace.pricing.engine.errors import PricingError
from marketplace.pricing.engine.hour import Hour
from marketplace.pricing.engine.packed import joined, split
from marketplace.pricing.engine.state import Tracks

FORMULA = 7
"""Which arithmetic turns inputs into prices: raised whenever the same inputs could give others."""
MICROS_PER_CENT = 10_000  # the market's engine counts in cents
MOST_BYTES = 2**31
GZIP = b"\x1f\x8b"
SHA256 = re.compile(r"[0-9a-f]{64}")

Ints = NDArray[np.int64]

TEXT, WHOLE, REAL, TRUTH = "U", "<i8", "<f8", "|b1"
WHOLE_OF_TRACKS = (
    *("genre", "price", "yesterday", "moved", "first", "offset_day", "reason"),
    *("heading", "heading_since"),
)
KINDS = {
    **dict.fromkeys(("caller_keys", "track_key"), TEXT),
    **dict.fromkeys(("price_micros", "order", "seed", "t", "hour_clock"), WHOLE),
    **{f"track_{name}": WHOLE for name in WHOLE_OF_TRACKS},
    **dict.fromkeys(("track_fresh", "track_quick", "hour_active"), TRUTH),
}
"""Types of arrays; one that is not here holds real numbers."""


@dataclass(frozen=True)
class Song:
    """What one song's price of `micros` was made of: `quotes` listeners were asked `asked_micros`
    in the hour before, `accepts` of them played on. Until then it cost `before_micros`.
    """

    micros: int
    before_micros: int
    asked_micros: int
    quotes: int
    accepts: int


@dataclass(frozen=True)
class Step:
    """One step of the engine, as published.

    formula: whose arithmetic. hour: hours since 1970-01-01T00:00Z at which it was made. at: when,
    ISO 8601. follows: SHA-256 of the step it went on from, "" for a first one. arrays: the engine's
    state before the hour and the hour's sums (`Engine.state`), `caller_keys` (n,) the songs' keys,
    `price_micros` (n,) what each cost from then on. sha256: of the file's bytes.
    """

    formula: int
    hour: int
    at: str
    follows: str
    arrays: Mapping[str, NDArray[Any]]
    sha256: str

    @property
    def keys(self) -> list[str]:
        return [str(key) for key in self.arrays["caller_keys"]]

    @property
    def price_micros(self) -> Ints:
        return self.arrays["price_micros"]

    def summed(self) -> Hour:
        """What listeners answered in the hour before, in the order of `keys`."""
        t, hour, dow = self.arrays["hour_clock"].tolist()
        names = ("age", "active", "price", "quotes", "accepts")
        rows = Hour(t, hour, dow, *(self.arrays[f"hour_{name}"] for name in names))
        return rows.taken(np.argsort(self.arrays["order"]))

    def before(self) -> Ints:
        """What each song (n,) cost until then, in micros."""
        *_, tick = self.arrays["settings"].tolist()
        out = np.empty(len(self.price_micros), np.int64)
        out[self.arrays["order"]] = in_micros(self.arrays["track_price"] * tick)
        return out

    def song(self, key: str) -> Song:
        """Raises PricingError for a song that it knows nothing of."""
        if key not in self.keys:
            raise PricingError(f"Hour {self.hour} knows no song {key}.")
        place, hour = self.keys.index(key), self.summed()
        return Song(
            micros=int(self.price_micros[place]),
            before_micros=int(self.before()[place]),
            asked_micros=int(in_micros(hour.price)[place]),
            quotes=int(hour.quotes[place]),
            accepts=int(hour.accepts[place]),
        )


class OtherFormula(PricingError):
    """The prices were made by arithmetic of another version; `step` holds arrays not looked at."""

    def __init__(self, step: Step) -> None:
        self.step = step
        super().__init__(
            f"its prices were made by formula {step.formula} and this version knows formula"
            f" {FORMULA}: check it with a version of its time."
        )


def in_micros(cents: NDArray[np.float64]) -> Ints:
    """Prices (n,) of the engine, as they are charged."""
    return np.rint(cents * MICROS_PER_CENT).astype(np.int64)


def document(engine: Engine, keys: Sequence[str], hour: int, at: str, follows: str) -> bytes:
    """The bytes of a step just made; `keys` (n,) in the engine's order. See `Step`."""
    named = {"caller_keys": np.array(keys, np.str_), "price_micros": in_micros(engine.price())}
    head = {"formula": FORMULA, "hour": hour, "at": at, "follows": follows}
    return joined({**named, **engine.state()}, **head)


def zipped(data: bytes) -> bytes:
    """As it is downloaded; always the same bytes."""
    return gzip.compress(data, compresslevel=1, mtime=0)


def read(data: bytes) -> Step:
    """The step that these bytes publish, gzipped or not.

    Raises:
        PricingError: they publish none
        OtherFormula: by a formula that this version does not know
    """
    data = _unzipped(data)
    try:
        head, arrays = split(data)
        step = Step(**head, arrays=arrays, sha256=sha256(data).hexdigest())
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError):
        raise PricingError("this is not a file of an hour's prices.") from None
    _check_head(step)
    if step.formula != FORMULA:
        raise OtherFormula(step)
    _check_arrays(step)
    return step


def _unzipped(data: bytes) -> bytes:
    if not data.startswith(GZIP):
        return data
    try:
        with gzip.open(io.BytesIO(data)) as file:
            whole = file.read(MOST_BYTES + 1)
    except (OSError, EOFError, zlib.error):
        raise PricingError("the file is damaged: download it again.") from None
    if len(whole) > MOST_BYTES:
        raise PricingError("the file is larger than an hour of any market.")
    return whole


def _check_head(step: Step) -> None:
    whole = all(type(value) is int for value in (step.formula, step.hour))
    if not whole or not isinstance(step.at, str) or not isinstance(step.follows, str):
        raise PricingError("its first line does not name formula, hour, time and step before.")
    if step.follows and not SHA256.fullmatch(step.follows):
        raise PricingError("the step it follows is not named by a SHA-256.")


def _check_arrays(step: Step) -> None:
    """Raises PricingError unless the arrays are those of a market, of types and shapes that fit."""
    arrays, keys = step.arrays, step.arrays.get("track_key", np.zeros(0))
    genres = len(np.atleast_1d(arrays.get("genre_mean", np.zeros(0))))
    shapes = _shapes(keys.size, genres)
    if arrays.keys() != shapes.keys():
        odd = ", ".join(sorted(arrays.keys() ^ shapes.keys()))
        raise PricingError(f"it should hold other arrays: {odd}.")
    for name, shape in shapes.items():
        one, kind = arrays[name], KINDS.get(name, REAL)
        if one.shape != shape or (one.dtype.kind if kind == TEXT else one.dtype.str) != kind:
            raise PricingError(f"{name} is not what it should be, {kind} of shape {shape}.")
    _check_order(arrays, keys.size, genres)
    if arrays["hour_clock"][0] != step.hour - 1:
        raise PricingError("its sums are not those of the hour before it.")
    step.summed().check(keys.size)


def _shapes(n: int, genres: int) -> dict[str, tuple[int, ...]]:
    """Of every array, for n tracks."""
    hour = ("age", "active", "price", "quotes", "accepts")
    return {
        **dict.fromkeys(("caller_keys", "price_micros", "order"), (n,)),
        **{f"track_{field.name}": (n,) for field in fields(Tracks)},
        **{f"genre_{name}": (genres,) for name in ("mean", "spread", "drift", "kappa")},
        **{f"hour_{name}": (n,) for name in hour},
        **dict.fromkeys(("genre_resentment", "t", "seed"), ()),
        "genre_covariance": (genres + 1, genres + 1),
        "profile": (7, 24),
        "settings": (5,),
        "hour_clock": (3,),
    }


def _check_order(arrays: Mapping[str, NDArray[Any]], n: int, genres: int) -> None:
    order, genre, keys = arrays["order"], arrays["track_genre"], arrays["track_key"]
    if (np.sort(order) != np.arange(n)).any() or (keys[1:] <= keys[:-1]).any():
        raise PricingError("its songs are in no order.")
    if (arrays["caller_keys"][order] != keys).any():
        raise PricingError("its songs have two names.")
    if ((genre < 0) | (genre >= genres)).any():
        raise PricingError("a song is of no genre there is.")
