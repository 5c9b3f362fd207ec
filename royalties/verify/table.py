"""A bundle's file as columns, so that a million lines are read and checked in seconds.

Numbers are int64, pseudonyms uint64 (they are 16 hexadecimal digits), other text is bytes. Each
value has one way to be written; a file that writes it otherwise is malformed.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Generic, SupportsIndex, TypeVar

import numpy as np
import numpy.typing as npt

from royalties.verify.archive import BundleError
from royalties.verify.records import DIGITS, Line, Name

Column = npt.NDArray[Any]
Numbers = npt.NDArray[np.int64]
Names = npt.NDArray[np.uint64]
L = TypeVar("L", bound=Line)

BLOCK_BYTES = 1 << 22  # what is split at a time, to bound memory
COMMA, NEWLINE, ZERO = b",\n0"
NAME_LENGTH = 16
_NIBBLES = np.full(256, 255, np.uint8)
_NIBBLES[np.frombuffer(b"0123456789abcdef", np.uint8)] = np.arange(16)


class _Malformed(Exception):
    """Something in a block is not as its kind of line wants it; which line, `_named` finds."""


@dataclass(frozen=True, eq=False)
class Table(Generic[L]):
    """Lines of one kind; `columns` by the names of its fields, all of one length."""

    kind: type[L]
    columns: Mapping[str, Column]

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))

    def __getitem__(self, place: SupportsIndex) -> L:
        return self.kind(*(_plain(column[place]) for column in self.columns.values()))

    def __iter__(self) -> Iterator[L]:
        return map(self.__getitem__, range(len(self)))


def read(kind: type[L], data: memoryview) -> Table[L]:
    """The lines of a file.

    Raises:
        BundleError: it names the line that does not fit
    """
    header = ",".join(kind.columns()).encode() + b"\n"
    if data[: len(header)] != header:
        raise BundleError(f"{kind.FILE} does not start with the columns {','.join(kind.columns())}")
    blocks, start, line = [_split(kind, b"")], len(header), 2
    while start < len(data):
        block = bytes(data[start : start + BLOCK_BYTES])
        block = block[: block.rfind(b"\n") + 1] or block
        try:
            blocks.append(_split(kind, block))
        except _Malformed:
            raise _named(kind, block, line) from None
        start, line = start + len(block), line + len(blocks[-1][0])
    names = kind.columns()
    return Table(
        kind, dict(zip(names, map(np.concatenate, zip(*blocks, strict=True)), strict=True))
    )


def place_in(sorted_values: Column, wanted: Column) -> tuple[Numbers, npt.NDArray[np.bool_]]:
    """Where each wanted value stands among sorted ones, and whether it is there at all."""
    if not len(sorted_values):
        return np.zeros(len(wanted), np.int64), np.zeros(len(wanted), bool)
    places = np.minimum(np.searchsorted(sorted_values, wanted), len(sorted_values) - 1)
    return places, sorted_values[places] == wanted


def names_in(text: Column) -> tuple[Names, npt.NDArray[np.bool_]]:
    """Pseudonyms written as (n, 16) characters, and which of them are well written."""
    nibbles = _NIBBLES[text]
    pairs = nibbles[:, ::2] << 4 | nibbles[:, 1::2]
    names = np.ascontiguousarray(pairs).view(">u8").ravel().astype(np.uint64)
    return names, np.all(nibbles < 16, axis=1)


def _plain(value: Any) -> int | str:
    if isinstance(value, np.uint64):
        return f"{value:016x}"
    return value.decode("ascii") if isinstance(value, bytes) else int(value)


def _split(kind: type[Line], block: bytes) -> Sequence[Column]:
    """One array a column; every check is on the whole block at once."""
    cells = np.frombuffer(block, np.uint8)
    ends = np.flatnonzero((cells == COMMA) | (cells == NEWLINE))
    kinds = fields(kind)
    _require(len(ends) % len(kinds) == 0 and (not block or block.endswith(b"\n")))
    starts = np.concatenate([[0], ends[:-1] + 1]) if len(ends) else ends
    starts_at, ends_at = (part.reshape(-1, len(kinds)) for part in (starts, ends))
    marks = cells[ends_at] == NEWLINE
    _require(bool(marks[:, -1].all() and not marks[:, :-1].any()))
    _require(bool((cells < 127).all()) and int((cells < 32).sum()) == len(ends_at))
    return [
        _READERS[field.type](cells, starts_at[:, i], ends_at[:, i] - starts_at[:, i])
        for i, field in enumerate(kinds)
    ]


def _numbers(cells: Column, starts: Numbers, lengths: Numbers) -> Numbers:
    value = np.zeros(len(starts), np.int64)
    _require(bool(((lengths >= 1) & (lengths <= DIGITS)).all()))
    for place in range(lengths.max(initial=0)):
        within = place < lengths
        digits = cells.take(starts + place, mode="clip") - ZERO  # what is under 0 wraps to over 9
        _require(bool(((digits <= 9) | ~within).all()))
        value = np.where(within, 10 * value + digits, value)
    _require(not ((lengths > 1) & (cells[starts] == ZERO)).any())
    return value


def _texts(cells: Column, starts: Numbers, lengths: Numbers) -> Column:
    _require(bool((lengths >= 1).all()))
    places = np.arange(lengths.max(initial=1), dtype=np.int32)
    text = cells.take(starts.astype(np.int32)[:, None] + places, mode="clip")
    if len(text) and lengths.min() < len(places):
        text *= places < lengths[:, None]
    return text.view(f"S{len(places)}").ravel()


def _names(cells: Column, starts: Numbers, lengths: Numbers) -> Names:
    _require(bool((lengths == NAME_LENGTH).all()))
    names, valid = names_in(cells[starts[:, None] + np.arange(NAME_LENGTH)])
    _require(bool(valid.all()))
    return names


_READERS: Mapping[object, Callable[[Column, Numbers, Numbers], Column]] = {
    int: _numbers,
    str: _texts,
    Name: _names,
}


def _require(holds: bool) -> None:
    if not holds:
        raise _Malformed


def _named(kind: type[Line], block: bytes, first: int) -> BundleError:
    """What is wrong with a block, by its first malformed line."""
    for number, row in enumerate(block.removesuffix(b"\n").split(b"\n"), start=first):
        try:
            kind.parse(row.decode("ascii", errors="replace").split(","))
        except ValueError as error:
            return BundleError(f"{kind.FILE} line {number} is malformed: {error}")
    return BundleError(f"{kind.FILE} does not end with a line")
