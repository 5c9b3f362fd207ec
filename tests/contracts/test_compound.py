"""Histories that random ones seldom reach: each step compared with the model, then the outcome."""

from typing import Any

import pytest

from contracts import calls
from tests.contracts.history import ACCOUNTS, CUSTODY, TRACKS, History, new_history
from tests.contracts.stage import PLATFORM, address

Step = tuple[Any, ...]

EVEN = (0, 1, 2)
LISTENER, BUYER, ARTIST, WRITER, LABEL = map(
    address, ("listener", "buyer", "artist", "writer", "label")
)
CLAIMS: list[Step] = [("claim", [0, 1, 2], account) for account in ACCOUNTS]

# Track 0: artist 60 %, writer 20 %, platform 5 %, fans 15 %. Track 1: 33.33, 16.67, 5, 45.
HISTORIES: dict[str, tuple[list[Step], dict[str, int]]] = {
    "units move between publication and activation": (
        [
            ("settle", [1_000, 0, 0]),
            ("publish", [1_000, 0, 0], True, EVEN, 0),
            ("transfer", "custody", "listener", 0, 500_000),
            ("wait",),
            ("transfer", "listener", "custody", 0, 1),  # refused: not synced
            ("sync", 0, [0]),
            ("transfer", "listener", "custody", 0, 500_000),
            ("settle", [1_000, 0, 0]),
        ],
        {LISTENER: 75, CUSTODY: 150 + 75 + 150},
    ),
    "a vetoed root pays nobody, its correction those who hold then": (
        [
            ("publish", [9_000, 0, 0], True, EVEN, 0),
            ("transfer", "custody", "listener", 0, 1_000_000),
            ("veto",),
            ("transfer", "listener", "custody", 0, 750_000),
            ("publish", [1_000, 0, 0], True, EVEN, 0),
            ("transfer", "custody", "listener", 0, 250_000),
            ("wait",),
            ("sync", 0, [0]),
        ],
        {LISTENER: 75, CUSTODY: 75},
    ),
    "the vetoed root's tokens fund a correction above and below them": (
        [
            ("publish", [500, 0, 0], True, EVEN, 0),
            ("veto",),
            ("publish", [400, 0, 0], True, EVEN, 0),
            ("wait",),
            ("sync", 0, [0]),
            ("publish", [200, 0, 0], True, EVEN, 0),
            ("veto",),
            ("publish", [50, 0, 0], True, EVEN, 0),
            ("wait",),
            ("sync", 0, [0]),
        ],
        {ARTIST: 270},
    ),
    "a part is assigned in mid-period and once more while a root is pending": (
        [
            ("settle", [1_000, 0, 0]),
            ("assign", "artist", "label", 0, 1_000),
            ("settle", [1_000, 0, 0]),
            ("publish", [1_000, 0, 0], True, EVEN, 0),
            ("assign", "artist", "label", 0, 5_000),
            ("wait",),
            ("assign", "label", "artist", 0, 1),  # refused: not synced
            ("sync", 0, [0]),
            ("assign", "label", "artist", 0, 6_000),
        ],
        {ARTIST: 600 + 500, LABEL: 100 + 600},
    ),
    "claim_to takes what a claim then does not find, and the other way round": (
        [
            ("settle", [1_000, 1_000, 0]),
            ("claim_to", [0], "artist", "buyer"),
            ("claim", [0, 1], ARTIST),
            ("claim_to", [0, 1], "artist", "buyer"),
            ("settle", [1_000, 0, 0]),
            ("claim", [0], ARTIST),
            ("claim_to", [0], "artist", "buyer"),
        ],
        {BUYER: 600, ARTIST: 333 + 600},
    ),
    "a track that missed a root is paid by the holders it had all along": (
        [
            ("settle", [1_000, 1_000, 0]),
            ("transfer", "custody", "listener", 0, 400_000),
            ("publish", [1_000, 0, 0], True, EVEN, 0),
            ("wait",),
            ("sync", 0, [1]),
            ("publish", [1_000, 0, 0], True, EVEN, 0),
            ("wait",),
            ("transfer", "listener", "custody", 0, 400_000),  # refused: not synced
            ("sync_and_transfer", "listener", "custody", 0, 400_000),
            ("settle", [1_000, 0, 0]),
        ],
        {LISTENER: 2 * 60},
    ),
    "units come and go within one epoch": (
        [
            ("enable_transfers",),
            ("settle", [7, 7, 7]),
            ("transfer", "custody", "listener", 1, 333_333),
            ("transfer", "listener", "buyer", 1, 111_111),
            ("transfer", "buyer", "custody", 1, 111_111),
            ("transfer", "listener", "listener", 1, 222_222),
            ("settle", [10_000, 10_000, 10_000]),
        ],
        {BUYER: 0, LISTENER: 4_500 * 222_222 // 1_000_000},
    ),
    "fractions stay with whom they belong to through moves and claims": (
        [
            ("enable_transfers",),
            ("settle", [0, 3, 0]),
            *CLAIMS,
            ("transfer", "custody", "listener", 1, 333_333),
            ("assign", "artist", "writer", 1, 1_111),
            ("settle", [0, 3, 0]),
            *CLAIMS,
            ("transfer", "listener", "buyer", 1, 100_000),
            ("settle", [0, 1, 0]),
            *CLAIMS,
            ("settle", [0, 1, 0]),
        ],
        # Each is the floor of one sum over all roots, whatever was claimed in between.
        {
            ARTIST: (3 * 3_333 + 5 * 2_222) // 10_000,
            LISTENER: (3 * 4_500 * 333_333 + 2 * 4_500 * 233_333) // 10**10,
            CUSTODY: (3 * 4_500 * 10**6 + 5 * 4_500 * 666_667) // 10**10,
        },
    ),
    "a pause across an activation stops moves and syncs, not entitlement": (
        [
            ("settle", [1_000, 0, 0]),
            ("transfer", "custody", "listener", 0, 500_000),
            ("publish", [1_000, 0, 0], True, EVEN, 0),
            ("pause", "guardian", 60),
            ("claim", [0], ARTIST),
            ("transfer", "listener", "custody", 0, 500_000),  # refused: paused
            ("wait",),
            ("sync", 0, [0]),  # refused: paused
            ("sync_and_transfer", "listener", "custody", 0, 1),  # refused: paused
            ("assign", "artist", "label", 0, 1),  # refused: paused
            ("claim_to", [0], "artist", "buyer"),  # refused: paused
            ("unpause",),
            ("sync_and_transfer", "listener", "custody", 0, 500_000),
        ],
        {LISTENER: 75, ARTIST: 1_200},
    ),
    "an operator and a spender move, and each unit is paid where it lay": (
        [
            ("set_operator", "custody", "label", True),
            ("transfer_from", "label", "custody", "listener", 0, 600_000),
            ("approve", "listener", "buyer", 0, 200_000),
            ("transfer_from", "buyer", "listener", "custody", 0, 150_000),
            ("transfer_from", "buyer", "listener", "custody", 0, 50_001),  # refused: allowance
            ("settle", [10_000, 0, 0]),
        ],
        {LISTENER: 675, CUSTODY: 825},
    ),
    "tokens nobody asked for are nobody's": (
        [
            ("stray_tokens", 100_000),
            ("settle", [1_000, 0, 0]),
            *CLAIMS,
            ("publish", [1, 0, 0], True, EVEN, 50_000),
            ("wait",),
            ("sync", 0, [0]),  # refused: sum under total
        ],
        {ARTIST: 600},
    ),
    "one track in two slots of one tree and of two": (
        [
            ("settle", [1_000, 500, 0]),
            ("publish", [1_000, 0, 0], True, (1, 0, 2), 0),
            ("wait",),
            ("sync", 0, [0]),  # refused: another slot
            ("sync", 0, [1]),  # refused: another slot
            ("publish", [0, 0, 0], True, EVEN, 0),
            ("wait",),
            ("sync", 0, [0, 0]),  # refused: slots not ascending
            ("sync", 0, [1, 0]),
        ],
        {ARTIST: 1_200 + 166},
    ),
}


@pytest.mark.parametrize("name", HISTORIES)
def test_a_compound_history_pays_exactly(name: str) -> None:
    steps, outcome = HISTORIES[name]
    both = played([*steps, *CLAIMS])
    received = {account: both.model.received[account] for account in outcome}
    assert received == outcome


def played(steps: list[Step]) -> History:
    both = new_history()
    for step, *args in steps:
        getattr(both, step)(*args)
    return both


HONEST: list[Step] = [("settle", [100, 200, 300]), *CLAIMS, ("settle", [7, 0, 33]), *CLAIMS]
WRONG_ROOTS: dict[str, tuple[Step, str]] = {
    "a tree over what was paid in": (([9, 9, 9], True, EVEN, -1), "sum over total"),
    "a tree under what was paid in": (([9, 9, 9], True, EVEN, 1), "sum under total"),
    "slots exchanged": (([0, 0, 9], True, (1, 0, 2), 0), "another slot"),
    "revenue moved away": (([0, 900, 0], False, EVEN, 0), "revenue fell"),
}


@pytest.mark.parametrize("case", WRONG_ROOTS)
def test_a_wrong_root_after_an_honest_history_brings_nothing_in(case: str) -> None:
    publication, reason = WRONG_ROOTS[case]
    both = played([*HONEST, ("publish", *publication), ("wait",)])
    tree = both.trees[-1]
    slot = next(slot for slot, leaf in tree.leaves.items() if leaf[0] == TRACKS[0])
    both.stage.refuses("keeper", calls.sync(both.stage.vault.address, tree.leaf(slot)), reason)


def test_an_honest_history_pays_all_of_it_but_the_fractions() -> None:
    both = played([*HONEST, *CLAIMS])
    received = sum(both.model.received.values())
    assert 640 - len(ACCOUNTS) * len(TRACKS) < received <= 640
    assert both.model.received[PLATFORM] == 107 * 5 // 100 + 200 * 5 // 100
