"""The embedded parts, real ones: what they keep, whom they let in, what is said of a silent one."""

import os
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import redis

from contracts.client import Chain
from contracts.node import mine
from marketplace.up import accounts, anvil, children, environment, parts, ports, postgres, valkey
from marketplace.up.children import Pair
from marketplace.up.errors import UpError
from marketplace.up.supervisor import Supervisor
from tests.up.conftest import eventually

Run = Callable[[children.Child], Pair]


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A state folder as `make up` has it; pytest's own is closed to PostgreSQL's user."""
    (tmp_path / "logs").mkdir()
    return tmp_path


@pytest.fixture
def run() -> Iterator[Run]:
    """Starts a child and waits until it is ready; what still runs ends with the test."""
    pairs: list[Pair] = []

    def started(child: children.Child) -> Pair:
        pairs.append((child, children.start(child)))
        children.wait_ready(*pairs[-1])
        return pairs[-1]

    yield started
    children.stop(*pairs)


def kill(pair: Pair) -> None:
    children.kill_group(pair[1].pid)
    pair[1].wait()


@pytest.fixture
def cluster(state: Path) -> Iterator[postgres.Postgres]:
    placed = postgres.place(state, state)
    postgres.create(placed)
    yield placed
    if os.getuid() == 0:
        home = accounts.home_for_system_user(state)
        shutil.rmtree(home, ignore_errors=True)


def test_a_committed_row_survives_a_killed_postgresql(
    cluster: postgres.Postgres, state: Path, run: Run
) -> None:
    first = run(cluster.child(state / "logs" / "postgres.log"))
    postgres.create_database(cluster)
    with cluster.connect("refrain") as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
    kill(first)
    postgres.create(cluster)
    second = run(cluster.child(state / "logs" / "postgres.log"))
    with cluster.connect("refrain") as connection:
        row = connection.execute("SELECT number, similarity('a', 'a') FROM kept").fetchone()
    children.stop(second)
    assert row == (7, 1.0)
    assert second[1].returncode == 0


def test_postgresql_listens_on_no_port_and_keeps_what_it_says(
    cluster: postgres.Postgres, state: Path, run: Run
) -> None:
    running = run(cluster.child(state / "logs" / "postgres.log"))
    with cluster.connect() as connection:
        shown = connection.execute("SHOW listen_addresses").fetchone()
    children.stop(running)
    assert shown == ("",)
    assert (cluster.data.stat().st_mode & 0o077) == 0


def test_data_of_another_major_version_is_refused(cluster: postgres.Postgres) -> None:
    (cluster.data / "PG_VERSION").write_text("12\n")
    with pytest.raises(UpError, match="holds PostgreSQL 12 data and this is PostgreSQL 18"):
        postgres.create(cluster)


def test_a_path_too_long_for_a_socket_moves_the_socket_alone(tmp_path: Path) -> None:
    deep = postgres.Postgres(tmp_path / ("x" * 100), tmp_path, None)
    assert len(str(deep.sockets)) < 60
    assert deep.data.is_relative_to(tmp_path)


def test_programs_are_copied_to_where_the_system_user_can_run_them(tmp_path: Path) -> None:
    shipped = accounts.shipped_programs()
    copied = accounts.reachable_programs(shipped, tmp_path / "home")
    again = accounts.reachable_programs(shipped, tmp_path / "home")
    version = [str(copied / "pginstall" / "bin" / "initdb"), "--version"]
    said = subprocess.run(version, capture_output=True, text=True, check=True)
    assert copied == again
    assert "18" in said.stdout


def test_valkey_asks_for_its_password(state: Path, run: Run) -> None:
    server = valkey.make(state / "valkey", ports.free_port())
    running = run(server.child(state / "valkey.log"))
    stranger = redis.Redis(port=server.port, socket_timeout=5)
    with pytest.raises(redis.AuthenticationError):
        stranger.ping()
    stranger.close()
    children.stop(running)
    assert server.password not in " ".join(running[0].command)
    assert ((state / "valkey" / "valkey.conf").stat().st_mode & 0o077) == 0


def test_the_chain_survives_a_kill_and_its_clock_only_moves_forward(state: Path, run: Run) -> None:
    node = anvil.Anvil(state / "chain", ports.free_port())
    first = run(node.child(state / "anvil.log"))
    chain = Chain(node.url, timeout_seconds=5)
    genesis = chain.block(0).timestamp
    mine(chain, 3)
    before = chain.block()
    saved = state / "chain" / "state.json"
    assert eventually(lambda: saved.exists() and f'"{before.number:#x}"' in saved.read_text())
    kill(first)
    second = run(node.child(state / "anvil.log"))
    after = chain.block()
    node.move_clock_to_now()
    moved = chain.block()
    children.stop(second)
    now = datetime.now(UTC).timestamp()
    assert now - genesis > 100 * 86_400
    assert (after.number, after.hash) == (before.number, before.hash)
    assert abs(moved.timestamp - now) < 30
    assert moved.number == after.number + 1


@pytest.mark.parametrize(
    ("variable", "url"),
    [
        ("DATABASE_URL", "postgres://me:secret@127.0.0.1:1/refrain"),
        ("REDIS_URL", "redis://:secret@127.0.0.1:1/0"),
        ("CHAIN_RPC_URL", "http://me:secret@127.0.0.1:1"),
    ],
)
def test_a_named_part_that_does_not_answer_is_named(
    variable: str, url: str, state: Path, embedded_parts: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "start_postgres", lambda *_: "")
    monkeypatch.setattr(parts, "start_valkey", lambda *_: "")
    with pytest.raises(UpError) as refusal:
        parts.start(Supervisor(state / "children", print), state, {variable: url})
    assert f"{variable} names 127.0.0.1:1, which does not answer" in str(refusal.value)
    assert "secret" not in str(refusal.value)


def test_a_named_database_that_is_too_old_is_refused(
    state: Path, embedded_parts: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "LEAST_POSTGRESQL", 99)
    named = {"DATABASE_URL": os.environ["DATABASE_URL"]}
    with pytest.raises(UpError, match=r"names PostgreSQL \d\d, and 99 is the oldest"):
        parts.start(Supervisor(state / "children", print), state, named)


def test_a_port_is_remembered_while_it_is_free(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "port"
    port = ports.remembered(path)
    assert ports.remembered(path) == port
    with ports.listen(port):
        assert ports.remembered(path) != port


def test_a_taken_port_is_one_sentence_with_the_way_out() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        refusal = pytest.raises(UpError, match=f"Port {port} is not free .* PORT={port + 1}")
        with refusal, ports.listen(port):
            pass


def test_a_second_terminal_finds_the_running_parts(tmp_path: Path) -> None:
    environment.save(tmp_path, {"REDIS_URL": "redis://:a=b@x/0", "SECRET_KEY": "from-the-file"})
    found = {"REFRAIN_HOME": str(tmp_path), "SECRET_KEY": "from-the-shell"}
    environment.load(found)
    assert found["REDIS_URL"] == "redis://:a=b@x/0"
    assert found["SECRET_KEY"] == "from-the-shell"
    assert ((tmp_path / "environment").stat().st_mode & 0o777) == 0o600


def test_the_secret_key_is_made_once(tmp_path: Path) -> None:
    assert environment.secret_key(tmp_path) == environment.secret_key(tmp_path)
    assert ((tmp_path / "secret-key").stat().st_mode & 0o777) == 0o600
