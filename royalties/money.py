"""Arithmetic of money: integers in micros (1 USD = 1,000,000), split without a grain lost.

Pure. The invariant of every function: what comes out adds up to what went in, exactly.
"""

from collections.abc import Sequence

BPS = 10_000  # basis points in a whole
UNITS = 1_000_000  # units of one track
ENTITLEMENT_SCALE = BPS * UNITS  # the denominator of a holder's entitlement, 10^10


def floor_share(revenue_micros: int, bps: int) -> int:
    """Whole micros of a part of a cumulative revenue, as the contract counts them.

    >>> floor_share(9_999, 4_500)
    4499
    """
    return revenue_micros * bps // BPS


def share_between(before_micros: int, after_micros: int, bps: int) -> int:
    """What a part gains while cumulative revenue grows: the difference of the two floors.

    Parts of successive steps add up to the part of the whole; no remainder is dropped.

    >>> [share_between(r, r + 1, 5_000) for r in range(4)]
    [0, 1, 0, 1]
    """
    return floor_share(after_micros, bps) - floor_share(before_micros, bps)


def entitlement(unit_micros: int, pool_bps: int, carried: int) -> tuple[int, int]:
    """A holder's whole micros, and the numerator over 10^10 it carries to the next period.

    Args:
        unit_micros: sum of revenue in micros x units held while it came in.
        pool_bps: the fan pool's part of the revenue.
        carried: the numerator left by the period before, 0 to 10^10 - 1.
    """
    return divmod(unit_micros * pool_bps + carried, ENTITLEMENT_SCALE)


def largest_remainder(total: int, weights: Sequence[int]) -> list[int]:
    """Divide `total` in proportion to `weights`, the largest remainders rounded up (Hamilton).

    Of equal remainders the earlier one is rounded up. Weights are not negative.

    >>> largest_remainder(10, [1, 1, 1])
    [4, 3, 3]

    Raises:
        ValueError: the weights add up to nothing, or one is negative.
    """
    whole = sum(weights)
    if whole <= 0 or min(weights) < 0:
        raise ValueError(f"weights must be positive, not {list(weights)}")
    parts = [total * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: (-(total * weights[i] % whole), i))
    for i in by_remainder[: total - sum(parts)]:
        parts[i] += 1
    return parts
