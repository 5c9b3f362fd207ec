"""Many tracks by one proof: any of a tree, each proved as if it came alone, or none at all."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.client import Call, Leaf, ProofStep, sync_many
from contracts.codec import encode_call
from contracts.proofs import multiproof
from tests.contracts.stage import Stage, fake_stage
from tests.contracts.trees import Tree, tree_of

SLOTS = (0, 1, 2, 5, 6, 7, 8, 15, 19, 22, 23, 31)


@pytest.fixture
def fake() -> Stage:
    return fake_stage()


def planted(stage: Stage, *slots: int) -> Tree:
    """An active tree of depth 5 with a registered track, of another revenue, in each slot."""
    tracks = [stage.register(salt=bytes([slot]) * 32) for slot in slots]
    tree = Tree({slot: (track, slot + 1) for slot, track in zip(slots, tracks, strict=True)}, 5)
    stage.activate(tree)
    return tree


def by_hand(
    stage: Stage, leaves: Sequence[Leaf], steps: Sequence[ProofStep], depth: int = 5
) -> Call:
    """A call whose parts need not fit each other."""
    bare = [(leaf.track, leaf.slot, leaf.revenue) for leaf in leaves]
    pairs = [(step.hash, step.sum) for step in steps]
    return encode_call("Vault", stage.vault.address, "sync_many", bare, pairs, depth)


def test_any_leaves_of_a_tree_prove_together(fake: Stage) -> None:
    tree = planted(fake, *SLOTS)

    @given(st.sets(st.sampled_from(SLOTS), min_size=1))
    def prove(slots: set[int]) -> None:
        call = sync_many(fake.vault.address, [tree.leaf(slot) for slot in slots])
        receipt = fake.send("keeper", call)
        synced = [(event.args["slot"], event.args["revenue"]) for event in receipt.logs]
        assert synced == [(slot, slot + 1) for slot in sorted(slots)]

    prove()


def test_their_order_does_not_matter_to_who_asks(stage: Stage) -> None:
    tree = planted(stage, 7, 6, 19)
    leaves = [tree.leaf(slot) for slot in (19, 7, 6)]
    receipt = stage.send("keeper", sync_many(stage.vault.address, leaves))
    assert [event.args["slot"] for event in receipt.logs] == [6, 7, 19]


def test_neighbours_need_no_more_steps_than_one_of_them_alone() -> None:
    tree = tree_of(*((bytes([slot]) * 32, slot) for slot in range(32)))
    assert multiproof([tree.leaf(slot) for slot in range(32)])[1] == []
    assert len(multiproof([tree.leaf(slot) for slot in (4, 5, 6, 7)])[1]) == 3
    assert len(multiproof([tree.leaf(slot) for slot in (0, 31)])[1]) == 2 * 4


def test_a_leaf_that_is_not_in_the_tree_spoils_the_batch_wherever_it_stands(fake: Stage) -> None:
    tree = planted(fake, *SLOTS)
    for spoiled in SLOTS:
        leaves = [tree.leaf(slot) for slot in SLOTS]
        index = SLOTS.index(spoiled)
        leaves[index] = replace(leaves[index], revenue=0)
        fake.refuses("keeper", sync_many(fake.vault.address, leaves), "sum under total")
        leaves[index] = replace(tree.leaf(spoiled), revenue=spoiled + 2)
        fake.refuses("keeper", sync_many(fake.vault.address, leaves), "sum over total")
    assert fake.vault.credited() == 0


def test_revenue_does_not_move_between_two_leaves_of_a_batch(fake: Stage) -> None:
    tree = planted(fake, 2, 5)
    leaves = [replace(tree.leaf(2), revenue=4), replace(tree.leaf(5), revenue=5)]
    fake.refuses("keeper", sync_many(fake.vault.address, leaves), "not under the active root")


def test_a_leaf_that_reaches_the_top_alone_is_not_covered_by_the_next(fake: Stage) -> None:
    tree = planted(fake, 2, 5)
    honest, other = tree.leaf(2), tree.leaf(5)
    forged = replace(other, revenue=9)
    steps = (*other.proof, *honest.proof)
    for slot, reason in (
        (5, "slots not ascending"),
        (2, "slots not ascending"),
        (1, "sum over total"),
        (0, "sum over total"),
    ):
        call = by_hand(fake, [replace(forged, slot=slot), honest], steps)
        fake.refuses("keeper", call, reason)
    assert fake.vault.credited() == 0


def test_a_leaf_comes_once(fake: Stage) -> None:
    leaf = planted(fake, 2, 5).leaf(2)
    twice = sync_many(fake.vault.address, [leaf, leaf])
    fake.refuses("keeper", twice, "slots not ascending")


def test_no_leaves_prove_nothing(fake: Stage) -> None:
    planted(fake, 2)
    fake.refuses("keeper", by_hand(fake, [], []), "sum under total")


def test_the_depth_is_the_trees(fake: Stage) -> None:
    tree = planted(fake, 2, 5)
    leaves, steps = multiproof([tree.leaf(2), tree.leaf(5)])
    fake.refuses("keeper", by_hand(fake, leaves, steps, depth=2), "slots not ascending")
    fake.refuses("keeper", by_hand(fake, leaves[1:], tree.leaf(5).proof, 2), "slot beyond the tree")
    fake.refuses("keeper", by_hand(fake, leaves, steps, depth=4), "not under the active root")
    longer = [*steps, ProofStep(bytes(32), 0)]
    fake.refuses("keeper", by_hand(fake, leaves, longer, depth=6), "not under the active root")
    fake.send("keeper", by_hand(fake, leaves, steps))


def test_sums_that_would_overflow_are_refused(fake: Stage) -> None:
    tree = planted(fake, 2, 5)
    leaves, steps = multiproof([tree.leaf(2), tree.leaf(5)])
    for index in range(len(steps)):
        for sum in (2**64, 2**256 - 1):
            wrong = [*steps]
            wrong[index] = replace(wrong[index], sum=sum)
            fake.refuses("keeper", by_hand(fake, leaves, wrong), "sum over total")
