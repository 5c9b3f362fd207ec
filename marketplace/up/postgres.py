"""The embedded PostgreSQL: where it lives and its configuration.

Invariant: no port and no password, but a socket on which the kernel names the caller (`peer`):
only the user who started Refrain, and the server's own user, come in.
"""

import os
import pwd
import shutil
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg

from marketplace.up import accounts
from marketplace.up.children import Child
from marketplace.up.errors import UpError

ROLE = "refrain"
DATABASE = "refrain"
EXTENSIONS = ("pg_trgm",)
# A socket's path may have 107 bytes; PostgreSQL adds its file name, ".s.PGSQL.5432.lock".
LONGEST_SOCKET_FOLDER = 107 - 20
COMMON = """\
listen_addresses = ''
port = 5432
unix_socket_permissions = 0777
max_connections = 120
shared_buffers = 256MB
jit = off
timezone = 'UTC'
log_timezone = 'UTC'
wal_level = minimal
max_wal_senders = 0
max_wal_size = 4GB
"""
# A window of many plays writes hundreds of megabytes of log. With buffers for some of them its own
# writer brings them to the disk, not whoever accrues; a new file of it is not filled with zeros
# first, as every byte went to the disk twice (what is committed is synced as ever).
DURABLE = """\
fsync = on
wal_buffers = 64MB
wal_init_zero = off
"""
DISPOSABLE = "fsync = off\nfull_page_writes = off\nsynchronous_commit = off\n"


@dataclass(frozen=True)
class Postgres:
    """A cluster on this machine: its folder, its programs' folder, its user (None: ours)."""

    folder: Path
    programs: Path
    user: str | None

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def sockets(self) -> Path:
        """Where the socket lies: elsewhere if the cluster's path is too long for a socket."""
        folder = self.folder / "socket"
        if len(os.fsencode(folder)) <= LONGEST_SOCKET_FOLDER:
            return folder
        return Path(f"/tmp/refrain-{os.getuid()}-{accounts.digest(self.folder)}")

    def url(self, database: str = DATABASE) -> str:
        """The database's address, as `DATABASE_URL` takes it."""
        return f"postgres://{ROLE}@{quote(str(self.sockets), safe='')}:5432/{database}"

    def connect(self, database: str = "postgres") -> psycopg.Connection[tuple[object, ...]]:
        where = {"host": str(self.sockets), "port": "5432", "dbname": database, "user": ROLE}
        return psycopg.connect(psycopg.conninfo.make_conninfo(**where), autocommit=True)

    def is_ready(self) -> bool:
        try:
            with self.connect():
                return True
        except psycopg.OperationalError:
            return False

    def child(self, log: Path) -> Child:
        return Child(
            name="PostgreSQL",
            service=True,
            command=(str(self.programs / "postgres"), "-D", str(self.data)),
            log=log,
            folder=Path("/"),
            user=self.user,
            stop_signal=signal.SIGINT,  # its fast shutdown
            orphan_signal=signal.SIGINT,
            ready=self.is_ready,
            grace_seconds=30,
        )


def place(state: Path, project: Path) -> Postgres:
    """The cluster that belongs to a state folder.

    Raises:
        UpError: it is not installed, or there is no user to run it as
    """
    shipped = accounts.shipped_programs()
    if os.getuid() != 0:
        return Postgres(state / "postgres", shipped / "pginstall" / "bin", None)
    user = accounts.system_user()
    home = accounts.home_for_system_user(project)
    if not accounts.passable(shipped):
        shipped = accounts.reachable_programs(shipped, home)
    reachable = accounts.passable(state)
    folder = state / "postgres" if reachable else home / f"postgres-{accounts.digest(state)}"
    return Postgres(folder, shipped / "pginstall" / "bin", user)


def create(postgres: Postgres, *, durable: bool = True) -> None:
    """Make the cluster where there is none, and write its configuration anew.

    Raises:
        UpError: initdb failed, or the folder holds another major version's data
    """
    if not (postgres.data / "PG_VERSION").exists():
        make_cluster(postgres, [] if durable else ["--no-sync"])
    accounts.own_folder(postgres.sockets, postgres.user, 0o711)
    caller = pwd.getpwuid(os.getuid()).pw_name
    visitors = sorted({caller, postgres.user or caller})
    sockets = f"unix_socket_directories = '{postgres.sockets}'\n"
    files = {
        "postgresql.conf": COMMON + (DURABLE if durable else DISPOSABLE) + sockets,
        "pg_hba.conf": "local all all peer map=refrain\n",
        "pg_ident.conf": "".join(f"refrain {visitor} {ROLE}\n" for visitor in visitors),
    }
    for name, text in files.items():
        accounts.write_as(postgres.data / name, text, postgres.user)
    refuse_other_version(postgres)


def create_database(postgres: Postgres) -> None:
    """Make the database and its extensions in a running cluster; what is there stays."""
    with postgres.connect("template1") as connection:
        for extension in EXTENSIONS:
            connection.execute(f"CREATE EXTENSION IF NOT EXISTS {extension}".encode())
    with postgres.connect() as connection:
        question = "SELECT 1 FROM pg_database WHERE datname = %s"
        if connection.execute(question, [DATABASE]).fetchone() is None:
            connection.execute(f"CREATE DATABASE {DATABASE}".encode())


def make_cluster(postgres: Postgres, options: list[str]) -> None:
    """Run initdb in a fresh folder, moved into place when it is complete."""
    accounts.own_folder(postgres.folder, postgres.user, 0o711)
    fresh = postgres.folder / "data.new"
    shutil.rmtree(fresh, ignore_errors=True)
    accounts.own_folder(fresh, postgres.user, 0o700)
    command = [str(postgres.programs / "initdb"), "-D", str(fresh), "-U", ROLE, "-A", "peer"]
    command += ["--encoding=UTF8", "--locale=C.UTF-8", "--wal-segsize=4", "--no-instructions"]
    account = pwd.getpwnam(postgres.user) if postgres.user else None
    done = subprocess.run(
        command + options,
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
        user=account.pw_uid if account else None,
        group=account.pw_gid if account else None,
        extra_groups=[] if account else None,
    )
    if done.returncode:
        reason = " ".join(done.stderr.split())[-300:]
        raise UpError(f"PostgreSQL could not make its data folder {postgres.data}: {reason}")
    fresh.rename(postgres.data)


def refuse_other_version(postgres: Postgres) -> None:
    """Data of one major version can't be opened by another's programs."""
    held = (postgres.data / "PG_VERSION").read_text().strip()
    command = [str(postgres.programs / "postgres"), "--version"]
    shown = subprocess.run(command, capture_output=True, text=True, check=True)
    ours = shown.stdout.split()[-1].partition(".")[0]
    if held != ours:
        raise UpError(
            f"{postgres.data} holds PostgreSQL {held} data and this is PostgreSQL {ours}: "
            "dump it with the former version and load the dump here, or delete the folder."
        )
