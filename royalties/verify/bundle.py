"""One period's bundle, read and parsed. What it says is not yet believed: see the checks."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from contracts.client import Terms
from royalties.emission import Schedule
from royalties.money import ENTITLEMENT_SCALE, UNITS
from royalties.verify.archive import Archive, BundleError, format_of, unpack
from royalties.verify.prices import prices_of
from royalties.verify.records import (
    DIGITS,
    Entitlement,
    Forfeit,
    Forfeited,
    LeafLine,
    Leaving,
    Line,
    Move,
    Opening,
    Play,
    Receivable,
    Redistributed,
    Reversal,
    Window,
    field_of,
    precise_text,
    write,
)
from royalties.verify.table import Table, read

_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")
MOST_MICROS = 9 * 10**12  # what the plays of a period may cost: times 10^6 units it fits in 64 bits


class InputError(Exception):
    """There is nothing to check: no such file, or not a bundle at all."""


@dataclass(frozen=True)
class Bundle:
    """A period as published: `terms` and `leaves` by slot, lines in their order."""

    name: str
    number: int
    hash: bytes
    mistraced: Sequence[str]  # files that were changed since
    previous: bytes  # hash of the period before; empty in the first
    opens_at: str
    cutoff_at: str
    longest_window: timedelta | None  # none in a bundle from before it was written
    root: bytes
    total: int
    chain_id: int
    vault: str
    replaces: bytes  # hash of the stopped bundle that it takes the place of; empty in most
    correction: str  # why it does
    prices: Mapping[int, str]  # SHA-256 of files of prices by hour; none in most old bundles
    terms: Mapping[int, Terms]
    tracks: Mapping[int, str]  # ids on the chain that terms.json gives
    windows: Sequence[Window]
    opening: Table[Opening]
    plays: Table[Play]
    reversals: Table[Reversal]
    receivables: Table[Receivable]
    forfeited: Table[Forfeited]
    forfeits: Table[Forfeit]
    redistributed: Table[Redistributed]
    moves: Table[Move]
    leaving: Table[Leaving]
    leaves: Mapping[int, LeafLine]
    entitlements: Table[Entitlement]

    @cached_property
    def before(self) -> Mapping[int, int]:
        """Cumulative revenue with which each track opens that was played in this period."""
        columns = self.opening.columns
        return dict(zip(columns["slot"].tolist(), columns["revenue"].tolist(), strict=True))


def load(path: Path) -> Bundle:
    """The bundle in a file.

    Raises:
        InputError: there is no such file, or it is not a bundle
        BundleError: it was changed, or a line of it is malformed
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path} can't be read: {error.strerror}") from error
    if not data.startswith(b"PK"):
        raise InputError(f"{path} is not a bundle: a bundle is a zip file")
    return parse(path.name, unpack(data))


def parse(name: str, archive: Archive) -> Bundle:
    """An unpacked bundle's content."""
    manifest = archive.manifest
    form = field_of(manifest, "format")
    if type(form) is not int or form != format_of(archive.members):
        raise BundleError(f"format {form!r} is not known here")
    try:
        bundle = Bundle(
            name=name,
            number=_whole(field_of(manifest, "period"), "period"),
            hash=archive.hash,
            mistraced=list(archive.mistraced()),
            previous=_hashed(field_of(manifest, "previous")),
            opens_at=str(field_of(manifest, "opens_at")),
            cutoff_at=str(field_of(manifest, "cutoff_at")),
            longest_window=_seconds(manifest.get("longest_window_seconds")),
            root=_hashed(field_of(manifest, "root")),
            total=_whole(field_of(manifest, "total"), "total"),
            chain_id=_whole(field_of(manifest, "chain_id"), "chain_id"),
            vault=_address(field_of(manifest, "vault"), "the manifest"),
            replaces=_hashed(manifest.get("replaces", "")),
            correction=str(manifest.get("correction", "")),
            prices=prices_of(manifest),
            terms=_terms(listed := json.loads(bytes(archive.members["terms.json"]))),
            tracks={one["slot"]: str(field_of(one, "track")) for one in listed},
            windows=list(_lines(archive, Window)),
            opening=_lines(archive, Opening),
            plays=_lines(archive, Play),
            reversals=_lines(archive, Reversal),
            receivables=_lines(archive, Receivable),
            forfeited=_lines(archive, Forfeited),
            forfeits=_lines(archive, Forfeit),
            redistributed=_lines(archive, Redistributed),
            moves=_lines(archive, Move),
            leaving=_lines(archive, Leaving),
            leaves=_leaves(_lines(archive, LeafLine)),
            entitlements=_lines(archive, Entitlement),
        )
        for moment in (bundle.opens_at, bundle.cutoff_at):
            moment_of(moment)
    except (ValueError, TypeError, OverflowError, RecursionError) as error:
        raise BundleError(f"a number or name is malformed: {error}") from error
    if bool(bundle.replaces) != bool(bundle.correction):
        raise BundleError("it says what it replaces, or why, and not both")
    _require_said(manifest, listed, bundle.leaves)
    _require_in_range(bundle)
    return bundle


def schedule(terms: Terms) -> Schedule:
    """How listening earns a track's units."""
    return Schedule(terms.reserved, terms.micros_per_unit, terms.listener_cap)


L = TypeVar("L", bound=Line)


def _lines(archive: Archive, kind: type[L]) -> Table[L]:
    empty = memoryview(write(kind, []))
    return read(kind, archive.members.get(kind.FILE, empty))


