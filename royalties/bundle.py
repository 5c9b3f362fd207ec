"""What a closed period publishes: one file from which anyone recomputes every payout.

Everything in it comes from rows that never change, so the file of a period is the same byte for
byte whenever it is made; a lost file is made again. Nobody's id is in it: listeners and holders
appear under pseudonyms of one track and one period. (Amounts stay amounts: who looks for a number
of units that nobody else has can follow it from one period's bundle to the next, within a track.)
"""

import os
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from secrets import token_hex
from uuid import UUID

from django.conf import settings
from django.db.models import Prefetch

from royalties import openings, tree
from royalties.errors import RoyaltiesError
from royalties.models import (
    Deployment,
    Entitlement,
    Leaf,
    PaidPlay,
    Payee,
    Period,
    Pseudonym,
    Terms,
    UnitMove,
)
from royalties.money import BPS, UNITS
from royalties.terms import as_on_chain
from royalties.verify import archive, records
from royalties.verify.bundle import terms_json

FORMAT = 1
Names = dict[tuple[UUID, UUID], Pseudonym]  # by (terms, party)


class BundleChanged(RoyaltiesError):
    """The rows of a closed period no longer make the bundle it was published with."""


def path_of(number: int) -> Path:
    """Where a period's bundle lies."""
    return Path(settings.BUNDLES_ROOT) / f"period-{number:06d}.zip"


def ensure(period: Period) -> Path:
    """A closed period's file, made again if it was lost.

    Raises:
        BundleChanged: the rows no longer make that file
    """
    path = path_of(period.number)
    if path.exists():
        return path
    data, digest = make(period)
    if "0x" + digest.hex() != period.bundle_hash:
        raise BundleChanged(
            f"period {period.number} now makes the bundle {digest.hex()},"
            f" it was published as {period.bundle_hash}"
        )
    put(write_aside(period.number, data), period.number)
    return path


def write_aside(number: int, data: bytes) -> Path:
    """The file under a name nobody reads, safely on disk; `put` gives it its own."""
    final = path_of(number)
    final.parent.mkdir(parents=True, exist_ok=True)
    aside = final.with_name(f".{final.name}.{token_hex(4)}")
    with aside.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    return aside


def put(aside: Path, number: int) -> None:
    aside.replace(path_of(number))


def sweep(number: int) -> None:
    """Remove what a close that was cut off left aside; only while closing that period."""
    final = path_of(number)
    for aside in final.parent.glob(f".{final.name}.*"):
        aside.unlink()


def make(period: Period) -> tuple[bytes, bytes]:
    """A closed period's file and its hash; the period has its leaves, root and entitlements."""
    names = _names(period)
    leaves = leaves_of(period)
    members = {
        "terms.json": archive.to_json([_terms_line(leaf.terms) for leaf in leaves]),
        "windows.csv": records.write(records.Window, _windows(period)),
        "opening.csv": records.write(records.Opening, _opening(period, names)),
        "plays.csv": records.write(records.Play, _plays(period)),
        "units.csv": records.write(records.Move, _moves(period, names)),
        "leaves.csv": records.write(records.LeafLine, _leaves(period, leaves)),
        "entitlements.csv": records.write(
            records.Entitlement, _entitlements(period, leaves, names)
        ),
    }
    return archive.pack(_facts(period), members)


def leaves_of(period: Period) -> list[Leaf]:
    """The period's leaves with their tracks' terms and payees, in slot order."""
    payees = Prefetch("terms__payees", Payee.objects.order_by("position"))
    rows = period.leaf_rows.select_related("terms__issuer", "terms__platform")
    return list(rows.prefetch_related(payees).order_by("terms__slot"))


def tree_of(leaves: list[Leaf]) -> tree.Tree:
    return tree.build(tree_leaf(leaf) for leaf in leaves)


def tree_leaf(leaf: Leaf) -> tree.Leaf:
    track = bytes.fromhex(leaf.terms.chain_id.removeprefix("0x"))
    return tree.Leaf(leaf.terms.slot, track, leaf.revenue_micros)


def proof(period: Period, slot: int) -> list[tree.Step]:
    """The way from a track's leaf to the period's root.

    Raises:
        KeyError: the track had no revenue by then
    """
    return _tree(period.number, period.root).proof(slot)


@lru_cache(maxsize=2)  # a root names its tree; 10^5 leaves take a second to read
def _tree(number: int, root: str) -> tree.Tree:
    return tree_of(leaves_of(Period.objects.get(number=number)))


