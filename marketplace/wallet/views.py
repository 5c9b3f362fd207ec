"""Pages: the wallet with its receipts, one receipt, the portfolio."""

import csv
import secrets
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from marketplace.catalog.models import Track
from marketplace.problems import Problem
from marketplace.users.access import user_of
from marketplace.wallet import limits, topups
from marketplace.wallet.forms import LimitForm, TopUpForm
from marketplace.wallet.receipts import receipt_for, receipt_lines
from royalties import statements
from royalties.models import PaidPlay
from royalties.receipts import receipt_document

PAGE_SIZE = 50


@login_required
def wallet(request: HttpRequest, form: TopUpForm | None = None) -> HttpResponse:
    user = user_of(request)
    at = timezone.now()
    cap = limits.cap_of(user)
    mine = PaidPlay.objects.filter(listener=user.party).order_by("-counted_at", "-id")
    page = Paginator(mine, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "form": form or TopUpForm(initial={"key": secrets.token_hex(16)}),
        "limit_form": LimitForm(initial={"monthly_limit": (cap or 0) / 1_000_000}),
        "cap_micros": cap,
        "spent_month_micros": limits.spent_this_month(user, at),
        "payouts": statements.payouts(user.party),
        "page": page,
        "lines": receipt_lines(list(page.object_list)),
    }
    return render(request, "wallet/wallet.html", context, status=422 if form else 200)


@login_required
@require_POST
def top_up(request: HttpRequest) -> HttpResponse:
    form = TopUpForm(request.POST)
    user = user_of(request)
    if form.is_valid():
        first = limits.cap_of(user) is None
        try:
            topups.top_up(
                user,
                form.micros(),
                form.cleaned_data["key"],
                timezone.now(),
                form.cap_micros() if first else None,
            )
        except Problem as error:
            form.add_error("monthly_limit" if error.code == "limit_missing" else None, error.detail)
        else:
            messages.success(request, f"${form.cleaned_data['amount']} of test money is yours.")
            return redirect("wallet:wallet")
    return wallet(request, form)


@login_required
@require_POST
def set_limit(request: HttpRequest) -> HttpResponse:
    form = LimitForm(request.POST)
    if form.is_valid():
        limits.set_cap(user_of(request), form.cap_micros(), timezone.now())
        messages.success(request, "Your monthly limit is changed.")
    else:
        messages.error(request, "A limit is an amount of dollars, at least one cent.")
    return redirect("wallet:wallet")


def receipt(request: HttpRequest, pk: int) -> HttpResponse:
    """Public: a receipt names its listener only to that listener."""
    play = PaidPlay.objects.select_related("terms", "window__period").filter(pk=pk).first()
    if play is None:
        raise Http404
    context = receipt_for(play)
    yours = request.user.is_authenticated and play.listener_id == user_of(request).party_id
    return render(request, "wallet/receipt.html", context | {"yours": yours})


def receipt_json(request: HttpRequest, pk: int) -> HttpResponse:
    """RECEIPT.json for `python -m royalties.verify --play`."""
    play = PaidPlay.objects.select_related("terms", "window__period").filter(pk=pk).first()
    document = None if play is None else receipt_document(play)
    if document is None:
        raise Http404("This play is not settled yet; its receipt file exists when it is.")
    response = JsonResponse(document, json_dumps_params={"indent": 1})
    response["Content-Disposition"] = f'attachment; filename="receipt-{pk}.json"'
    return response


@login_required
def portfolio(request: HttpRequest) -> HttpResponse:
    return render(request, "wallet/portfolio.html", {"holdings": _holdings(request)})


@login_required
def portfolio_csv(request: HttpRequest) -> HttpResponse:
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="refrain-portfolio.csv"'
    out = csv.writer(response)
    out.writerow(["track", "artist", "units", "paid_micros", "accrued_micros"])
    for line in _holdings(request):
        track = line["track"]
        held = line["holding"]
        out.writerow(
            [track.title, track.artist.name, held.units, held.earned_micros, held.accrued_micros]
        )
    return response


def _holdings(request: HttpRequest) -> list[dict[str, Any]]:
    lines = statements.portfolio(user_of(request).party)
    tracks = Track.objects.select_related("artist", "price").in_bulk(
        [line.subject_id for line in lines]
    )
    return [{"holding": line, "track": tracks[line.subject_id]} for line in lines]
