"""Operators' buttons for plays that should not have been paid."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from marketplace.operations import deeds
from marketplace.operations.holds import HoldForm, ReasonForm, holds
from marketplace.operations.pressed import done
from marketplace.users.access import roles, user_of
from royalties.models import PaidPlay, TopUp

PAGE = "operations:holds"


@roles("operator")
def page(request: HttpRequest) -> HttpResponse:
    """Plays under a fraud hold, reversible top-ups, and what songs have to earn again."""
    return _page(request, HoldForm())


@roles("operator")
@require_POST
def hold(request: HttpRequest) -> HttpResponse:
    """Freeze a play by its receipt's number."""
    form = HoldForm(request.POST)
    if not form.is_valid():
        return _page(request, form)
    play = PaidPlay.objects.filter(pk=form.cleaned_data["number"]).first()
    if play is None:
        form.add_error("number", "No receipt has this number.")
        return _page(request, form)
    reason, user = form.cleaned_data["reason"], user_of(request)
    return done(
        request,
        lambda: deeds.hold(user, play, reason, timezone.now()),
        f"Play {play.pk} is under a fraud hold.",
        PAGE,
    )


@roles("operator")
@require_POST
def release(request: HttpRequest, number: int) -> HttpResponse:
    """Post a held play again."""
    play, user = get_object_or_404(PaidPlay, pk=number), user_of(request)
    return done(
        request,
        lambda: deeds.release_play(user, play, timezone.now()),
        f"Play {number} is posted again.",
        PAGE,
    )


@roles("operator")
@require_POST
def charge_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a top-up back to the bank."""
    top_up, form = get_object_or_404(TopUp, pk=pk), ReasonForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Say why; the listener and the artists read it.")
        return redirect(PAGE)
    reason, user = form.cleaned_data["reason"], user_of(request)
    return done(
        request,
        lambda: deeds.charge_back(user, top_up, reason, timezone.now()),
        "The top-up is charged back, and the plays it paid are reversed.",
        PAGE,
    )


def _page(request: HttpRequest, form: HoldForm) -> HttpResponse:
    status = 422 if form.is_bound else 200
    context = holds(timezone.now()) | {"form": form}
    return render(request, "operations/holds.html", context, status=status)