def _require_in_range(bundle: Bundle) -> None:
    """Numbers so great that sums of them would not fit in 64 bits are none that Refrain publishes.

    Raises:
        BundleError: it names the first
    """
    bounds: list[tuple[Table[Any], str, int]] = [
        (bundle.opening, "units", UNITS),
        (bundle.opening, "listened", UNITS),
        (bundle.opening, "carried", ENTITLEMENT_SCALE - 1),
        (bundle.plays, "price", MOST_MICROS // max(1, len(bundle.plays))),
        (bundle.plays, "units", UNITS),
        (bundle.reversals, "price", MOST_MICROS // max(1, len(bundle.reversals))),
        (bundle.reversals, "units", UNITS),
        (bundle.reversals, "moved", UNITS),
        (bundle.receivables, "opened", MOST_MICROS),
        (bundle.receivables, "closed", MOST_MICROS),
        (bundle.forfeited, "price", MOST_MICROS // max(1, len(bundle.forfeited))),
        *((bundle.forfeits, name, MOST_MICROS) for name in ("opened", "added", "given", "closed")),
        (bundle.redistributed, "micros", MOST_MICROS // max(1, len(bundle.redistributed))),
        (bundle.moves, "units", UNITS),
        (bundle.leaving, "units", UNITS),
    ]
    for table, column, most in bounds:
        beyond = np.flatnonzero(table.columns[column] > most)
        if len(beyond):
            file = table.kind.FILE
            raise BundleError(f"{file} line {beyond[0] + 2}: {column} is greater than {most}")
    for slot, terms in bundle.terms.items():
        numbers = (*terms.bps, terms.platform_bps, terms.pool_bps, terms.listener_cap)
        if len(terms.salt) != 32 or not all(0 <= n < 2**63 for n in (*numbers, terms.reserved)):
            raise BundleError(f"track {slot}: a number or the salt of its terms is malformed")
        if terms.reserved > UNITS or not 0 < terms.micros_per_unit <= MOST_MICROS // UNITS:
            raise BundleError(f"track {slot}: its terms give units in a way that can't be checked")


def _terms(listed: Any) -> dict[int, Terms]:
    found = {_whole(field_of(one, "slot"), "slot"): terms_of(one) for one in listed}
    if len(found) != len(listed):
        raise BundleError("terms.json names a track twice")
    return found


def _leaves(listed: Table[LeafLine]) -> dict[int, LeafLine]:
    found = {leaf.slot: leaf for leaf in listed}
    if len(found) != len(listed):
        raise BundleError("leaves.csv names a track twice")
    return found


def _require_said(manifest: Mapping[str, Any], listed: Any, leaves: Mapping[int, LeafLine]) -> None:
    """What is written a second time is the same."""
    said = field_of(manifest, "leaves")
    if type(said) is not int or said != len(leaves):
        raise BundleError(f"the manifest counts {said!r} leaves, leaves.csv {len(leaves)}")
    for one in listed:
        slot, track = one["slot"], field_of(one, "track")
        if slot in leaves and track != leaves[slot].track:
            raise BundleError(
                f"track {slot} is {track!r} in terms.json, {leaves[slot].track} in leaves.csv"
            )


def moment_of(text: str) -> datetime:
    """A border of a window or period.

    Raises:
        ValueError: it is not written in the one way that borders are
    """
    moment = datetime.fromisoformat(text).astimezone(UTC)
    if precise_text(moment) != text:
        raise ValueError(f"{text!r} is not a time in UTC to the microsecond")
    return moment


def _whole(value: Any, name: str) -> int:
    """A number written as those of a bundle's lines are."""
    if type(value) is not int or not 0 <= value < 10**DIGITS:
        raise ValueError(f"{name} is {value!r}, no whole number of {DIGITS} digits at most")
    return value


def _hashed(text: str) -> bytes:
    if text and len(text) != 64:
        raise ValueError(f"{text!r} is not a hash of 64 hexadecimal digits")
    return _hex(text)


def _hex(text: str) -> bytes:
    value = bytes.fromhex(text)
    if value.hex() != text:
        raise ValueError(f"{text!r} is not written in lower-case hexadecimal digits alone")
    return value


def _seconds(value: Any) -> timedelta | None:
    return None if value is None else timedelta(seconds=value)


def _address(value: Any, file: str = "terms.json") -> str:
    if not isinstance(value, str) or not _ADDRESS.fullmatch(value):
        raise BundleError(f"{value!r} in {file} is not an address")
    return value


def terms_of(one: Any) -> Terms:
    """A track's terms as `terms.json` writes them."""
    payees = field_of(one, "payees")
    return Terms(
        payees=tuple(_address(field_of(payee, "address")) for payee in payees),
        bps=tuple(int(field_of(payee, "bps")) for payee in payees),
        platform=_address(field_of(one, "platform")),
        platform_bps=int(field_of(one, "platform_bps")),
        pool_bps=int(field_of(one, "pool_bps")),
        issuer=_address(field_of(one, "issuer")),
        reserved=int(field_of(one, "reserved")),
        micros_per_unit=int(field_of(one, "micros_per_unit")),
        listener_cap=int(field_of(one, "listener_cap")),
        salt=_hex(field_of(one, "salt")),
    )


def terms_json(slot: int, track: bytes, terms: Terms) -> dict[str, Any]:
    """The inverse of `terms_of`, with the track's slot and id."""
    return {
        "slot": slot,
        "track": track.hex(),
        "payees": [
            {"address": address, "bps": bps}
            for address, bps in zip(terms.payees, terms.bps, strict=True)
        ],
        "platform": terms.platform,
        "platform_bps": terms.platform_bps,
        "pool_bps": terms.pool_bps,
        "issuer": terms.issuer,
        "reserved": terms.reserved,
        "micros_per_unit": terms.micros_per_unit,
        "listener_cap": terms.listener_cap,
        "salt": terms.salt.hex(),
    }
