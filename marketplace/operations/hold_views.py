"""Operators' buttons for plays that should not have been paid."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from marketplace.operations import deeds
from marketplace.operations.hold_page import hold_page
from marketplace.operations.holds import DecisionForm, HoldForm, ReasonForm, holds
from marketplace.operations.pressed import done
from marketplace.users.access import roles, user_of
from royalties.models import FraudHold, TopUp

PAGE = "operations:holds"
AGAINST = "against_%s"  # ids of the second of two like forms


@roles("operator")
def page(request: HttpRequest) -> HttpResponse:
    """Fraud holds, reversible top-ups, and what songs have to earn again."""
    return _page(request, HoldForm())


@roles("operator")
@require_POST
def hold(request: HttpRequest) -> HttpResponse:
    """Freeze plays by their receipts' numbers, under a rule."""
    form = HoldForm(request.POST)
    if not form.is_valid():
        return _page(request, form)
    told = form.cleaned_data
    return done(
        request,
        lambda: deeds.hold(
            user_of(request), told["numbers"], told["rule"], told["reason"], timezone.now()
        ),
        "Their money is frozen. Whom the song pays sees it on the next page they open.",
        PAGE,
    )


@roles("operator")
def one(request: HttpRequest, pk: int) -> HttpResponse:
    """Evidence, answers and steps of a hold, and the forms that decide it."""
    return _hold_page(request, get_object_or_404(FraudHold, pk=pk))


@roles("operator")
@require_POST
def release(request: HttpRequest, pk: int) -> HttpResponse:
    """Post a hold's plays again."""
    found, form = get_object_or_404(FraudHold, pk=pk), DecisionForm(request.POST)
    if not form.is_valid():
        return _hold_page(request, found, release=form)
    return done(
        request,
        lambda: deeds.release_hold(
            user_of(request), found, form.cleaned_data["why"], timezone.now()
        ),
        f"The plays of hold {pk} are posted again.",
        PAGE,
    )


@roles("operator")
@require_POST
def forfeit(request: HttpRequest, pk: int) -> HttpResponse:
    """Decide against a hold's plays."""
    found, form = get_object_or_404(FraudHold, pk=pk), DecisionForm(request.POST, auto_id=AGAINST)
    if not form.is_valid():
        return _hold_page(request, found, forfeit=form)
    return done(
        request,
        lambda: deeds.forfeit_hold(
            user_of(request), found, form.cleaned_data["why"], timezone.now()
        ),
        f"What the plays of hold {pk} brought goes to other songs at the next cut-off.",
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


def _hold_page(
    request: HttpRequest,
    found: FraudHold,
    release: DecisionForm | None = None,
    forfeit: DecisionForm | None = None,
) -> HttpResponse:
    """The page with its two forms, of which one may have been sent and refused."""
    context = hold_page(found, timezone.now()) | {
        "form": release or DecisionForm(),
        "against": forfeit or DecisionForm(auto_id=AGAINST),
    }
    status = 422 if release or forfeit else 200
    return render(request, "operations/hold.html", context, status=status)
