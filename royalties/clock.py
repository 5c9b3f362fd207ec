"""When periods close by themselves."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Exists, OuterRef, Subquery

from royalties.models import PaidPlay, Period, TrackWindow, Window


def next_cutoff() -> datetime | None:
    """When the open period closes by itself; None while nothing waits to be settled.

    A period that no play fell into is not closed: it lasts for as many whole periods as it takes.
    """
    # Plays may be taken back after a window was made for them, so that it took none.
    took = Exists(TrackWindow.objects.filter(window=OuterRef("pk")))
    windows = Window.objects.filter(took, period=OuterRef("pk")).order_by("number")
    running = Period.objects.filter(state=Period.State.OPEN)
    period = running.annotate(first_ends_at=Subquery(windows.values("ends_at")[:1])).first()
    first = None if period is None else period.first_ends_at
    if first is None:
        waiting = PaidPlay.objects.waiting().order_by("waits__accrues_at")
        first = waiting.values_list("waits__accrues_at", flat=True).first()
    if first is None:
        return None
    opens_at = period.opens_at if period else first
    whole = max(timedelta(), first - opens_at) // settings.SETTLEMENT_PERIOD
    return opens_at + (whole + 1) * settings.SETTLEMENT_PERIOD
