"""The local chain: it keeps what was mined through a kill, and its clock only moves forward."""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event

import pytest

from contracts import node
from contracts.client import Chain, ChainUnavailable
from contracts.errors import NodeMissing

GENESIS = 1_600_000_000
LONGEST_SECONDS = 60  # of a block that is due each second, on a busy machine


@contextmanager
def started(state: Path, stop_signal: signal.Signals = signal.SIGKILL) -> Iterator[Chain]:
    with node.running_anvil(state, 77, timestamp=GENESIS, stop_signal=stop_signal) as url:
        yield Chain(url)


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state.json"


def test_a_new_chain_begins_at_its_timestamp_and_has_its_own_number(state: Path) -> None:
    with started(state) as chain:
        assert chain.chain_id() == 77
        assert chain.block(0).timestamp == GENESIS
    with pytest.raises(ChainUnavailable):
        chain.chain_id()


def test_what_was_mined_survives_a_kill_and_time_does_not_go_back(state: Path) -> None:
    with started(state, signal.SIGINT) as chain:
        node.set_clock(chain, GENESIS + 5_000)
        node.fund(chain, "0x" + "11" * 20, 5)
        node.mine(chain, 3)
        before = chain.block()
    with started(state) as chain:
        assert chain.block() == before
        assert chain.balance("0x" + "11" * 20) == 5
        asked = int(time.time())
        node.mine(chain)
        assert chain.block().timestamp >= asked


def test_a_clock_ahead_of_the_machine_stays_ahead(state: Path) -> None:
    future = int(time.time()) + 100_000
    begun = time.monotonic()
    with started(state, signal.SIGINT) as chain:
        node.set_clock(chain, future)
    with started(state) as chain:
        node.mine(chain)
        assert future < chain.block().timestamp <= future + time.monotonic() - begun + 2
        node.set_clock(chain, future - 50_000)
        assert chain.block().number == 2


def test_a_torn_state_is_put_right_from_its_saved_copy(state: Path) -> None:
    with started(state, signal.SIGINT) as chain:
        node.mine(chain, 3)
        node.save_state(chain, state)
        saved = chain.block()
        node.mine(chain, 2)
    state.write_bytes(state.read_bytes()[:-100])
    with started(state, signal.SIGINT) as chain:
        assert chain.block() == saved
    state.write_bytes(b"")
    with started(state) as chain:
        assert chain.block() == saved


def test_a_torn_state_that_was_never_saved_is_named(state: Path) -> None:
    state.write_bytes(b'{"block": ')
    with pytest.raises(NodeMissing, match=f"{state} is damaged"):
        node.anvil_command(1, state)


def test_a_machine_without_the_binary_is_told_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(node, "_PACKAGES", tmp_path / "node_modules" / "@foundry-rs")
    with pytest.raises(NodeMissing, match="run `npm ci` in"):
        node.anvil_path()


def test_blocks_come_by_themselves_where_asked(tmp_path: Path) -> None:
    with node.running_anvil(block_time_seconds=1) as url:
        chain, moment = Chain(url), Event()
        deadline = time.monotonic() + LONGEST_SECONDS
        while chain.block().number < 1 and time.monotonic() < deadline:
            moment.wait(0.05)
        assert chain.block().number >= 1
