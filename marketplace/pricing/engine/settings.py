"""What a market allows: bounds, tick and speed of prices, in the caller's money unit.

Invariant: at least one multiple of `tick` lies within [floor, cap], and `p0` lies there too.
"""

import math
from dataclasses import dataclass

from marketplace.pricing.engine.errors import PricingError

MOST_TICKS = 2**53  # in a price: beyond, floats skip some
MOST_STEP = 1e6  # beyond, a price could leave what floats hold before bounds catch it


@dataclass(frozen=True)
class Settings:
    """Bounds and speed of every price of one market.

    floor, cap: lowest and highest price. p0: price before anything is known. max_step: largest
    relative move of a price in one step. tick: prices are its multiples. seed: of the draws.
    All money in one unit of the caller's choice (cents in the protocol).

    Raises PricingError where the values contradict each other.
    """

    floor: float
    cap: float
    p0: float
    max_step: float
    tick: float
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("floor", "cap", "p0", "max_step", "tick"):
            value = getattr(self, name)
            if not math.isfinite(value) or value <= 0:
                raise PricingError(f"{name} must be a positive number, not {value}.")
        if self.max_step > MOST_STEP:
            raise PricingError(f"max_step must be at most {MOST_STEP:g}, not {self.max_step}.")
        if self.floor > self.cap:
            raise PricingError(f"floor {self.floor} is above cap {self.cap}.")
        if not self.floor <= self.p0 <= self.cap:
            raise PricingError(f"p0 {self.p0} must lie within [{self.floor}, {self.cap}].")
        if self.cap / self.tick > MOST_TICKS:
            raise PricingError(f"cap {self.cap} is more than {MOST_TICKS} ticks of {self.tick}.")
        if self.lowest > self.highest:
            raise PricingError(
                f"No multiple of tick {self.tick} lies within [{self.floor}, {self.cap}]."
            )

    @property
    def lowest(self) -> int:
        """Fewest ticks whose price is at least the floor."""
        ticks = round(self.floor / self.tick)
        return ticks if round(ticks * self.tick, 10) >= self.floor else ticks + 1

    @property
    def highest(self) -> int:
        """Most ticks whose price is at most the cap."""
        ticks = round(self.cap / self.tick)
        return ticks if round(ticks * self.tick, 10) <= self.cap else ticks - 1
