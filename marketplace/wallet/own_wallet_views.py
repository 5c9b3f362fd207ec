"""Pages: a wallet of one's own, linked by a signed message, changed with notice, sent money to."""

import secrets
from datetime import datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from marketplace.templatetags.amounts import count, plain_dollars
from marketplace.users import addresses
from marketplace.users.access import user_of
from marketplace.wallet import linking
from marketplace.wallet.own_units import UnitsForm, lines_of
from marketplace.wallet.own_wallet_forms import AddressForm, LinkForm, WithdrawForm
from marketplace.wallet.withdrawn import withdrawn_by
from royalties import claims, leaving, statements, wallets, withdrawals
from royalties.errors import InsufficientFunds, NotEnoughUnits, RoyaltiesError, WalletRefused
from royalties.models import Deployment, UnitWithdrawal


@never_cache
@login_required
def own_wallet(request: HttpRequest) -> HttpResponse:
    """Which wallet is linked, which one waits, and the message to sign."""
    return _page(request, timezone.now())


@never_cache
@login_required
@require_POST
def ask_message(request: HttpRequest) -> HttpResponse:
    at, form = timezone.now(), AddressForm(request.POST)
    if form.is_valid():
        address = form.cleaned_data["address"]
        try:
            wallets.challenge(user_of(request).party, address, _site(request), at)
        except WalletRefused as refusal:
            form.add_error("address", str(refusal))
        else:
            return redirect(reverse("wallet:own") + "#sign")
    return _page(request, at, address_form=form)


@never_cache
@sensitive_post_parameters("password")
@login_required
@require_POST
def link(request: HttpRequest) -> HttpResponse:
    at, user = timezone.now(), user_of(request)
    form = LinkForm(user, request.META["REMOTE_ADDR"], request.POST)
    if form.is_valid():
        nonce, signature = form.cleaned_data["nonce"], form.cleaned_data["signature"]
        try:
            linked = linking.link(user, nonce, signature, _site(request), at)
        except WalletRefused as refusal:
            form.add_error("signature" if refusal.field == "signature" else None, str(refusal))
        else:
            messages.success(request, _said(linked.usable_at, at))
            return redirect("wallet:own")
    return _page(request, at, link_form=form)


@login_required
@require_POST
def keep(request: HttpRequest) -> HttpResponse:
    if wallets.keep(user_of(request).party, timezone.now()):
        messages.success(request, "The change is taken back; nothing else has changed.")
    return redirect("wallet:own")


@login_required
@require_POST
def unlink(request: HttpRequest) -> HttpResponse:
    if wallets.unlink(user_of(request).party, timezone.now()):
        messages.success(request, "Nothing is sent to this wallet any more.")
    return redirect("wallet:own")


@login_required
@require_POST
def withdraw(request: HttpRequest) -> HttpResponse:
    """Reserve the amount at once; the chain's worker sends it."""
    at, form = timezone.now(), WithdrawForm(request.POST)
    if form.is_valid():
        party, micros, key = user_of(request).party, form.micros(), form.cleaned_data["key"]
        try:
            withdrawals.request(party, micros, key, at)
        except InsufficientFunds as error:
            most = plain_dollars(error.available, 6)
            form.add_error("amount", f"That is more than you can spend: {most}.")
        except RoyaltiesError as error:
            form.add_error("amount", str(error))
        else:
            messages.success(request, "It is reserved, and on its way to your wallet.")
            return redirect(reverse("wallet:own") + "#withdrawals")
    return _page(request, at, withdraw_form=form)


@login_required
@require_POST
def claim_there(request: HttpRequest) -> HttpResponse:
    """Have the vault pay what songs owe to their payee straight to the wallet."""
    try:
        planned = claims.request(user_of(request).party, timezone.now(), straight=True)
    except RoyaltiesError as error:
        messages.error(request, str(error))
    else:
        on_its_way = "The vault is paying your wallet now; it takes a few seconds."
        nothing = "There is nothing settled to claim that is not on its way already."
        messages.success(request, on_its_way if planned else nothing)
    return redirect(reverse("wallet:own") + "#withdrawals")


