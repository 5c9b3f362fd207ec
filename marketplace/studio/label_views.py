"""Pages of a label, and of a deal for the two who made it."""

from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from marketplace.catalog import disputes
from marketplace.catalog.models import Artist
from marketplace.studio import deal as terms_of
from marketplace.studio import invitations, revenue
from marketplace.studio import label as pages
from marketplace.studio import scope as scopes
from marketplace.studio.files import csv_file
from marketplace.studio.forms import InviteForm
from marketplace.studio.holds import open_holds
from marketplace.studio.models import Invitation
from marketplace.studio.own import parties_of
from marketplace.studio.page import view_of, write_csv
from marketplace.users.access import roles, user_of
from marketplace.users.models import User
from royalties import deals
from royalties.errors import RoyaltiesError
from royalties.models import Deal

STUDIOS = (User.Role.ARTIST, User.Role.LABEL)


@roles(User.Role.LABEL)
def label(request: HttpRequest) -> HttpResponse:
    """What happened on the roster, and its revenue by artist, song and day."""
    scope, view = scopes.of_label(user_of(request)), view_of(request.GET)
    at = timezone.now()
    context = pages.label_page(scope, at, view)
    context |= {
        "holds_open": open_holds(scope.parties, at),
        "decided": disputes.decided(scope.user, context["since"].at),
    }
    return render(request, "studio/label.html", context)


@roles(User.Role.LABEL)
def label_csv(request: HttpRequest) -> HttpResponse:
    scope, view = scopes.of_label(user_of(request)), view_of(request.GET)
    response = csv_file("refrain-revenue.csv")
    write_csv(revenue.revenue(scope, timezone.now(), view.n_days), response)
    return response


@roles(User.Role.LABEL)
def roster(request: HttpRequest) -> HttpResponse:
    """Deals, and inviting an artist to one."""
    user, at = user_of(request), timezone.now()
    form = InviteForm(user, request.POST or None, initial={"starts_on": at.date()})
    if request.method == "POST" and form.is_valid():
        try:
            said = _invite(user, form, at)
        except RoyaltiesError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, said)
            return redirect("studio:roster")
    context = {
        "form": form,
        "invitations": [
            (one, request.build_absolute_uri(invitations.path(one)))
            for one in user.invitations.order_by("-invited_at")
        ],
        **pages.roster_page(pages.deals_of_label(user), request.GET),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "studio/roster.html", context, status=status)


@roles(User.Role.LABEL)
@require_POST
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Take back an offer that still waits for its artist."""
    waiting = get_object_or_404(Invitation, pk=pk, label=user_of(request))
    waiting.delete()
    messages.success(request, f"The offer to {waiting.email} is taken back.")
    return redirect("studio:roster")


@roles(*STUDIOS)
def deal(request: HttpRequest, pk: int) -> HttpResponse:
    """A deal's terms and statement, for the two who made it."""
    found, mine = _deal(request, pk)
    statement = deals.statement(found)
    closed = terms_of.closings(statement)
    context = {
        "deal": found,
        "artist": Artist.objects.filter(party=found.artist_id).order_by("created_at", "pk").first(),
        "line": pages.DealLine(found, found.artist.name),
        "statement": statement,
        "lines": [(line, closed.get(line.period or 0)) for line in statement.lines],
        "sums": terms_of.sums_of(statement.lines),
        "consequences": terms_of.consequences(
            found, "you" if found.artist_id in mine else found.artist.name
        ),
        "answering": found.state == Deal.State.INVITED and found.artist_id in mine,
        "yours": found.artist_id in mine,
        "under": deals.of_artist(found.artist),
    }
    return render(request, "studio/deal.html", context)


@roles(*STUDIOS)
def deal_csv(request: HttpRequest, pk: int) -> HttpResponse:
    """The deal's statement, exact in micros."""
    found, _ = _deal(request, pk)
    response = csv_file(f"refrain-deal-{pk}.csv")
    terms_of.write_csv(deals.statement(found), response)
    return response


@roles(*STUDIOS)
@require_POST
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    """The artist accepts or declines."""
    found = get_object_or_404(Deal, pk=pk, artist__in=parties_of(user_of(request)))
    accepts = request.POST.get("answer") == "accept"
    try:
        (deals.accept if accepts else deals.decline)(found, timezone.now())
    except RoyaltiesError as error:
        messages.error(request, str(error))
    else:
        on = f"The deal is on: what you claim from {found.starts_on:%-d %B} on is divided by it."
        said = on if accepts else "The deal is declined; nothing changes, and its label sees so."
        messages.success(request, said)
    return redirect("studio:deal", pk)


def _invite(label: User, form: InviteForm, at: datetime) -> str:
    """What was done, in a sentence."""
    artist, email = form.cleaned_data["artist"], form.cleaned_data["email"]
    if artist is None:
        if invitations.invite(label, email, form.offer(), at):
            return f"The offer waits for {email}. Hand its link over."
        return f"The offer to {email} is made. It is answered on the artist’s own pages."
    invitations.offer_deal(label, artist.party, form.offer(), at)
    return f"{artist.name} is invited, and answers on the deal’s page."


def _deal(request: HttpRequest, pk: int) -> tuple[Deal, set[UUID]]:
    """A deal of the login's, and who the login is; to others there is none."""
    found = get_object_or_404(Deal.objects.select_related("label", "artist"), pk=pk)
    mine = {party.pk for party in parties_of(user_of(request))}
    if not mine & {found.label_id, found.artist_id}:
        raise Http404
    return found, mine
