"""Private PostgreSQL, Valkey and chain for one run of the tests, on a socket and ports of its own.

The addresses are chosen before Django reads its settings; each service starts when the first test
asks for it, so a run of pure tests starts nothing. Everything ends with the run: by `stop`, or by
the kernel if the run is killed.
"""

import fcntl
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from marketplace.up import children, ports, postgres, valkey

PROJECT = Path(__file__).resolve().parent.parent
RUNS = Path(tempfile.gettempdir()) / f"refrain-tests-{os.getuid()}"
OWNER = "owner"
SHARED = "REFRAIN_TESTS_SHARED"  # the folder of a run in several processes


@dataclass
class Embedded:
    """The services of this run; `variables` is what settings need to find them."""

    folder: Path
    database: postgres.Postgres
    broker: valkey.Valkey
    chain_port: int
    running: dict[str, children.Pair] = field(default_factory=dict)

    @property
    def chain_url(self) -> str:
        return f"http://127.0.0.1:{self.chain_port}"

    @property
    def variables(self) -> dict[str, str]:
        return {
            "SECRET_KEY": "only-for-tests-" + "x" * 40,
            "DATABASE_URL": self.database.url(),
            "REDIS_URL": self.broker.url,
            "CHAIN_RPC_URL": self.chain_url,
            "CHAIN_KEYS_FILE": str(self.folder / "chain-keys.json"),
            "REFRAIN_HOME": str(self.folder),
            "PAGE_KEPT_SECONDS": "0",  # each page made anew; tests of what is kept set it
        }

    def start_database(self, *, durable: bool = False) -> None:
        if "database" not in self.running:
            postgres.create(self.database, durable=durable)
            self.start("database", self.database.child(self.folder / "logs" / "postgres.log"))
            postgres.create_database(self.database)

    def start_migrated_database(self, migrate: Callable[[], None]) -> None:
        """Migrations take seconds: one process of the run applies them, the others copy what it
        has. `migrate` must leave no connection open.
        """
        with self.once("cluster") as kept:
            copied = kept.exists()
            if copied:
                copy(kept, self.database.folder)
            self.start_database()
            if copied:
                return
            migrate()
            if not kept.is_relative_to(self.folder):
                self.kill("database", signal.SIGINT)  # its files are whole once it has ended
                fresh = kept.with_suffix(".new")
                copy(self.database.folder, fresh)
                fresh.rename(kept)
                self.start_database()

    def start_broker(self) -> None:
        if "broker" not in self.running:
            self.start("broker", self.broker.child(self.folder / "logs" / "valkey.log"))

    def start_chain(self) -> None:
        if "chain" not in self.running:
            from marketplace.up import anvil  # here: it brings the Ethereum libraries

            node = anvil.Anvil(self.folder / "chain", self.chain_port)
            self.start("chain", node.child(self.folder / "logs" / "anvil.log"))

    def collect_static(self) -> None:
        """Once for all processes of the run: compressing takes seconds."""
        from django.contrib.staticfiles.storage import staticfiles_storage
        from django.core.management import call_command

        from marketplace.hashed import HashedStaticFiles

        with self.once("static") as files:
            if not files.is_relative_to(self.folder):
                (self.folder / "static").symlink_to(files)
            if not files.exists():
                files.mkdir()
                call_command("collectstatic", interactive=False, verbosity=0)
        storage = cast(HashedStaticFiles, staticfiles_storage)
        storage.hashed_files, _ = storage.load_manifest()  # it may have looked before

    @contextmanager
    def once(self, name: str) -> Iterator[Path]:
        """Where the processes of a run share what one of them makes: there is no such file yet for
        the first, and the others wait until it has gone on.
        """
        shared = Path(os.environ.get(SHARED, self.folder))
        with (shared / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield shared / name

    def start(self, name: str, child: children.Child) -> None:
        process = children.start(child)
        self.running[name] = (child, process)
        children.wait_ready(child, process)

    def kill(self, name: str, number: signal.Signals) -> None:
        """End a service by a signal, whatever it is doing for others."""
        _, process = self.running.pop(name)
        process.send_signal(number)
        process.wait()

    def stop(self, *, keep: bool = False) -> None:
        """`keep`: the folder stays, for a later run to go on with."""
        children.stop(*self.running.values())
        self.running.clear()
        if not keep:
            shutil.rmtree(self.folder, ignore_errors=True)


def copy(folder: Path, to: Path) -> None:
    """With owners and modes, which PostgreSQL looks at."""
    subprocess.run(["cp", "-a", folder, to], check=True)


def make_folder() -> Path:
    """A folder that is removed by a later run if this one is killed."""
    RUNS.mkdir(mode=0o711, exist_ok=True)
    remove_abandoned()
    folder = Path(tempfile.mkdtemp(prefix="run-", dir=RUNS))
    folder.chmod(0o711)  # PostgreSQL's user walks through
    (folder / OWNER).write_text(children.identity(os.getpid()) or "")
    return folder


def make(folder: Path | None = None) -> Embedded:
    """Choose addresses for this run, in a new folder if none is given; starts nothing."""
    folder = folder or make_folder()
    (folder / "logs").mkdir(exist_ok=True)
    return Embedded(
        folder=folder,
        database=postgres.place(folder, PROJECT),
        broker=valkey.make(folder / "valkey", ports.free_port()),
        chain_port=ports.free_port(),
    )


def remove_abandoned() -> None:
    """Remove folders of runs that were killed; their services died with them (see `children`)."""
    for folder in RUNS.glob("run-*"):
        owner = folder / OWNER
        said = owner.read_text() if owner.exists() else ""
        pid = said.partition(" ")[0]
        if pid and children.identity(int(pid)) != said:
            shutil.rmtree(folder, ignore_errors=True)
