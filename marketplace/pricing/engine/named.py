"""Whether files of prices are those that the bundles of periods name: then they were not rewritten.

A bundle's hash is on the chain and covers the hash of each file it names; a file so covered names
the one it goes on from, which is covered with it.
"""

import io
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from marketplace.pricing.engine.errors import PricingError
from marketplace.pricing.engine.published import Step
from royalties.verify.archive import MANIFEST, BundleError, unpack
from royalties.verify.checks import Check, judge
from royalties.verify.prices import prices_of

NAME = "log of prices"
SHOWN = 16  # digits of a hash that tell it from another


@dataclass(frozen=True)
class Named:
    """What one bundle names: SHA-256 of files of prices by hour. hash: of the bundle."""

    file: str
    period: object
    hash: str
    prices: Mapping[int, str]


def load(paths: Sequence[Path]) -> tuple[list[Named], list[Check]]:
    """Bundles, of a folder all; a failed check of each that was changed, and what was left aside.

    Raises:
        PricingError: there is none, a file can't be read, or one that was named is no bundle
    """
    found: list[Named] = []
    told: list[Check] = []
    for path in _files(paths):
        data = _bytes(path)
        other = _other(data)
        if other and path in paths:
            raise PricingError(f"{path} is not a bundle: {other}.")
        if other:
            told.append(Check(f"{path.name} left aside", True, f"it is not a bundle: {other}"))
            continue
        try:
            found.append(_opened(path.name, data))
        except BundleError as error:
            told.append(Check(f"bundle {path.name}", False, str(error)))
    if not found and all(one.ok for one in told):
        raise PricingError(f"{paths[0]} holds no bundle: {told[0].name}, {told[0].detail}.")
    return found, told


def check(steps: Sequence[Step], bundles: Sequence[Named]) -> list[Check]:
    """In one sentence whether all files are those the bundles name, or which of them is not."""
    followed: set[str] = set()
    failures: list[str] = []
    for step in reversed(steps):  # what a covered file goes on from is covered too
        wrong = list(_wrong(step, bundles, followed))
        failures = wrong + failures
        if not wrong:
            followed.add(step.follows)
    used = [one for one in bundles if {step.hour for step in steps} & one.prices.keys()]
    return judge(NAME, failures, _told(len(steps), used))


def _wrong(step: Step, bundles: Sequence[Named], followed: set[str]) -> Iterator[str]:
    named = {one.prices[step.hour] for one in bundles if step.hour in one.prices}
    for other in sorted(named - {step.sha256}):
        where = next(one for one in bundles if one.prices.get(step.hour) == other)
        yield (
            f"the file of hour {step.hour} is not the one that was published: period"
            f" {where.period}'s bundle names {other[:SHOWN]}…, this is {step.sha256[:SHOWN]}…"
        )
    if not named and step.sha256 not in followed:
        hours = [hour for one in bundles for hour in one.prices]
        told = f"hours {min(hours)} to {max(hours)}" if hours else "no prices"
        yield f"no bundle given names the file of hour {step.hour}: they name {told}"


def _told(count: int, used: Sequence[Named]) -> str:
    files = f"all {count} files are the ones" if count > 1 else "the file is the one"
    named = ", ".join(f"{one.file} (0x{one.hash})" for one in used)
    return (
        f"{files} published, as named by {named}; python -m royalties.verify BUNDLE --rpc URL"
        " shows whether the chain has that hash"
    )


def _files(paths: Sequence[Path]) -> Iterator[Path]:
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        inside = sorted(one for one in path.glob("*.zip") if not one.is_dir())
        if not inside:
            raise PricingError(f"{path} holds no bundle: a bundle is a zip file.")
        yield from inside


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise PricingError(f"{path} can't be read: {error.strerror}.") from None


def _other(data: bytes) -> str:
    """What a file is that is not even a damaged bundle; empty for one that may be."""
    if not data.startswith(b"PK"):
        return "a bundle is a zip file"
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as file:
            holds = MANIFEST in file.namelist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError):
        return ""
    return "" if holds else f"it holds no {MANIFEST}"


def _opened(name: str, data: bytes) -> Named:
    opened = unpack(data)
    period = opened.manifest.get("period")
    return Named(name, period, opened.hash.hex(), prices_of(opened.manifest))
