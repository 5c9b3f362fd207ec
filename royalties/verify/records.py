"""What a bundle says, parsed: one class a kind of line, and how it is written and read.

A period's bundle names a track by its slot, a payee by its address, and everybody who listens or
holds units by a pseudonym of that track and period alone. A line is comma-separated, its file
starts with the columns' names. Times are UTC; amounts are micros.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar, Self, TypeVar

from royalties.verify.archive import BundleError

TIME = "%Y-%m-%dT%H:%M:%SZ"
PRECISE_TIME = "%Y-%m-%dT%H:%M:%S.%fZ"

Name = Annotated[str, "a pseudonym: 16 hexadecimal digits"]
ROLES = ("payee", "platform", "holder")
KINDS = ("held", "charged back", "released")
DIGITS = 18  # of a number, at most: it fits in 64 bits
FORMS = {
    int: (re.compile(rf"0|[1-9][0-9]{{0,{DIGITS - 1}}}"), "a whole number"),
    Name: (re.compile(r"[0-9a-f]{16}"), "a pseudonym"),
    str: (re.compile(r"[ -+\--~]+"), "plain text"),
}


@dataclass(frozen=True)
class Line:
    """A line of one of the bundle's files; the columns are the class's fields."""

    FILE: ClassVar[str]

    @classmethod
    def columns(cls) -> list[str]:
        return [field.name for field in fields(cls)]

    @classmethod
    def parse(cls, cells: Sequence[str]) -> Self:
        """The line in these cells.

        Raises:
            ValueError: a cell is not written as its field wants it
        """
        values: list[int | str] = []
        for field, cell in zip(fields(cls), cells, strict=True):
            form, meant = FORMS[field.type]  # type: ignore[index]
            if not form.fullmatch(cell):
                raise ValueError(f"{field.name} is {cell!r}, not {meant}")
            values.append(int(cell) if field.type is int else cell)
        return cls(*values)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    def text(self) -> str:
        return ",".join(map(str, vars(self).values()))  # in the fields' order; astuple copies deep


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
    pseudonym: Name
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
    pseudonym: Name
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
    giver: Name
    taker: Name
    units: int


@dataclass(frozen=True)
class Leaving(Line):
    """Units that left for people's own wallets, or came back, at the cut-off.

    One of `giver` and `taker` stands for all wallets, in all lines of a track the same.
    """

    FILE = "leaving.csv"
    slot: int
    giver: Name
    taker: Name
    units: int


@dataclass(frozen=True)
class Reversal(Line):
    """A play taken back in a window, or posted in it again.

    `period` and `counted_in`: the window that had counted it until then. `units`: what it had
    earned and its listener not given back; of a release, what was given back. `moved`: as many of
    them as changed hands now.
    """

    FILE = "reversals.csv"
    window: int
    slot: int
    kind: str  # held, charged back or released
    play: str  # the receipt's number
    pseudonym: Name
    price: int
    period: int
    counted_in: int
    units: int
    moved: int


@dataclass(frozen=True)
class Receivable(Line):
    """What a track had to earn again before anybody shares it, as the period opened and closed."""

    FILE = "receivables.csv"
    slot: int
    opened: int
    closed: int


@dataclass(frozen=True)
class Forfeited(Line):
    """A held play that was decided against in this period; some no window had ever taken."""

    FILE = "forfeited.csv"
    play: str  # the receipt's number
    slot: int
    price: int


@dataclass(frozen=True)
class Forfeit(Line):
    """What a track forfeited: as the period opened, added in it, given to others, waiting still."""

    FILE = "forfeits.csv"
    slot: int
    opened: int
    added: int
    given: int
    closed: int


@dataclass(frozen=True)
class Redistributed(Line):
    """What a track is given of that, as revenue of the period's last window."""

    FILE = "redistributed.csv"
    window: int
    slot: int
    micros: int


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


def write(kind: type[L], lines: Iterable[L]) -> bytes:
    """The file of these lines."""
    return "".join(
        f"{text}\n" for text in [",".join(kind.columns()), *(line.text() for line in lines)]
    ).encode()


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
