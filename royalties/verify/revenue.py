"""From plays to the root: each track's revenue, the tree over all tracks, and their terms."""

from collections import Counter
from collections.abc import Iterator

from contracts.client import track_id
from royalties import tree
from royalties.money import BPS
from royalties.verify.bundle import Bundle
from royalties.verify.checks import Check, judge


def check(bundle: Bundle) -> list[Check]:
    """Everything about revenue that one bundle alone can show."""
    period = f"period {bundle.number}"
    played = f"{len(bundle.plays)} plays on {len(bundle.opening)} tracks"
    return [
        *judge(f"{period}: terms", _terms(bundle), f"{len(bundle.terms)} tracks"),
        *judge(f"{period}: windows", _windows(bundle), f"{len(bundle.windows)} windows"),
        *judge(f"{period}: plays", _plays(bundle), played),
        *judge(f"{period}: revenue", _revenue(bundle), f"{gained(bundle).total()} micros gained"),
        *judge(f"{period}: root", _root(bundle), f"0x{bundle.root.hex()} of {bundle.total} micros"),
    ]


def gained(bundle: Bundle) -> Counter[int]:
    """Micros that each slot's plays add up to."""
    sums: Counter[int] = Counter()
    for play in bundle.plays:
        sums[play.slot] += play.price
    return sums


def tree_of(bundle: Bundle) -> tree.Tree:
    """The tree over the leaves that the bundle lists.

    Raises:
        tree.TreeError: no tree can hold them
    """
    return tree.build(
        tree.Leaf(leaf.slot, bytes.fromhex(leaf.track), leaf.revenue)
        for leaf in bundle.leaves.values()
    )


def _terms(bundle: Bundle) -> Iterator[str]:
    for slot, leaf in bundle.leaves.items():
        terms = bundle.terms.get(slot)
        if terms is None:
            yield f"track {slot} has a leaf and no terms"
            continue
        hashed = track_id(terms).hex()
        if hashed != leaf.track:
            yield f"track {slot}: its terms hash to {hashed}, its leaf says {leaf.track}"
        if sum(terms.bps) + terms.platform_bps + terms.pool_bps != BPS:
            yield f"track {slot}: its parts do not add to {BPS} bps"


def _windows(bundle: Bundle) -> Iterator[str]:
    border = bundle.opens_at
    for number, window in enumerate(bundle.windows, start=1):
        if window.number != number:
            yield f"window {window.number} stands in place {number}"
        if not border <= window.starts_at <= window.ends_at <= bundle.cutoff_at:
            yield f"window {window.number} is not within its period, after the one before"
        border = window.ends_at


def _plays(bundle: Bundle) -> Iterator[str]:
    numbers = {window.number for window in bundle.windows}
    place: tuple[int, int, str] = (0, 0, "")
    seen: set[str] = set()
    for play in bundle.plays:
        if play.window not in numbers:
            yield f"play {play.play} is in window {play.window}, which this period has not"
        if play.price <= 0:
            yield f"play {play.play} has the price {play.price}"
        if play.play in seen:
            yield f"play {play.play} is there twice"
        if (play.window, play.slot, play.counted_at) < place:
            yield f"play {play.play} is out of order"
        seen.add(play.play)
        place = (play.window, play.slot, play.counted_at)


def _revenue(bundle: Bundle) -> Iterator[str]:
    paid = gained(bundle)
    for slot in sorted(paid.keys() - bundle.leaves.keys()):
        yield f"track {slot} has plays and no leaf"
    for slot, leaf in bundle.leaves.items():
        if paid[slot] != leaf.gained:
            yield (
                f"track {slot}: its plays add up to {paid[slot]} micros,"
                f" its leaf gained {leaf.gained}"
            )
        for line in bundle.opening.get(slot, ())[:1]:
            if line.revenue + leaf.gained != leaf.revenue:
                yield (
                    f"track {slot}: {line.revenue} before and {leaf.gained} gained"
                    f" do not make its leaf's {leaf.revenue} micros"
                )
        if leaf.gained and slot not in bundle.opening:
            yield f"track {slot} gained {leaf.gained} micros and has no opening state"


def _root(bundle: Bundle) -> Iterator[str]:
    try:
        built = tree_of(bundle)
    except (tree.TreeError, ValueError) as error:
        yield f"the leaves make no tree: {error}"
        return
    if built.root != bundle.root:
        yield f"the leaves make the root 0x{built.root.hex()}, not 0x{bundle.root.hex()}"
    if built.total != bundle.total:
        yield f"the leaves add up to {built.total} micros, not {bundle.total}"
