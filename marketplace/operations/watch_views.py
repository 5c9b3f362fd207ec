"""Operators' pages of what runs: reconciliation, keys, prices, models, failed files, the log."""

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from marketplace.catalog import tasks as audio
from marketplace.celery import ring
from marketplace.discovery import versions
from marketplace.discovery.models import ModelVersion
from marketplace.operations import (
    catalogue_deeds,
    deeds,
    keepers,
    price_health,
    reconciliation,
    tasks,
)
from marketplace.operations.holds import WhyForm
from marketplace.operations.models import FEW_TRANSACTIONS
from marketplace.operations.pressed import done
from marketplace.pricing import stops
from marketplace.problems import Problem
from marketplace.users.access import roles, user_of
from marketplace.wallet.seals import duration

PAGE_SIZE = 50


@roles("operator")
def compared(request: HttpRequest) -> HttpResponse:
    """The last comparison of ledger and chain; `?part=found` asks again while one is under way."""
    context = {
        "last": reconciliation.last(),
        "under_way": reconciliation.under_way(),
        "recent": reconciliation.RECENT,
    }
    name = "found" if request.GET.get("part") == "found" else "reconciliation"
    return render(request, f"operations/{name}.html", context)


@roles("operator")
@require_POST
def compare(request: HttpRequest) -> HttpResponse:
    """Ask a worker to compare everything."""
    try:
        deeds.compare(user_of(request), timezone.now())
    except Problem as error:
        messages.error(request, error.detail)
    ring(tasks.reconcile)
    return redirect("operations:reconciliation")


@roles("operator")
def keys(request: HttpRequest) -> HttpResponse:
    """Each role's key and lane; `?part=moving` is what changes by itself (htmx)."""
    at = timezone.now()
    context = {"keepers": keepers.keepers(at, keepers.lanes_of(at)), "few": FEW_TRANSACTIONS}
    name = "keepers" if request.GET.get("part") == "moving" else "keys"
    return render(request, f"operations/{name}.html", context)


@roles("operator")
def prices(request: HttpRequest) -> HttpResponse:
    at = timezone.now()
    health = price_health.summary(at)
    context = {
        "health": health,
        "late": duration(health.late),
        "days": price_health.days(at),
        "moved": price_health.moved_last(),
        "bounds": price_health.at_bounds(),
        "back_to": stops.goes_back_to(at),
        "form": WhyForm(),
    }
    return render(request, "operations/prices.html", context)


@roles("operator")
@require_POST
def stop_prices(request: HttpRequest) -> HttpResponse:
    """Take all prices back to those of a day ago and hold them there."""
    form, user = WhyForm(request.POST), user_of(request)
    if not form.is_valid():
        messages.error(request, "Prices go on: say why they should stop, in 200 characters.")
        return redirect("operations:prices")
    return done(
        request,
        lambda: deeds.stop_prices(user, form.cleaned_data["reason"], timezone.now()),
        "Prices are stopped; every page shows the earlier ones now.",
        "operations:prices",
    )


@roles("operator")
@require_POST
def let_prices_go(request: HttpRequest) -> HttpResponse:
    """Let prices move again."""
    user = user_of(request)
    return done(
        request,
        lambda: deeds.let_prices_go(user, timezone.now()),
        "Prices move again, from the next full hour on.",
        "operations:prices",
    )


@roles("operator")
def models(request: HttpRequest) -> HttpResponse:
    found = versions.versions()
    context = {
        "versions": found,
        "serving": next((one.row for one in found if one.serves), None),
        "pinned": next((one.row for one in found if one.row.pinned), None),
        **versions.over_time(found),
    }
    return render(request, "operations/models.html", context)


@roles("operator")
@require_POST
def serve(request: HttpRequest, pk: int) -> HttpResponse:
    """Let an older model answer, and pin it."""
    version, user = get_object_or_404(ModelVersion, pk=pk), user_of(request)
    return done(
        request,
        lambda: deeds.serve(user, version, timezone.now()),
        "This version answers now, until you release it.",
        "operations:models",
    )


@roles("operator")
@require_POST
def release(request: HttpRequest) -> HttpResponse:
    """Let trainings go on."""
    user = user_of(request)
    return done(
        request,
        lambda: deeds.release(user, timezone.now()),
        "Released; the next training takes its place.",
        "operations:models",
    )


@roles("operator")
@require_POST
def try_again(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Queue a failed file's analysis again."""
    try:
        track = catalogue_deeds.try_again(user_of(request), pk, timezone.now())
    except Problem as error:
        messages.error(request, error.detail)
    else:
        ring(audio.analyse, str(track.pk))
        messages.success(request, f"{track.file_name} is analysed again.")
    return redirect("operations:catalogue")


@roles("operator")
def log(request: HttpRequest) -> HttpResponse:
    """Everything operators did here, the newest first."""
    page = Paginator(deeds.log(), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "operations/log.html", {"page": page})
