"""Pages: the wallet with its receipts, one receipt, the portfolio."""

import secrets
from functools import partial
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Sum
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from marketplace import postings
from marketplace.catalog.models import Track
from marketplace.discovery.beginning import beginning
from marketplace.kept import Part, named
from marketplace.problems import Problem
from marketplace.templatetags import amounts
from marketplace.users.access import user_of
from marketplace.wallet import exports, limits, topups
from marketplace.wallet import portfolio as owned
from marketplace.wallet.forms import LimitForm, TopUpForm, dollars
from marketplace.wallet.portfolio_page import books_of, choice_of, portfolio_page
from marketplace.wallet.receipt_filter import receipt_filter
from marketplace.wallet.receipts import plays_with_periods, receipt_for, receipt_lines
from marketplace.wallet.standing import standing
from marketplace.wallet.stations import stations
from royalties import claims, deals, purses, statements, wallets
from royalties.errors import RoyaltiesError
from royalties.models import PaidPlay, Party
from royalties.receipts import receipt_document

PAGE_SIZE = 25
TAKEN_BACK_LISTED = 20
FIND_A_SONG = {"label": "Find a song", "url": "/songs", "icon": "disc-3"}


@login_required
def wallet(request: HttpRequest, form: TopUpForm | None = None) -> HttpResponse:
    """Balance, limit, what came back (also alone: `?part=moving`, htmx), and every receipt."""
    user = user_of(request)
    if request.GET.get("part") == "moving":
        return render(request, "wallet/came_back.html", came_back(user.party))
    at = timezone.now()
    cap = limits.cap_of(user)
    wanted = receipt_filter(user.party, request.GET.dict())
    if "" in request.GET.values():  # a form sends what was left empty as well
        return redirect(f"{reverse('wallet:wallet')}?{wanted.query}".rstrip("?&"))
    mine = wanted.applied(plays_with_periods().filter(listener=user.party))
    page = Paginator(mine, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "form": form or TopUpForm(initial={"key": secrets.token_hex(16)}),
        "limit_form": LimitForm(initial={"monthly_limit": dollars(cap or 0)}),
        "cap_micros": cap,
        "test_money": settings.TEST_MONEY,
        "songs_action": FIND_A_SONG,
        "coming": wallets.coming(user.party, at),
        "taken_back": statements.reversed_by_listener(user.party, TAKEN_BACK_LISTED),
        "returned_top_ups": statements.charged_back(user.party, TAKEN_BACK_LISTED),
        "wanted": wanted,
        "query": wanted.query,
        "sum_micros": mine.order_by().aggregate(micros=Sum("price_micros"))["micros"] or 0,
        "page": page,
        "lines": receipt_lines(list(page.object_list), at),
        **came_back(user.party),
    }
    return render(request, "wallet/wallet.html", context, status=422 if form else 200)


def came_back(party: Party) -> dict[str, Any]:
    """What its units brought, and what can be done with it now."""
    money = statements.payouts(party)
    listed = stations(money)
    claimable = claims.claimable(party)
    return {
        "money": money,
        "stations": listed,
        "anything": any(station.micros for station in listed) or bool(money.withdrawing),
        "claim_amount": amounts.money(money.settled),
        "spend_amount": amounts.money(money.spendable),
        "claimable": claimable,
        "shares": deals.shares([party], claimable.micros),
    }


@login_required
def receipts_csv(request: HttpRequest) -> HttpResponse:
    """Every receipt the list shows, on all its pages, exact."""
    party = user_of(request).party
    wanted = receipt_filter(party, request.GET.dict())
    mine = wanted.applied(plays_with_periods().filter(listener=party))
    lines = receipt_lines(list(mine), timezone.now())
    return exports.as_file("refrain-receipts.csv", exports.receipt_rows(lines))


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


@login_required
@require_POST
def claim(request: HttpRequest) -> HttpResponse:
    """Ask the vault to pay out what is settled."""
    try:
        planned = claims.request(user_of(request).party, timezone.now())
    except RoyaltiesError as error:
        messages.error(request, str(error))
        return redirect("wallet:wallet")
    messages.success(
        request,
        "The vault is paying you now; it takes a few seconds."
        if planned
        else "There is nothing settled to claim that is not on its way already.",
    )
    return redirect("wallet:wallet")


@login_required
@require_POST
def spend(request: HttpRequest) -> HttpResponse:
    """Move everything spendable to the balance, where plays take it from."""
    user, at = user_of(request), timezone.now()
    micros = statements.payouts(user.party).spendable
    try:
        if micros:
            purses.spend_earnings(user.party, micros, f"{user.party_id}/{at.isoformat()}", at)
            messages.success(request, "What came back to you is in your balance now.")
    except RoyaltiesError as error:  # a second press was first
        messages.error(request, str(error))
    return redirect("wallet:wallet")


def receipt(request: HttpRequest, pk: int) -> HttpResponse:
    """Public: a receipt names its listener only to that listener."""
    play = _play(pk)
    context = receipt_for(play, timezone.now())
    return render(request, "wallet/receipt.html", context | {"yours": _is_of(request, play)})


def receipt_postings(request: HttpRequest, pk: int) -> HttpResponse:
    """Public: the ledger's entries that the play is part of."""
    play = _play(pk)
    context = {
        "play": play,
        "track": Track.objects.get(terms=play.terms),
        "entries": postings.in_words(statements.postings_of_play(play))[::-1],
    }
    return render(request, "wallet/receipt_postings.html", context)


def receipt_json(request: HttpRequest, pk: int) -> HttpResponse:
    """Public: RECEIPT.json for `python -m royalties.verify --play`; who listened is its own."""
    play = _play(pk)
    document = receipt_document(play, own=_is_of(request, play))
    if document is None:
        raise Http404("This play is not settled yet; its receipt file exists when it is.")
    response = JsonResponse(document, json_dumps_params={"indent": 1})
    response["Content-Disposition"] = f'attachment; filename="receipt-{pk}.json"'
    return response


@login_required
def portfolio(request: HttpRequest) -> HttpResponse:
    """Songs the listener owns part of, and what they brought."""
    user, at, asked = user_of(request), timezone.now(), request.GET.dict()
    money = standing(user, at)
    address = named(*(asked.get(name, "") for name in ("show", "by", "page", "open")))
    books, owns = books_of(user.party)
    key = f"portfolio:{user.party_id}:{money.key}:{books}:{address}"
    part = Part(key, partial(portfolio_page, user.party, asked, at))
    context = {
        "portfolio": part,
        "purse": money,
        "songs_action": FIND_A_SONG,
        "beginning": [] if owns else beginning(user, at),
    }
    return render(request, "wallet/portfolio.html", context)


@login_required
def portfolio_csv(request: HttpRequest) -> HttpResponse:
    """The lines the page shows, on all its pages, exact."""
    choice = choice_of(request.GET.dict())
    lines = owned.portfolio(user_of(request).party, timezone.now())
    chosen = owned.shown(lines, choice["show"], choice["by"])
    return exports.as_file("refrain-portfolio.csv", exports.portfolio_rows(chosen))


def _play(pk: int) -> PaidPlay:
    return get_object_or_404(plays_with_periods().select_related("terms"), pk=pk)


def _is_of(request: HttpRequest, play: PaidPlay) -> bool:
    return request.user.is_authenticated and play.listener_id == user_of(request).party_id
