"""The Merkle-sum tree of a period: (slot, track, cumulative revenue) of every track. Pure.

    leaf = keccak256(0x00 ++ slot ++ track ++ revenue), and its sum is the revenue
    node = keccak256(0x01 ++ left hash ++ left sum ++ right hash ++ right sum), sums added

Numbers are 32 bytes, big-endian. A leaf stands at the place of its slot; a missing leaf is the
zero hash with sum 0, and so is a node over two missing children. Invariant: a proof holds only if
it leads to the root AND its sums add up to the root's total, so that no leaf can claim more than
was paid in. The vault checks the same (contracts/sources/proof.vy).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

# In C, five times as fast as pycryptodome's; comes with eth-brownie.
from sha3 import keccak_256  # type: ignore[import-untyped]

LEAF_TAG = b"\x00"
NODE_TAG = b"\x01"
NOTHING = (bytes(32), 0)

Node = tuple[bytes, int]  # hash and sum


class TreeError(ValueError):
    """Leaves that no tree can hold."""


@dataclass(frozen=True)
class Leaf:
    """A track's cumulative revenue, in micros."""

    slot: int
    track: bytes  # 32 bytes
    revenue: int


@dataclass(frozen=True)
class Step:
    """The sibling on one level, from the leaf to the top."""

    hash: bytes
    sum: int


@dataclass(frozen=True)
class Tree:
    """Levels from the leaves to the top, each from place to node; missing nodes are absent."""

    levels: Sequence[Mapping[int, Node]]

    @property
    def root(self) -> bytes:
        return self.levels[-1].get(0, NOTHING)[0]

    @property
    def total(self) -> int:
        """Micros of all tracks together."""
        return self.levels[-1].get(0, NOTHING)[1]

    def proof(self, slot: int) -> list[Step]:
        """The siblings on the way from a leaf to the top.

        Raises:
            KeyError: no track has this slot
        """
        if slot not in self.levels[0]:
            raise KeyError(slot)
        return [
            Step(*level.get((slot >> height) ^ 1, NOTHING))
            for height, level in enumerate(self.levels[:-1])
        ]


def build(leaves: Iterable[Leaf]) -> Tree:
    """The tree of these leaves, as deep as the highest slot asks: 10^5 take under a second.

    Raises:
        TreeError: two leaves share a slot, a number is negative or a track id is not 32 bytes
    """
    bottom: dict[int, Node] = {}
    for leaf in leaves:
        if leaf.slot < 0 or leaf.revenue < 0 or len(leaf.track) != 32:
            raise TreeError(f"{leaf} is no leaf")
        if leaf.slot in bottom:
            raise TreeError(f"two tracks share slot {leaf.slot}")
        bottom[leaf.slot] = (leaf_hash(leaf), leaf.revenue)
    levels = [bottom]
    for _ in range(max(bottom, default=0).bit_length()):
        levels.append(_above(levels[-1]))
    return Tree(levels)


def verify(leaf: Leaf, proof: Sequence[Step], root: bytes, total: int) -> bool:
    """Whether the proof leads from this leaf to this root, and its sums to this total."""
    if leaf.slot < 0 or leaf.slot >> len(proof):
        return False
    node = (leaf_hash(leaf), leaf.revenue)
    for height, step in enumerate(proof):
        if step.sum < 0:
            return False
        sibling = (step.hash, step.sum)
        node = _node(sibling, node) if (leaf.slot >> height) & 1 else _node(node, sibling)
    return node == (root, total)


def leaf_hash(leaf: Leaf) -> bytes:
    """The hash of a leaf, whose sum is its revenue."""
    return _keccak(LEAF_TAG + _word(leaf.slot) + leaf.track + _word(leaf.revenue))


def _above(below: Mapping[int, Node]) -> dict[int, Node]:
    return {
        place: _node(below.get(2 * place, NOTHING), below.get(2 * place + 1, NOTHING))
        for place in dict.fromkeys(place >> 1 for place in below)
    }


def _node(left: Node, right: Node) -> Node:
    if left == NOTHING and right == NOTHING:
        return NOTHING
    parts = NODE_TAG + left[0] + _word(left[1]) + right[0] + _word(right[1])
    return _keccak(parts), left[1] + right[1]


def _word(number: int) -> bytes:
    return number.to_bytes(32, "big")


def _keccak(data: bytes) -> bytes:
    digest: bytes = keccak_256(data).digest()
    return digest
