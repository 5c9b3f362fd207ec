"""Statements of days that the address bar names, on a page, on paper and as files."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from marketplace.studio.days import days_of, usual
from marketplace.studio.files import csv_file
from marketplace.studio.own import parties_of
from marketplace.studio.statement import statement, write_csv, write_deals_csv
from marketplace.studio.views import STUDIOS
from marketplace.users.access import roles, user_of


@roles(*STUDIOS)
def page(request: HttpRequest) -> HttpResponse:
    """What closed from one day to another, `?from=` and `&to=`; this month where none is said."""
    at = timezone.now()
    days = days_of(request.GET, at)
    context = {"at": at, "days": days, "usual": usual(at).items()}
    context |= statement(parties_of(user_of(request)), days)
    return render(request, "studio/statement.html", context)


@roles(*STUDIOS)
def file(request: HttpRequest) -> HttpResponse:
    """What each song brought in those days; with `?by=deal`, how each deal divided it."""
    days, parties = days_of(request.GET, timezone.now()), parties_of(user_of(request))
    by_deal = request.GET.get("by") == "deal"
    what = "deals" if by_deal else "statement"
    response = csv_file(f"refrain-{what}-{days.first}-{days.last}.csv")
    (write_deals_csv if by_deal else write_csv)(parties, days, response)
    return response
