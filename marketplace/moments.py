"""Days and moments that an address bar names.

Invariant: None for what makes no sense or lies at an end of the calendar, where adding a day, or
asking for another time zone, is an error.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TypeVar

from django.utils.dateparse import parse_date, parse_datetime

Asked = TypeVar("Asked", bound=date)


def day(text: str) -> date | None:
    """One written as 2026-11-30."""
    try:
        return _within(parse_date(text))
    except ValueError:  # 31 February
        return None


def moment(text: str) -> datetime | None:
    """One that names its time zone; a plus sign reads as a space in an address."""
    try:
        found = _within(parse_datetime(text.replace(" ", "+")))
    except ValueError:
        return None
    return found if found and found.tzinfo else None


def _within(found: Asked | None) -> Asked | None:
    return found if found and date.min.year < found.year < date.max.year else None
