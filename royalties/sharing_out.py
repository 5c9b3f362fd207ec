"""How forfeited money is divided among other songs. Pure, so that accrual and verify agree.

It goes to the songs that listeners paid in the same period, in proportion to what they paid; none
to the song it was forfeited from, nor to one that pays somebody whom that song pays. What the song
has to earn again first, as its plays were settled before they were held, is not there to be given:
it waits until the song has earned it. So all that a coalition's songs are paid for its own plays,
now and by this, is at most what the plays cost less the platform's part.
"""

from collections.abc import Mapping, Set

from royalties.money import largest_remainder


def givable(waiting_micros: int, receivable_micros: int) -> int:
    """Of what waits, what the song does not have to earn again first.

    >>> givable(9_999, 3_332)
    6667
    """
    return max(0, waiting_micros - receivable_micros)


def barred(forfeiting: Set[int], payees: Mapping[int, Set[str]]) -> set[int]:
    """Slots of these songs, and of all that pay one of their payees.

    Args:
        forfeiting: slots with forfeited money.
        payees: addresses by slot, of these and of every song that ever had revenue.
    """
    theirs = set[str]().union(*(payees.get(slot, set()) for slot in forfeiting))
    return set(forfeiting) | {slot for slot, some in payees.items() if some & theirs}


def shares(micros: int, gained: Mapping[int, int], out: Set[int]) -> dict[int, int]:
    """Micros by slot, in proportion to what each gained in the period; nothing if nobody may have.

    >>> shares(10, {1: 5, 2: 5, 3: 5, 4: 100}, {4})
    {1: 4, 2: 3, 3: 3}
    """
    slots = [slot for slot in sorted(gained) if gained[slot] > 0 and slot not in out]
    if not slots or not micros:
        return {}
    parts = largest_remainder(micros, [gained[slot] for slot in slots])
    return {slot: part for slot, part in zip(slots, parts, strict=True) if part}
