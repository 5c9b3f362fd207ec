"""A song on sale or off: its own people and operators decide, each on the same page."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from marketplace.catalog import withdrawing
from marketplace.catalog.models import REASON_LENGTH, Track
from marketplace.operations import catalogue_deeds
from marketplace.problems import Problem, refused
from marketplace.users.access import user_of
from marketplace.users.models import User


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label="Why, in a sentence",
        max_length=REASON_LENGTH,
        help_text="Everybody who opens the song reads it.",
        error_messages={"required": "Say why: everybody who opens the song reads it."},
    )


@login_required
def sale(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Take the song off sale, or put it back; 403 for others, 422 without a reason."""
    user = user_of(request)
    track = get_object_or_404(Track.objects.sold().select_related("terms"), pk=pk)
    if not withdrawing.may(track, user):
        raise PermissionDenied("Only whoever published a song, or an operator, takes it off sale.")
    withdrawn = "withdraw" in request.POST
    form = ReasonForm(request.POST if withdrawn else None)
    if request.method == "POST" and (not withdrawn or form.is_valid()):
        reason = form.cleaned_data["reason"] if withdrawn else ""
        try:
            _decide(user, track, reason, timezone.now())
        except Problem as error:
            messages.error(request, error.detail)
        return redirect("operations:sale", pk)
    off = withdrawing.of(track)
    context = {"track": track, "form": form, "off": off}
    context["may_return"] = off and (user.role == User.Role.OPERATOR or not off.by_operator)
    response = render(request, "operations/sale.html", context)
    return refused(response) if withdrawn else response


def _decide(user: User, track: Track, reason: str, at: datetime) -> None:
    """Off sale with a reason, without one back; an operator's is in the log."""
    is_operator = user.role == User.Role.OPERATOR
    if is_operator and reason:
        catalogue_deeds.take_off_sale(user, track, reason, at)
    elif is_operator:
        catalogue_deeds.bring_back(user, track, at)
    elif reason:
        withdrawing.withdraw(track, user, reason, at)
    else:
        withdrawing.bring_back(track, user, at)
