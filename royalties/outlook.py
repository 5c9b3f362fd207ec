"""How units run out if plays go on at one price: an outlook for people, never what is paid.

Pure. Each play takes the same part of what is left, so what is left decays geometrically; floors
of single plays and listeners' caps are not counted, which is why these figures are "about".
"""

import math

from royalties.emission import Schedule


def emitted_after(price_micros: int, emitted: int, schedule: Schedule, n_plays: int) -> int:
    """About how many units are out after `n_plays` more plays at this price.

    >>> emitted_after(6_000, 0, Schedule(600_000, 100, 50_000), 6_931)
    299996
    >>> emitted_after(6_000, 600_000, Schedule(600_000, 100, 50_000), 10)
    600000
    """
    left = max(0, schedule.reserved - emitted)
    return schedule.reserved - round(left * (1 - _taken(price_micros, schedule)) ** n_plays)


def plays_until_half(price_micros: int, schedule: Schedule) -> int:
    """About how many plays at this price until one earns half of what it earns now.

    >>> plays_until_half(6_000, Schedule(600_000, 100, 50_000))
    6931
    """
    taken = _taken(price_micros, schedule)
    return 1 if taken >= 0.5 else max(1, round(math.log(0.5) / math.log1p(-taken)))


def _taken(price_micros: int, schedule: Schedule) -> float:
    """The part of what is left that one play takes."""
    first_price = schedule.micros_per_unit * schedule.reserved
    return min(1.0, price_micros / first_price) if first_price else 1.0
