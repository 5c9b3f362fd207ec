"""Pages of artists and labels: what moved a moment ago, and payouts down to the postings."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from marketplace import postings
from marketplace.catalog import disputes
from marketplace.mail.sending import has_server
from marketplace.operations.holds import with_songs
from marketplace.studio import invitations, payout_chart, uncounted
from marketplace.studio import page as pages
from marketplace.studio import payouts as paid
from marketplace.studio import plays as counted
from marketplace.studio import scope as scopes
from marketplace.studio.asked import asked_of, choices
from marketplace.studio.days import day_of, days_of
from marketplace.studio.files import csv_file
from marketplace.studio.holds import all_holds, open_holds
from marketplace.studio.overview import deals_of, overview_of
from marketplace.studio.own import parties_of
from marketplace.studio.revenue import revenue
from marketplace.users.access import roles, user_of
from marketplace.users.addresses import is_confirmed
from marketplace.users.models import User
from marketplace.wallet.stations import stations
from royalties import deals, statements
from royalties.errors import RoyaltiesError
from royalties.models import Party, Period, Terms

STUDIOS = (User.Role.ARTIST, User.Role.LABEL)
ENTRIES_A_PAGE = 10
TAKEN_BACK_LISTED = 50


@roles(*STUDIOS)
def overview(request: HttpRequest) -> HttpResponse:
    """What happened. `?part=moving&seen=MARK` is 204 while nothing has moved since (htmx)."""
    scope, at = scopes.of_artist(user_of(request)), timezone.now()
    context = overview_of(scope, at)
    if request.GET.get("part") == "moving":
        if request.GET.get("seen") == context["mark"]:
            return HttpResponse(status=204)
        context |= {"since": pages.since_now(scope, at), "is_part": True}
        return render(request, "studio/moving.html", context)
    if scope.user.is_artist:
        invitations.take_up(scope.user)
        context |= {"has_server": has_server(), "is_confirmed": is_confirmed(scope.user)}
    context |= pages.artist_page(scope, at, pages.view_of(request.GET))
    context |= {
        "deals": deals_of(scope.parties),
        "holds_open": open_holds(scope.parties, at),
        "decided": disputes.decided(scope.user, context["since"].at),
    }
    return render(request, "studio/overview.html", context)


@roles(*STUDIOS)
def revenue_csv(request: HttpRequest) -> HttpResponse:
    scope = scopes.of_artist(user_of(request))
    found = revenue(scope, timezone.now(), pages.view_of(request.GET).n_days)
    response = csv_file("refrain-songs.csv")
    pages.write_csv(found, response)
    return response


@roles(*STUDIOS)
def plays(request: HttpRequest) -> HttpResponse:
    """The counted plays behind a figure; the address bar says which."""
    scope = scopes.scope_of(user_of(request))
    asked, at = asked_of(request.GET), timezone.now()
    found = counted.plays(scope, asked, request.GET.get("page"), at)
    kept = request.GET.copy()
    kept.pop("page", None)
    context = {
        "found": found,
        "uncounted": uncounted.reasons(counted.songs(scope, asked), at),
        "asked": asked,
        "page": found.page,
        "words": asked.words(scope.tracks),
        "choices": choices(scope, asked),
        "query": f"{kept.urlencode()}&" if kept else "",
        "csv_query": f"?{kept.urlencode()}",
    }
    return render(request, "studio/plays.html", context)


@roles(*STUDIOS)
def plays_csv(request: HttpRequest) -> StreamingHttpResponse:
    lines = counted.csv_lines(scopes.scope_of(user_of(request)), asked_of(request.GET))
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="refrain-plays.csv"'
    return response


@roles(*STUDIOS)
def payouts(request: HttpRequest) -> HttpResponse:
    """Where every cent is; `?open=N` and `&song=TERMS` open a line, so that a view can be sent.

    `?part=moving` is what changes by itself (htmx).
    """
    user, at = user_of(request), timezone.now()
    parties = parties_of(user)
    if request.GET.get("part") == "moving":
        return render(request, "studio/whereabouts.html", whereabouts(parties))
    asked = request.GET.get("open", "")
    older = [int(asked)] if asked.isascii() and asked.isdigit() and len(asked) < 10 else []
    rows = paid.period_rows(parties, at, older)
    brought = deals.brought(parties)
    context: dict[str, Any] = {
        "rows": rows,
        "sums": paid.sums_of(rows),
        "latest_only": len(rows) >= statements.LATEST,
        "brought": [(one, day_of(one.cutoff_at)) for one in brought],
        "brought_micros": sum(one.to_labels_micros for one in brought),
        "brought_received_micros": sum(one.received_micros for one in brought),
        "chart": payout_chart.chart(rows, brought),
        **whereabouts(parties),
        "holds_open": open_holds(parties, at),
        "holds": all_holds(parties, TAKEN_BACK_LISTED),
        "taken_back": with_songs(statements.charged_back_of(parties, TAKEN_BACK_LISTED)),
    }
    opened = next((row for row in rows if str(row.line.period) == asked), None)
    if opened is not None:
        context |= _songs(parties, opened.line.period)
        terms = request.GET.get("song", "")
        if terms in {str(row.line.terms_id) for row in context["songs"]}:
            context |= _entries(request, opened.line.period, UUID(terms))
    return render(request, "studio/payouts.html", context)


def whereabouts(parties: Sequence[Party]) -> dict[str, Any]:
    """The stations of their money, and what can be done with it now."""
    money = statements.payouts(parties)
    claimable = paid.claimable(parties)
    return {
        "stations": stations(money),
        "claimable": claimable,
        "shares": deals.shares(parties, claimable.micros),
        "from_rosters_micros": paid.from_rosters(parties),
        "own_spendable": money.spendable,
    }


@roles(*STUDIOS)
def payouts_period(request: HttpRequest, number: int) -> HttpResponse:
    """One period's line, with its songs below it unless `?open=0` (htmx)."""
    parties = parties_of(user_of(request))
    rows = paid.period_rows(parties, timezone.now(), [number])
    row = next((row for row in rows if row.line.period == number), None)
    if row is None:
        raise Http404
    context: dict[str, Any] = {"row": row, "whole": paid.sums_of(rows).paid_micros}
    if request.GET.get("open") != "0":
        context |= _songs(parties, number)
    return render(request, "studio/period_lines.html", context)


