"""Pages of a label, and of a deal for the two who made it."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from marketplace.studio import deal as terms_of
from marketplace.studio import label as pages
from marketplace.studio import revenue
from marketplace.studio.forms import InviteForm
from marketplace.studio.own import parties_of
from marketplace.studio.page import write_csv
from marketplace.users.access import roles, user_of
from marketplace.users.models import User
from royalties import deals
from royalties.errors import RoyaltiesError
from royalties.models import Deal

STUDIOS = (User.Role.ARTIST, User.Role.LABEL)


@roles(User.Role.LABEL)
def label(request: HttpRequest) -> HttpResponse:
    """Revenue of the roster by artist, song and day."""
    view, n_days = _asked(request)
    context = pages.label_page(user_of(request), timezone.now(), view, n_days)
    return render(request, "studio/label.html", context)


@roles(User.Role.LABEL)
def label_csv(request: HttpRequest) -> HttpResponse:
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="refrain-revenue.csv"'
    found = revenue.of_roster(user_of(request), timezone.now(), _asked(request)[1])
    write_csv(found, response)
    return response


@roles(User.Role.LABEL)
def roster(request: HttpRequest) -> HttpResponse:
    """Deals, and inviting an artist to one."""
    user, at = user_of(request), timezone.now()
    form = InviteForm(user, request.POST or None, initial={"starts_on": at.date()})
    if request.method == "POST" and form.is_valid():
        artist = form.cleaned_data["artist"]
        offer = (form.label_bps(), form.advance_micros(), form.cleaned_data["starts_on"])
        try:
            deals.invite(user.party, artist.party, *offer, at)
        except RoyaltiesError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, f"{artist.name} is invited, and answers on the deal’s page.")
            return redirect("studio:roster")
    context = {"form": form, "deals": pages.deals_of_label(user)}
    status = 422 if request.method == "POST" else 200
    return render(request, "studio/roster.html", context, status=status)


@roles(*STUDIOS)
def deal(request: HttpRequest, pk: int) -> HttpResponse:
    """A deal's terms and statement, for the two who made it."""
    found = get_object_or_404(Deal.objects.select_related("label", "artist"), pk=pk)
    mine = {party.pk for party in parties_of(user_of(request))}
    if not mine & {found.label_id, found.artist_id}:
        raise Http404
    statement = deals.statement(found)
    context = {
        "deal": found,
        "line": pages.DealLine(found, found.artist.name),
        "statement": statement,
        "sums": terms_of.sums_of(statement),
        "consequences": terms_of.consequences(
            found, "you" if found.artist_id in mine else found.artist.name
        ),
        "answering": found.state == Deal.State.INVITED and found.artist_id in mine,
    }
    return render(request, "studio/deal.html", context)


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
        said = "The deal is on." if accepts else "The deal is declined; nothing changes."
        messages.success(request, said)
    return redirect("studio:deal", pk)


def _asked(request: HttpRequest) -> tuple[str, int]:
    """The view and the days of the address bar; the usual ones for anything unknown."""
    view, days = request.GET.get("by", ""), request.GET.get("days", "")
    n_days = int(days) if days in {str(n) for n in revenue.DAYS} else 14
    return view if view in pages.VIEWS else "artist", n_days
