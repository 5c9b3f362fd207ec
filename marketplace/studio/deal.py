"""A deal in words and figures: what it would do, and what it did."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from datetime import datetime
from typing import IO

from django.http import HttpResponse

from marketplace.templatetags.amounts import (
    MICROS_PER_DOLLAR,
    percent_bps,
    plain_cents,
    plain_dollars,
)
from royalties import money
from royalties.deals import DealLine, DealStatement
from royalties.models import Deal, Period

EXAMPLE_MICROS = 10_000_000
CSV_COLUMNS = ["period", "received_micros", "label_micros", "recouped_micros", "artist_micros"]


def consequences(deal: Deal, who: str = "you") -> list[str]:
    """What accepting does, before it is done; `who` is the artist, "you" for the artist itself."""
    label = deal.label.name
    to_label = money.floor_share(EXAMPLE_MICROS, deal.label_bps)
    theirs, ten = plain_dollars(EXAMPLE_MICROS - to_label), plain_dollars(EXAMPLE_MICROS)
    rest = f"The other {theirs} stays with {who}."
    if deal.advance_micros:
        rest = (
            f"The other {theirs} goes to {label} too, until its advance of"
            f" {dollars_or_cents(deal.advance_micros)} is recouped. After that it stays with {who}."
            f" {label} pays the advance outside of Refrain, which can’t tell whether it has come."
        )
    return [
        f"From {deal.starts_on:%-d %B %Y}, of every {ten} that reaches {who},"
        f" {plain_dollars(to_label)} goes to {label} ({percent_bps(deal.label_bps)}).",
        rest,
        f"The songs’ terms stay as they are, and what reached {who} before is not touched."
        " An artist is under one deal at a time, and it can’t be undone here.",
    ]


def dollars_or_cents(micros: int) -> str:
    return plain_dollars(micros) if micros >= MICROS_PER_DOLLAR else plain_cents(micros)


def sums_of(lines: Sequence[DealLine]) -> DealLine:
    """The foot of a statement."""
    return DealLine(
        None,
        sum(line.received_micros for line in lines),
        sum(line.label_micros for line in lines),
        sum(line.recouped_micros for line in lines),
        sum(line.artist_micros for line in lines),
    )


def closings(statement: DealStatement) -> dict[int, datetime]:
    """When each period of the statement closed; one query."""
    numbers = [line.period for line in statement.lines if line.period is not None]
    closed = Period.objects.filter(number__in=numbers, cutoff_at__isnull=False)
    return {period.number: period.cutoff_at for period in closed if period.cutoff_at}


def write_csv(statement: DealStatement, out: IO[str] | HttpResponse) -> None:
    """One row a period, oldest first, in micros; the period is empty for money of no closed one."""
    writer = csv.writer(out)
    writer.writerow(CSV_COLUMNS)
    for line in statement.lines:
        period = "" if line.period is None else line.period
        received, label = line.received_micros, line.label_micros
        writer.writerow([period, received, label, line.recouped_micros, line.artist_micros])
