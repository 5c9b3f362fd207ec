"""Each month's price report, written by a worker: the running month's anew, a whole one's once.

Invariant: a report that is whole never changes; the same answers give the same report.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import transaction

from marketplace.pricing.models import EngineStep, MonthReport
from marketplace.pricing.report import next_month, report

GRACE = timedelta(hours=1)
"""How long after a month's end its last quotes may still be being ended."""


def bring_up(at: datetime) -> list[date]:
    """Write the reports of the running month and of those gone by without one; which."""
    return [month for month in _missing(at) if _write(month, at)]


def document(month: date) -> dict[str, Any]:
    """A month's report as JSON: dates as text, amounts in micros."""
    made = asdict(report(month))
    made["month"] = f"{made['month']:%Y-%m}"
    for day in made["days"]:
        day["day"] = day["day"].isoformat()
    return made


def _missing(at: datetime) -> Iterator[date]:
    whole = MonthReport.objects.filter(whole=True).order_by("-month").first()
    month = next_month(whole.month) if whole else _first_month()
    while month is not None and month <= at.astimezone(UTC).date():
        yield month
        month = next_month(month)


def _first_month() -> date | None:
    """The one in which the engine first took answers."""
    hour = EngineStep.objects.order_by("hour").values_list("hour", flat=True).first()
    if hour is None:
        return None
    return datetime.fromtimestamp(hour * 3600, UTC).date().replace(day=1)


@transaction.atomic
def _write(month: date, at: datetime) -> bool:
    """Unless another worker has written it for good meanwhile."""
    found = {"document": {}, "made_at": at}
    MonthReport.objects.get_or_create(month=month, defaults=found)
    row = MonthReport.objects.select_for_update().get(month=month)
    if row.whole:
        return False
    end = next_month(month)
    row.whole = at >= datetime(end.year, end.month, 1, tzinfo=UTC) + GRACE
    row.document, row.made_at = document(month), at
    row.save()
    return True
