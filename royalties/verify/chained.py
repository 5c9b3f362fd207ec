"""Several bundles in order: each opens with what the one before closed with.

Pseudonyms change with every period, so holders are compared as a bag of (units, units listened,
numerator carried): the same amounts must be there, whoever they are called.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from royalties.money import UNITS
from royalties.verify import forfeits, prices, reversals
from royalties.verify.bundle import Bundle
from royalties.verify.checks import Check, judge
from royalties.verify.state import Closing
from royalties.verify.table import Numbers

State = Counter[tuple[int, int, int]]
NEW_TRACK: State = Counter({(UNITS, 0, 0): 1})


def standing(bundles: Sequence[Bundle]) -> list[int]:
    """Places of the bundles that no other one here of their period takes the place of."""
    replaced = {(one.number, one.replaces) for one in bundles}
    return [n for n, one in enumerate(bundles) if (one.number, one.hash) not in replaced]


def corrections(bundles: Sequence[Bundle]) -> list[Check]:
    """Whether what each bundle replaces, where it is here, is of the same period."""
    known = {one.hash: one for one in bundles}
    checks: list[Check] = []
    for one in bundles:
        if one.replaces:
            told = f"{one.correction} (in place of {one.replaces.hex()})"
            failures = _misplaced(known.get(one.replaces), one)
            checks += judge(f"period {one.number}: corrected", failures, told)
    return checks


def _misplaced(replaced: Bundle | None, bundle: Bundle) -> Iterator[str]:
    if replaced is None:
        return
    if replaced.number != bundle.number:
        yield f"it replaces the bundle of period {replaced.number}"
    elif (replaced.opens_at, replaced.cutoff_at) != (bundle.opens_at, bundle.cutoff_at):
        yield "it opens or ends at another time than the one it replaces"


def check(bundles: Sequence[Bundle], closings: Sequence[Closing]) -> list[Check]:
    """Whether the bundles follow each other without a gap."""
    checks: list[Check] = []
    states: dict[int, State] = {}
    whole = bundles[0].number == 1
    lives: dict[str, reversals.Life] = {}
    priced: Mapping[int, str] = {}
    for place, (bundle, closing) in enumerate(zip(bundles, closings, strict=True)):
        name = f"period {bundle.number}: follows"
        if place or whole:
            before = bundles[place - 1] if place else None
            failures = [*_borders(before, bundle), *_opening(bundle, states, whole)]
            failures += _reversals(bundles[: place + 1], lives, whole)
            failures += prices.parted(priced, bundle.prices)
            checks += judge(name, failures, "the period before" if place else "nothing: the first")
        priced = bundle.prices or priced
        if place + 1 < len(bundles):
            parts = [part[closing.known] for part in (closing.units, closing.listened)]
            states |= _states(closing.slots[closing.known], *parts, closing.carried[closing.known])
    return checks


def _states(slots: Numbers, *parts: Numbers) -> dict[int, State]:
    """Each track's holdings as a bag; who has nothing is not in it."""
    states: dict[int, State] = defaultdict(Counter)
    some = np.any(parts, axis=0)
    rows = zip(slots[some].tolist(), *(part[some].tolist() for part in parts), strict=True)
    for slot, units, listened, carried in rows:
        states[slot][units, listened, carried] += 1
    return states


def _borders(before: Bundle | None, bundle: Bundle) -> Iterator[str]:
    if before is None:
        if bundle.previous:
            yield "it is the first and names a period before it"
        yield from _revenues({}, bundle)
        return
    if bundle.number != before.number + 1:
        yield f"it comes after period {before.number}"
    if bundle.previous != before.hash:
        yield f"it names another bundle before it than {before.name}"
    if bundle.opens_at != before.cutoff_at:
        yield f"it opens at {bundle.opens_at}, the one before ended at {before.cutoff_at}"
    if (bundle.chain_id, bundle.vault) != (before.chain_id, before.vault):
        yield "it is about another vault"
    yield from _revenues({slot: leaf.revenue for slot, leaf in before.leaves.items()}, bundle)
    for slot in before.terms:
        if bundle.terms.get(slot) != before.terms[slot]:
            yield f"track {slot} has other terms than before"


def _revenues(before: Mapping[int, int], bundle: Bundle) -> Iterator[str]:
    for slot, leaf in bundle.leaves.items():
        if leaf.revenue - leaf.gained != before.get(slot, 0):
            yield (
                f"track {slot} starts from {leaf.revenue - leaf.gained} micros,"
                f" the one before left it at {before.get(slot, 0)}"
            )


def _reversals(
    bundles: Sequence[Bundle], lives: dict[str, reversals.Life], whole: bool
) -> Iterator[str]:
    """Plays reversed here were counted before, and are in force as these bundles left them."""
    *earlier, bundle = bundles
    closed = {line.slot: line.closed for line in earlier[-1].receivables} if earlier else {}
    opened = {line.slot: line.opened for line in bundle.receivables}
    for slot in sorted(closed.keys() | opened.keys()) if earlier or whole else ():
        if closed.get(slot, 0) != opened.get(slot, 0):
            yield (
                f"track {slot} opens with {opened.get(slot, 0)} micros to earn again,"
                f" the one before left it with {closed.get(slot, 0)}"
            )
    if earlier or whole:
        yield from forfeits.carried(earlier[-1] if earlier else None, bundle)
    named = {line.play for line in bundle.reversals}
    wanted = (named | {line.play for line in bundle.forfeited}) - lives.keys()
    for before in earlier if wanted else ():
        found = reversals.found_in(before, wanted)
        lives |= {key: reversals.Life.counted(one, before.number) for key, one in found.items()}
    if whole:
        here = reversals.found_in(bundle, wanted)
        for play in sorted((wanted & named) - lives.keys() - here.keys()):
            yield f"play {play} is reversed and was never counted"
    yield from reversals.lives_broken(bundle, lives)
    yield from forfeits.ended(bundle, lives)


def _opening(bundle: Bundle, states: Mapping[int, State], whole: bool) -> Iterator[str]:
    """`whole`: the bundles start with the first period, so an unseen track was never played."""
    columns = bundle.opening.columns
    found = _states(*(columns[name] for name in ("slot", "units", "listened", "carried")))
    for slot in bundle.before:
        expected = states.get(slot, NEW_TRACK if whole else None)
        if expected is not None and found[slot] != expected:
            yield f"track {slot} opens with other holdings than it closed with"
