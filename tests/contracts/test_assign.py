"""A payee gives its own part, or some of it, to another; nobody else can."""

import pytest

from contracts.client import Call, assign
from tests.contracts.stage import DELAY_SECONDS, PLATFORM, Stage, address, fake_stage
from tests.contracts.trees import tree_of

ZERO = "0x" + "00" * 20


@pytest.fixture
def fake() -> Stage:
    return fake_stage()


def give(stage: Stage, track: bytes, receiver: str, bps: int) -> Call:
    return assign(stage.vault.address, track, receiver, bps)


def test_a_part_moves_with_everything_earned_before_settled(stage: Stage) -> None:
    track = stage.register()
    stage.earn(track, 10_001)
    receipt = stage.send("artist", give(stage, track, address("label"), 1_500))
    assert [(event.name, event.args) for event in receipt.logs] == [
        (
            "Assigned",
            {
                "track": track,
                "sender": address("artist"),
                "receiver": address("label"),
                "bps": 1_500,
            },
        )
    ]
    assert stage.vault.bps_of(track, address("artist")) == 4_500
    assert stage.vault.bps_of(track, address("label")) == 1_500
    assert stage.vault.claimable(track, address("artist")) == 6_000
    stage.earn(track, 20_001)
    assert stage.paid(track, address("artist")) == 6_000 + 4_500
    assert stage.paid(track, address("label")) == 1_500


def test_all_of_a_part_may_go_also_to_another_payee(fake: Stage) -> None:
    track = fake.register()
    fake.send("writer", give(fake, track, address("artist"), 2_000))
    assert fake.vault.bps_of(track, address("artist")) == 8_000
    assert fake.vault.bps_of(track, address("writer")) == 0
    fake.refuses("writer", give(fake, track, address("artist"), 1), "over the own part")


def test_a_part_given_to_oneself_stays_the_same(fake: Stage) -> None:
    track = fake.register()
    fake.send("artist", give(fake, track, address("artist"), 6_000))
    assert fake.vault.bps_of(track, address("artist")) == 6_000


def test_a_part_assigned_while_a_root_is_pending_earns_that_root(fake: Stage) -> None:
    track = fake.register()
    fake.earn(track, 10_000)
    later = tree_of((b"\xaa" * 32, 50), (track, 20_000))
    fake.publish(later)
    fake.send("artist", give(fake, track, address("label"), 6_000))
    fake.advance(DELAY_SECONDS)
    fake.refuses("label", give(fake, track, address("artist"), 1), "track not synced")
    fake.sync(later, 1)
    assert fake.paid(track, address("artist")) == 6_000
    assert fake.paid(track, address("label")) == 6_000


def test_only_an_own_part_can_be_given_and_only_to_somebody(fake: Stage) -> None:
    track = fake.register()
    label = address("label")
    fake.refuses("keeper", give(fake, track, label, 1), "over the own part")
    fake.refuses("custody", give(fake, track, label, 1), "over the own part")
    fake.refuses("artist", give(fake, track, label, 6_001), "over the own part")
    fake.refuses("artist", give(fake, track, label, 2**256 - 1), "over the own part")
    fake.refuses("artist", give(fake, track, label, 0), "no bps")
    fake.refuses("artist", give(fake, track, ZERO, 1), "receiver is zero")
    fake.refuses("artist", give(fake, track, fake.vault.address, 1), "receiver is the vault")
    fake.refuses("artist", give(fake, track, address("custody"), 1), "payee is custody")
    fake.refuses("artist", give(fake, b"\x99" * 32, label, 1), "unknown track")


def test_terms_stay_whole_whatever_is_assigned(fake: Stage) -> None:
    track = fake.register()
    fake.send("artist", give(fake, track, address("writer"), 999))
    fake.send("writer", give(fake, track, address("buyer"), 2_500))
    holders = [address(role) for role in ("artist", "writer", "buyer")]
    parts = [fake.vault.bps_of(track, holder) for holder in (*holders, PLATFORM)]
    assert parts == [5_001, 499, 2_500, 500]
