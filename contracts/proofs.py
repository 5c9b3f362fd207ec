"""One Merkle-sum proof of many leaves, as the vault walks it (contracts/sources/syncing.vy)."""

from collections.abc import Sequence

from contracts.records import Leaf, ProofStep


def multiproof(leaves: Sequence[Leaf]) -> tuple[list[Leaf], list[ProofStep]]:
    """The leaves by ascending slot, and the steps that together they need, in that order.

    A leaf climbs until its sibling holds the next leaf, and waits there; that one, come up,
    takes it for its left side. Neither is in the steps.
    """
    ordered = sorted(leaves, key=lambda leaf: leaf.slot)
    steps: list[ProofStep] = []
    waiting: list[int] = []  # levels
    for leaf, after in zip(ordered, [*ordered[1:], None], strict=True):
        for level, step in enumerate(leaf.proof):
            place = leaf.slot >> level
            if after and place % 2 == 0 and place + 1 == after.slot >> level:
                waiting.append(level)
                break
            if waiting and waiting[-1] == level:
                waiting.pop()
            else:
                steps.append(step)
    return ordered, steps
