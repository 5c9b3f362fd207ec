"""Pages of artists and labels: what moved, payouts, revenue, roster, deals."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from marketplace.catalog.models import Artist
from marketplace.studio import payouts as paid
from marketplace.studio import revenue
from marketplace.studio.forms import InviteForm
from marketplace.studio.overview import overview_of
from marketplace.studio.own import parties_of, tracks_of
from marketplace.users.access import roles, user_of
from marketplace.users.models import User
from royalties import deals, purses, statements
from royalties.errors import RoyaltiesError
from royalties.models import Deal, Period

STUDIOS = (User.Role.ARTIST, User.Role.LABEL)


@roles(*STUDIOS)
def overview(request: HttpRequest) -> HttpResponse:
    """What happened: plays counted a moment ago, each song's takings, deals to answer."""
    user, at = user_of(request), timezone.now()
    context = overview_of(user, at) | {
        "offers": Deal.objects.filter(artist__in=parties_of(user)).order_by("-invited_at")
    }
    part = request.GET.get("part") == "moving"
    return render(request, "studio/moving.html" if part else "studio/overview.html", context)


@roles(*STUDIOS)
def payouts(request: HttpRequest) -> HttpResponse:
    """Where every cent is: accrued, published, settled, spendable, withdrawn."""
    user = user_of(request)
    context = {"totals": paid.totals(user), "periods": paid.periods(user)}
    return render(request, "studio/payouts.html", context)


@roles(*STUDIOS)
def payouts_period(request: HttpRequest, number: int) -> HttpResponse:
    """One period's songs, opened below its line (htmx)."""
    user = user_of(request)
    period = get_object_or_404(Period, pk=number)
    tracks = {track.terms_id: track for track in tracks_of(user)}
    lines = [
        (line, tracks.get(line.terms_id))
        for line in statements.by_track_in(period, parties_of(user))
    ]
    return render(request, "studio/period_lines.html", {"period": period, "lines": lines})


@roles(*STUDIOS)
def payouts_postings(request: HttpRequest, number: int, terms: UUID) -> HttpResponse:
    """A song's postings in one period, down to the ledger's lines (htmx)."""
    track = tracks_of(user_of(request)).filter(terms=terms).first()
    if track is None:
        raise Http404
    period = get_object_or_404(Period, pk=number)
    entries = statements.postings_of(track.terms, period)
    return render(
        request, "studio/postings.html", {"track": track, "period": period, "entries": entries}
    )


@roles(*STUDIOS)
def payouts_csv(request: HttpRequest) -> HttpResponse:
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="refrain-payouts.csv"'
    paid.write_csv(user_of(request), response)
    return response


@roles(*STUDIOS)
@require_POST
def claim(request: HttpRequest) -> HttpResponse:
    """Ask the vault to pay what is settled."""
    try:
        planned = paid.claim(user_of(request), timezone.now())
    except RoyaltiesError as error:
        messages.error(request, str(error))
    else:
        said = (
            "The vault is paying you now; it takes a few seconds."
            if planned
            else ("There is nothing settled to claim yet.")
        )
        messages.success(request, said)
    return redirect("studio:payouts")


@roles(*STUDIOS)
@require_POST
def spend(request: HttpRequest) -> HttpResponse:
    """Move everything spendable to the login's own listening balance."""
    user, at = user_of(request), timezone.now()
    micros = paid.totals(user).spendable
    if micros:
        for party in parties_of(user):
            part = statements.payouts(party).spendable
            if part:
                purses.spend_earnings(party, part, f"spend/{party.pk}/{at.isoformat()}", at)
        messages.success(request, "Your earnings are in your listening balance.")
    return redirect("studio:payouts")


@roles(User.Role.LABEL)
def label(request: HttpRequest) -> HttpResponse:
    """Revenue of the roster by artist, track and day."""
    at = timezone.now()
    return render(
        request, "studio/label.html", {"revenue": revenue.of_roster(user_of(request), at)}
    )


@roles(User.Role.LABEL)
def roster(request: HttpRequest) -> HttpResponse:
    """Deals, and inviting an artist to one."""
    user, at = user_of(request), timezone.now()
    form = InviteForm(request.POST or None, initial={"starts_on": at.date()})
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            deals.invite(
                user.party,
                data["artist"].party,
                form.label_bps(),
                form.advance_micros(),
                data["starts_on"],
                at,
            )
        except RoyaltiesError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, f"{data['artist'].name} is invited.")
            return redirect("studio:roster")
    context = {"form": form, "deals": _deals(user)}
    status = 422 if request.method == "POST" else 200
    return render(request, "studio/roster.html", context, status=status)


def _deals(user: User) -> list[tuple[Deal, Artist | None]]:
    mine = Deal.objects.filter(label=user.party).select_related("artist").order_by("-invited_at")
    artists = {
        artist.party_id: artist for artist in Artist.objects.filter(party__in=mine.values("artist"))
    }
    return [(deal, artists.get(deal.artist_id)) for deal in mine]


@roles(*STUDIOS)
def deal(request: HttpRequest, pk: int) -> HttpResponse:
    """A deal's statement, for the two who made it."""
    user = user_of(request)
    found = get_object_or_404(Deal.objects.select_related("label", "artist"), pk=pk)
    mine = {party.pk for party in parties_of(user)}
    if not mine & {found.label_id, found.artist_id}:
        raise Http404
    context = {
        "deal": found,
        "statement": deals.statement(found),
        "answering": found.state == Deal.State.INVITED and found.artist_id in mine,
    }
    return render(request, "studio/deal.html", context)


@roles(*STUDIOS)
@require_POST
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    """The artist accepts or declines."""
    found = get_object_or_404(Deal, pk=pk, artist__in=parties_of(user_of(request)))
    verb = deals.accept if request.POST.get("answer") == "accept" else deals.decline
    try:
        verb(found, timezone.now())
    except RoyaltiesError as error:
        messages.error(request, str(error))
    return redirect("studio:deal", pk)
