"""The way from nothing to a running Refrain, a line on the screen for each step."""

import os
import socket
import sys
from collections.abc import Mapping
from pathlib import Path

from marketplace.up import children, environment, parts, processes
from marketplace.up.errors import UpError
from marketplace.up.processes import DEMO_LOG, PREPARE_LOG
from marketplace.up.screen import Screen
from marketplace.up.supervisor import Supervisor

LARGEST_OLD_LOG_BYTES = 5 << 20
ROLES = ("listener", "artist", "label", "operator")
# Libraries that would otherwise start a thread a core in each of the processes.
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


def start(supervisor: Supervisor, screen: Screen, state: Path, listener: socket.socket) -> None:
    """Start everything, in order; the block at the end says where it is.

    Raises:
        UpError: a step failed
    """
    logs = state / "logs"
    logs.mkdir(exist_ok=True)
    set_old_logs_aside(logs)
    with screen.step("PostgreSQL, Valkey, local chain"):
        running = parts.start(supervisor, state, os.environ)
    address = f"http://localhost:{listener.getsockname()[1]}"
    variables = tell(state, running, address)
    prepare(variables, logs)
    if running.node is not None:
        running.node.move_clock_to_now()
    with screen.step("Web server"):
        for child in processes.web(listener, variables, logs):
            supervisor.start(child)
    with screen.step("Workers"):
        for child in [*processes.workers(variables, logs), processes.beat(variables, logs, state)]:
            supervisor.start(child)
    screen.block([f"Refrain runs at {address}", *logins(logs), "Ctrl-C stops it."])
    if catalog := os.environ.get("CATALOG"):
        command = processes.manage("import_catalog", str(Path(catalog).resolve()))
        supervisor.start(processes.once("import", command, variables))


def tell(state: Path, running: parts.Parts, address: str) -> dict[str, str]:
    """The variables for our processes, also written down for a second terminal's `manage.py`."""
    variables = {
        "DATABASE_URL": running.database_url,
        "REDIS_URL": running.redis_url,
        "CHAIN_RPC_URL": running.chain_rpc_url,
        "SECRET_KEY": os.environ.get("SECRET_KEY") or environment.secret_key(state),
        "REFRAIN_HOME": str(state),
        "DEMO": os.environ.get("DEMO", ""),
        "SITE_URL": os.environ.get("SITE_URL") or address,
    }
    environment.save(state, variables)
    return variables | ONE_THREAD | {"PYTHONUNBUFFERED": "1", "MALLOC_ARENA_MAX": "2"}


def prepare(variables: Mapping[str, str], logs: Path) -> None:
    """Tables, static files, contracts and the demo, in a process of their own.

    Raises:
        UpError: one of them failed; with the last lines it wrote
    """
    (logs / DEMO_LOG).unlink(missing_ok=True)
    command = (sys.executable, "-m", "marketplace.up.prepare")
    child = processes.once("preparing", command, variables)
    process = children.start(child)
    try:
        code = process.wait()
    finally:
        children.stop((child, process))
    if code:
        raise UpError(f"preparing failed: {children.tail(logs / PREPARE_LOG)}")


def logins(logs: Path) -> list[str]:
    """The lines in which the demo names its logins, each starting with the role."""
    log = logs / DEMO_LOG
    lines = log.read_text().splitlines() if log.exists() else []
    return [line.strip() for line in lines if line.strip().lower().startswith(ROLES)]


def set_old_logs_aside(logs: Path) -> None:
    """Keep one old log of each name, so that logs don't fill the disk start by start."""
    for log in logs.glob("*.log"):
        if log.stat().st_size > LARGEST_OLD_LOG_BYTES:
            log.replace(log.with_suffix(".log.old"))
