"""The way from nothing to a running Refrain, a line on the screen for each step."""

import contextlib
import os
import socket
import subprocess
from collections.abc import Mapping
from pathlib import Path

from marketplace.up import children, environment, parts, processes
from marketplace.up.errors import UpError
from marketplace.up.screen import Screen
from marketplace.up.supervisor import Supervisor

LARGEST_OLD_LOG_BYTES = 5 << 20
LOOK_EVERY_SECONDS = 0.3
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
    variables = tell(state, running)
    prepare(screen, variables, logs)
    if running.node is not None:
        running.node.move_clock_to_now()
    with screen.step("Workers"):
        for child in [*processes.workers(variables, logs), processes.beat(variables, logs, state)]:
            supervisor.start(child)
    with screen.step("Web server"):
        for child in processes.web(listener, variables, logs):
            supervisor.start(child)
    port = listener.getsockname()[1]
    screen.block([f"Refrain runs at http://localhost:{port}", *logins(logs), "Ctrl-C stops it."])
    if catalog := os.environ.get("CATALOG"):
        command = ("import_catalog", str(Path(catalog).resolve()))
        supervisor.start(processes.command_line("import", variables, None, *command))


def tell(state: Path, running: parts.Parts) -> dict[str, str]:
    """The variables for our processes, also written down for a second terminal's `manage.py`."""
    variables = {
        "DATABASE_URL": running.database_url,
        "REDIS_URL": running.redis_url,
        "CHAIN_RPC_URL": running.chain_rpc_url,
        "SECRET_KEY": os.environ.get("SECRET_KEY") or environment.secret_key(state),
        "REFRAIN_HOME": str(state),
        "DEMO": os.environ.get("DEMO", ""),
    }
    environment.save(state, variables)
    return variables | ONE_THREAD | {"PYTHONUNBUFFERED": "1", "MALLOC_ARENA_MAX": "2"}


def prepare(screen: Screen, variables: Mapping[str, str], logs: Path) -> None:
    """Tables, static files, contracts; in a demo its music and logins. All may run again."""
    commands = [
        ("Tables", ("migrate", "--no-input")),
        ("Static files", ("collectstatic", "--no-input")),
        ("Contracts", ("deploy_contracts",)),
    ]
    if variables["DEMO"]:
        commands.append(("Demo music and logins", ("demo",)))
    for name, command in commands:
        with screen.step(name):
            run_command(screen, command, variables, logs / f"{command[0]}.log")


def run_command(
    screen: Screen, command: tuple[str, ...], variables: Mapping[str, str], log: Path
) -> None:
    """Run a `manage.py` command to its end, its last line beside the step's name.

    Raises:
        UpError: it failed; with the last lines it wrote
    """
    log.unlink(missing_ok=True)
    child = processes.command_line(command[0], variables, log, *command)
    process = children.start(child)
    try:
        while process.poll() is None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(LOOK_EVERY_SECONDS)
            screen.note(log.read_text(errors="replace").strip().rpartition("\n")[2])
    finally:
        children.stop((child, process))
    if process.returncode:
        raise UpError(f"`manage.py {command[0]}` failed: {children.tail(log)}")


def logins(logs: Path) -> list[str]:
    """The lines in which the demo names its logins, each starting with the role."""
    log = logs / "demo.log"
    lines = log.read_text().splitlines() if log.exists() else []
    return [line.strip() for line in lines if line.strip().lower().startswith(ROLES)]


def set_old_logs_aside(logs: Path) -> None:
    """Keep one old log of each name, so that logs don't fill the disk start by start."""
    for log in logs.glob("*.log"):
        if log.stat().st_size > LARGEST_OLD_LOG_BYTES:
            log.replace(log.with_suffix(".log.old"))
