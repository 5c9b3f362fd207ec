"""Bringing revenue in: only what the active root proves, in its place, and never backwards."""

from dataclasses import replace

import pytest

from contracts.client import Leaf, ProofStep, Reverted, mint, sync, sync_many, veto
from tests.contracts.stage import Stage, address, fake_stage
from tests.contracts.trees import Tree, tree_of

OTHERS = ((b"\xaa" * 32, 50), (b"\xbb" * 32, 7), (b"\xcc" * 32, 0), (b"\xdd" * 32, 11))


def test_a_proof_brings_the_revenue_in(stage: Stage) -> None:
    track = stage.register()
    tree = tree_of(*OTHERS, (track, 1_234))
    stage.activate(tree)
    receipt = stage.send("keeper", sync(stage.vault.address, tree.leaf(4)))
    assert [(event.name, event.args) for event in receipt.logs] == [
        ("Synced", {"track": track, "slot": 4, "revenue": 1_234, "epoch": 1})
    ]
    assert stage.vault.revenue(track) == 1_234
    assert stage.vault.credited() == 1_234
    state = stage.vault.track(track)
    assert (state.slot, state.epoch, state.pool_bps) == (4, 1, 1_500)


def test_a_tree_of_one_leaf_has_an_empty_proof(stage: Stage) -> None:
    track = stage.register()
    tree = tree_of((track, 10))
    assert tree.leaf(0).proof == ()
    stage.activate(tree)
    stage.sync(tree, 0)
    assert stage.vault.revenue(track) == 10


def test_every_place_of_a_gappy_tree_proves(stage: Stage) -> None:
    tracks = [stage.register(salt=bytes([index]) * 32) for index in range(5)]
    slots = (0, 3, 5, 8, 31)
    tree = Tree({slot: (track, slot + 1) for slot, track in zip(slots, tracks, strict=True)}, 5)
    stage.activate(tree)
    stage.sync(tree, *slots)
    assert [stage.vault.revenue(track) for track in tracks] == [1, 4, 6, 9, 32]


def test_the_next_root_brings_the_difference(stage: Stage) -> None:
    track = stage.register()
    first, second = tree_of(OTHERS[0], (track, 100)), tree_of(OTHERS[0], (track, 160))
    stage.activate(first)
    stage.sync(first, 1)
    stage.activate(second)
    stage.sync(second, 1)
    assert stage.vault.revenue(track) == 160
    assert stage.vault.credited() == 160
    assert stage.vault.track(track).epoch == 2
    stage.sync(second, 1)
    assert stage.vault.credited() == 160


def test_sync_many_is_each_of_them_and_one_bad_leaf_refuses_all(stage: Stage) -> None:
    tracks = [stage.register(salt=bytes([index]) * 32) for index in range(3)]
    tree = tree_of(*((track, 10) for track in tracks))
    stage.activate(tree)
    leaves = [tree.leaf(slot) for slot in range(3)]
    spoiled = [*leaves[:2], replace(leaves[2], revenue=11)]
    with pytest.raises(Reverted, match="^Vault: sum over total$"):
        stage.send("keeper", sync_many(stage.vault.address, spoiled))
    assert stage.vault.credited() == 0
    stage.send("keeper", sync_many(stage.vault.address, leaves))
    assert stage.vault.credited() == 30


def refused(stage: Stage, leaf: Leaf, reason: str) -> None:
    stage.refuses("keeper", sync(stage.vault.address, leaf), reason)


