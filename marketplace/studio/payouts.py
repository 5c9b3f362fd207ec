"""Payouts of a login: the sums of its parties, by period, track and posting; and claiming them."""

from __future__ import annotations

import csv
from dataclasses import fields
from datetime import datetime
from typing import IO, Any

from django.http import HttpResponse

from marketplace.studio.own import parties_of
from marketplace.users.models import User
from royalties import claims, statements
from royalties.statements import Payouts, PeriodLine

AMOUNTS = ("counting", "accrued", "published", "settled", "spendable", "withdrawn")


def totals(user: User) -> Payouts:
    """Where the login's money is now, over all its parties."""
    each = [statements.payouts(party) for party in parties_of(user)]
    first = each[0]
    summed: dict[str, Any] = {field.name: getattr(first, field.name) for field in fields(first)}
    for other in each[1:]:
        for name in AMOUNTS:
            summed[name] += getattr(other, name)
    return Payouts(**summed)


def periods(user: User) -> list[PeriodLine]:
    """One line a period, newest first."""
    return statements.by_period(parties_of(user))


def claim(user: User, at: datetime) -> int:
    """Ask the vault to pay everything settled to this login; how many transactions were planned."""
    return sum(claims.request(party, at) for party in parties_of(user))


def write_csv(user: User, out: IO[str] | HttpResponse) -> None:
    """Every entitlement, exact in micros, with its state and proof."""
    writer = csv.writer(out)
    writer.writerow(
        ["period", "state", "cut_off", "track", "role", "plays", "paid_micros", "to_you_micros"]
    )
    for row in statements.export(parties_of(user)):
        writer.writerow(row)
