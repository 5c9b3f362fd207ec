"""What payees and holders are owed by a period, recomputed and compared line by line."""

from collections.abc import Iterator

import numpy as np

from royalties.money import BPS, UNITS, floor_share, share_between
from royalties.verify.bundle import Bundle
from royalties.verify.checks import Check, judge
from royalties.verify.state import Closing, Flags
from royalties.verify.table import NAME_LENGTH, Column, Names, Numbers, names_in, place_in

Amounts = dict[tuple[int, str, str], tuple[int, int]]  # (amount, carried) by (slot, role, key)
HOLDER = b"holder"


def check(bundle: Bundle, closing: Closing) -> list[Check]:
    """Units by the terms, and every entitlement to the micro."""
    period = f"period {bundle.number}"
    direct = owed_directly(bundle)
    played = closing.known & np.isin(closing.slots, list(bundle.leaves))
    lines = len(direct) + int(played.sum())
    micros = sum(amount for amount, _ in direct.values()) + int(closing.amounts[played].sum())
    failures = (*_payees(bundle, direct), *_holders(bundle, closing, played))
    return [
        *judge(f"{period}: units", closing.failures, f"{len(bundle.moves)} moves"),
        *judge(f"{period}: amounts", failures, f"{lines} lines, {micros} micros"),
    ]


def owed_directly(bundle: Bundle) -> Amounts:
    """What the payees and the platform are owed of every track that was played."""
    due: Amounts = {}
    for slot, before in bundle.before.items():
        leaf, terms = bundle.leaves.get(slot), bundle.terms.get(slot)
        if leaf is None or terms is None:
            continue
        for role, key, bps in [
            ("platform", terms.platform, terms.platform_bps),
            *(("payee", *pair) for pair in zip(terms.payees, terms.bps, strict=True)),
        ]:
            amount = share_between(before, leaf.revenue, bps)
            due[slot, role, key] = (amount, leaf.revenue * bps % BPS * UNITS)
    return due


def payouts(bundle: Bundle, key: str) -> list[tuple[int, str, int]]:
    """(slot, role, micros) of a payee over all time, or of a holder's pseudonym in this period."""
    wanted = key.lower()
    found = [
        (slot, role, floor_share(leaf.revenue, bps))
        for slot, leaf in bundle.leaves.items()
        if slot in bundle.terms
        for role, address, bps in [
            ("platform", bundle.terms[slot].platform, bundle.terms[slot].platform_bps),
            *(
                ("payee", *pair)
                for pair in zip(bundle.terms[slot].payees, bundle.terms[slot].bps, strict=True)
            ),
        ]
        if address.lower() == wanted
    ]
    columns = bundle.entitlements.columns
    held = np.flatnonzero((columns["role"] == HOLDER) & (columns["key"] == key.encode()))
    lines = [bundle.entitlements[place] for place in held]
    return found + [(line.slot, line.role, line.amount) for line in lines]


def _payees(bundle: Bundle, due: Amounts) -> Iterator[str]:
    said: Amounts = {}
    for place in np.flatnonzero(bundle.entitlements.columns["role"] != HOLDER):
        line = bundle.entitlements[place]
        where = (line.slot, line.role, line.key)
        if where in said:
            yield _twice(line.slot, line.key)
        said[where] = (line.amount, line.carried)
    for slot, role, key in sorted(due.keys() | said.keys()):
        right, found = (amounts.get((slot, role, key)) for amounts in (due, said))
        if right != found:
            yield _other(slot, f"{role} {key}", right or (0, 0), found)


def _holders(bundle: Bundle, closing: Closing, played: Column) -> Iterator[str]:
    columns = bundle.entitlements.columns
    lines = np.flatnonzero(columns["role"] == HOLDER)
    names, slots = closing.names[played], closing.slots[played]
    place, known = _holders_named(columns["key"][lines], names)
    known[known] = slots[place[known]] == columns["slot"][lines[known]]
    for line in lines[~known].tolist():
        one = bundle.entitlements[line]
        yield _other(one.slot, f"holder {one.key}", (0, 0), (one.amount, one.carried))
    for i in np.flatnonzero(np.bincount(place[known], minlength=len(names)) > 1).tolist():
        yield _twice(slots[i], f"{names[i]:016x}")
    due = np.stack([closing.amounts[played], closing.carried[played]])
    said = np.zeros_like(due)
    for row, column in enumerate(("amount", "carried")):
        said[row, place[known]] = columns[column][lines[known]]
    for i in np.flatnonzero((due != said).any(axis=0)).tolist():
        right, found = (tuple(amounts[:, i].tolist()) for amounts in (due, said))
        yield _other(slots[i], f"holder {names[i]:016x}", right, found)


def _holders_named(keys: Column, names: Names) -> tuple[Numbers, Flags]:
    """The place of each key among the names, and whether it is one of them."""
    width = NAME_LENGTH + 1  # a longer key is nobody's pseudonym
    text = keys.astype(f"S{width}").view(np.uint8).reshape(-1, width)
    wanted, written = names_in(text[:, :NAME_LENGTH])
    place, known = place_in(names, wanted)
    return place, known & written & (text[:, NAME_LENGTH] == 0)


def _twice(slot: int, key: str) -> str:
    return f"track {slot}: {key} is there twice"


def _other(slot: int, who: str, right: tuple[int, ...], found: tuple[int, ...] | None) -> str:
    said = f"the bundle says {found[0]} and {found[1]}" if found else "the bundle has no such line"
    return f"track {slot}: {who} is owed {right[0]} micros and carries {right[1]}, {said}"