def test_what_the_root_does_not_prove_is_refused(stage: Stage) -> None:
    track = stage.register()
    tree = tree_of(*OTHERS, (track, 1_000))
    stage.activate(tree)
    leaf = tree.leaf(4)
    first, *rest = leaf.proof
    forged = (replace(first, hash=b"\1" * 32), *rest)
    refused(stage, replace(leaf, proof=forged), "not under the active root")
    refused(stage, replace(leaf, slot=5), "not under the active root")
    refused(stage, replace(leaf, slot=4 + 8), "slot beyond the tree")
    refused(stage, replace(leaf, revenue=1_001), "sum over total")
    refused(stage, replace(leaf, revenue=2**256 - 1), "sum over total")
    refused(stage, replace(leaf, revenue=999), "sum under total")
    refused(stage, replace(leaf, proof=leaf.proof[:-1]), "slot beyond the tree")
    padded = (*leaf.proof, ProofStep(bytes(32), 0))
    refused(stage, replace(leaf, proof=padded), "not under the active root")
    wrapped = (replace(first, sum=2**256 - 1), *rest)
    refused(stage, replace(leaf, proof=wrapped), "sum over total")
    stage.sync(tree, 4)


def test_a_leaf_cannot_gain_by_taking_from_its_sibling(stage: Stage) -> None:
    track = stage.register()
    tree = tree_of((track, 10), OTHERS[0])
    stage.activate(tree)
    leaf = tree.leaf(0)
    greedy = replace(leaf, revenue=11, proof=(replace(leaf.proof[0], sum=49),))
    refused(stage, greedy, "not under the active root")


def test_a_node_is_no_leaf(stage: Stage) -> None:
    track = stage.register()
    tree = tree_of((track, 10), OTHERS[0], OTHERS[1], OTHERS[3])
    stage.activate(tree)
    top_level = (tree.node(1, 1),)
    refused(stage, Leaf(track, 0, tree.node(0, 1).sum, top_level), "not under the active root")


@pytest.mark.parametrize(("total", "reason"), [(59, "over"), (61, "under")])
def test_a_tree_whose_sum_is_not_the_total_paid_in_proves_nothing(
    stage: Stage, total: int, reason: str
) -> None:
    track = stage.register()
    tree = tree_of((track, 10), OTHERS[0])
    stage.publish(tree, total=total)
    stage.advance(60)
    refused(stage, tree.leaf(0), f"sum {reason} total")


def test_a_track_keeps_the_slot_of_its_first_sync(stage: Stage) -> None:
    track = stage.register()
    first = tree_of((track, 10), OTHERS[0])
    stage.activate(first)
    stage.sync(first, 0)
    second = tree_of(OTHERS[0], (track, 20))
    stage.activate(second)
    refused(stage, second.leaf(1), "another slot")
    assert stage.vault.revenue(track) == 10


def test_revenue_never_falls(stage: Stage) -> None:
    track = stage.register()
    first, second = tree_of((track, 10), OTHERS[0]), tree_of((track, 9), (OTHERS[0][0], 51))
    stage.activate(first)
    stage.sync(first, 0)
    stage.activate(second)
    refused(stage, second.leaf(0), "revenue fell")


def test_two_roots_that_contradict_each_other_credit_no_more_than_was_paid(stage: Stage) -> None:
    track, other = stage.register(), stage.register(salt=b"\x08" * 32)
    first, second = tree_of((track, 100), (other, 0)), tree_of((track, 0), (other, 100))
    stage.activate(first)
    stage.sync(first, 0)
    stage.activate(second)
    refused(stage, second.leaf(1), "credited over total")


def test_an_unknown_track_and_a_root_that_is_not_active_bring_nothing(stage: Stage) -> None:
    track = stage.register()
    tree = tree_of((track, 10), OTHERS[0])
    refused(stage, tree.leaf(0), "no active root")
    stage.publish(tree)
    refused(stage, tree.leaf(0), "no active root")
    stage.send("guardian", veto(stage.vault.address))
    stage.advance(60)
    refused(stage, tree.leaf(0), "no active root")
    stage.activate(tree)
    refused(stage, tree.leaf(1), "unknown track")
    stage.sync(tree, 0)


def test_the_largest_total_there_can_be_is_proved() -> None:
    stage = fake_stage()
    stage.send("admin", mint(stage.token.address, address("publisher"), 2**64))
    track = stage.register()
    tree = tree_of((track, 0), (OTHERS[0][0], 2**64 - 1))
    stage.activate(tree)
    stage.sync(tree, 0)
    assert stage.vault.track(track).epoch == 1
