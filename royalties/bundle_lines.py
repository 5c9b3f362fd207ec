"""A closed period's rows as the lines of its bundle, each file in its one order."""

from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import NamedTuple
from uuid import UUID

from royalties import forfeit_lines, openings, reversal_lines
from royalties.models import Entitlement, Leaf, PaidPlay, Period, Pseudonym, Terms, UnitMove
from royalties.money import BPS, UNITS
from royalties.terms import as_on_chain
from royalties.verify import archive, records
from royalties.verify.bundle import terms_json


class Name(NamedTuple):
    """What a period's bundle calls a party on one track, and what its commitment is salted with."""

    name: str
    salt: UUID
    party_id: UUID


Names = Mapping[tuple[UUID, UUID], Name]  # by (terms, party)


def members(period: Period, leaves: list[Leaf]) -> dict[str, bytes]:
    """Every file of the bundle but its manifest."""
    names = _names(period)
    return {
        "terms.json": archive.to_json([_terms_line(leaf.terms) for leaf in leaves]),
        "windows.csv": records.write(records.Window, _windows(period)),
        "opening.csv": records.write(records.Opening, _opening(period, names)),
        "plays.csv": records.write(records.Play, _plays(period)),
        "units.csv": records.write(records.Move, _moves(period, names)),
        "leaves.csv": records.write(records.LeafLine, _leaves(period, leaves)),
        "entitlements.csv": records.write(
            records.Entitlement, _entitlements(period, leaves, names)
        ),
        **reversal_lines.members(period, names),
        **_leaving(period, names),
        **forfeit_lines.members(period),
    }


def _names(period: Period) -> Names:
    rows = Pseudonym.objects.filter(period=period).values_list("terms", "party", "name", "salt")
    return {(terms, party): Name(name, salt, party) for terms, party, name, salt in rows.iterator()}


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


def commitment(name: Name) -> str:
    """What only the holder can open: SHA-256 of its salt and its id, 16 bytes each."""
    return sha256(name.salt.bytes + name.party_id.bytes).hexdigest()


def _plays(period: Period) -> Iterator[records.Play]:
    rows = PaidPlay.objects.filter(window__period=period)
    rows = rows.order_by("window__number", "terms__slot", "counted_at", "id")
    fields = ("reference", "window__number", "terms__slot", "pseudonym", "price_micros")
    lines = rows.values_list(*fields, "counted_at", "earns_units", "units")
    for play, window, slot, name, price, at, earns, units in lines.iterator():
        time = records.time_text(at)
        yield records.Play(str(play), window, slot, name, price, time, int(earns), units)


def _moves(period: Period, names: Names) -> list[records.Move]:
    rows = UnitMove.objects.filter(window__period=period, giver__isnull=False)
    rows = rows.exclude(kind__in=UnitMove.AT_CUTOFFS)
    fields = ("window__number", "terms__slot", "terms_id", "giver_id", "taker_id", "units")
    lines = [
        records.Move(window, slot, names[terms, giver].name, names[terms, taker].name, units)
        for window, slot, terms, giver, taker, units in rows.values_list(*fields)
    ]
    return sorted(lines, key=lambda line: (line.window, line.slot, line.giver, line.taker))


def _leaving(period: Period, names: Names) -> dict[str, bytes]:
    """The file of units that left or came back at the cut-off; none where none did."""
    rows = UnitMove.objects.filter(window__period=period, kind__in=UnitMove.AT_CUTOFFS)
    fields = ("terms__slot", "terms_id", "giver_id", "taker_id", "units")
    lines = [
        records.Leaving(slot, names[terms, giver].name, names[terms, taker].name, units)
        for slot, terms, giver, taker, units in rows.values_list(*fields)
    ]
    lines.sort(key=lambda line: (line.slot, line.giver, line.taker))
    return {"leaving.csv": records.write(records.Leaving, lines)} if lines else {}


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
    rows = period.entitlements.iterator()
    lines = [_entitlement(row, by_terms[row.terms_id], names) for row in rows]
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
