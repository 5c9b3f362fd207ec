"""What the page of a month's price report shows: its findings in words, with how sure they are."""

from __future__ import annotations

import csv
import io
from datetime import date
from typing import Any

from django.conf import settings
from django.db.models import QuerySet

from marketplace.pricing.models import MonthReport
from marketplace.pricing.report import FEWEST
from marketplace.templatetags.amounts import count, percent_bps, plain_cents
from marketplace.templatetags.intervals import Interval

WHOLE_BPS = 10_000
NBSP = "\u00a0"
DAY_COLUMNS = ("day", "answers", "asked_micros", "earned_micros", "at_bound")


def report_page(row: MonthReport) -> dict[str, Any]:
    """The page's context; `row.document` is as `monthly.document` makes it."""
    told = row.document
    compared = [one for one in (told["against_held"], told["small_artists"]) if one]
    asked = [(_day(one), one["asked_micros"] // one["answers"]) for one in told["days"]]
    bound = [(_day(one), WHOLE_BPS * one["at_bound"] // one["answers"]) for one in told["days"]]
    return {
        "row": row,
        "told": told,
        "intervals": [_interval(one) for one in [*compared, *told["genres"]]],
        "finding": finding(told["against_held"]),
        "too_few": too_few(told),
        "worst": worst(told),
        "asked": asked,
        "asked_finding": _asked_finding(asked),
        "bound": bound,
        "at_bound": _percent(told["at_bound"]),
        "bound_finding": f"{_percent(told['at_bound'])} were asked the floor or the ceiling",
        "simulated": settings.DEMO,
        "held_share": percent_bps(settings.PRICE_HELD_BPS),
        "earlier": MonthReport.objects.filter(month__lt=row.month).order_by("-month").first(),
        "later": MonthReport.objects.filter(month__gt=row.month).order_by("month").first(),
    }


def days_csv(row: MonthReport) -> str:
    """The month's days, amounts in micros."""
    out = io.StringIO()
    written = csv.writer(out)
    written.writerow(DAY_COLUMNS)
    written.writerows([day[name] for name in DAY_COLUMNS] for day in row.document["days"])
    return out.getvalue()


def finding(one: dict[str, Any] | None) -> str:
    """What the comparison with held prices shows, no more than its interval allows."""
    if one is None:
        return "Too few songs to compare yet"
    if one["low"] <= 1 <= one["high"]:
        return "No difference from held prices that chance could not make"
    more = "more" if one["ratio"] > 1 else "less"
    percent = f"{abs(100 * (one['ratio'] - 1)):.0f}{NBSP}%"
    return f"Learned prices earned {percent} {more} an answer than held ones"


def too_few(told: dict[str, Any]) -> str:
    """Why there is no comparison; empty where there is one."""
    if told["against_held"]:
        return ""
    held, others = told["held_songs"], told["songs"] - told["held_songs"]
    if min(held, others) >= FEWEST:
        return "Nobody accepted a held price this month, so there is nothing to compare with."
    return (
        f"Of the songs that listeners answered, {count(held)} had a held price and {count(others)}"
        f" a learned one. With fewer than {FEWEST} of either, a ratio would tell of those songs,"
        " not of their prices, so none is given."
    )


def worst(told: dict[str, Any]) -> str:
    """The genre that did worst, and how much that means."""
    one, genres = told["worst_genre"], len(told["genres"])
    if one is None:
        return f"No genre has {FEWEST} answered songs of learned price to be compared by."
    return (
        f"Of {count(genres)} genres, {one['name']} did worst: {one['ratio']:.2f} of what held"
        f" prices earned ({one['low']:.2f} to {one['high']:.2f}). One of several is lowest by"
        " chance as well."
    )


def months() -> QuerySet[MonthReport]:
    """Newest first, without what they say."""
    return MonthReport.objects.defer("document").order_by("-month")


def _interval(one: dict[str, Any]) -> Interval:
    more = f"{count(one['songs'])} songs, {count(one['answers'])} answers"
    return Interval(one["name"], one["ratio"], one["low"], one["high"], more)


def _day(one: dict[str, Any]) -> str:
    return date.fromisoformat(one["day"]).strftime("%-d %b")


def _percent(share: float | None) -> str:
    return "none" if share is None else percent_bps(round(WHOLE_BPS * share))


def _asked_finding(asked: list[tuple[str, int]]) -> str:
    if not asked:
        return "Nobody was asked a price"
    first, last = asked[0][1], asked[-1][1]
    if first == last:
        return f"{plain_cents(last)} asked on average, as at the beginning"
    verb = "up" if last > first else "down"
    return f"{plain_cents(last)} asked on average, {verb} from {plain_cents(first)}"
