"""PostgreSQL, Valkey and the chain: ours, or the ones the environment names.

Invariant: a part that the environment names (`DATABASE_URL`, `REDIS_URL`, `CHAIN_RPC_URL`) is
asked once whether it answers, and never started or stopped.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import redis

from contracts.client import Chain
from contracts.errors import ChainError
from marketplace.up import ports, postgres, valkey
from marketplace.up.anvil import Anvil
from marketplace.up.errors import UpError
from marketplace.up.supervisor import Supervisor

LEAST_POSTGRESQL = 16  # a window's rows are gathered by its any_value


@dataclass(frozen=True)
class Parts:
    """Their addresses; `node` is the chain when it is ours."""

    database_url: str
    redis_url: str
    chain_rpc_url: str
    node: Anvil | None


def start(supervisor: Supervisor, state: Path, environment: Mapping[str, str]) -> Parts:
    """Start what the environment does not name, each ready before the next.

    Raises:
        UpError: a part can't be started, or the one named does not answer or is too old
    """
    node = None
    if not (database_url := environment.get("DATABASE_URL", "")):
        database_url = start_postgres(supervisor, state)
    elif not (version := database_version(database_url)):
        raise silent("DATABASE_URL", database_url)
    elif version < LEAST_POSTGRESQL:
        raise UpError(
            f"DATABASE_URL names PostgreSQL {version}, and {LEAST_POSTGRESQL} is the oldest that"
            " serves: name a newer one, or unset DATABASE_URL to use the embedded one."
        )
    if not (redis_url := environment.get("REDIS_URL", "")):
        redis_url = start_valkey(supervisor, state)
    elif not redis_answers(redis_url):
        raise silent("REDIS_URL", redis_url)
    if not (chain_url := environment.get("CHAIN_RPC_URL", "")):
        node = start_anvil(supervisor, state)
        chain_url = node.url
    elif not chain_answers(chain_url):
        raise silent("CHAIN_RPC_URL", chain_url)
    return Parts(database_url, redis_url, chain_url, node)


def start_postgres(supervisor: Supervisor, state: Path) -> str:
    cluster = postgres.place(state, Path(__file__).resolve().parents[2])
    postgres.create(cluster)
    supervisor.start(cluster.child(state / "logs" / "postgres.log"))
    postgres.create_database(cluster)
    return cluster.url()


def start_valkey(supervisor: Supervisor, state: Path) -> str:
    server = valkey.make(state / "valkey", ports.remembered(state / "valkey" / "port"))
    supervisor.start(server.child(state / "logs" / "valkey.log"))
    return server.url


def start_anvil(supervisor: Supervisor, state: Path) -> Anvil:
    node = Anvil(state / "chain", ports.remembered(state / "chain" / "port"))
    supervisor.start(node.child(state / "logs" / "anvil.log"))
    return node


def database_version(url: str) -> int:
    """The server's major version; 0 where none answers."""
    try:
        with psycopg.connect(url, connect_timeout=5) as connection:
            return connection.info.server_version // 10_000
    except psycopg.Error:
        return 0


def redis_answers(url: str) -> bool:
    try:
        with redis.Redis.from_url(url, socket_connect_timeout=5, retry=None) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False


def chain_answers(url: str) -> bool:
    try:
        return Chain(url, timeout_seconds=5).chain_id() > 0
    except ChainError:
        return False


def silent(variable: str, url: str) -> UpError:
    """The refusal for a named part; without the address's password."""
    named = urlsplit(url)
    where = f"{named.hostname or url}:{named.port}" if named.port else named.hostname or url
    return UpError(
        f"{variable} names {where}, which does not answer: start it there, or unset {variable} "
        "to use the embedded one."
    )
