"""One hour's observations. Invariant: an hour fed in parts equals the hour fed at once."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from marketplace.pricing.engine.errors import PricingError

Floats = NDArray[np.float64]
MOST_QUOTES = 1e15  # of a track in a feed: whole numbers and their sums are exact, squares finite


@dataclass(frozen=True)
class Hour:
    """What happened in the hour before step `t`; arrays are (n,).

    hour: 0..23, dow: 0..6. age: hours since release, negative before. active: on sale.
    price: at which `quotes` observations were made, of which `accepts` were accepted.
    """

    t: int
    hour: int
    dow: int
    age: Floats
    active: NDArray[np.bool_]
    price: Floats
    quotes: Floats
    accepts: Floats

    def check(self, n: int) -> None:
        """Raises PricingError with what is wrong with this feed of a market of `n` tracks."""
        if not 0 <= self.hour <= 23:
            raise PricingError(f"hour must be within 0..23, not {self.hour}.")
        if not 0 <= self.dow <= 6:
            raise PricingError(f"dow must be within 0..6, not {self.dow}.")
        for name in ("age", "active", "price", "quotes", "accepts"):
            value = getattr(self, name)
            if value.shape != (n,):
                raise PricingError(f"{name} must be a list of {n}, not of shape {value.shape}.")
            if not np.isfinite(value).all():
                raise PricingError(f"{name} must hold finite numbers.")
        if (self.quotes > MOST_QUOTES).any():
            raise PricingError(f"quotes must be at most {MOST_QUOTES:g}.")
        if (self.accepts < 0).any() or (self.accepts > self.quotes).any():
            raise PricingError("accepts must lie between 0 and quotes.")
        if (self.price <= 0).any():
            raise PricingError("price must be positive.")

    def plus(self, more: "Hour") -> "Hour":
        """Both feeds of one hour; a track observed at two prices counts at their mean.

        The mean is taken only where prices differ, so that equal ones stay equal to the bit.
        """
        quotes = self.quotes + more.quotes
        mean = self.price * self.quotes + more.price * more.quotes
        mean = np.divide(mean, quotes, out=self.price.copy(), where=quotes > 0)
        price = np.where(self.price == more.price, self.price, mean)
        price = np.where(more.quotes == 0, self.price, price)
        price = np.where((self.quotes == 0) & (more.quotes > 0), more.price, price)
        return replace(more, price=price, quotes=quotes, accepts=self.accepts + more.accepts)

    def taken(self, order: NDArray[np.int64]) -> "Hour":
        """The same hour with its tracks in `order`."""
        names = ("age", "active", "price", "quotes", "accepts")
        return replace(self, **{name: getattr(self, name)[order] for name in names})
