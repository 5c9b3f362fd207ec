"""That lines stand in their one order, and that text is written in its one form.

A number is a number as it is read (`table`); here are times, the numbers of plays, commitments and
the words of a few columns. All lines of a file are looked at together.
"""

from collections.abc import Iterator, Sequence
from typing import Any, SupportsIndex

import numpy as np

from royalties.verify.bundle import Bundle
from royalties.verify.checks import Check, judge
from royalties.verify.records import KINDS, ROLES, Line
from royalties.verify.state import Flags
from royalties.verify.table import ZERO, Column, Numbers, Table, place_in

HEX = np.isin(np.arange(256), np.frombuffer(b"0123456789abcdef", np.uint8))
PLAY, DASHES = 36, [8, 13, 18, 23]  # characters of a play's number, and the places of its dashes
BARE = 32  # the same without dashes
COMMITMENT = 64
TIME = b"0000-00-00T00:00:00Z"
PARTS = [(slice(5, 7), 1, 12), (slice(8, 10), 1, 31)]  # month and day, from and to
PARTS += [(slice(11, 13), 0, 23), (slice(14, 16), 0, 59), (slice(17, 19), 0, 59)]
DAYS = np.array([0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
SECOND = 19  # characters of a time up to its second


def check(bundle: Bundle) -> list[Check]:
    """What needs no arithmetic: forms, orders, and that no play was counted after its window."""
    failures = [
        *bundle.mistraced,
        *_orders(bundle),
        *_plays(bundle),
        *_commitments(bundle),
        *_words(bundle),
    ]
    return judge(f"period {bundle.number}: written", failures, "each value in its one form")


def out_of_order(columns: Sequence[Column], *, strict: bool = False) -> Numbers:
    """Places of lines that come before the one before them by these columns, the first counting
    most; or, where strict, that are like it.
    """
    wrong = np.full(max(0, len(columns[0]) - 1), strict)
    for column in reversed(columns):
        wrong = (column[1:] < column[:-1]) | (column[1:] == column[:-1]) & wrong
    return np.flatnonzero(wrong) + 1


def _orders(bundle: Bundle) -> Iterator[str]:
    listed: list[tuple[Table[Any], list[str], bool]] = [
        (bundle.opening, ["slot", "pseudonym"], False),
        (bundle.plays, ["window", "slot", "counted_at"], False),
        (bundle.moves, ["window", "slot", "giver", "taker"], False),
        (bundle.leaving, ["slot", "giver", "taker"], False),
        (bundle.entitlements, ["slot", "role", "key"], False),
        (bundle.receivables, ["slot"], True),
        (bundle.forfeits, ["slot"], True),
        (bundle.redistributed, ["window", "slot"], True),
    ]
    for table, names, strict in listed:
        for place in out_of_order([table.columns[name] for name in names], strict=strict):
            yield f"{_told(table, place)} is out of order"
    for file, slots in [("leaves.csv", list(bundle.leaves)), ("terms.json", list(bundle.terms))]:
        for place in out_of_order([np.array(slots, np.int64)]):
            yield f"track {slots[place]} of {file} is out of order"


def _plays(bundle: Bundle) -> Iterator[str]:
    tables: list[Table[Any]] = [bundle.plays, bundle.reversals, bundle.forfeited]
    for table in tables:
        for place in np.flatnonzero(~_numbered(table.columns["play"])):
            yield f"{_told(table, place)} has another number than a receipt's"
    taken = bundle.reversals.columns
    for place in np.flatnonzero((taken["period"] == 0) | (taken["counted_in"] == 0)):
        yield f"{_told(bundle.reversals, place)} counts in no window of any period"
    plays, at = bundle.plays, bundle.plays.columns["counted_at"]
    for place in np.flatnonzero(plays.columns["earns"] > 1):
        yield f"{_told(plays, place)} has {plays[place].earns} in earns, not 0 or 1"
    timed = _timed(at)
    for place in np.flatnonzero(~timed):
        yield f"{_told(plays, place)} was counted at {plays[place].counted_at!r}, which is no time"
    number = np.array([one.number for one in bundle.windows], np.int64)
    ends = np.array([one.ends_at.encode()[:SECOND] for one in bundle.windows], f"S{SECOND}")
    order = np.argsort(number, kind="stable")
    window, known = place_in(number[order], plays.columns["window"])
    if not len(number):
        return
    late = timed & known & (at.astype(f"S{SECOND}") > ends[order][window])
    for place in np.flatnonzero(late):
        yield (
            f"{_told(plays, place)} was counted at {plays[place].counted_at}, after its window"
            f" {plays[place].window} had ended"
        )


def _commitments(bundle: Bundle) -> Iterator[str]:
    commitments = bundle.opening.columns["commitment"]
    wrong = ~np.all(HEX[_cells(commitments, COMMITMENT)], axis=1) | _longer(commitments, COMMITMENT)
    for place in np.flatnonzero(wrong):
        yield f"{_told(bundle.opening, place)} has a commitment that is no SHA-256"
    listed = commitments.tolist()
    if len(set(listed)) < len(listed):
        _, first = np.unique(commitments, return_index=True)
        for place in np.setdiff1d(np.arange(len(listed)), first):
            yield f"{_told(bundle.opening, place)} has the commitment of another holder"


def _words(bundle: Bundle) -> Iterator[str]:
    listed: list[tuple[Table[Any], str, Sequence[str]]] = [
        (bundle.reversals, "kind", KINDS),
        (bundle.entitlements, "role", ROLES),
    ]
    for table, name, words in listed:
        column = table.columns[name]
        for place in np.flatnonzero(~np.isin(column, [one.encode() for one in words])):
            yield f"{_told(table, place)}: {name} is {column[place].decode()!r}, none of {words}"


def _numbered(numbers: Column) -> Flags:
    """UUIDs, with their dashes or without any."""
    cells = _cells(numbers, PLAY)
    dashed, hexed = cells == ord("-"), HEX[cells]
    places = np.isin(np.arange(PLAY), DASHES)
    numbered: Flags = np.all(np.where(places, dashed, hexed), axis=1)
    numbered |= np.all(hexed[:, :BARE], axis=1) & np.all(cells[:, BARE:] == 0, axis=1)
    return numbered & ~_longer(numbers, PLAY)


def _timed(times: Column) -> Flags:
    """UTC to the second, and a day that there is."""
    cells, form = _cells(times, len(TIME)), np.frombuffer(TIME, np.uint8)
    digits = cells - ZERO  # what is under 0 wraps to over 9
    fits: Flags = np.all(np.where(form == ZERO, digits <= 9, cells == form), axis=1)
    values = [(10 * digits[:, p.start].astype(int) + digits[:, p.start + 1], *span)
              for p, *span in PARTS]  # fmt: skip
    for value, first, last in values:
        fits &= (value >= first) & (value <= last)
    month, day = values[0][0], values[1][0]
    year = digits[:, :4].astype(int) @ [1000, 100, 10, 1]
    leap = (year % 4 == 0) & (year % 100 != 0) | (year % 400 == 0)
    fits &= day <= DAYS[np.minimum(month, 12)]
    fits &= leap | (month != 2) | (day <= 28)
    return fits & ~_longer(times, len(TIME))


def _cells(text: Column, width: int) -> Column:
    """The first characters of each, zeros behind its end."""
    return np.ascontiguousarray(text.astype(f"S{width}")).view(np.uint8).reshape(-1, width)


def _longer(text: Column, width: int) -> Flags:
    if text.dtype.itemsize <= width:
        return np.zeros(len(text), bool)
    return np.char.str_len(text) > width


def _told(table: Table[Any], place: SupportsIndex) -> str:
    """Whose line it is."""
    line: Line = table[place]
    if hasattr(line, "play"):
        return f"play {line.play} of {line.FILE}"
    names = [str(getattr(line, one)) for one in ("pseudonym", "giver", "key") if hasattr(line, one)]
    return f"track {vars(line)['slot']}{''.join(f': {one}' for one in names)} of {line.FILE}"
