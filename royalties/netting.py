"""What a window adds to a track's shared revenue where plays are reversed. Pure.

Revenue that is shared never falls below what an earlier period settled:

    shared revenue = max(what was settled, accrued net of reversals)
    receivable     = shared revenue - accrued net of reversals

So a reversed play is taken back from the window that shared it, then from the open period's other
windows, the latest first; what none of them has is a receivable, which the track's next revenue
pays before anybody shares it.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Netted:
    """What a window does: shared by its holders, taken back by window, the receivable after it."""

    shared_micros: int
    receivable_micros: int
    taken: Mapping[int, int] = field(default_factory=dict)

    @property
    def gained_micros(self) -> int:
        """By how much shared revenue grows; below nothing where more is taken back."""
        return self.shared_micros - sum(self.taken.values())


def net(
    revenue_micros: int,
    reversed_plays: Iterable[tuple[int | None, int]],
    receivable_micros: int,
    shared: Mapping[int, int],
) -> Netted:
    """Reversals first, then the window's own revenue.

    Args:
        revenue_micros: of the plays counted and released in this window.
        reversed_plays: each `(window it was shared in, price)`; None for an earlier period's.
        receivable_micros: before this window.
        shared: what each earlier window of the open period shared and has left, by its number.

    >>> net(5, [(None, 8)], 0, {1: 6})
    Netted(shared_micros=3, receivable_micros=0, taken={1: 6})
    """
    left, taken = dict(shared), Counter[int]()
    latest_first = sorted(left, reverse=True)
    for window, price in reversed_plays:
        for source in [window, *latest_first]:
            if source is not None and price:
                part = min(price, left.get(source, 0))
                price -= part
                if part:
                    left[source] -= part
                    taken[source] += part
        receivable_micros += price
    repaid = min(revenue_micros, receivable_micros)
    return Netted(revenue_micros - repaid, receivable_micros - repaid, dict(taken))
