"""Operators' pages, and the public pages of settled periods."""

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from marketplace import styleguide
from marketplace.catalog import publishing
from marketplace.catalog.models import Artist, Track
from marketplace.discovery.models import ModelVersion
from marketplace.pricing.models import EngineStep
from marketplace.problems import Problem
from marketplace.users.access import roles
from marketplace.users.models import User
from royalties import alarms, settlement
from royalties import bundle as bundles
from royalties.errors import RoyaltiesError
from royalties.models import Deployment, OutboxTransaction, Period

PAGE_SIZE = 30


class AssignForm(forms.Form):
    artist = forms.ModelChoiceField(Artist.objects.filter(user=None), empty_label=None)
    login = forms.EmailField(label="E-mail of the login")


@roles("operator")
def overview(request: HttpRequest) -> HttpResponse:
    """Periods, outbox, alarms, models, prices: what runs, and what waits for somebody."""
    context = {
        "alarms": alarms.raised(timezone.now()),
        "periods": Period.objects.all()[:8],
        "outbox": OutboxTransaction.objects.order_by("-pk")[:12],
        "deployment": Deployment.objects.filter(current=True).first(),
        "models": ModelVersion.objects.order_by("-trained_at")[:5],
        "step": EngineStep.objects.defer("state").order_by("-hour").first(),
        "waiting": Track.objects.filter(state=Track.State.WAITING).count(),
        "failed": Track.objects.filter(state=Track.State.FAILED).order_by("-created_at")[:10],
    }
    return render(request, "operations/overview.html", context)


@roles("operator")
@require_POST
def close_now(request: HttpRequest) -> HttpResponse:
    """Close the open period now instead of at its time."""
    try:
        period = settlement.close(timezone.now())
    except RoyaltiesError as error:
        messages.error(request, str(error))
    else:
        messages.success(
            request, f"Period {period.number} is closed; its root is on the way to the vault."
        )
    return redirect("operations:overview")


@roles("operator")
def catalogue(request: HttpRequest) -> HttpResponse:
    """Unclaimed artists to be assigned, and refused files with their reasons."""
    unclaimed = Artist.objects.filter(user=None).prefetch_related("tracks").order_by("name")
    context = {
        "page": Paginator(unclaimed, PAGE_SIZE).get_page(request.GET.get("page")),
        "failed": Track.objects.filter(state=Track.State.FAILED).order_by("-created_at")[:50],
        "waiting": Track.objects.filter(state=Track.State.WAITING).order_by("created_at")[:50],
    }
    return render(request, "operations/catalogue.html", context)


@roles("operator")
@require_POST
def assign(request: HttpRequest) -> HttpResponse:
    form = AssignForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Choose an artist nobody has claimed, and write an e-mail.")
        return redirect("operations:catalogue")
    artist, email = form.cleaned_data["artist"], form.cleaned_data["login"].lower()
    user = User.objects.filter(email=email).first()
    if user is None:
        messages.error(request, f"{email} has no account yet; ask them to sign up first.")
        return redirect("operations:catalogue")
    try:
        publishing.assign(artist, user)
    except Problem as error:
        messages.error(request, error.detail)
    else:
        messages.success(request, f"{artist.name}, its songs and its money belong to {user.name}.")
    return redirect("operations:catalogue")


@require_safe
def styleguide_page(request: HttpRequest) -> HttpResponse:
    """Every component in every state, with sample data."""
    return render(request, "styleguide.html", styleguide.context())


@require_safe
def periods(request: HttpRequest) -> HttpResponse:
    """Public: every period with its seal."""
    page = Paginator(Period.objects.all(), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "operations/periods.html", {"page": page})


@require_safe
def period(request: HttpRequest, number: int) -> HttpResponse:
    """Public: one settled period, its root, its bundle and how to check it."""
    found = get_object_or_404(Period.objects.exclude(state=Period.State.OPEN), pk=number)
    context = {
        "period": found,
        "publish": OutboxTransaction.objects.filter(reference=f"publish/{number}").first(),
        "deployment": Deployment.objects.filter(current=True).first(),
    }
    return render(request, "operations/period.html", context)


@require_safe
def bundle(request: HttpRequest, number: int) -> HttpResponseBase:
    """Public: the frozen bundle, byte for byte what the vault's data hash was made of."""
    found = Period.objects.exclude(state=Period.State.OPEN).filter(pk=number).first()
    if found is None:
        raise Http404(f"Period {number} has no bundle yet.")
    path = bundles.ensure(found)
    return FileResponse(path.open("rb"), as_attachment=True, filename=f"period-{number}.zip")
