"""Registering a track: its terms bind, its units all start in custody."""

import pytest

from contracts.client import Reverted, derive_key, register, track_id
from tests.contracts.stage import PLATFORM, Stage, address, terms

ZERO = "0x" + "00" * 20
SIXTEEN = tuple(derive_key(b"payees".ljust(64, b"\0"), index)[1] for index in range(17))


def test_anyone_registers_and_the_terms_become_the_track(stage: Stage) -> None:
    receipt = stage.send("keeper", register(stage.vault.address, terms()))
    track = track_id(terms())
    assert [(event.name, event.args) for event in receipt.logs] == [
        (
            "UnitsTransfer",
            {
                "caller": address("keeper"),
                "sender": ZERO,
                "receiver": address("custody"),
                "amount": 1_000_000,
                "track": track,
            },
        ),
        ("Registered", {"track": track, "issuer": address("artist")}),
    ]
    state = stage.vault.track(track)
    assert (state.registered, state.revenue, state.epoch, state.pool_bps) == (True, 0, 0, 1_500)
    assert stage.vault.bps_of(track, address("artist")) == 6_000
    assert stage.vault.bps_of(track, address("writer")) == 2_000
    assert stage.vault.bps_of(track, PLATFORM) == 500
    assert stage.vault.units(track, address("custody")) == 1_000_000
    assert stage.vault.units(track, address("artist")) == 0


def test_the_same_terms_register_once_and_another_salt_is_another_track(stage: Stage) -> None:
    first = stage.register()
    with pytest.raises(Reverted, match="^Vault: already registered$"):
        stage.register()
    assert stage.register(salt=b"\x08" * 32) != first


def test_sixteen_payees_are_possible(stage: Stage) -> None:
    track = stage.register(payees=SIXTEEN[:16], bps=(500,) * 16)
    assert stage.vault.bps_of(track, SIXTEEN[15]) == 500


def test_a_track_without_a_fan_pool_and_one_at_its_limit_are_possible(stage: Stage) -> None:
    without = stage.register(payees=SIXTEEN[:1], bps=(9_500,), pool_bps=0)
    limit = stage.register(payees=SIXTEEN[:1], bps=(5_000,), pool_bps=4_500, reserved=1_000_000)
    assert stage.vault.bps_of(without, SIXTEEN[0]) == 9_500
    assert stage.vault.bps_of(limit, SIXTEEN[0]) == 5_000


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"bps": (6_000, 2_001)}, "bps do not add to 10000"),
        ({"bps": (6_000, 1_999)}, "bps do not add to 10000"),
        ({"bps": (8_000,)}, "payees and bps differ in length"),
        ({"payees": (), "bps": ()}, "no payee"),
        ({"bps": (8_000, 0)}, "payee without bps"),
        ({"bps": (2**255, 2**255)}, "bps over 10000"),
        ({"platform_bps": 10_001}, "bps over 10000"),
        ({"platform_bps": 499, "bps": (6_001, 2_000)}, "platform bps under the floor"),
        ({"pool_bps": 4_501, "bps": (4_000, 999)}, "pool bps over the limit"),
        ({"payees": (address("artist"), ZERO)}, "payee is zero"),
        ({"payees": (address("artist"), address("artist"))}, "payee twice"),
        ({"payees": (address("artist"), PLATFORM)}, "payee twice"),
        ({"payees": (address("artist"), address("custody"))}, "payee is custody"),
        ({"platform": ZERO}, "no platform"),
        ({"issuer": ZERO}, "no issuer"),
        ({"reserved": 1_000_001}, "reserved over all units"),
    ],
)
def test_terms_that_do_not_hold_are_refused(
    stage: Stage, changes: dict[str, object], reason: str
) -> None:
    with pytest.raises(Reverted, match=f"^Vault: {reason}$"):
        stage.register(**changes)


def test_seventeen_payees_do_not_fit(stage: Stage) -> None:
    with pytest.raises(Reverted):
        stage.register(payees=SIXTEEN, bps=(500,) * 15 + (250, 250))
