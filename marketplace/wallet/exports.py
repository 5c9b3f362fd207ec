"""A listener's tables as CSV files: the figures of the page, in micros and in dollars, exact."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.http import HttpResponse

from marketplace.templatetags.amounts import DOLLAR_DIGITS, MICROS_PER_DOLLAR
from marketplace.wallet.portfolio import OwnedLine
from marketplace.wallet.receipts import ReceiptLine
from marketplace.wallet.seals import period_of
from royalties.models import Period

Row = Sequence[object]
PORTFOLIO_MONEY = (
    "paid",
    "back",
    "settled",
    "waiting",
    "accrued",
    "today",
    "thousand",
)
PORTFOLIO_HEAD = (
    "track",
    "artist",
    "units",
    "plays",
    *(f"{name}_micros" for name in PORTFOLIO_MONEY),
    *(f"{name}_usd" for name in PORTFOLIO_MONEY),
    "first_earned_at",
    "last_earned_at",
    "track_id",
)


def as_file(name: str, rows: Iterable[Row]) -> HttpResponse:
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    csv.writer(response).writerows([spreadsheet_cell(cell) for cell in row] for row in rows)
    return response


def portfolio_rows(lines: Sequence[OwnedLine]) -> Iterable[Row]:
    yield PORTFOLIO_HEAD
    for line in lines:
        assert line.track.artist is not None
        money = [getattr(line, f"{name}_micros") for name in PORTFOLIO_MONEY]
        when = (line.earned.first_at, line.earned.last_at) if line.earned else (None, None)
        yield (
            line.track.title,
            line.track.artist.name,
            line.units,
            line.plays,
            *money,
            *(usd(micros) for micros in money),
            *map(moment, when),
            line.track.pk,
        )


RECEIPT_HEAD = (
    "receipt",
    "counted_at",
    "track",
    "artist",
    "price_micros",
    "price_usd",
    "units",
    "period",
    "state",
    "track_id",
)


def receipt_rows(lines: Sequence[ReceiptLine]) -> Iterable[Row]:
    yield RECEIPT_HEAD
    for line in lines:
        assert line.track.artist is not None
        play, period = line.play, period_of(line.play)
        yield (
            play.pk,
            play.counted_at.isoformat(),
            line.track.title,
            line.track.artist.name,
            play.price_micros,
            usd(play.price_micros),
            "" if play.units is None else play.units,
            period.number if period else "",
            _state(line, period),
            line.track.pk,
        )


def _state(line: ReceiptLine, period: Period | None) -> str:
    if taken_back := getattr(line.play, "taken_back", None):
        return str(taken_back)
    if line.seal.settled:
        return "settled"
    return period.state if period else "counted"


def usd(micros: int) -> str:
    """6_000 -> 0.006000, without a rounding."""
    whole, rest = divmod(abs(micros), MICROS_PER_DOLLAR)
    return f"{'-' if micros < 0 else ''}{whole}.{rest:0{DOLLAR_DIGITS}}"


def moment(at: datetime | None) -> str:
    return at.isoformat() if at else ""


def spreadsheet_cell(cell: object) -> object:
    """Text that a spreadsheet must not take for a formula."""
    if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return f"'{cell}"
    return cell
