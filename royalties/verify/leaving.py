"""Units that left for wallets or came back at a cut-off, as a replay closes with them."""

from dataclasses import replace

import numpy as np

from royalties.verify.bundle import Bundle
from royalties.verify.state import Closing


def leave(bundle: Bundle, closing: Closing) -> Closing:
    """The closing state once the units have moved; what can't have moved is named."""
    if not len(bundle.leaving):
        return closing
    closing = _with_takers(bundle, closing)
    place = {name: at for at, name in enumerate(closing.names.tolist())}
    units, failures = closing.units.copy(), list(closing.failures)
    wallets: dict[int, set[str]] = {}  # what all of a track's lines have on one of their sides
    for line in bundle.leaving:
        giver, taker = place[int(line.giver, 16)], place[int(line.taker, 16)]
        units[giver] -= line.units
        units[taker] += line.units
        told = f"track {line.slot}: at its cut-off {line.giver}"
        if {closing.slots[giver], closing.slots[taker]} != {line.slot}:
            failures.append(f"{told} gives units of another track")
        if units[giver] < 0:
            failures.append(f"{told} gives more units than it has")
        sides = {line.giver, line.taker}
        wallets[line.slot] = wallets.get(line.slot, sides) & sides
        if not wallets[line.slot] or line.giver == line.taker:
            failures.append(f"{told} gives units to {line.taker}: neither stands for the wallets")
    return replace(closing, units=units, failures=failures)


def _with_takers(bundle: Bundle, closing: Closing) -> Closing:
    """The same state with everybody in it whom units come from or go to."""
    columns = bundle.leaving.columns
    names = np.concatenate([columns["giver"], columns["taker"]])
    slots = np.concatenate([columns["slot"], columns["slot"]])
    names, first = np.unique(names, return_index=True)
    new = ~np.isin(names, closing.names)
    order = np.argsort(np.concatenate([closing.names, names[new]]), kind="stable")
    none = np.zeros(int(new.sum()), np.int64)
    return Closing(
        names=np.concatenate([closing.names, names[new]])[order],
        slots=np.concatenate([closing.slots, slots[first][new]])[order],
        known=np.concatenate([closing.known, none == 0])[order],
        units=np.concatenate([closing.units, none])[order],
        listened=np.concatenate([closing.listened, none])[order],
        amounts=np.concatenate([closing.amounts, none])[order],
        carried=np.concatenate([closing.carried, none])[order],
        failures=closing.failures,
    )
