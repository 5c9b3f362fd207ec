"""From plays to the root: each track's revenue, the tree over all tracks, and their terms."""

from collections import Counter
from collections.abc import Iterator, Mapping

import numpy as np

from contracts.client import track_id
from royalties import tree
from royalties.money import BPS
from royalties.verify import forfeits, written
from royalties.verify.bundle import Bundle, moment_of
from royalties.verify.checks import Check, judge
from royalties.verify.reversals import Netting, netting_of
from royalties.verify.reversals import check as check_reversed
from royalties.verify.table import Column


def check(bundle: Bundle, netting: Netting | None = None) -> list[Check]:
    """Everything about revenue that one bundle alone can show."""
    netting = netting or netting_of(bundle)
    period = f"period {bundle.number}"
    paid = gained(bundle) | netting.gained()
    played = f"{len(bundle.plays)} plays on {len(bundle.before)} tracks"
    return [
        *written.check(bundle),
        *judge(f"{period}: terms", _terms(bundle), f"{len(bundle.terms)} tracks"),
        *judge(f"{period}: windows", _windows(bundle), f"{len(bundle.windows)} windows"),
        *judge(f"{period}: plays", _plays(bundle), played),
        *check_reversed(bundle, netting),
        *forfeits.check(bundle, netting, paid),
        *judge(f"{period}: revenue", _revenue(bundle, paid), f"{sum(paid.values())} micros gained"),
        *judge(f"{period}: root", _root(bundle), f"0x{bundle.root.hex()} of {bundle.total} micros"),
    ]


def gained(bundle: Bundle) -> dict[int, int]:
    """Micros that each slot's plays add up to."""
    columns = bundle.plays.columns
    slots, place = np.unique(columns["slot"], return_inverse=True)
    sums = np.zeros(len(slots), np.int64)
    np.add.at(sums, place, columns["price"])
    return dict(zip(slots.tolist(), sums.tolist(), strict=True))


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
    for slot in bundle.leaves.keys() - bundle.terms.keys():
        yield f"track {slot} has a leaf and no terms"
    for slot, terms in bundle.terms.items():
        hashed, leaf = track_id(terms).hex(), bundle.leaves.get(slot)
        if hashed != bundle.tracks[slot]:
            yield f"track {slot}: its terms hash to {hashed}, not to {bundle.tracks[slot]}"
        if leaf is not None and hashed != leaf.track:
            yield f"track {slot}: its terms hash to {hashed}, its leaf says {leaf.track}"
        if sum(terms.bps) + terms.platform_bps + terms.pool_bps != BPS:
            yield f"track {slot}: its parts do not add to {BPS} bps"


def _windows(bundle: Bundle) -> Iterator[str]:
    border, cutoff = moment_of(bundle.opens_at), moment_of(bundle.cutoff_at)
    longest = bundle.longest_window
    for number, window in enumerate(bundle.windows, start=1):
        if window.number != number:
            yield f"window {window.number} stands in place {number}"
        try:
            starts, ends = moment_of(window.starts_at), moment_of(window.ends_at)
        except ValueError as error:
            yield f"window {window.number}: {error}"
            continue
        if not border <= starts <= ends <= cutoff:
            yield f"window {window.number} is not within its period, after the one before"
        if longest is not None and starts != max(border, ends - longest):
            yield (
                f"window {window.number} starts at {window.starts_at}, neither as the one before"
                f" ended nor {longest.total_seconds():g} s before its end"
            )
        border = ends


def _plays(bundle: Bundle) -> Iterator[str]:
    plays = bundle.plays
    window = plays.columns["window"]
    for place in np.flatnonzero(~np.isin(window, [one.number for one in bundle.windows])):
        yield f"play {plays[place].play} is in window {window[place]}, which this period has not"
    for place in np.flatnonzero(plays.columns["price"] <= 0):
        yield f"play {plays[place].play} has the price 0"
    for number in _doubles(plays.columns["play"]):
        yield f"play {number} is there twice"


def _doubles(numbers: Column) -> list[str]:
    listed = numbers.tolist()
    if len(set(listed)) == len(listed):
        return []
    return [number.decode() for number, times in Counter(listed).items() if times > 1]


def _revenue(bundle: Bundle, paid: Mapping[int, int]) -> Iterator[str]:
    opening = bundle.opening.columns
    slots = opening["slot"]
    for slot in np.unique(slots[1:][(np.diff(slots) == 0) & (np.diff(opening["revenue"]) != 0)]):
        yield f"track {slot} opens with more than one revenue"
    for slot in sorted(paid.keys() - bundle.leaves.keys()):
        yield f"track {slot} has plays and no leaf"
    for slot, leaf in bundle.leaves.items():
        if paid.get(slot, 0) != leaf.gained:
            yield (
                f"track {slot}: its plays add up to {paid.get(slot, 0)} micros,"
                f" its leaf gained {leaf.gained}"
            )
        before = bundle.before.get(slot)
        if before is not None and before + leaf.gained != leaf.revenue:
            yield (
                f"track {slot}: {before} before and {leaf.gained} gained"
                f" do not make its leaf's {leaf.revenue} micros"
            )
        if leaf.gained and before is None:
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