@roles(*STUDIOS)
def payouts_postings(request: HttpRequest, number: int, terms: UUID) -> HttpResponse:
    """A song's line in one period, with the ledger's postings unless `?open=0` (htmx)."""
    context = _songs(parties_of(user_of(request)), number)
    song = next((song for song in context["songs"] if song.line.terms_id == terms), None)
    if song is None:
        raise Http404
    context |= {"song": song}
    if request.GET.get("open") != "0":
        context |= _entries(request, number, terms)
    return render(request, "studio/postings.html", context)


@roles(*STUDIOS)
def payouts_csv(request: HttpRequest) -> HttpResponse:
    """Every closed period, or those of the days that the address bar names."""
    response = csv_file("refrain-payouts.csv")
    asked = {"from", "to"} & request.GET.keys()
    days = days_of(request.GET, timezone.now()) if asked else None
    between = (days.since, days.until) if days else (None, None)
    paid.write_csv(user_of(request), response, *between)
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
        going = "The vault is paying you now; it takes a few seconds."
        nothing = "There is nothing settled to claim that is not on its way already."
        messages.success(request, going if planned else nothing)
    return redirect("studio:payouts")


@roles(*STUDIOS)
@require_POST
def spend(request: HttpRequest) -> HttpResponse:
    """Move what is spendable to the login's own listening balance."""
    try:
        if paid.spend(user_of(request), timezone.now()):
            messages.success(request, "Your earnings are in your listening balance.")
    except RoyaltiesError as error:  # a second press was first
        messages.error(request, str(error))
    return redirect("studio:payouts")


@roles(*STUDIOS)
def song_postings(request: HttpRequest, number: int, terms: UUID) -> HttpResponse:
    """The ledger's postings of one song in one period: an artist's own, or of a label's roster."""
    track = scopes.scope_of(user_of(request)).tracks.get(terms)
    if track is None:
        raise Http404
    context = {"track": track, "period": get_object_or_404(Period, pk=number)}
    context |= _entries(request, number, terms)
    return render(request, "studio/song_postings.html", context)


def _songs(parties: Sequence[Party], number: int) -> dict[str, Any]:
    period = get_object_or_404(Period, pk=number)
    songs = paid.song_rows(parties, period)
    return {
        "opened": number,
        "period": period,
        "songs": songs,
        "song_sums": paid.song_sums(songs),
    }


def _entries(request: HttpRequest, number: int, terms: UUID) -> dict[str, Any]:
    period = get_object_or_404(Period, pk=number)
    entries = statements.postings_of(get_object_or_404(Terms, pk=terms), period)
    page = Paginator(postings.in_words(entries), ENTRIES_A_PAGE).get_page(request.GET.get("page"))
    return {"opened_song": terms, "net": postings.net(entries), "entries": page}
