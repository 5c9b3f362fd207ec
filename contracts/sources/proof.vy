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
"""

MAX_DEPTH: constant(uint256) = 32
LEAF_TAG: constant(bytes1) = 0x00
NODE_TAG: constant(bytes1) = 0x01


struct ProofStep:
    hash: bytes32  # of the sibling
    sum: uint256  # of the sibling, micros


@internal
@pure
def _climb(
    track: bytes32, slot: uint256, revenue: uint256, steps: DynArray[ProofStep, MAX_DEPTH], total: uint256
) -> bytes32:
    """
    @notice The hash at the top of the path. Reverts unless the sum there is `total`.
    @dev Each sum is bounded by what the total leaves, so no addition can overflow.
    @param track Id of the track
    @param slot Position of the leaf; bit k says whether step k has us left (0) or right (1)
    @param revenue Cumulative revenue of the track, micros
    @param steps Siblings from the leaf to the top
    @param total Sum at the top, micros
    """
    assert slot >> len(steps) == 0, "Vault: slot beyond the tree"
    assert revenue <= total, "Vault: sum over total"
    hash: bytes32 = keccak256(concat(LEAF_TAG, convert(slot, bytes32), track, convert(revenue, bytes32)))
    sum: uint256 = revenue
    path: uint256 = slot
    for step: ProofStep in steps:
        assert step.sum <= total - sum, "Vault: sum over total"
        if path & 1 == 0:
            hash = self._node(hash, sum, step.hash, step.sum)
        else:
            hash = self._node(step.hash, step.sum, hash, sum)
        sum += step.sum
        path >>= 1
    assert sum == total, "Vault: sum under total"
    return hash


@internal
@pure
def _node(left: bytes32, left_sum: uint256, right: bytes32, right_sum: uint256) -> bytes32:
    return keccak256(
        concat(NODE_TAG, left, convert(left_sum, bytes32), right, convert(right_sum, bytes32))
    )
