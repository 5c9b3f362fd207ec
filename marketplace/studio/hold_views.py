"""Pages of one fraud hold for those whom its song pays."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from marketplace.operations.hold_page import hold_page
from marketplace.studio import scope as scopes
from marketplace.studio.holds import AnswerForm
from marketplace.studio.views import STUDIOS
from marketplace.users.access import roles, user_of
from royalties import fraud_holds
from royalties.errors import RoyaltiesError
from royalties.models import FraudHold


@roles(*STUDIOS)
def hold(request: HttpRequest, pk: int) -> HttpResponse:
    """Rule, evidence, deadlines, and the form to answer."""
    one = _hold(request, pk)
    fraud_holds.show([one], timezone.now())
    return _page(request, one, AnswerForm())


@roles(*STUDIOS)
@require_POST
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    """Say something to a hold."""
    one, form = _hold(request, pk), AnswerForm(request.POST)
    if not form.is_valid():
        return _page(request, one, form)
    try:
        fraud_holds.answer(one, user_of(request).party, form.cleaned_data["text"], timezone.now())
    except RoyaltiesError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "Operators have your answer.")
    return redirect("studio:hold", pk)


def _hold(request: HttpRequest, pk: int) -> FraudHold:
    parties = scopes.scope_of(user_of(request)).parties
    return get_object_or_404(FraudHold.objects.of(parties), pk=pk)


def _page(request: HttpRequest, one: FraudHold, form: AnswerForm) -> HttpResponse:
    context = hold_page(one, timezone.now()) | {"form": form}
    return render(request, "studio/hold.html", context, status=422 if form.is_bound else 200)
