"""Claiming: each account its exact part, once, whoever asks."""

import pytest

from contracts.client import Reverted, Terms, claim, claim_many
from tests.contracts.stage import PLATFORM, Stage, address, terms
from tests.contracts.trees import tree_of


def test_each_is_paid_by_the_terms(stage: Stage) -> None:
    track = stage.register()
    stage.earn(track, 7_001)
    stage.earn(track, 10_000)
    assert stage.vault.claimable(track, address("artist")) == 6_000
    receipt = stage.send("keeper", claim(stage.vault.address, track, address("artist")))
    assert [event.name for event in receipt.logs] == ["Claimed", "Transfer"]
    assert receipt.logs[0].args == {
        "track": track,
        "account": address("artist"),
        "amount": 6_000,
        "epoch": 2,
    }
    assert stage.token.balance_of(address("artist")) == 6_000
    assert stage.paid(track, address("writer")) == 2_000
    assert stage.paid(track, PLATFORM) == 500
    assert stage.paid(track, address("custody")) == 1_500
    assert stage.token.balance_of(stage.vault.address) == 50


def test_a_second_claim_pays_nothing_more(stage: Stage) -> None:
    track = stage.register()
    stage.earn(track, 10_000)
    assert stage.paid(track, address("artist")) == 6_000
    assert stage.vault.claimable(track, address("artist")) == 0
    receipt = stage.send("keeper", claim(stage.vault.address, track, address("artist")))
    assert receipt.logs == ()


def test_who_is_not_in_the_terms_is_paid_nothing(stage: Stage) -> None:
    track = stage.register()
    stage.earn(track, 10_000)
    assert stage.vault.claimable(track, address("label")) == 0
    assert stage.paid(track, address("label")) == 0


def test_the_fraction_of_a_micro_is_carried_and_never_lost(stage: Stage) -> None:
    track = stage.register(bps=(3_333, 4_667))
    payouts = []
    for revenue in range(1, 10):
        stage.earn(track, revenue)
        payouts.append(stage.paid(track, address("artist")))
    assert payouts == [0, 0, 0, 1, 0, 0, 1, 0, 0]
    assert sum(payouts) == 9 * 3_333 // 10_000
    stage.earn(track, 10_000)
    assert stage.paid(track, address("artist")) == 3_333 - 2


def test_claiming_late_pays_what_claiming_often_does(stage: Stage) -> None:
    often, late = stage.register(), stage.register(salt=b"\x08" * 32)
    collected = 0
    for revenue in (17, 333, 1_001, 1_002):
        tree = tree_of((often, revenue), (late, revenue))
        stage.activate(tree)
        stage.sync(tree, 0, 1)
        collected += stage.paid(often, address("custody"))
    assert stage.paid(late, address("custody")) == collected == 1_002 * 1_500 // 10_000


def test_a_platform_that_is_custody_is_paid_for_both_in_one(stage: Stage) -> None:
    track = stage.register(platform=address("custody"))
    stage.earn(track, 1_001)
    assert stage.vault.bps_of(track, address("custody")) == 500
    assert stage.paid(track, address("custody")) == 1_001 * 2_000 // 10_000


def test_several_tracks_are_claimed_with_one_payment(stage: Stage) -> None:
    tracks = [stage.register(salt=bytes([index]) * 32) for index in range(3)]
    stage.activate(tree_of((tracks[0], 1)))
    tree = tree_of(*((track, 1_000 * place) for place, track in enumerate(tracks, 1)))
    stage.activate(tree)
    stage.sync(tree, 0, 1, 2)
    call = claim_many(stage.vault.address, tracks, address("artist"))
    receipt = stage.send("keeper", call)
    assert [event.name for event in receipt.logs] == ["ClaimedMany", "Transfer"]
    assert receipt.logs[0].args == {
        "account": address("artist"),
        "claims": [
            {"track": track[:17], "epoch": 2, "amount": 600 * place}
            for place, track in enumerate(tracks, 1)
        ],
    }
    assert stage.token.balance_of(address("artist")) == 3_600
    again = stage.send("keeper", call)
    assert [event.name for event in again.logs] == ["ClaimedMany"]
    assert [claim["amount"] for claim in again.logs[0].args["claims"]] == [0, 0, 0]


def test_naming_a_track_twice_pays_it_once(stage: Stage) -> None:
    track = stage.register()
    stage.earn(track, 1_000)
    call = claim_many(stage.vault.address, [track, track], address("artist"))
    claims = stage.send("keeper", call).logs[0].args["claims"]
    paid = {"track": track[:17], "epoch": 1, "amount": 600}
    assert claims == [paid, paid | {"amount": 0}]
    assert stage.token.balance_of(address("artist")) == 600


def test_an_unknown_track_is_refused_and_has_nothing_claimable(stage: Stage) -> None:
    unknown = b"\x99" * 32
    assert stage.vault.claimable(unknown, address("artist")) == 0
    assert not stage.vault.track(unknown).registered
    for call in (
        claim(stage.vault.address, unknown, address("artist")),
        claim_many(stage.vault.address, [unknown], address("artist")),
    ):
        with pytest.raises(Reverted, match="^Vault: unknown track$"):
            stage.send("keeper", call)


def test_large_revenue_splits_without_loss(stage: Stage) -> None:
    chosen: Terms = terms(pool_bps=4_500, bps=(3_333, 1_667))
    track = stage.register(pool_bps=4_500, bps=(3_333, 1_667))
    revenue = 10**14 + 7
    stage.earn(track, revenue)
    assert stage.paid(track, address("artist")) == revenue * chosen.bps[0] // 10_000
    assert stage.paid(track, address("custody")) == revenue * 4_500 // 10_000
