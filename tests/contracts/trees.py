"""A Merkle-sum tree written out plainly, straight from the definition, to check others by."""

from collections.abc import Mapping
from dataclasses import dataclass

from eth_utils.crypto import keccak

from contracts.client import Leaf, ProofStep

NOTHING = ProofStep(bytes(32), 0)


@dataclass(frozen=True)
class Tree:
    """Revenue and track by slot; `depth` levels above the leaves."""

    leaves: Mapping[int, tuple[bytes, int]]
    depth: int

    @property
    def root(self) -> bytes:
        return self.node(0, self.depth).hash

    @property
    def total(self) -> int:
        return self.node(0, self.depth).sum

    def leaf(self, slot: int) -> Leaf:
        track, revenue = self.leaves[slot]
        steps = tuple(self.node((slot >> level) ^ 1, level) for level in range(self.depth))
        return Leaf(track, slot, revenue, steps)

    def node(self, place: int, level: int) -> ProofStep:
        if level == 0:
            if place not in self.leaves:
                return NOTHING
            track, revenue = self.leaves[place]
            return ProofStep(keccak(b"\0" + word(place) + track + word(revenue)), revenue)
        left, right = self.node(2 * place, level - 1), self.node(2 * place + 1, level - 1)
        if left == NOTHING and right == NOTHING:
            return NOTHING
        packed = b"\1" + left.hash + word(left.sum) + right.hash + word(right.sum)
        return ProofStep(keccak(packed), left.sum + right.sum)


def tree_of(*revenues: tuple[bytes, int]) -> Tree:
    """The tree of these (track, revenue), in slots 0, 1, 2..."""
    return Tree(dict(enumerate(revenues)), (len(revenues) - 1).bit_length())


def word(number: int) -> bytes:
    return number.to_bytes(32, "big")
