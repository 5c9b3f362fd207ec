# pragma version 0.4.3
"""
@title Bringing revenue in
@license Apache-2.0
@notice Anyone brings in what the active root proves of a track, or of many at once.
"""

import head
import proof
import roots
import tracks

uses: head
uses: roots
uses: tracks

MAX_BATCH: constant(uint256) = 100
# Of a batch scattered over a tree of a million leaves. Room that a batch leaves empty still
# costs it memory, 24,000 gas here.
MAX_STEPS: constant(uint256) = 1_400


struct Active:
    epoch: uint256
    top: bytes32
    total: uint256


@external
def sync(leaf: proof.Leaf, steps: DynArray[proof.ProofStep, proof.MAX_DEPTH]):
    """
    @notice Brings in a track's cumulative revenue under the active root.
    @param leaf Track, its place in the tree (the same for ever), cumulative revenue in micros
    @param steps Siblings from the leaf to the top
    """
    self._sync(leaf, steps)


@external
def sync_many(
    leaves: DynArray[proof.Leaf, MAX_BATCH],
    steps: DynArray[proof.ProofStep, MAX_STEPS],
    depth: uint256,
):
    """
    @notice As `sync`, for several tracks by one proof; one bad leaf refuses them all.
    @dev Each leaf climbs until its sibling holds the next leaf, and waits there for it to come
         up. So every node is hashed once, and only what no leaf leads to is in `steps`.
    @param leaves By ascending slot
    @param steps Siblings in the order in which they are needed
    @param depth Levels above the leaves
    """
    active: Active = self._active()
    waiting: proof.ProofStep[proof.MAX_DEPTH] = empty(proof.ProofStep[proof.MAX_DEPTH])
    levels: uint256 = 0  # bit k: a node waits on level k
    hash: bytes32 = empty(bytes32)
    sum: uint256 = 0
    sums: uint256 = 0
    at: uint256 = 0
    for i: uint256 in range(len(leaves), bound=MAX_BATCH):
        hash = proof._leaf(leaves[i], active.total)
        sum = leaves[i].revenue
        place: uint256 = leaves[i].slot
        last: bool = i + 1 == len(leaves)
        after: uint256 = 0 if last else leaves[i + 1].slot
        waits: bool = False
        for level: uint256 in range(depth, bound=proof.MAX_DEPTH):
            waits = not last and place & 1 == 0 and place + 1 == after >> level
            if waits:
                waiting[level] = proof.ProofStep(hash=hash, sum=sum)
                levels |= 1 << level
                break
            joins: bool = (levels >> level) & 1 == 1
            step: proof.ProofStep = waiting[level] if joins else steps[at]
            if joins:
                levels ^= 1 << level
            else:
                at += 1
            if place & 1 == 0:
                hash = keccak256(concat(proof.NODE_TAG, abi_encode(hash, sum, step)))
            else:
                hash = keccak256(concat(proof.NODE_TAG, abi_encode(step, hash, sum)))
            sum = unsafe_add(sum, step.sum)
            sums |= step.sum
            place >>= 1
        if not waits:
            # Only the last may reach the top: whoever else did would be proved by nothing.
            assert last, "Vault: slots not ascending"
            assert place == 0, "Vault: slot beyond the tree"
    self._check(hash, sum, sums, active)
    gained: uint256 = 0
    for leaf: proof.Leaf in leaves:
        gained += tracks._record(leaf, active.epoch)
    tracks._credit(gained, active.total)


@internal
def _sync(leaf: proof.Leaf, steps: DynArray[proof.ProofStep, proof.MAX_DEPTH]):
    active: Active = self._active()
    assert leaf.slot >> len(steps) == 0, "Vault: slot beyond the tree"
    hash: bytes32 = proof._leaf(leaf, active.total)
    sum: uint256 = leaf.revenue
    sums: uint256 = 0
    place: uint256 = leaf.slot
    for step: proof.ProofStep in steps:
        if place & 1 == 0:
            hash = keccak256(concat(proof.NODE_TAG, abi_encode(hash, sum, step)))
        else:
            hash = keccak256(concat(proof.NODE_TAG, abi_encode(step, hash, sum)))
        sum = unsafe_add(sum, step.sum)
        sums |= step.sum
        place >>= 1
    self._check(hash, sum, sums, active)
    tracks._credit(tracks._record(leaf, active.epoch), active.total)


@internal
@pure
def _check(top: bytes32, sum: uint256, sums: uint256, active: Active):
    """
    @notice The end of every climb: the root's hash, and exactly the total paid in for it.
    @dev `sums` has the bits of all sums added. Were one of 2^64 or more, the additions could
         have overflowed; to ask once for all of them saves 20 gas a step.
    """
    assert sums <= head.MAX_TOTAL, "Vault: sum over total"
    assert sum <= active.total, "Vault: sum over total"
    assert sum >= active.total, "Vault: sum under total"
    assert top == active.top, "Vault: not under the active root"


@internal
@view
def _active() -> Active:
    word: uint256 = head._running()
    epoch: uint256 = head._active(word)
    assert epoch != 0, "Vault: no active root"
    return Active(epoch=epoch, top=roots._top(epoch), total=head._active_total(word))