def _facts(period: Period) -> dict[str, object]:
    before = Period.objects.filter(number=period.number - 1).first()
    deployment = Deployment.objects.get(current=True)
    assert period.cutoff_at is not None
    return {
        "format": FORMAT,
        "period": period.number,
        "opens_at": records.precise_text(period.opens_at),
        "cutoff_at": records.precise_text(period.cutoff_at),
        "previous": before.bundle_hash.removeprefix("0x") if before else "",
        "root": period.root.removeprefix("0x"),
        "total": period.total_micros,
        "leaves": period.leaves,
        "chain_id": deployment.chain_id,
        "vault": deployment.vault,
    }


def _names(period: Period) -> Names:
    rows = Pseudonym.objects.filter(period=period).select_related("terms")
    return {(row.terms_id, row.party_id): row for row in rows}


def _terms_line(terms: Terms) -> dict[str, object]:
    track = bytes.fromhex(terms.chain_id.removeprefix("0x"))
    return terms_json(terms.slot, track, as_on_chain(terms, list(terms.payees.all())))


def _windows(period: Period) -> list[records.Window]:
    return [
        records.Window(
            window.number,
            records.precise_text(window.starts_at),
            records.precise_text(window.ends_at),
        )
        for window in period.windows.order_by("number")
    ]


def _opening(period: Period, names: Names) -> list[records.Opening]:
    lines = [
        records.Opening(
            slot=one.slot,
            revenue=one.revenue_micros,
            pseudonym=names[one.terms_id, one.party_id].name,
            commitment=commitment(names[one.terms_id, one.party_id]),
            units=one.units,
            listened=one.listened_units,
            carried=one.carried,
        )
        for one in openings.of(period)
    ]
    return sorted(lines, key=lambda line: (line.slot, line.pseudonym))


def commitment(name: Pseudonym) -> str:
    """What only the holder can open: SHA-256 of its salt and its id, 16 bytes each."""
    return sha256(name.salt.bytes + name.party_id.bytes).hexdigest()


def _plays(period: Period) -> list[records.Play]:
    rows = PaidPlay.objects.filter(window__period=period)
    rows = rows.order_by("window__number", "terms__slot", "counted_at", "id")
    fields = ("reference", "window__number", "terms__slot", "pseudonym", "price_micros")
    return [
        records.Play(str(play), window, slot, name, price, records.time_text(at), int(earns), units)
        for play, window, slot, name, price, at, earns, units in rows.values_list(
            *fields, "counted_at", "earns_units", "units"
        )
    ]


def _moves(period: Period, names: Names) -> list[records.Move]:
    rows = UnitMove.objects.filter(window__period=period, giver__isnull=False)
    fields = ("window__number", "terms__slot", "terms_id", "giver_id", "taker_id", "units")
    lines = [
        records.Move(window, slot, names[terms, giver].name, names[terms, taker].name, units)
        for window, slot, terms, giver, taker, units in rows.values_list(*fields)
    ]
    return sorted(lines, key=lambda line: (line.window, line.slot, line.giver, line.taker))


def _leaves(period: Period, leaves: list[Leaf]) -> list[records.LeafLine]:
    played = openings.gained(period)
    return [
        records.LeafLine(
            leaf.terms.slot,
            leaf.terms.chain_id.removeprefix("0x"),
            leaf.revenue_micros,
            played.get(leaf.terms_id, 0),
        )
        for leaf in leaves
    ]


def _entitlements(period: Period, leaves: list[Leaf], names: Names) -> list[records.Entitlement]:
    by_terms = {leaf.terms_id: leaf for leaf in leaves}
    lines = [
        _entitlement(row, by_terms[row.terms_id], names)
        for row in period.entitlements.select_related("party")
    ]
    return sorted(lines, key=lambda line: (line.slot, line.role, line.key))


def _entitlement(row: Entitlement, leaf: Leaf, names: Names) -> records.Entitlement:
    if row.role == Entitlement.Role.HOLDER:
        key, carried = names[row.terms_id, row.party_id].name, row.carried
    else:
        key, bps = _direct(row, leaf.terms)
        carried = leaf.revenue_micros * bps % BPS * UNITS
    return records.Entitlement(leaf.terms.slot, str(row.role), key, row.amount_micros, carried)


def _direct(row: Entitlement, terms: Terms) -> tuple[str, int]:
    """Address and bps of a payee or the platform, as the terms have them."""
    if row.role == Entitlement.Role.PLATFORM:
        return terms.platform.address, terms.platform_bps
    payee = next(one for one in terms.payees.all() if one.party_id == row.party_id)
    return payee.address, payee.bps
