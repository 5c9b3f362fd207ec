"""What payees and holders are owed by a period, recomputed and compared line by line."""

from collections.abc import Iterator, Mapping

from royalties.money import BPS, UNITS, floor_share, share_between
from royalties.verify.bundle import Bundle
from royalties.verify.checks import Check, judge
from royalties.verify.holders import Replay

Amounts = dict[tuple[int, str, str], tuple[int, int]]


def check(bundle: Bundle, replayed: Mapping[int, Replay]) -> list[Check]:
    """Units by the terms, and every entitlement to the micro."""
    period = f"period {bundle.number}"
    units = [failure for track in replayed.values() for failure in track.failures]
    due = owed(bundle, replayed)
    told = f"{len(due)} lines, {sum(amount for amount, _ in due.values())} micros"
    return [
        *judge(f"{period}: units", units, f"{len(bundle.moves)} moves"),
        *judge(f"{period}: amounts", _differences(bundle, due), told),
    ]


def owed(bundle: Bundle, replayed: Mapping[int, Replay]) -> Amounts:
    """(amount, carried) by (slot, role, key), of every track that was played."""
    due: Amounts = {}
    for slot, track in replayed.items():
        leaf, opening = bundle.leaves.get(slot), bundle.opening.get(slot)
        if leaf is None or not opening:
            continue
        terms, before = bundle.terms[slot], opening[0].revenue
        for role, key, bps in [
            ("platform", terms.platform, terms.platform_bps),
            *(("payee", *pair) for pair in zip(terms.payees, terms.bps, strict=True)),
        ]:
            amount = share_between(before, leaf.revenue, bps)
            due[slot, role, key] = (amount, leaf.revenue * bps % BPS * UNITS)
        for name, holder in track.holders.items():
            due[slot, "holder", name] = (holder.amount, holder.carried)
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
    return found + [
        (line.slot, line.role, line.amount)
        for line in bundle.entitlements
        if line.role == "holder" and line.key == key
    ]


def _differences(bundle: Bundle, due: Amounts) -> Iterator[str]:
    said: Amounts = {
        (line.slot, line.role, line.key): (line.amount, line.carried)
        for line in bundle.entitlements
    }
    if len(said) != len(bundle.entitlements):
        yield "somebody is there twice for one track"
    for place in sorted(due.keys() | said.keys()):
        if due.get(place, (0, 0)) == said.get(place, (0, 0)):
            continue
        slot, role, key = place
        right, found = due.get(place, (0, 0)), said.get(place, (0, 0))
        yield (
            f"track {slot}: {role} {key} is owed {right[0]} micros and carries {right[1]},"
            f" the bundle says {found[0]} and {found[1]}"
        )
