"""Public pages: what each hour's prices were made of, and the step behind one price."""

from datetime import date
from uuid import UUID

from django import forms
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from marketplace.catalog.models import Track
from marketplace.pricing import inputs
from marketplace.pricing.hour_page import hour_page
from marketplace.pricing.models import MonthReport
from marketplace.pricing.report_page import days_csv, months, report_page
from marketplace.problems import NotFound

PAGE_SIZE = 48
RECENT = 12


class PaidForm(forms.Form):
    """A price that was asked for a song: in force now, or at a moment gone by."""

    micros = forms.IntegerField(min_value=1, max_value=2**31 - 1)
    at = forms.DateTimeField(required=False)


class ShownForm(forms.Form):
    """The song whose price is looked into, and what it cost."""

    song = forms.UUIDField()
    micros = forms.IntegerField(min_value=1, max_value=2**31 - 1, required=False)


@require_safe
def hours(request: HttpRequest) -> HttpResponse:
    """Every hour whose prices can be worked out again, or could."""
    page = Paginator(inputs.steps(), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "pricing/hours.html", {"page": page, "months": months()[:RECENT]})


@require_safe
def hour(request: HttpRequest, number: int) -> HttpResponse:
    """One hour's prices and how to work them out; `?song=` looks into one of them."""
    try:
        step = inputs.step_of(number)
    except NotFound as error:
        raise Http404(error.detail) from None
    form, song, micros = ShownForm(request.GET), None, None
    if request.GET.get("song"):
        if not form.is_valid():
            raise Http404("There is no such song.")
        song = get_object_or_404(Track.objects.published(), pk=form.cleaned_data["song"])
        micros = form.cleaned_data["micros"]
    return render(request, "pricing/hour.html", hour_page(step, song, micros))


@require_safe
def price(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Leads to the step behind a price; a price no step has set is told about."""
    track, form = get_object_or_404(Track.objects.published(), pk=pk), PaidForm(request.GET)
    if not form.is_valid():
        raise Http404("Which price? Follow the link on the song's page or on a receipt.")
    micros = form.cleaned_data["micros"]
    step = inputs.behind(track, micros, form.cleaned_data["at"] or timezone.now())
    if step is None:
        return render(request, "pricing/first_price.html", {"track": track, "micros": micros})
    query = urlencode({"song": track.pk, "micros": micros})
    response = redirect("pricing:hour", step.hour)
    response["Location"] += f"?{query}"
    return response


@require_safe
def month(request: HttpRequest, month: str) -> HttpResponse:
    """What prices did in a month, with how sure that is."""
    return render(request, "pricing/month.html", report_page(_report(month)))


@require_safe
def month_json(request: HttpRequest, month: str) -> HttpResponse:
    """All figures of a month's report."""
    row = _report(month)
    document = {**row.document, "whole": row.whole}
    response = JsonResponse(document, json_dumps_params={"indent": 1, "sort_keys": True})
    response["Content-Disposition"] = f'attachment; filename="prices-{month}.json"'
    return response


@require_safe
def month_csv(request: HttpRequest, month: str) -> HttpResponse:
    """The days of a month's report."""
    response = HttpResponse(days_csv(_report(month)), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="prices-{month}.csv"'
    return response


def _report(month: str) -> MonthReport:
    try:
        first = date.fromisoformat(f"{month}-01")
    except ValueError:
        raise Http404("A month is written as 2026-11.") from None
    return get_object_or_404(MonthReport, month=first)
