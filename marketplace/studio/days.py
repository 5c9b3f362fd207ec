"""Days that the address bar names, for statements; a moment at midnight ends the day before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.http import QueryDict

from marketplace import moments

DAY = timedelta(days=1)
MOMENT = timedelta.resolution


@dataclass(frozen=True)
class Days:
    """The first and the last of some days (UTC)."""

    first: date
    last: date

    @property
    def since(self) -> datetime:
        return datetime.combine(self.first, time(), UTC)

    @property
    def until(self) -> datetime:
        return datetime.combine(self.last + DAY, time(), UTC)

    @property
    def query(self) -> str:
        return f"from={self.first}&to={self.last}"

    @property
    def words(self) -> str:
        """1 to 30 November 2026; the year once, the month once, where they are the same."""
        first = f"{self.first:%-d}"
        if (self.first.year, self.first.month) != (self.last.year, self.last.month):
            first += f"{self.first: %B}"
        if self.first.year != self.last.year:
            first += f"{self.first: %Y}"
        last = f"{self.last:%-d %B %Y}"
        return last if self.first == self.last else f"{first} to {last}"


def day_of(cutoff: datetime) -> Days:
    """The day that a period counts to which closed then."""
    day = (cutoff - MOMENT).astimezone(UTC).date()
    return Days(day, day)


def days_of(query: QueryDict, at: datetime) -> Days:
    """The days that the address bar asks for; this month where it says nothing that makes sense."""
    first, last = moments.day(query.get("from", "")), moments.day(query.get("to", ""))
    if first is None and last is None:
        return usual(at)["This month"]
    last = last or at.date()
    first = first or last.replace(day=1)
    return Days(min(first, last), max(first, last))


def usual(at: datetime) -> dict[str, Days]:
    """Days that are often asked for."""
    today = at.date()
    month = today.replace(day=1)
    before = month - DAY
    quarter = month.replace(month=1 + (month.month - 1) // 3 * 3)
    return {
        "This month": Days(month, today),
        "Last month": Days(before.replace(day=1), before),
        "This quarter": Days(quarter, today),
        "This year": Days(month.replace(month=1), today),
    }
