"""Operators' pages, and the public pages of settled periods."""

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from marketplace import styleguide
from marketplace.catalog.models import Artist, LostFile, Track
from marketplace.operations import catalogue_deeds, deeds
from marketplace.operations.board import board
from marketplace.operations.period_page import period_page
from marketplace.operations.pressed import done
from marketplace.operations.settling import period_lines, settling
from marketplace.problems import Problem
from marketplace.users.access import roles, user_of
from marketplace.users.models import User
from royalties import alarms
from royalties import bundle as bundles
from royalties.models import OutboxTransaction, Period

PAGE_SIZE = 30
LISTED = 50


class CorrectionForm(forms.Form):
    why = forms.CharField(max_length=300, strip=True)


class AssignForm(forms.Form):
    artist = forms.ModelChoiceField(Artist.objects.filter(user=None), empty_label=None)
    login = forms.EmailField(label="E-mail of the login")


@roles("operator")
def overview(request: HttpRequest) -> HttpResponse:
    """One sentence for each thing that runs; `?part=moving` is what changes by itself (htmx)."""
    is_part = request.GET.get("part") == "moving"
    name = "board" if is_part else "overview"
    return render(request, f"operations/{name}.html", board(timezone.now()) | {"is_part": is_part})


@roles("operator")
def settlement(request: HttpRequest) -> HttpResponse:
    """Periods and outbox; `?part=moving` and `?part=alarms` change by themselves (htmx)."""
    at, part = timezone.now(), request.GET.get("part")
    if part == "alarms":
        return render(request, "operations/alarms.html", {"alarms": alarms.raised(at)})
    name = "moving" if part == "moving" else "settlement"
    return render(request, f"operations/{name}.html", settling(at))


@roles("operator")
@require_POST
def close_now(request: HttpRequest, number: int) -> HttpResponse:
    """Close the open period now instead of at its time."""
    user = user_of(request)
    return done(
        request,
        lambda: deeds.close_period(user, number, timezone.now()),
        f"Period {number} is closed; its root is on the way to the vault.",
        "operations:overview",
    )


@roles("operator")
@require_POST
def republish(request: HttpRequest, number: int) -> HttpResponse:
    """Publish a stopped period again."""
    found, user = get_object_or_404(Period, pk=number), user_of(request)
    return done(
        request,
        lambda: deeds.republish(user, found, timezone.now()),
        f"Period {number} is on its way to the vault again.",
        "operations:settlement",
    )


@roles("operator")
@require_POST
def correct(request: HttpRequest, number: int) -> HttpResponse:
    """Publish a stopped period under a bundle made again, which says why."""
    found, form = get_object_or_404(Period, pk=number), CorrectionForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Say in one sentence what was wrong with the bundle.")
        return redirect("operations:settlement")
    why, user = form.cleaned_data["why"], user_of(request)
    return done(
        request,
        lambda: deeds.correct(user, found, why, timezone.now()),
        f"Period {number} has a new bundle, on its way to the vault.",
        "operations:settlement",
    )


@roles("operator")
@require_POST
def clear_alarm(request: HttpRequest, pk: int) -> HttpResponse:
    """End the alarm of a refused transaction."""
    found, user = get_object_or_404(OutboxTransaction, pk=pk), user_of(request)
    return done(
        request,
        lambda: deeds.clear_alarm(user, found, timezone.now()),
        f"The alarm of {found.reference} is cleared.",
        "operations:settlement",
    )


@roles("operator")
def catalogue(request: HttpRequest) -> HttpResponse:
    """Unclaimed artists to be assigned, and refused files with their reasons."""
    unclaimed = Artist.objects.filter(user=None).annotate(songs=Count("tracks")).order_by("name")
    failed = Track.objects.filter(state=Track.State.FAILED)
    waiting = Track.objects.filter(state=Track.State.WAITING)
    context = {
        "page": Paginator(unclaimed, PAGE_SIZE).get_page(request.GET.get("page")),
        "failed": failed.select_related("uploaded_by", "resemblance").order_by("-created_at")[
            :LISTED
        ],
        "n_failed": failed.count(),
        "lost": LostFile.objects.select_related("track", "artist").order_by("seen_at", "pk")[
            :LISTED
        ],
        "waiting": waiting.select_related("uploaded_by").order_by("created_at")[:LISTED],
        "n_waiting": waiting.count(),
        "listed": LISTED,
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
        catalogue_deeds.assign(user_of(request), artist, user, timezone.now())
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
    shown = list(page.object_list)
    before = Period.objects.filter(number=shown[-1].number - 1).first() if shown else None
    lines = period_lines([*shown, *([before] if before else [])], timezone.now())
    context = {"page": page, "lines": lines[: len(shown)]}
    return render(request, "operations/periods.html", context)


@require_safe
def period(request: HttpRequest, number: int) -> HttpResponse:
    """Public: one settled period, its root, its bundle and how to check it."""
    found = get_object_or_404(Period.objects.exclude(state=Period.State.OPEN), pk=number)
    return render(request, "operations/period.html", period_page(found, timezone.now()))


@require_safe
def bundle(request: HttpRequest, number: int) -> HttpResponseBase:
    """Public: the frozen bundle, byte for byte what the vault's data hash was made of."""
    found = Period.objects.exclude(state=Period.State.OPEN).filter(pk=number).first()
    if found is None:
        raise Http404(f"Period {number} has no bundle yet.")
    path = bundles.at_hand(found)
    return FileResponse(path.open("rb"), as_attachment=True, filename=f"period-{number}.zip")


@require_safe
def replaced(request: HttpRequest, number: int) -> HttpResponseBase:
    """Public: the stopped bundle that a corrected one took the place of."""
    found = get_object_or_404(Period.objects.exclude(replaces=""), pk=number)
    path = bundles.replaced_at_hand(found)
    if path is None:
        raise Http404(f"The stopped bundle of period {number} is not kept here.")
    return FileResponse(path.open("rb"), as_attachment=True, filename=path.name)
