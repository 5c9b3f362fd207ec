"""What a bundle says, parsed: one class a kind of line, and how it is written and read.

A period's bundle names a track by its slot, a payee by its address, and everybody who listens or
holds units by a pseudonym of that track and period alone. A line is comma-separated, its file
starts with the columns' names. Times are UTC; amounts are micros.
"""

from collections.abc import Sequence
from dataclasses import asdict, astuple, dataclass, fields
from datetime import UTC, datetime
from typing import Any, ClassVar, Self, TypeVar

from royalties.verify.archive import BundleError

TIME = "%Y-%m-%dT%H:%M:%SZ"
PRECISE_TIME = "%Y-%m-%dT%H:%M:%S.%fZ"


@dataclass(frozen=True)
class Line:
    """A line of one of the bundle's files; the columns are the class's fields."""

    FILE: ClassVar[str]

    @classmethod
    def columns(cls) -> list[str]:
        return [field.name for field in fields(cls)]

    @classmethod
    def parse(cls, cells: Sequence[str]) -> Self:
        values = [
            int(cell) if field.type is int else cell
            for field, cell in zip(fields(cls), cells, strict=True)
        ]
        return cls(*values)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    def text(self) -> str:
        return ",".join(map(str, astuple(self)))


@dataclass(frozen=True)
class Window(Line):
    """A minute or less of accrual, numbered from 1."""

    FILE = "windows.csv"
    number: int
    starts_at: str
    ends_at: str


@dataclass(frozen=True)
class Opening(Line):
    """One holder of a track that was played in this period, as the period opened.

    `commitment` is SHA-256(salt ++ party id), which the holder alone can open. `listened` are
    units it had ever earned by listening, `carried` the numerator over 10^10 it brought along,
    `revenue` the track's cumulative revenue.
    """

    FILE = "opening.csv"
    slot: int
    revenue: int
    pseudonym: str
    commitment: str
    units: int
    listened: int
    carried: int


@dataclass(frozen=True)
class Play(Line):
    """One counted paid play. Lines of one window and track stand in the order of counting."""

    FILE = "plays.csv"
    play: str  # the receipt's number
    window: int
    slot: int
    pseudonym: str
    price: int
    counted_at: str
    earns: int  # 1 if the listener earns units by it
    units: int


@dataclass(frozen=True)
class Move(Line):
    """Units that changed hands in a window; they count for the taker from the next one."""

    FILE = "units.csv"
    window: int
    slot: int
    giver: str
    taker: str
    units: int


@dataclass(frozen=True)
class LeafLine(Line):
    """A leaf of the period's tree; `gained` came in this period."""

    FILE = "leaves.csv"
    slot: int
    track: str
    revenue: int
    gained: int


@dataclass(frozen=True)
class Entitlement(Line):
    """What one payee (by address) or holder (by pseudonym) is owed of one track by this period.

    `carried` is the numerator over 10^10 left over: less than a micro, kept for the next period.
    """

    FILE = "entitlements.csv"
    slot: int
    role: str  # payee, platform or holder
    key: str
    amount: int
    carried: int


L = TypeVar("L", bound="Line")


def write(kind: type[L], lines: Sequence[L]) -> bytes:
    """The file of these lines."""
    return "".join(
        f"{text}\n" for text in [",".join(kind.columns()), *(line.text() for line in lines)]
    ).encode()


def read(kind: type[L], data: bytes) -> list[L]:
    """The lines of a file.

    Raises:
        BundleError: it names the line that does not fit
    """
    rows = data.decode("ascii", errors="replace").split("\n")
    if rows[0] != ",".join(kind.columns()) or rows[-1] != "":
        raise BundleError(f"{kind.FILE} does not start with the columns {','.join(kind.columns())}")
    lines = []
    for number, row in enumerate(rows[1:-1], start=2):
        try:
            lines.append(kind.parse(row.split(",")))
        except ValueError as error:
            raise BundleError(f"{kind.FILE} line {number} is malformed: {error}") from error
    return lines


def time_text(at: datetime) -> str:
    """To the second: a play's time names the play, and no more than that."""
    return at.astimezone(UTC).strftime(TIME)


def precise_text(at: datetime) -> str:
    """Borders of windows and periods, exactly."""
    return at.astimezone(UTC).strftime(PRECISE_TIME)


def field_of(value: Any, name: str) -> Any:
    """A named part of parsed JSON.

    Raises:
        BundleError: it is not there
    """
    if not isinstance(value, dict) or name not in value:
        raise BundleError(f"{name} is missing")
    return value[name]
