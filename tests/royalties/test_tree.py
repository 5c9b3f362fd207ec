"""The Merkle-sum tree: every leaf is proved by its own proof and by nothing else."""

import pytest
from eth_utils.crypto import keccak
from hypothesis import given
from hypothesis import strategies as st

from royalties.tree import NOTHING, Leaf, Step, TreeError, build, verify

leaves_strategy = st.dictionaries(
    st.integers(0, 40),
    st.tuples(st.binary(min_size=32, max_size=32), st.integers(0, 2**62)),
    min_size=1,
    max_size=24,
).map(lambda by_slot: [Leaf(slot, track, sum) for slot, (track, sum) in by_slot.items()])


@given(leaves_strategy)
def test_every_leaf_is_proved_and_the_total_is_their_sum(leaves: list[Leaf]) -> None:
    tree = build(leaves)
    assert tree.total == sum(leaf.revenue for leaf in leaves)
    for leaf in leaves:
        proof = tree.proof(leaf.slot)
        assert len(proof) == max(leaf.slot for leaf in leaves).bit_length()
        assert verify(leaf, proof, tree.root, tree.total)


@given(leaves_strategy, st.data())
def test_nothing_else_is_proved(leaves: list[Leaf], data: st.DataObject) -> None:
    tree = build(leaves)
    leaf = data.draw(st.sampled_from(leaves))
    proof = tree.proof(leaf.slot)
    for wrong in (
        Leaf(leaf.slot, leaf.track, leaf.revenue + 1),
        Leaf(leaf.slot ^ 1, leaf.track, leaf.revenue),
        Leaf(leaf.slot + (1 << len(proof)), leaf.track, leaf.revenue),
        Leaf(leaf.slot, keccak(leaf.track), leaf.revenue),
    ):
        assert not verify(wrong, proof, tree.root, tree.total)
    assert not verify(leaf, proof, tree.root, tree.total + 1)
    assert not verify(leaf, [*proof, Step(*NOTHING)], tree.root, tree.total)
    if proof:
        place = data.draw(st.integers(0, len(proof) - 1))
        step = proof[place]
        for changed in (Step(step.hash, step.sum + 1), Step(keccak(step.hash), step.sum)):
            wrong_proof = [*proof[:place], changed, *proof[place + 1 :]]
            assert not verify(leaf, wrong_proof, tree.root, tree.total)


@given(leaves_strategy)
def test_the_order_of_leaves_changes_nothing(leaves: list[Leaf]) -> None:
    shuffled = sorted(leaves, key=lambda leaf: leaf.track)
    assert build(shuffled).root == build(leaves).root


def test_two_leaves_by_hand() -> None:
    """Written out from the definition, with another keccak."""

    def word(number: int) -> bytes:
        return number.to_bytes(32, "big")

    first, second = Leaf(0, b"\x11" * 32, 700), Leaf(1, b"\x22" * 32, 300)
    left = keccak(b"\0" + word(0) + first.track + word(700))
    right = keccak(b"\0" + word(1) + second.track + word(300))
    top = keccak(b"\1" + left + word(700) + right + word(300))
    tree = build([second, first])
    assert (tree.root, tree.total) == (top, 1_000)
    assert tree.proof(0) == [Step(right, 300)]
    assert tree.proof(1) == [Step(left, 700)]


def test_missing_leaves_are_nothing_and_so_are_nodes_over_them() -> None:
    tree = build([Leaf(4, b"\x11" * 32, 5)])
    assert tree.proof(4) == [Step(*NOTHING)] * 3
    assert build([]).root == bytes(32)
    assert build([Leaf(0, b"\x11" * 32, 5)]).proof(0) == []


def test_a_root_that_never_changes() -> None:
    """The same leaves give this root in every version; the vault's tests use it too."""
    leaves = [Leaf(slot, bytes([slot + 1]) * 32, 1_000 * slot + 7) for slot in (0, 1, 2, 4)]
    assert build(leaves).root.hex() == GOLDEN


GOLDEN = "de4314d4f653977a78501337662fedbb5664b4078f3cec1d766c302bb0ee81d6"


@pytest.mark.parametrize(
    "leaves",
    [
        [Leaf(1, bytes(32), 1), Leaf(1, bytes(32), 2)],
        [Leaf(-1, bytes(32), 1)],
        [Leaf(1, bytes(32), -1)],
        [Leaf(1, bytes(31), 1)],
    ],
)
def test_leaves_that_no_tree_can_hold(leaves: list[Leaf]) -> None:
    with pytest.raises(TreeError):
        build(leaves)


def test_an_unknown_slot_has_no_proof() -> None:
    with pytest.raises(KeyError):
        build([Leaf(1, bytes(32), 1)]).proof(0)