@login_required
@require_POST
def claim_for_units(request: HttpRequest) -> HttpResponse:
    """Have the vault pay the wallet what the units in it have earned."""
    try:
        planned = claims.request_for_units(user_of(request).party, timezone.now())
    except RoyaltiesError as error:
        messages.error(request, str(error))
    else:
        on_its_way = "The vault pays your wallet what its units earned; it takes a few seconds."
        nothing = "Claimed already, up to the last settled period."
        messages.success(request, on_its_way if planned else nothing)
    return redirect(reverse("wallet:own") + "#units")


@login_required
@require_POST
def withdraw_units(request: HttpRequest) -> HttpResponse:
    """Freeze units of a song; they leave at the next cut-off."""
    at, party = timezone.now(), user_of(request).party
    form = UnitsForm(party, at, request.POST)
    if form.is_valid():
        units, key = form.cleaned_data["units"], form.cleaned_data["key"]
        try:
            leaving.request(party, form.terms(), units, key, at)
        except NotEnoughUnits as error:
            form.add_error("units", f"At most {count(error.available)} of this song can leave now.")
        except RoyaltiesError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "They leave at the next close; until then they earn here.")
            return redirect(reverse("wallet:own") + "#units")
    return _page(request, at, units_form=form)


@login_required
@require_POST
def keep_units(request: HttpRequest, pk: int) -> HttpResponse:
    if leaving.keep(user_of(request).party, pk, timezone.now()):
        messages.success(request, "They stay here.")
    else:
        messages.error(request, "They have left already.")
    return redirect(reverse("wallet:own") + "#units")


@never_cache
@login_required
def withdrawn(request: HttpRequest) -> HttpResponse:
    """The list alone, asked for again while something is on its way (htmx)."""
    context = {"withdrawn": withdrawn_by(user_of(request).party)}
    return render(request, "wallet/withdrawals.html", context)


def _page(
    request: HttpRequest,
    at: datetime,
    address_form: AddressForm | None = None,
    link_form: LinkForm | None = None,
    withdraw_form: WithdrawForm | None = None,
    units_form: UnitsForm | None = None,
) -> HttpResponse:
    user = user_of(request)
    spendable = statements.payouts(user.party).spendable
    asked = wallets.asked(user.party, at)
    deployment = Deployment.objects.filter(current=True).first()
    blank = LinkForm(user, "", initial={"nonce": asked.nonce if asked else ""})
    context = {
        "in_use": wallets.in_use(user.party, at),
        "coming": wallets.coming(user.party, at),
        "asked": asked,
        "address_form": address_form or AddressForm(),
        "link_form": link_form or blank,
        "notice": _in_words(settings.WALLET_NOTICE),
        "is_confirmed": addresses.is_confirmed(user),
        "spendable": spendable,
        "least": settings.WITHDRAWAL_LEAST_MICROS,
        "claimable": claims.claimable(user.party),
        "is_payee": user.party.payee_of.exists(),
        "withdraw_form": withdraw_form or _all_of_it(spendable),
        "withdrawn": withdrawn_by(user.party),
        "units_form": units_form or UnitsForm(user.party, at),
        "units_lines": lines_of(user.party),
        "in_wallet": user.party.unit_withdrawals.filter(state=UnitWithdrawal.State.MOVED).exists(),
        "custody": deployment.custody if deployment else "",
    }
    refused = address_form or link_form or withdraw_form or units_form
    status = 422 if refused else 200
    return render(request, "wallet/own_wallet.html", context, status=status)


def _all_of_it(micros: int) -> WithdrawForm:
    whole = (Decimal(micros) / 1_000_000).quantize(Decimal("0.000001"))
    return WithdrawForm(initial={"amount": whole, "key": secrets.token_hex(16)})


def _site(request: HttpRequest) -> wallets.Site:
    return wallets.Site(request.get_host(), request.build_absolute_uri(reverse("wallet:own")))


def _in_words(time: timedelta) -> str:
    minutes = int(time.total_seconds()) // 60
    return f"{minutes // 60} hours" if minutes >= 120 else f"{minutes} minutes"


def _said(usable_at: datetime, at: datetime) -> str:
    if usable_at <= at:
        return "Your wallet is linked."
    return f"Your wallet is linked, and can be used from {usable_at:%-d %B, %H:%M} UTC."
