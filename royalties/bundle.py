"""What a closed period publishes: one file from which anyone recomputes every payout.

Everything in it comes from rows that never change, so the file of a period is the same byte for
byte whenever it is made; a lost file is made again. Nobody's id is in it: listeners and holders
appear under pseudonyms of one track and one period. (Amounts stay amounts: who looks for a number
of units that nobody else has can follow it from one period's bundle to the next, within a track.)
"""

import logging
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO

from django.conf import settings

from royalties import bundle_ahead, bundle_files, bundle_lines, tree
from royalties.asides import Aside
from royalties.bundle_ahead import NOTHING, Ahead, Written
from royalties.errors import RoyaltiesError
from royalties.models import Deployment, Period
from royalties.on_chain import bytes_of
from royalties.tree import Leaf
from royalties.verify import archive, records
from royalties.verify.prices import prices_json

log = logging.getLogger(__name__)


class BundleChanged(RoyaltiesError):
    """The rows of a closed period no longer make the bundle it was published with."""


class NotKept(RoyaltiesError):
    """The store of bundles does not take one; it is asked again."""


def path_of(period: Period) -> Path:
    """Where a closed period's bundle lies on this machine."""
    return bundle_files.path_of(period.number, period.bundle_hash)


def path_of_replaced(period: Period) -> Path:
    """Where the bundle lies that a corrected one took the place of."""
    return bundle_files.path_of(period.number, period.replaces)


def ensure(period: Period) -> Path:
    """As `at_hand`, and in the store, for whoever asks another machine.

    Raises:
        BundleChanged: the rows no longer make that file
        NotKept: the store does not take it
    """
    path = at_hand(period)
    try:
        bundle_files.keep(path)
    except OSError as error:
        raise NotKept(f"the bundle of period {period.number} is not stored: {error}") from error
    return path


def at_hand(period: Period) -> Path:
    """A closed period's file on this machine, fetched or made again if it is lost or damaged.

    Raises:
        BundleChanged: the rows no longer make that file
    """
    path = path_of(period)
    if bundle_files.found(path, period.bundle_hash):
        return path
    aside, digest = write_aside(period)
    if "0x" + digest.hex() != period.bundle_hash:
        aside.drop()
        raise BundleChanged(
            f"period {period.number} now makes the bundle {digest.hex()},"
            f" it was published as {period.bundle_hash}"
        )
    aside.put()
    try:
        bundle_files.keep_again(path)
    except OSError as error:
        log.warning("%s is not stored: %s", path.name, error)
    return path


def replaced_at_hand(period: Period) -> Path | None:
    """The file that was stopped, for anybody to compare; None where it is kept nowhere."""
    path = path_of_replaced(period)
    return path if bundle_files.found(path, period.replaces) else None


def every_file() -> Iterator[Path]:
    """All that anybody may ask for, at hand; stopped ones where they are kept."""
    for period in Period.objects.exclude(state=Period.State.OPEN).order_by("number"):
        if period.replaces and (stopped := replaced_at_hand(period)):
            yield stopped
        yield at_hand(period)


@dataclass(frozen=True)
class Begun:
    """A file in the making: under a name nobody reads, its members in a folder beside it."""

    aside: Aside
    folder: Path
    ahead: Ahead


@contextmanager
def begun(period: Period, *, ahead: bool) -> Iterator[Begun]:
    """A period's file; with its long members written while the block runs, if they are ahead."""
    aside = Aside(Path(settings.BUNDLES_ROOT) / f"period-{period.number:06d}.zip")
    try:
        with TemporaryDirectory(prefix=f"{aside.path.name}.", dir=aside.path.parent) as name:
            folder = Path(name)
            with bundle_ahead.writing(period, folder) if ahead else nullcontext(NOTHING) as files:
                yield Begun(aside, folder, files)
    except BaseException:
        aside.drop()
        raise


def finish(period: Period, leaves: Sequence[Leaf], one: Begun) -> bytes:
    """Write a closed period's file, safely on disk; its hash. `put` gives it its own name.

    The period has its leaves, which the caller read, its root and entitlements.
    """
    digest = _write(period, leaves, one.folder, one.aside.file, one.ahead)
    one.aside.final = bundle_files.path_of(period.number, "0x" + digest.hex())
    return digest


def write_aside(period: Period) -> tuple[Aside, bytes]:
    """A closed period's file, begun and finished, and its hash."""
    with begun(period, ahead=False) as one:
        return one.aside, finish(period, leaves_of(period), one)


def digest(period: Period) -> bytes:
    """The hash of the bundle that the period's rows make now."""
    with TemporaryDirectory() as folder, Path(folder, "bundle").open("wb") as file:
        return _write(period, leaves_of(period), Path(folder), file, NOTHING)


def leaves_of(period: Period) -> list[Leaf]:
    """The leaves of the period's tree, in slot order; one query."""
    rows = period.leaf_rows.order_by("terms__slot")
    told = rows.values_list("terms__slot", "terms__chain_id", "revenue_micros")
    return [Leaf(slot, bytes_of(chain_id), micros) for slot, chain_id, micros in told]


def proof(period: Period, slot: int) -> list[tree.Step]:
    """The way from a track's leaf to the period's root.

    Raises:
        KeyError: the track had no revenue by then
    """
    return _tree(period.number, period.root).proof(slot)


@lru_cache(maxsize=2)  # a root names its tree; 10^5 leaves take a second to read
def _tree(number: int, root: str) -> tree.Tree:
    return tree.build(leaves_of(Period.objects.get(number=number)))


def _write(
    period: Period, leaves: Sequence[Leaf], folder: Path, file: BinaryIO, ahead: Ahead
) -> bytes:
    """Write the file, its large members first into the folder; its hash.

    While PostgreSQL sorts the next one, another thread reads the last one for the manifest.
    """
    written: dict[str, Written] = {}
    read: dict[str, Future[Written]] = {}
    with ThreadPoolExecutor(max_workers=1) as reader:
        for kind in sorted(bundle_lines.COPIED, key=ahead.files.__contains__):  # those ahead last
            if done := ahead.of(kind):
                written[kind.FILE] = done
            else:
                path = bundle_lines.copied(kind, period, folder)
                read[kind.FILE] = reader.submit(Written.of, path)
    written |= {name: one.result() for name, one in read.items()}
    large = {name: one.path for name, one in written.items()}
    known = {name: one.listed for name, one in written.items()}
    members = bundle_lines.members(period, leaves, large)
    facts = _facts(period, archive.format_of(members))
    digest = archive.pack_into(file, facts, members, known)
    file.flush()
    os.fsync(file.fileno())
    return digest


def _facts(period: Period, form: int) -> dict[str, object]:
    before = Period.objects.filter(number=period.number - 1).first()
    deployment = Deployment.objects.get(current=True)
    assert period.cutoff_at is not None
    correction = {
        "replaces": period.replaces.removeprefix("0x"),
        "correction": period.correction,
    }
    longest = period.longest_window
    priced = dict(period.price_files.values_list("hour", "sha256"))
    return {
        "format": form,
        "period": period.number,
        "opens_at": records.precise_text(period.opens_at),
        "cutoff_at": records.precise_text(period.cutoff_at),
        **({"longest_window_seconds": longest.total_seconds()} if longest else {}),
        "previous": before.bundle_hash.removeprefix("0x") if before else "",
        "root": period.root.removeprefix("0x"),
        "total": period.total_micros,
        "leaves": period.leaves,
        "chain_id": deployment.chain_id,
        "vault": deployment.vault,
        **({"prices": prices_json(priced)} if priced else {}),
        **(correction if period.replaces else {}),
    }
